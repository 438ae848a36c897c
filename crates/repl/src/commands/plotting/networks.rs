//! Pictures of networks: on data, on one sample, or of their weights.

use super::attention::attention;
use super::curves::of_one;
use super::kinds::Subject;
use super::{Drawn, PlotKind, PlotOptions};
use crate::commands::Given;
use crate::commands::predict::{Samples, samples};
use crate::commands::varied::text;
use crate::progress::Waiting;
use crate::syntax::{Expr, Span};
use crate::{Failure, Session, Value};
use relume_catalog::count_text;
use relume_datasets::{Part, Targets};
use relume_inspection::figures::{
    AgainstTruth, Boundary, Confusion, Embedding, FeatureMaps, Spectrum, WeightHistograms,
};
use relume_inspection::plot::Figure;
use relume_tensor::interrupt::cancellable;
use relume_training::{EvaluateOptions, Evaluation, Model, TrainError, evaluate_with};

/// Bins of a histogram.
pub(super) const HISTOGRAM_BINS: usize = 40;

/// The network before `on`.
pub(super) fn network(session: &mut Session, expr: &Expr) -> Result<Model, Failure> {
    match session.evaluate(expr)? {
        Value::Network(model) => Ok(*model),
        other => {
            let message = format!("a network is wanted before on, not {}", other.kind());
            Err(Failure::at(expr.span, message).help("plot net on d.test kind=\"roc\""))
        }
    }
}

/// A network on data or on one sample.
pub(in crate::commands) fn of_networks(
    session: &mut Session,
    given: &Given<'_>,
    (expr, on): (&Expr, &Expr),
    options: &PlotOptions,
) -> Result<Drawn, Failure> {
    let model = network(session, expr)?;
    let is_attention = options.kind == Some(PlotKind::Attention);
    let kind_span = given.expr("kind").map_or(on.span, |expr| expr.span);
    let part = match session.evaluate(on)? {
        Value::Data(data) => data.test(),
        Value::Part(part) if is_attention && part.len() == 1 => {
            return attention(session, given, &model, (on, &Samples::Part(part)), options);
        }
        Value::Part(part) => part,
        Value::Sample(_, part) if is_attention => {
            return attention(session, given, &model, (on, &Samples::Part(part)), options);
        }
        Value::Sample(_, part) => {
            Subject::NetworkOnSample.check(options.kind, kind_span)?;
            options.check(PlotKind::Features, given)?;
            let span = given.expr("stage").map_or(on.span, |expr| expr.span);
            return features(session, &model, &part, options, span);
        }
        // What `explain` takes as a sample.
        value @ (Value::Text(_) | Value::Tensor(_) | Value::List(_)) if is_attention => {
            let samples = samples(session, &model, value, on.span)?;
            return attention(session, given, &model, (on, &samples), options);
        }
        other => {
            let message = format!("data or a sample are wanted after on, not {}", other.kind());
            return Err(Failure::at(on.span, message).help("plot net on d.test"));
        }
    };
    Subject::NetworkOnData.check(options.kind, kind_span)?;
    let kind = options.kind.unwrap_or_else(|| usual(&part));
    options.check(kind, given)?;
    let part = session.part_for(&model, &part, on.span)?;
    let failed = |error: TrainError| Failure::training(&error, on.span, Some(model.spec()));
    let name = text(session, expr.span);
    let unsuited = |what: &str| {
        let kind = kind.name();
        let message = format!("kind=\"{kind}\" does not suit {name} on {}: {what}", part.name());
        let suited = if part.data().classes().is_some() { "confusion" } else { "truth" };
        Failure::at(kind_span, message).help(format!("kind=\"{suited}\" is what suits it"))
    };
    match kind {
        PlotKind::Confusion => {
            let found = evaluated(session, &model, &part, on.span)?;
            let found = Confusion::of(&found)
                .ok_or_else(|| unsuited("a confusion matrix is of classes"))?;
            Ok(Drawn::new(kind, found.figure(), &found))
        }
        PlotKind::Roc | PlotKind::Pr | PlotKind::Calibration => {
            of_one(session, given, (&model, &part), (kind, options), on.span)
        }
        PlotKind::Truth => {
            let found = AgainstTruth::of(&model, &part).map_err(failed)?;
            let found = found.ok_or_else(|| unsuited("it is drawn of numbers"))?;
            Ok(Drawn::new(kind, found.figure(), &found))
        }
        PlotKind::Boundary => {
            let found = Boundary::of(&model, &part).map_err(failed)?;
            let what = "a boundary is of a network that takes a row of numbers and gives a class or a number";
            let found = found.ok_or_else(|| unsuited(what))?;
            Ok(Drawn::new(kind, found.figure(), &found))
        }
        _ => {
            let found =
                Embedding::of_stage(&model, &part, options.stage.as_deref()).map_err(failed)?;
            let found = found.ok_or_else(|| {
                let span = given.expr("stage").map_or(on.span, |expr| expr.span);
                stage_failure(&model, options.stage.as_deref(), span)
            })?;
            Ok(Drawn::new(PlotKind::Embedding, found.figure(), &found))
        }
    }
}

/// The kind that suits the targets.
fn usual(part: &Part) -> PlotKind {
    match part.data().targets() {
        targets if targets.are_several_labels() => PlotKind::Roc,
        Targets::Values { .. } | Targets::Sequences { .. } => PlotKind::Truth,
        Targets::Classes { .. } | Targets::Places(_) => PlotKind::Confusion,
    }
}

/// A model's figures on a part, which can be interrupted.
fn evaluated(
    session: &mut Session,
    model: &Model,
    part: &Part,
    span: Span,
) -> Result<Evaluation, Failure> {
    let waiting = Waiting::new(&session.output, session.interrupt());
    let goes_on = |done: usize| {
        waiting.look(|| {
            format!("passing: {} of {} samples", count_text(done), count_text(part.len()))
        });
        !waiting.is_cancelled()
    };
    let options = EvaluateOptions { goes_on: &goes_on, ..EvaluateOptions::default() };
    let loss = model.loss_for(part.data());
    let found = cancellable(&session.interrupt(), || evaluate_with(model, part, &loss, &options));
    let found = found.unwrap_or(Err(TrainError::Interrupted));
    drop(waiting);
    if matches!(found, Err(TrainError::Interrupted)) {
        session.acknowledge_interrupt("it was interrupted; nothing has changed");
    }
    found.map_err(|error| Failure::training(&error, span, Some(model.spec())))
}

/// What a stage makes of a sample.
fn features(
    session: &mut Session,
    model: &Model,
    part: &Part,
    options: &PlotOptions,
    span: Span,
) -> Result<Drawn, Failure> {
    let part = session.part_of_inputs(model, part, span)?;
    let found = FeatureMaps::of(model, &part, options.stage.as_deref());
    let found = found.map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
    let found = found.ok_or_else(|| stage_failure(model, options.stage.as_deref(), span))?;
    Ok(Drawn::new(PlotKind::Features, found.figure(), &found))
}

fn stage_failure(model: &Model, stage: Option<&str>, span: Span) -> Failure {
    let count = model.spec().layers.len();
    match stage {
        Some(stage) => Failure::at(
            span,
            format!("nothing stands at stage {stage:?}, or too many numbers come out there"),
        )
        .help(format!(
            "stages are \"0\" to \"{}\"; `summary` and `inspect` list them",
            count.saturating_sub(1)
        )),
        None => Failure::at(span, "too many numbers come out of the stage")
            .help("choose another one: stage=\"2\""),
    }
}

/// A network without data: its weights. None for its history.
pub(super) fn of_weights(
    model: &Model,
    kind: PlotKind,
    options: &PlotOptions,
    span: Span,
) -> Result<Drawn, Failure> {
    let network = model.in_use().ok_or_else(|| {
        Failure::at(span, "the network has no weights yet: its sizes follow from the data")
            .help("train it first, or begin it with input(...)")
    })?;
    if kind == PlotKind::Histogram {
        let bins = options.bins.unwrap_or(HISTOGRAM_BINS);
        let found = WeightHistograms::of(&network, bins);
        if found.parameters.is_empty() {
            return Err(Failure::at(span, "the network has no weights"));
        }
        return Ok(Drawn::new(kind, found.figure(), &found));
    }
    let mut spectra = Vec::new();
    for (_, own) in network.parameters().iter().filter(|(_, own)| own.value.rank() > 1) {
        let found = Spectrum::of(&own.name, &own.value);
        spectra.extend(found.map_err(|error| Failure::training(&error, span, None))?);
    }
    if spectra.is_empty() {
        return Err(Failure::at(span, "no weight of the network is a matrix"));
    }
    let panels = spectra.iter().flat_map(|own| own.figure().panels).collect();
    Ok(Drawn::new(kind, Figure::several("", panels), &spectra))
}
