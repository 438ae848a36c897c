//! `plot`.

use super::charts::{chart, several};
use super::replaced::check_replaced;
use super::{Command, Expression, Given, strips};
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
/// After `train ... watch=`: plot mlp.history.update draws the update ratios of the weights as powers of ten, beside a
/// line at -3, which is usual (of few parameters also those of biases); mlp.history.gradient, dead, flat and signal are
/// drawn too. plot mlp.watch shows how the outputs of every stage were distributed over time, darker for more values;
/// mlp.watch.weights and mlp.watch.gradients show the parameters.
///
/// ```relume
/// mlp = dense(10)
/// train mlp on digits epochs=5
/// plot mlp.history.loss
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Plot {
    /// A history, a figure of one, what was watched, a comparison, a network, numbers, or activation functions.
    pub values: Expression,
    /// Where the curve of a function begins.
    #[spec(default = -5.0)]
    pub from: f64,
    /// The picture to write, ending in .svg; or where the curve of a function ends.
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
        if values.len() == 1
            && let Some(strips) = strips::strips(session, expr)?
        {
            return strips::show(session, &strips, to, expr.span);
        }
        let range = [from, end.unwrap_or(from.abs())];
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
