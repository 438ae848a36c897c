//! Curves of the scores of classes or labels: of one network, or of several over each other.

use super::kinds::Subject;
use super::networks::network;
use super::{Drawn, PlotKind, PlotOptions};
use crate::commands::Given;
use crate::commands::scored::{class_place, scored};
use crate::commands::varied::text;
use crate::lines::facts;
use crate::syntax::{Expr, Span};
use crate::{Failure, Session, Value};
use relume_datasets::Part;
use relume_inspection::figures::{
    Binning, Calibration, CalibrationCurve, ClassCurve, ClassCurves, Compared, OfNetwork,
    PrecisionRecall, Roc, Scored,
};
use relume_training::Model;

/// Bins of a calibration curve.
const BINS: usize = 10;

/// The curves of one network.
pub(super) fn of_one(
    session: &mut Session,
    given: &Given<'_>,
    (model, part): (&Model, &Part),
    (kind, options): (PlotKind, &PlotOptions),
    span: Span,
) -> Result<Drawn, Failure> {
    let found = scored(session, model, part, span)?;
    let class = options.class.clone().map(|class| class_place(&found, class, given)).transpose()?;
    match kind {
        PlotKind::Roc => {
            let curves = existing(Roc::of(&found, class), span)?;
            Ok(Drawn::new(kind, curves.figure(), &curves))
        }
        PlotKind::Pr => {
            let curves = existing(PrecisionRecall::of(&found, class), span)?;
            Ok(Drawn::new(kind, curves.figure(), &curves))
        }
        _ => {
            let curves = calibration(&found, class, options, "the network", span)?;
            let note = format!("Brier score {:.4}", curves.score.brier_score);
            Ok(Drawn::new(kind, curves.figure(), &curves).with_note(note))
        }
    }
}

/// The curves of several networks on the same data, over each other: ROC curves unless another kind is given.
pub(in crate::commands) fn of_several(
    session: &mut Session,
    given: &Given<'_>,
    (networks, on): (&[&Expr], &Expr),
    options: &PlotOptions,
) -> Result<Drawn, Failure> {
    let models: Vec<Model> =
        networks.iter().map(|expr| network(session, expr)).collect::<Result<_, _>>()?;
    let part = match session.evaluate(on)? {
        Value::Data(data) => data.test(),
        Value::Part(part) => part,
        other => {
            let kind = if let Value::Sample(..) = other { "one sample" } else { other.kind() };
            let message = format!("several networks are drawn on data, not on {kind}");
            return Err(Failure::at(on.span, message).help("plot a b on d.test kind=\"roc\""));
        }
    };
    let kind_span = given.expr("kind").map_or(on.span, |expr| expr.span);
    Subject::NetworksOnData.check(options.kind, kind_span)?;
    let kind = options.kind.unwrap_or(PlotKind::Roc);
    options.check(kind, given)?;
    let mut all = Vec::new();
    for (expr, model) in networks.iter().zip(&models) {
        let part = session.part_for(model, &part, expr.span)?;
        let found = scored(session, model, &part, expr.span)?;
        let class =
            options.class.clone().map(|class| class_place(&found, class, given)).transpose()?;
        all.push((expr.span, text(session, expr.span), found, class));
    }
    let all = all.into_iter();
    match kind {
        PlotKind::Roc => {
            let found = all.map(|(span, network, found, class)| {
                Ok(OfNetwork { network, found: existing(Roc::of(&found, class), span)? })
            });
            compared(kind, found, on.span).map(|(drawn, _)| drawn)
        }
        PlotKind::Pr => {
            let found = all.map(|(span, network, found, class)| {
                let found = existing(PrecisionRecall::of(&found, class), span)?;
                Ok(OfNetwork { network, found })
            });
            compared(kind, found, on.span).map(|(drawn, _)| drawn)
        }
        _ => {
            let found = all.map(|(span, network, found, class)| {
                let found = calibration(&found, class, options, &network, span)?;
                Ok(OfNetwork { network, found })
            });
            let (drawn, compared) = compared(kind, found, on.span)?;
            let score = |own: &OfNetwork<CalibrationCurve>| {
                format!("{} {:.4}", own.network, own.found.score.brier_score)
            };
            let scores: Vec<String> = compared.networks.iter().map(score).collect();
            let note = facts(&format!("Brier score · {}", scores.join(" · ")));
            Ok(drawn.with_note(note))
        }
    }
}

/// Curves over each other, if they are of the same classes.
fn compared<C: ClassCurve>(
    kind: PlotKind,
    found: impl Iterator<Item = Result<OfNetwork<C>, Failure>>,
    span: Span,
) -> Result<(Drawn, Compared<C>), Failure> {
    let compared = Compared::of(found.collect::<Result<_, _>>()?).map_err(|error| {
        Failure::at(span, error.to_string())
            .help("curves over each other are of the same classes: draw each network alone")
    })?;
    Ok((Drawn::new(kind, compared.figure(), &compared), compared))
}

/// Curves of at least one class.
fn existing<C: ClassCurve>(curves: ClassCurves<C>, span: Span) -> Result<ClassCurves<C>, Failure> {
    match &curves.curves[..] {
        [] => {
            let data = &curves.data;
            let message = format!("{data} has no class with samples both of it and of others");
            Err(Failure::at(span, message)
                .help("such a curve tells a class from the rest: give samples of both"))
        }
        _ => Ok(curves),
    }
}

fn calibration(
    found: &Scored,
    class: Option<usize>,
    options: &PlotOptions,
    network: &str,
    span: Span,
) -> Result<Calibration, Failure> {
    let bins = options.bins.unwrap_or(BINS);
    let binning = options.binning.unwrap_or(Binning::Uniform);
    Calibration::of(found, class, bins, binning).ok_or_else(|| {
        let message = format!("{network} gives no probabilities, so there is nothing to calibrate");
        Failure::at(span, message).help(
            "one that is trained with cross_entropy gives them; kind=\"roc\" takes any scores",
        )
    })
}
