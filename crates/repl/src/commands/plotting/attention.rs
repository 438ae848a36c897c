//! The attention of a network for one sample.

use super::{Drawn, PlotKind, PlotOptions};
use crate::commands::Given;
use crate::commands::explain::{sample, tokens};
use crate::commands::predict::Samples;
use crate::commands::varied::text;
use crate::syntax::Expr;
use crate::{Failure, Session};
use relume_inspection::figures::{AttentionHeads, HeadsOfLayer};
use relume_training::Model;

/// A matrix for each head, of all layers or of one stage.
pub(super) fn attention(
    session: &mut Session,
    given: &Given<'_>,
    model: &Model,
    (on, samples): (&Expr, &Samples),
    options: &PlotOptions,
) -> Result<Drawn, Failure> {
    options.check(PlotKind::Attention, given)?;
    let sample = sample(session, model, samples, on.span)?;
    let words = tokens(model, &sample).unwrap_or_default();
    let name = crate::lines::cut(&text(session, on.span), 40);
    let found = AttentionHeads::of(model, (&name, &sample), &words)
        .map_err(|error| Failure::training(&error, on.span, Some(model.spec())))?;
    let found = found.ok_or_else(|| {
        let span = given.expr("kind").map_or(on.span, |expr| expr.span);
        Failure::at(span, "the network has no attention").help(
            "attention is that of multihead_attention and of transformer stages; kind=\"features\" shows what a stage \
             makes of a sample",
        )
    })?;
    let found = match (&options.stage, given.expr("stage")) {
        (Some(stage), Some(expr)) => found.of_stage(stage).ok_or_else(|| {
            let paths: Vec<String> = found.layers.iter().map(quoted).collect();
            Failure::at(expr.span, format!("there is no attention at stage {stage:?}"))
                .help(format!("there is some at {}", paths.join(", ")))
        })?,
        _ => found,
    };
    Ok(Drawn::new(PlotKind::Attention, found.figure(), &found))
}

fn quoted(layer: &HeadsOfLayer) -> String {
    format!("{:?}", layer.path)
}
