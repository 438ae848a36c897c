//! Charts of runs that were kept: `plot runs[-2:] loss`.

use crate::syntax::{Expr, ExprKind, Span};
use crate::{Failure, Session, Value};
use relume_catalog::nearest;
use relume_inspection::plot::{Chart, Series};
use relume_training::runs::StoredRun;
use relume_training::{EpochRecord, History};

/// The figure that is drawn if none is named.
const FIGURE: &str = "loss";

/// The chart of the words of `plot`, if the first one is a run or a list of runs: the words after it are figures.
pub(super) fn run_chart(session: &mut Session, exprs: &[&Expr]) -> Result<Option<Chart>, Failure> {
    let Some((first, rest)) = exprs.split_first() else { return Ok(None) };
    if !may_be_run(session, first) {
        return Ok(None);
    }
    let mut runs = match session.evaluate(first)? {
        Value::Run(run) => vec![*run],
        Value::List(items) if items.is_empty() && !names_runs(session, first) => return Ok(None),
        Value::List(items) => {
            let run = |item| match item {
                Value::Run(run) => Some(*run),
                _ => None,
            };
            let Some(runs) = items.into_iter().map(run).collect() else { return Ok(None) };
            runs
        }
        _ => return Ok(None),
    };
    let mut figures = Vec::new();
    for word in rest {
        match &word.kind {
            ExprKind::Name(name) | ExprKind::Text(name) => figures.push((name.clone(), word.span)),
            _ => match session.evaluate(word)? {
                Value::Run(run) => runs.push(*run),
                other => {
                    let message = format!("a run or a figure is wanted here, not {}", other.kind());
                    return Err(Failure::at(word.span, message).help("plot runs[-2:] loss"));
                }
            },
        }
    }
    if runs.is_empty() {
        return Err(Failure::at(first.span, "there are no such runs").help("runs lists them"));
    }
    if figures.is_empty() {
        figures.push((FIGURE.to_string(), first.span));
    }
    chart(&runs, &figures).map(Some)
}

/// Whether an expression is `runs`, or a pick of them.
fn names_runs(session: &Session, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Index(base, _) => names_runs(session, base),
        _ => session.is_stored_runs(expr),
    }
}

/// Whether an expression can be a run without running anything: a name of one, or a pick of `runs`.
fn may_be_run(session: &Session, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => {
            matches!(session.names.get(name), Some(Value::Run(_) | Value::List(_)))
                || session.is_stored_runs(expr)
        }
        ExprKind::Index(base, _) => may_be_run(session, base),
        _ => false,
    }
}

/// A line for each run and figure; of a single run with one figure, for each part of the data.
fn chart(runs: &[StoredRun], figures: &[(String, Span)]) -> Result<Chart, Failure> {
    let title: Vec<String> = figures.iter().map(|(name, _)| name.replace('_', " ")).collect();
    let mut chart = Chart::new(title.join(", "), "epoch");
    for run in runs {
        for (name, span) in figures {
            let lines = if runs.len() == 1 && figures.len() == 1 {
                ["", "validation_", "test_"].map(|part| format!("{part}{name}")).to_vec()
            } else {
                vec![run.held_out(name).unwrap_or_else(|| name.clone())]
            };
            let mut is_drawn = false;
            for figure in lines {
                let Some(points) = points(&run.history, &figure) else { continue };
                let called = match runs {
                    [_] => figure.replace('_', " "),
                    _ => format!("{} {}", run.record.name, figure.replace('_', " ")),
                };
                chart = chart.with(Series::new(called, points));
                is_drawn = true;
            }
            if !is_drawn {
                return Err(missing(run, name, *span));
            }
        }
    }
    Ok(chart)
}

/// A figure over the epochs; none if no epoch has it.
fn points(history: &History, figure: &str) -> Option<Vec<(f64, f64)>> {
    let values = history.series(figure)?;
    let point = |(epoch, value): (&EpochRecord, f32)| (epoch.epoch as f64, f64::from(value));
    let points: Vec<(f64, f64)> = history.epochs.iter().zip(values).map(point).collect();
    Some(points).filter(|own| own.iter().any(|(_, value)| value.is_finite()))
}

fn missing(run: &StoredRun, figure: &str, span: Span) -> Failure {
    let names = run.history.names();
    let name = &run.record.name;
    if run.history.epochs.is_empty() {
        return Failure::at(span, format!("{name} has no finished epoch"));
    }
    let failure = Failure::at(span, format!("{name} has no figure `{figure}`"));
    match nearest(figure, names.iter().map(String::as_str)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help(format!("it has {}", names.join(", "))),
    }
}
