//! Pictures of values that are no network on data: tensors, samples, data sets, schedules.

use super::kinds::Subject;
use super::networks::{HISTOGRAM_BINS, of_weights};
use super::{Drawn, PlotKind, PlotOptions};
use crate::commands::Given;
use crate::commands::varied::text;
use crate::eval::tensor;
use crate::json::exact;
use crate::syntax::Expr;
use crate::tables::Spec;
use crate::{Failure, Session, Value};
use relume_datasets::{Part, Raw};
use relume_inspection::figures::{
    ClassCounts, Columns, Embedding, ScheduleCurve, Spectrum, WeightHistograms, filters, matrix,
    parts, picture, picture_shape, samples,
};
use relume_inspection::plot::{Axis, Chart, Figure, Mark, Panel, Series};
use relume_layers::Stage;
use relume_tensor::Tensor;
use relume_training::TrainError;
use serde_json::json;

/// The picture of a value; the value itself where it has a chart of its own, such as a history or a function.
pub(in crate::commands) fn of_value(
    session: &mut Session,
    given: &Given<'_>,
    (expr, value): (&Expr, Value),
    options: &PlotOptions,
) -> Result<Result<Drawn, Value>, Failure> {
    let kind_span = given.expr("kind").map_or(expr.span, |expr| expr.span);
    let check = |subject: Subject| subject.check(options.kind, kind_span);
    let name = text(session, expr.span);
    match value {
        Value::Network(model) if !matches!(model.spec().layers[..], [Stage::Activation(_)]) => {
            check(Subject::Network)?;
            let kind = options.kind.unwrap_or(PlotKind::History);
            options.check(kind, given)?;
            match kind {
                PlotKind::History => Ok(Err(Value::Network(model))),
                kind => of_weights(&model, kind, options, expr.span).map(Ok),
            }
        }
        Value::Data(data) => {
            check(Subject::Data)?;
            of_data(given, (&name, expr), &parts(&data), options).map(Ok)
        }
        Value::Part(part) => {
            check(Subject::Data)?;
            of_data(given, (&name, expr), &[("samples", part)], options).map(Ok)
        }
        Value::Sample(values, part) => {
            check(Subject::Sample)?;
            of_sample(given, (&name, expr), &values, &part, options).map(Ok)
        }
        Value::Spec(Spec::Schedule(schedule)) => {
            check(Subject::Schedule)?;
            options.check(PlotKind::Schedule, given)?;
            let (lr, epochs) = (options.lr.unwrap_or(1.0), options.epochs.unwrap_or(10));
            let found = ScheduleCurve::of(&schedule, lr, epochs, options.steps.unwrap_or(100))
                .map_err(|error| Failure::at(expr.span, error.to_string()))?;
            Ok(Ok(Drawn::new(PlotKind::Schedule, found.figure(), &found)))
        }
        value @ (Value::Tensor(_) | Value::List(_))
            if options.kind.is_some() || is_matrix(&value) =>
        {
            check(Subject::Tensor)?;
            let values = tensor(&value, expr.span)?;
            let kind = options.kind.unwrap_or_else(|| usual(&values));
            options.check(kind, given)?;
            of_tensor((&name, expr), &values, kind, options).map(Ok)
        }
        value => match options.kind {
            Some(kind) => Err(Failure::at(
                kind_span,
                format!(
                    "kind=\"{}\" is not drawn of {}, of which there is one picture only",
                    kind.name(),
                    value.kind()
                ),
            )
            .help("leave kind out")),
            None => {
                options.check(PlotKind::Line, given)?;
                Ok(Err(value))
            }
        },
    }
}

/// Whether it is a tensor of several rows, which would be no line.
fn is_matrix(value: &Value) -> bool {
    matches!(value, Value::Tensor(tensor) if tensor.dims().iter().filter(|&&size| size > 1).count() > 1)
}

/// The kind that suits a tensor's shape.
fn usual(values: &Tensor) -> PlotKind {
    match values.dims() {
        [_, _, _, _] => PlotKind::Filters,
        [_] | [] => PlotKind::Line,
        _ => PlotKind::Matrix,
    }
}

fn of_tensor(
    (name, expr): (&str, &Expr),
    values: &Tensor,
    kind: PlotKind,
    options: &PlotOptions,
) -> Result<Drawn, Failure> {
    let numbers =
        || json!({ "name": name, "shape": values.dims(), "values": exact(values.data()) });
    let unsuited = |what: &str| {
        let shape = values.shape();
        Failure::at(expr.span, format!("{what}, and {name} has the shape {shape}"))
            .help(format!("kind=\"{}\" is what suits it", usual(values).name()))
    };
    if values.count() == 0 {
        return Err(Failure::at(expr.span, "there are no numbers to draw"));
    }
    let figure = match kind {
        PlotKind::Histogram => {
            let found =
                WeightHistograms::of_tensor(name, values, options.bins.unwrap_or(HISTOGRAM_BINS));
            return Ok(Drawn::new(kind, found.figure(), &found));
        }
        PlotKind::Spectrum => {
            let found = Spectrum::of(name, values);
            let found = found.map_err(|error| Failure::training(&error, expr.span, None))?;
            let what = "singular values are of a matrix of at most 4 million numbers";
            let found = found.ok_or_else(|| unsuited(what))?;
            return Ok(Drawn::new(kind, found.figure(), &found));
        }
        PlotKind::Filters => filters(name, values)
            .ok_or_else(|| unsuited("filters are [outputs, inputs, height, width]"))?,
        PlotKind::Picture => picture(name, values).ok_or_else(|| {
            unsuited("a picture is [height, width], or [channels, height, width] of 1 or 3")
        })?,
        PlotKind::Matrix => {
            matrix(name, values).ok_or_else(|| unsuited("a matrix has rows and columns"))?
        }
        _ => {
            let chart = Chart::new(name, "position").with(Series::counted("values", values.data()));
            return Ok(Drawn::chart(&chart));
        }
    };
    Ok(Drawn::new(kind, figure, &numbers()))
}

fn of_sample(
    given: &Given<'_>,
    (name, expr): (&str, &Expr),
    values: &Tensor,
    part: &Part,
    options: &PlotOptions,
) -> Result<Drawn, Failure> {
    let shape = picture_shape(part.data());
    let kind = options.kind.unwrap_or(match (shape, values.dims()) {
        (Some(_), _) => PlotKind::Picture,
        (None, [rows, columns]) if rows.min(columns) > &1 => PlotKind::Matrix,
        _ => PlotKind::Line,
    });
    options.check(kind, given)?;
    let title = match part.class_of(0) {
        Some((_, class)) => format!("{name}: {class}"),
        None => name.to_string(),
    };
    match (kind, shape, values.dims()) {
        (PlotKind::Picture, Some([channels, height, width]), _) => {
            let shaped = match channels {
                1 => values.reshape([height, width]),
                _ => values.reshape([channels, height, width]),
            };
            let shaped = shaped.map_err(|error| Failure::tensor(&error, expr.span))?;
            of_tensor((&title, expr), &shaped, kind, options)
        }
        // Steps are read from the left to the right, features from below.
        (PlotKind::Matrix, _, &[steps, features]) => {
            let turned = Tensor::from_fn([features, steps], |at| {
                values.data()[at % steps * features + features - 1 - at / steps]
            });
            let what = match part.data().preparation().and_then(|own| own.raw.as_ref()) {
                Some(Raw::Sound(_)) => ("frame", "feature"),
                _ => ("step", "feature"),
            };
            let figure = matrix(&title, &turned).map(|figure| labelled(figure, what));
            let figure =
                figure.ok_or_else(|| Failure::at(expr.span, "the sample has no numbers"))?;
            let numbers =
                json!({ "name": name, "shape": values.dims(), "values": exact(values.data()) });
            Ok(Drawn::new(kind, figure, &numbers))
        }
        (PlotKind::Line, _, [width]) if part.data().features().len() == *width => {
            let features = part.data().features();
            Ok(Drawn::new(
                kind,
                line_of(&title, values, features),
                &json!({
                    "name": name, "features": features, "values": exact(values.data())
                }),
            ))
        }
        _ => of_tensor((&title, expr), values, kind, options),
    }
}

/// The same matrix with other words along its axes.
fn labelled(mut figure: Figure, (x, y): (&str, &str)) -> Figure {
    for panel in &mut figure.panels {
        let rows = panel.grid().map_or(1, |grid| grid.rows);
        panel.x.label = x.to_string();
        // Features are read from below.
        panel.y = Axis::new(y).from(0.0, rows as f64);
    }
    figure
}

/// The numbers of a row above the names of its columns.
fn line_of(title: &str, values: &Tensor, features: &[String]) -> Figure {
    let at = |(place, &y): (usize, &f32)| (place as f64 + 0.5, f64::from(y));
    let points = values.data().iter().enumerate().map(at).collect();
    let x = Axis::new("column").named(features.to_vec());
    let line = Mark::Line(Series::new("", points));
    Figure::of(Panel::new(title, x, Axis::new("prepared value")).with(line))
}

fn of_data(
    given: &Given<'_>,
    (name, expr): (&str, &Expr),
    parts: &[(&str, Part)],
    options: &PlotOptions,
) -> Result<Drawn, Failure> {
    let (_, first) =
        parts.first().ok_or_else(|| Failure::at(expr.span, format!("{name} has no samples")))?;
    let counts = ClassCounts::of(name, parts);
    let has_numbers = !first.data().targets().are_none() && first.numbers().is_some();
    let kind = match (options.kind, &counts, has_numbers) {
        (Some(kind), ..) => kind,
        (None, Some(_), _) => PlotKind::Classes,
        (None, None, true) => PlotKind::Columns,
        (None, None, false) => PlotKind::Samples,
    };
    options.check(kind, given)?;
    let failed = |error: TrainError| Failure::training(&error, expr.span, None);
    let refused = |what: &str| {
        let kind = kind.name();
        Failure::at(expr.span, format!("kind=\"{kind}\" does not suit {name}: {what}"))
            .help(format!("of a data set there is {}", Subject::Data.words()))
    };
    match kind {
        PlotKind::Classes => {
            let counts = counts.ok_or_else(|| refused("counts are of classes"))?;
            Ok(Drawn::new(kind, counts.figure(), &counts))
        }
        PlotKind::Columns => {
            let bins = options.bins.unwrap_or(HISTOGRAM_BINS);
            // Asked for, the columns of the table; without a word, the numbers to predict.
            let targets = || Columns::of_targets(first, bins);
            let found = match options.kind {
                Some(_) => Columns::of_inputs(first, bins).map_err(failed)?.or_else(targets),
                None => targets(),
            };
            let found = found.ok_or_else(|| refused("columns are of rows of numbers"))?;
            Ok(Drawn::new(kind, found.figure(), &found))
        }
        PlotKind::Samples => {
            let figure = samples(first).map_err(failed)?;
            let figure = figure.ok_or_else(|| refused("samples are drawn that are pictures"))?;
            Ok(Drawn::new(kind, figure, &json!({ "data": first.name(), "samples": first.len() })))
        }
        _ => {
            if let Some(stage) = given.expr("stage") {
                return Err(Failure::at(stage.span, "data have no stages").help(
                    "a stage is of a network on data: plot net on d kind=\"embedding\" stage=\"1\"",
                ));
            }
            let found = Embedding::of_inputs(first).map_err(failed)?;
            Ok(Drawn::new(kind, found.figure(), &found))
        }
    }
}
