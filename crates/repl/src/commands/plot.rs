//! `plot`.

use super::charts::{chart, several};
use super::replaced::check_replaced;
use super::{Command, Expression, Given};
use crate::json::exact;
use crate::syntax::{Expr, Span, Word};
use crate::{Failure, Session};
use relume_catalog::{Choice, Spec};
use relume_inspection::plot::Chart;
use serde_json::json;
use std::path::Path;

/// The size of a chart in the terminal.
const COLUMNS: usize = 64;
const ROWS: usize = 12;

/// Plots numbers or functions in the terminal, or to a picture.
///
/// A history, or one of its figures: plot mlp.history.loss shows the loss on all parts. A comparison: a line for each
/// setting. Several runs over each other, by their held-out figures: plot a b, plot a.history.accuracy
/// b.history.accuracy. Any row of numbers: plot [1, 4, 9]. Activation functions, one or several, with their
/// derivatives: plot mish relu from=-3 to=3; your own too. `to "file.svg"` writes a picture.
///
/// ```relume
/// mlp = dense(10)
/// train mlp on digits epochs=5
/// plot mlp.history.loss
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Plot {
    /// A history, a figure of one, a comparison, a network, numbers, or activation functions.
    pub values: Expression,
    /// Where the curve of a function begins; -5 by default.
    pub from: Option<f64>,
    /// The picture to write, ending in .svg; or where the curve of a function ends: by default as far above 0 as it
    /// begins below, or at 5, or 10 after its beginning.
    pub to: Option<End>,
}

/// What stands after `to`.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum End {
    /// A picture.
    File(String),
    /// A number.
    At(f64),
}

impl Command for Plot {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let is_value = |word: &&Word| matches!(word, Word::Positional(_));
        let values: Vec<&Word> = given.words.iter().filter(is_value).collect();
        // Several functions may be given by place; the table knows one argument.
        let words =
            given.words.iter().filter(|word| !is_value(word)).chain(values.first().copied());
        let words: Vec<Word> = words.cloned().collect();
        let Plot { from, to, .. } = Given { words: &words, ..*given }.checked(session)?;
        let expr = given.required("values")?;
        let (to, end) = match to {
            Some(End::File(path)) => (Some(path), None),
            Some(End::At(end)) => (None, Some(end)),
            None => (None, None),
        };
        let range = range(from, end);
        let bound = given.expr("from").or_else(|| given.expr("to").filter(|_| end.is_some()));
        let exprs = || {
            values.iter().filter_map(|word| match word {
                Word::Positional(expr) => Some(expr),
                Word::Named { .. } => None,
            })
        };
        let chart = if values.len() > 1 {
            let exprs: Vec<&Expr> = exprs().collect();
            several(session, &exprs, range)?
        } else {
            chart(session, expr, range, bound.map(|bound| bound.span))?
        };
        show(session, &chart, to, expr.span)
    }
}

/// From where to where the curve of a function goes, if both ends, one of them or none is given.
fn range(from: Option<f64>, to: Option<f64>) -> [f64; 2] {
    const USUAL: f64 = 5.0;
    match (from, to) {
        (None, None) => [-USUAL, USUAL],
        (Some(from), Some(to)) => [from, to],
        (Some(from), None) if from < 0.0 => [from, -from],
        (Some(from), None) if from < USUAL => [from, USUAL],
        (Some(from), None) => [from, from + 2.0 * USUAL],
        (None, Some(to)) if to > -USUAL => [-USUAL, to],
        (None, Some(to)) => [to - 2.0 * USUAL, to],
    }
}

/// Prints a chart, or writes it to a picture.
fn show(
    session: &mut Session,
    chart: &Chart,
    to: Option<String>,
    span: Span,
) -> Result<(), Failure> {
    if let Some(path) = to {
        check_replaced(&path, span, "picture", |head| {
            head.trim_ascii_start().starts_with(b"<") || head.starts_with(b"\x89PNG")
        })?;
        let saved = chart.save(Path::new(&path));
        saved.map_err(|error| Failure::at(span, error.to_string()))?;
        session.output.result(&format!("drawn to {path}"), || json!({ "drawn": path }));
        return Ok(());
    }
    let lines = chart.series.iter();
    let series = lines.map(|line| json!({ "name": line.name, "points": exact(&line.points) }));
    let series: Vec<_> = series.collect();
    session.output.result(
        &chart.terminal(COLUMNS, ROWS),
        || json!({ "type": "chart", "title": chart.title, "series": series }),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn one_end_of_a_curve_says_where_the_other_is() {
        for (from, to, ends) in [
            (None, None, [-5.0, 5.0]),
            (Some(-3.0), None, [-3.0, 3.0]),
            (Some(0.0), None, [0.0, 5.0]),
            (Some(5.0), None, [5.0, 15.0]),
            (Some(70.0), None, [70.0, 80.0]),
            (None, Some(3.0), [-5.0, 3.0]),
            (None, Some(-5.0), [-15.0, -5.0]),
            (Some(1.0), Some(0.0), [1.0, 0.0]),
        ] {
            assert_eq!(range(from, to), ends, "{from:?} {to:?}");
        }
    }
}
