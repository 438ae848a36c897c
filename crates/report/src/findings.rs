//! Findings with their causes and cures.

use crate::html::{cut, escaped, note};
use relume_catalog::counted;
use relume_inspection::{Cure, Finding, Place};

/// Findings that are shown, and places of one.
const MOST: usize = 24;
const PLACES: usize = 4;

/// Findings as a list, and how many rules looked.
pub(crate) fn findings(found: &[Finding], rules: usize) -> String {
    let looked = counted(rules, "rule");
    if found.is_empty() {
        return note(&format!("{looked} looked: nothing found."));
    }
    let mut out = String::from("<ul class=\"findings\">\n");
    found.iter().take(MOST).for_each(|own| out += &finding(own));
    out += "</ul>\n";
    let more = found.len().saturating_sub(MOST);
    let more = if more > 0 { format!(", of which {more} are not shown") } else { String::new() };
    out + &note(&format!("{looked} looked: {}{more}.", counted(found.len(), "finding")))
}

fn finding(own: &Finding) -> String {
    let severity = own.severity.name();
    let mut out = format!(
        "<li class=\"{severity}\"><p><strong>{severity}</strong> <code>{}</code>{} {}</p>",
        escaped(own.rule),
        places(&own.places),
        escaped(&own.text)
    );
    if let Some(cause) = &own.cause {
        out += &format!("<p>Cause: {}</p>", escaped(cause));
    }
    own.cures.iter().for_each(|own| out += &cure(own));
    out + "</li>\n"
}

fn cure(own: &Cure) -> String {
    match &own.statement {
        Some(statement) => format!(
            "<p>Cure: {}</p><pre><code>{}</code></pre>",
            escaped(&own.text),
            escaped(&cut(statement, 600))
        ),
        None => format!("<p>Try: {}</p>", escaped(&own.text)),
    }
}

fn places(all: &[Place]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let place = |own: &Place| match own.stage.is_empty() {
        true => own.path.clone(),
        false => format!("{} ({})", own.path, cut(&own.stage, 28)),
    };
    let named: Vec<String> = all.iter().take(PLACES).map(place).collect();
    let more = all.len().saturating_sub(PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(" <span class=\"at\">at {}{more}</span>", escaped(&named.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_inspection::Severity;

    #[test]
    fn what_a_finding_says_is_no_markup_and_they_are_bounded() {
        let place = Place { path: "<0>".into(), stage: "<b>".into(), units: Vec::new() };
        let cure = Cure { statement: Some("<i>".to_string()), ..Cure::words("<u>") };
        let own = Finding::new("leak", Severity::Warning, "<script>").because("<p id=x>");
        let all = vec![own.at(vec![place; 9]).cured(cure); 500];
        let html = findings(&all, 20);
        for evil in ["<0>", "<b>", "<i>", "<u>", "<script>", "<p id"] {
            assert!(!html.contains(evil), "{evil}");
        }
        assert!(html.len() < 20_000 && html.contains("and 5 more"), "{}", html.len());
    }
}
