//! `plot`.

use super::{Command, Expression, Given};
use crate::eval::tensor;
use crate::json::exact;
use crate::syntax::{Expr, ExprKind, Span, Word};
use crate::{Failure, Session, Value};
use relume_activations::ActivationSpec;
use relume_catalog::{Choice, Spec};
use relume_inspection::curves;
use relume_inspection::plot::{Chart, Series};
use relume_layers::Stage;
use relume_training::{Comparison, History};
use serde_json::json;
use std::path::Path;

/// The size of a chart in the terminal.
const COLUMNS: usize = 64;
const ROWS: usize = 12;

/// Plots numbers or functions in the terminal, or to a picture.
///
/// A history, or one of its figures: plot mlp.history.loss shows the loss on all parts. A comparison: a line for each
/// setting. Any row of numbers: plot [1, 4, 9]. Activation functions, one or several, with their derivatives: plot mish
/// relu from=-3 to=3; your own too. `to "file.svg"` writes a picture.
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
        let range = [from, end.unwrap_or(from.abs())];
        let bound = given.expr("from").or_else(|| given.expr("to").filter(|_| end.is_some()));
        let exprs = || {
            values.iter().filter_map(|word| match word {
                Word::Positional(expr) => Some(expr),
                Word::Named { .. } => None,
            })
        };
        let chart = if values.len() > 1 {
            let activations = exprs().map(|expr| {
                let value = session.evaluate(expr)?;
                session.activation_value(value, expr.span)
            });
            let activations = activations.collect::<Result<Vec<_>, _>>()?;
            functions(&activations, range, exprs().map(|expr| expr.span).fold(expr.span, Span::to))?
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

/// Activation functions with their derivatives.
fn functions(
    activations: &[ActivationSpec],
    range: [f64; 2],
    span: Span,
) -> Result<Chart, Failure> {
    let [low, high] = range;
    if low >= high {
        let message = format!("a curve from {low} to {high} has no points");
        return Err(Failure::at(span, message).help("plot mish from=-5 to=5"));
    }
    let chart = curves(activations, range).map_err(|error| Failure::at(span, error.to_string()))?;
    Ok(chart.with_origin())
}

/// The chart of a single value; `bound` is where a bound of a curve stands, if one was given.
fn chart(
    session: &mut Session,
    expr: &Expr,
    range: [f64; 2],
    bound: Option<Span>,
) -> Result<Chart, Failure> {
    // A figure of a history is plotted for all parts of the data.
    if let ExprKind::Field(base, name, _) = &expr.kind
        && let value @ (Value::History(_) | Value::Comparison(_)) = session.evaluate(base)?
    {
        session.evaluate(expr)?;
        let own = match &value {
            Value::History(history) => Some(figure(history, name)),
            Value::Comparison(comparison) => settings(comparison, name),
            _ => None,
        };
        if let Some(chart) = own {
            return without_bounds(chart, bound);
        }
    }
    let chart = match session.evaluate(expr)? {
        Value::History(history) => figure(&history, "loss"),
        value @ (Value::Function(_) | Value::Layer(..)) => {
            let activation = session.activation_value(value, expr.span)?;
            return functions(&[activation], range, expr.span);
        }
        Value::Network(model) => match model.spec().layers.as_slice() {
            [Stage::Activation(own)] => {
                return functions(std::slice::from_ref(own), range, expr.span);
            }
            _ => figure(&model.run().history, "loss"),
        },
        Value::Comparison(comparison) => {
            let name = format!("validation_{}", comparison.metric);
            settings(&comparison, &name)
                .ok_or_else(|| Failure::at(expr.span, "the comparison has no epochs to draw"))?
        }
        other => {
            let values = tensor(&other, expr.span)?;
            let series = Series::counted("values", values.data());
            Chart::new("values", "position").with(series)
        }
    };
    without_bounds(chart, bound)
}

/// A chart that is not the curve of a function, which alone has bounds.
fn without_bounds(chart: Chart, bound: Option<Span>) -> Result<Chart, Failure> {
    match bound {
        Some(bound) => Err(Failure::at(bound, "only the curve of a function has bounds")
            .help("a picture's name is a string: plot [1, 4, 9] to \"chart.svg\"")),
        None => Ok(chart),
    }
}

/// A figure of a comparison, a line for each setting; none if it has no such figure.
fn settings(comparison: &Comparison, name: &str) -> Option<Chart> {
    let mut chart = Chart::new(name.replace('_', " "), "epoch");
    for curve in comparison.curves(name)? {
        let points = curve.values.iter().enumerate().map(|(i, &y)| ((i + 1) as f64, y));
        chart = chart.with(Series::new(curve.name, points.collect()));
    }
    Some(chart)
}

fn figure(history: &History, name: &str) -> Chart {
    let mut chart = Chart::new(name, "epoch");
    for name in ["", "validation_", "test_"].map(|part| format!("{part}{name}")) {
        if let Some(values) = history.series(&name)
            && values.iter().any(|x| x.is_finite())
        {
            chart = chart.with(Series::counted(name.replace('_', " "), &values));
        }
    }
    chart
}
