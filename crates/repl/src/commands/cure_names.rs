//! What network and data are called in the statements of cures.

use super::Given;
use crate::syntax::{ExprKind, Span};
use crate::tables::find;
use crate::{Failure, Session};
use relume_catalog::Kind;
use relume_catalog::syntax::expression;
use relume_inspection::Names;

/// The option of data sources that scales numbers to predict.
const OPTION: &str = "scale_target";

/// What network and data are called in statements.
pub(super) fn names(
    session: &Session,
    given: &Given<'_>,
    network: Option<String>,
) -> Result<Names, Failure> {
    let on = given.required("on")?;
    let data = text_of(session, on.span);
    let scaled = match &on.kind {
        ExprKind::Name(name) => session.journal.definition(name).and_then(|own| scaled(&own)),
        _ => None,
    };
    // A part, such as d.test, cannot be trained on.
    let data = data.filter(|_| matches!(on.kind, ExprKind::Name(_) | ExprKind::Call { .. }));
    // A run begins anew with another plan or other weights: resume=true would be refused.
    let words = ["checkpoint", "every"].into_iter().filter_map(|word| {
        let value = text_of(session, given.expr(word)?.span)?;
        Some(format!("{word}={value}"))
    });
    Ok(Names { network, data, words: words.collect(), scaled })
}

/// An expression as it was typed, if it stands in one line.
fn text_of(session: &Session, span: Span) -> Option<String> {
    let text = session.text.text.get(span.start..span.end)?;
    (!text.contains('\n')).then(|| text.to_string())
}

/// The same data with scaled targets: a call of a source that has the option, which is not given.
fn scaled(source: &str) -> Option<String> {
    let parsed = expression(source).ok()?;
    let ExprKind::Call { callee, arguments } = &parsed.kind else { return None };
    let ExprKind::Name(name) = &callee.kind else { return None };
    let entry = find(Kind::Data, name)?;
    let is_known = entry.arguments.iter().any(|own| own.name == OPTION);
    let may_be_given = arguments.iter().any(|own| match &own.name {
        Some((name, _)) => name == OPTION,
        None => matches!(own.value.kind, ExprKind::Spread(_)),
    });
    if !is_known || may_be_given {
        return None;
    }
    let before = source.get(..parsed.span.end)?.strip_suffix(')')?.trim_end();
    let comma = match before.ends_with(',') || before.ends_with('(') {
        true if before.ends_with(',') => " ",
        true => "",
        false => ", ",
    };
    Some(format!("{before}{comma}{OPTION}=true)"))
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn the_option_is_added_to_calls_that_take_it() {
        for (source, wanted) in [
            (
                "csv(\"a.csv\", target=\"y\")",
                Some("csv(\"a.csv\", target=\"y\", scale_target=true)"),
            ),
            ("csv((\"a)\" + f(1)))", Some("csv((\"a)\" + f(1)), scale_target=true)")),
            ("csv(\"a.csv\",)", Some("csv(\"a.csv\", scale_target=true)")),
            ("csv(\"a.csv\", scale_target=false)", None),
            ("csv(\"a.csv\", **options)", None),
            ("csv(\"a.csv\") -> gaussian_noise(0.1)", None),
            ("digits()", None),
            ("(csv(\"a.csv\"))[0]", None),
            ("f(1)", None),
        ] {
            assert_eq!(scaled(source).as_deref(), wanted, "{source}");
        }
    }
}
