//! Drawings as SVG inside of the page, whose colours are those of its style.

use crate::html::{cut, escaped};
use std::fmt::Write;

/// A coordinate with one decimal: more are never seen.
pub(crate) fn at(x: f64) -> String {
    let text = format!("{x:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_string(),
        Some(whole) => whole.to_string(),
        None => text,
    }
}

/// A drawing of a width and a height, in pixels.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

impl Svg {
    pub fn new(width: f64, height: f64) -> Self {
        Svg { width, height, body: String::new() }
    }

    /// Adds an element without content: its name, and its attributes as they are written.
    pub fn element(&mut self, name: &str, attributes: &str) {
        // Writing into a String cannot fail.
        let _ = write!(self.body, "<{name} {attributes}/>");
    }

    pub fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], class: &str) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(at);
        self.element(
            "line",
            &format!("x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\""),
        );
    }

    pub fn rectangle(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2], attributes: &str) {
        let [x, y, width, height] = [x, y, width, height].map(at);
        self.element(
            "rect",
            &format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {attributes}"),
        );
    }

    /// A place that says a text when it is pointed at.
    pub fn hint(&mut self, place: [f64; 2], size: [f64; 2], text: &str) {
        self.rectangle(place, size, &format!("class=\"hint\" data-t=\"{}\"", escaped(text)));
    }

    /// A line through places; nothing for none.
    pub fn path(&mut self, places: &[[f64; 2]], class: &str) {
        if let Some(first) = places.first() {
            let mut d = format!("M{} {}", at(first[0]), at(first[1]));
            for [x, y] in &places[1..] {
                let _ = write!(d, "L{} {}", at(*x), at(*y));
            }
            self.element("path", &format!("d=\"{d}\" class=\"{class}\""));
        }
    }

    /// Words at a place; `class` says where they stand to it.
    pub fn text(&mut self, [x, y]: [f64; 2], text: &str, class: &str) {
        let _ = write!(
            self.body,
            "<text x=\"{}\" y=\"{}\" class=\"{class}\">{}</text>",
            at(x),
            at(y),
            escaped(text)
        );
    }

    /// What is drawn between, as a group that is named by a text when it is pointed at.
    pub fn titled(&mut self, title: &str, draw: impl FnOnce(&mut Svg)) {
        let _ = write!(self.body, "<g><title>{}</title>", escaped(&cut(title, 200)));
        draw(self);
        self.body += "</g>";
    }

    /// The drawing, with what it shows for readers that hear it.
    pub fn html(&self, class: &str, label: &str) -> String {
        format!(
            "<svg class=\"{class}\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" \
             aria-label=\"{}\">{}</svg>",
            escaped(label),
            self.body,
            w = at(self.width),
            h = at(self.height)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!([0.04, -0.01, 12.0, 3.25, 3.26].map(at), ["0", "0", "12", "3.2", "3.3"]);
    }

    #[test]
    fn words_in_a_drawing_are_no_markup() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text([0.0, 0.0], "<script>", "start");
        svg.hint([0.0, 0.0], [1.0, 1.0], "\"><script>");
        svg.titled("</title><script>", |_| {});
        assert!(!svg.html("a", "\"><script>").contains("<script"));
    }
}
