
(function () {
  "use strict";
  var tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("aria-hidden", "true");
  document.body.appendChild(tip);
  function hide() { tip.style.display = "none"; }
  document.addEventListener("pointermove", function (event) {
    var at = event.target.closest ? event.target.closest("[data-t]") : null;
    if (!at) { hide(); return; }
    tip.textContent = at.getAttribute("data-t");
    tip.style.display = "block";
    var width = tip.offsetWidth, height = tip.offsetHeight;
    var left = Math.min(event.clientX + 14, window.innerWidth - width - 8);
    var below = event.clientY + 18 + height < window.innerHeight;
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = (below ? event.clientY + 18 : event.clientY - height - 12) + "px";
  });
  document.addEventListener("pointerleave", hide);
  document.addEventListener("scroll", hide, { passive: true });
})();
