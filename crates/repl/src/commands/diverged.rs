//! What is told of a training that diverged: what led there, why, and what would help.

use super::Given;
use super::cure_names::names;
use crate::aligned::table;
use crate::json::exact;
use crate::lines::folded;
use crate::looked_into::{finding, short};
use crate::{Failure, Session};
use relume_datasets::Dataset;
use relume_inspection::{Finding, Options, Severity, fault_of_own_activation, inspect, try_cures};
use relume_training::{Divergence, Model};
use serde_json::json;

/// Steps for which cures are tried.
const STEPS: u64 = 50;
/// Samples of the batch that are named.
const SAMPLES: usize = 8;

/// Tells the last steps, the batch, and the gravest finding about the weights that are left, with the cures that help.
pub(super) fn tell(
    session: &mut Session,
    given: &Given<'_>,
    network: Option<&str>,
    (model, data): (&Model, &Dataset),
    divergence: &Divergence,
) -> Result<(), Failure> {
    let names = names(session, given, network.map(str::to_string))?;
    let facts = session.facts_of(data, given.required("on")?.span).ok();
    let options = Options { names: names.clone(), facts, ..Options::default() };
    let found = cause(model, data, options);
    let mut text = steps(divergence);
    let on = names.data.as_deref().unwrap_or_else(|| data.name());
    text += &batch(divergence, on, network.filter(|_| model.wreck().is_some()));
    if let (Some(network), Some(best), Ok(Some(_))) = (network, model.run().best, model.best()) {
        text += &format!("the best weights, those of epoch {}: {network}.best\n", best.epoch);
    }
    if let Some(found) = &found {
        text += &finding(found);
    }
    // A finding that is not finite has it as its cause.
    if found.as_ref().is_none_or(|found| found.cause.is_none())
        && let Some(fault) = fault_of_own_activation(model.spec())
    {
        text += &folded("", 2, &fault.to_string());
    }
    match session.output.json {
        Some(_) => {
            let shown = json!({
                "type": "diverged",
                "schema": 1,
                "diverged": exact(divergence),
                "findings": exact(&found.iter().collect::<Vec<_>>()),
            });
            session.output.result("", || shown);
        }
        None => session.output.remark(text.trim_end()),
    }
    Ok(())
}

/// The gravest finding about the weights that are left, with the cures that help. Where the model cannot be looked
/// into, such as with data that break it, there is none.
fn cause(model: &Model, data: &Dataset, options: Options) -> Option<Finding> {
    let seen = inspect(model, &data.train(), &options).ok()?;
    let mut found: Vec<Finding> =
        seen.findings.into_iter().filter(|own| own.severity >= Severity::Warning).take(1).collect();
    let tried = try_cures(model, data, &mut found, STEPS);
    found.pop().filter(|_| tried.is_ok())
}

/// The steps before, as a table.
fn steps(divergence: &Divergence) -> String {
    if divergence.steps.is_empty() {
        return String::new();
    }
    let rows = divergence.steps.iter().map(|own| {
        vec![
            own.step.to_string(),
            short(own.loss.into()),
            own.gradient.map_or_else(|| "-".to_string(), short),
            short(own.update),
            format!("{} (stage {})", short(own.largest.into()), own.largest_at),
        ]
    });
    let broken = vec![
        divergence.step.to_string(),
        if divergence.finite_loss { "finite" } else { "not finite" }.to_string(),
        "-".to_string(),
        "-".to_string(),
        match (&divergence.path, &divergence.operation) {
            (Some(path), Some(operation)) => format!("not finite (stage {path}, {operation})"),
            (Some(path), None) => format!("not finite (stage {path})"),
            _ => "-".to_string(),
        },
    ];
    let heads = ["step", "loss", "|gradient|", "update", "largest output"];
    table(&heads, rows.chain([broken]))
}

/// The batch's samples, and where the broken network is.
fn batch(divergence: &Divergence, on: &str, network: Option<&str>) -> String {
    let first: Vec<String> =
        divergence.samples.iter().take(SAMPLES).map(usize::to_string).collect();
    let more = if divergence.samples.len() > SAMPLES { ", ..." } else { "" };
    let mut text = match first.is_empty() {
        true => String::new(),
        false => format!("the batch: {on}.train[[{}{more}]]\n", first.join(", ")),
    };
    if let Some(network) = network {
        text += &format!("the network as it broke: {network}.wreck\n");
    }
    text
}
