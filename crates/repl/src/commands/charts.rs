//! Charts of values: histories, comparisons, functions, numbers.

use super::varied::text;
use crate::eval::tensor;
use crate::syntax::{Expr, ExprKind, Span};
use crate::{Failure, Session, Value};
use relume_inspection::plot::{Chart, Series};
use relume_inspection::{TrainedActivation, curves};
use relume_layers::Stage;
use relume_training::{Comparison, History};

/// The chart of several values: runs over each other, or activation functions.
pub(super) fn several(
    session: &mut Session,
    exprs: &[&Expr],
    range: [f64; 2],
) -> Result<Chart, Failure> {
    let mut runs = Vec::new();
    for expr in exprs {
        let Some(run) = run(session, expr)? else { break };
        runs.push(run);
    }
    if runs.len() == exprs.len() {
        return over_each_other(session, exprs, &runs);
    }
    let activations = exprs.iter().map(|expr| {
        let value = session.evaluate(expr)?;
        session.activation_value(value, expr.span)
    });
    let activations = activations.collect::<Result<Vec<_>, _>>()?;
    let all = exprs.iter().map(|expr| expr.span).reduce(Span::to);
    functions(&activations, range, all.unwrap_or(Span::new(0, 0)))
}

/// The history of an expression, and the figure that is meant; none if it is no run.
fn run(session: &mut Session, expr: &Expr) -> Result<Option<(History, String)>, Failure> {
    if let ExprKind::Field(base, name, _) = &expr.kind
        && let Value::History(history) = session.evaluate(base)?
    {
        session.evaluate(expr)?;
        return Ok(Some((history, name.clone())));
    }
    Ok(match session.evaluate(expr)? {
        Value::History(history) => Some((history, "loss".to_string())),
        Value::Network(model) if !matches!(model.spec().layers[..], [Stage::Activation(_)]) => {
            Some((model.run().history.clone(), "loss".to_string()))
        }
        _ => None,
    })
}

/// A line for each run: its figure on the validation part, or on the test part, or on the train part.
fn over_each_other(
    session: &Session,
    exprs: &[&Expr],
    runs: &[(History, String)],
) -> Result<Chart, Failure> {
    let title = runs.first().map_or("", |(_, name)| name.as_str());
    let mut chart = Chart::new(title.replace('_', " "), "epoch");
    for (expr, (history, name)) in exprs.iter().zip(runs) {
        let held_out = ["validation_", "test_", ""].map(|part| format!("{part}{name}"));
        let line = held_out.iter().find_map(|name| {
            let values = history.series(name).filter(|own| own.iter().any(|x| x.is_finite()))?;
            Some((name.replace('_', " "), values))
        });
        let Some((figure, values)) = line else {
            return Err(Failure::at(expr.span, "this network was not trained yet").help(
                "several values are drawn over each other if all are runs, or all are functions",
            ));
        };
        let called = text(session, expr.span);
        let called = called.split(".history").next().unwrap_or_default();
        chart = chart.with(Series::counted(format!("{called} {figure}"), &values));
    }
    Ok(chart)
}

/// Activation functions with their derivatives.
fn functions(
    activations: &[TrainedActivation],
    range: [f64; 2],
    span: Span,
) -> Result<Chart, Failure> {
    let [low, high] = range;
    if low >= high {
        let message = format!("a curve from {low} to {high} has no points");
        return Err(Failure::at(span, message).help("plot mish from=-5 to=5"));
    }
    let points = [low as f32, high as f32];
    if points.iter().any(|x| x.is_infinite()) || points[0] >= points[1] {
        let message =
            format!("a curve from {low:e} to {high:e} cannot be computed in single precision");
        return Err(Failure::at(span, message).help("plot mish from=-5 to=5"));
    }
    let chart = curves(activations, range).map_err(|error| Failure::at(span, error.to_string()))?;
    let is_drawn = |line: &Series| line.points.iter().any(|(_, y)| y.is_finite());
    if !chart.series.iter().any(is_drawn) {
        let message = format!("from {low} to {high} there is no finite value to draw");
        return Err(Failure::at(span, message).help("choose another range: from=-5 to=5"));
    }
    Ok(chart.with_origin())
}

/// The chart of a single value; `bound` is where a bound of a curve stands, if one was given.
pub(super) fn chart(
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
            Value::History(history) => Some(
                Chart::watched(&history.watched, name).unwrap_or_else(|| figure(history, name)),
            ),
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
        Value::Network(model) if matches!(model.spec().layers[..], [Stage::Activation(_)]) => {
            let activation = session.activation_value(Value::Network(model), expr.span)?;
            return functions(&[activation], range, expr.span);
        }
        Value::Network(model) => figure(&model.run().history, "loss"),
        Value::Comparison(comparison) => {
            let name = format!("validation_{}", comparison.metric);
            settings(&comparison, &name)
                .ok_or_else(|| Failure::at(expr.span, "the comparison has no epochs to draw"))?
        }
        Value::Data(_) | Value::Part(_) => {
            return Err(Failure::at(expr.span, "data are no row of numbers")
                .help("confusing shows samples; a sample's numbers are drawn by plot d.test[0]"));
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
