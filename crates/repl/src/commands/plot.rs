//! `plot`.

use super::{Command, Expression, Given};
use crate::eval::tensor;
use crate::json::exact;
use crate::syntax::{Expr, ExprKind};
use crate::{Failure, Session, Value};
use relume_catalog::Spec;
use relume_inspection::plot::{Chart, Series};
use relume_training::{Comparison, History};
use serde_json::json;
use std::path::Path;

/// The size of a chart in the terminal.
const COLUMNS: usize = 64;
const ROWS: usize = 12;

/// Plots numbers in the terminal, or to a picture.
///
/// A history, or one of its figures: plot mlp.history.loss shows the loss on all parts. A comparison: a line for each
/// setting. Any row of numbers: plot [1, 4, 9]. `to "file.svg"` writes a picture.
///
/// ```relume
/// mlp = dense(10)
/// train mlp on digits epochs=5
/// plot mlp.history.loss
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Plot {
    /// A history, a figure of one, a comparison, a network, or numbers.
    pub values: Expression,
    /// The picture to write, ending in .svg.
    pub to: Option<String>,
}

impl Command for Plot {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Plot { to, .. } = given.checked(session)?;
        let expr = given.required("values")?;
        let chart = chart(session, expr)?;
        match to {
            Some(path) => {
                let saved = chart.save(Path::new(&path));
                saved.map_err(|error| Failure::at(expr.span, error.to_string()))?;
                session.output.result(&format!("drawn to {path}"), || json!({ "drawn": path }));
            }
            None => {
                let series: Vec<_> = chart
                    .series
                    .iter()
                    .map(|s| json!({ "name": s.name, "points": exact(&s.points) }))
                    .collect();
                session.output.result(
                    &chart.terminal(COLUMNS, ROWS),
                    || json!({ "type": "chart", "title": chart.title, "series": series }),
                );
            }
        }
        Ok(())
    }
}

fn chart(session: &mut Session, expr: &Expr) -> Result<Chart, Failure> {
    // A figure of a history is plotted for all parts of the data.
    if let ExprKind::Field(base, name, _) = &expr.kind
        && let value @ (Value::History(_) | Value::Comparison(_)) = session.evaluate(base)?
    {
        session.evaluate(expr)?;
        match &value {
            Value::History(history) => return Ok(figure(history, name)),
            Value::Comparison(comparison) => {
                if let Some(chart) = curves(comparison, name) {
                    return Ok(chart);
                }
            }
            _ => {}
        }
    }
    match session.evaluate(expr)? {
        Value::History(history) => Ok(figure(&history, "loss")),
        Value::Network(model) => Ok(figure(&model.run().history, "loss")),
        Value::Comparison(comparison) => {
            let name = format!("validation_{}", comparison.metric);
            curves(&comparison, &name)
                .ok_or_else(|| Failure::at(expr.span, "the comparison has no epochs to draw"))
        }
        other => {
            let values = tensor(&other, expr.span)?;
            let series = Series::counted("values", values.data());
            Ok(Chart::new("values", "position").with(series))
        }
    }
}

/// A figure of a comparison, a line for each setting; none if it has no such figure.
fn curves(comparison: &Comparison, name: &str) -> Option<Chart> {
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
