//! What can be said before training: about the network, the plan and the data.

use crate::inspection::run_rules;
use crate::prepared::{Found, Prepared};
use crate::{Finding, Needs, Options};
use relume_datasets::Dataset;
use relume_training::{Baselines, Model, Plan, TrainError};

/// What rules of the network, the plan and the data find, before a step is made, the gravest first; and how many rules
/// looked. The model is not changed.
///
/// # Errors
/// Data that the model does not take, or files that cannot be read.
pub fn lint(
    model: &Model,
    data: &Dataset,
    plan: &Plan,
    options: &Options,
) -> Result<(usize, Vec<Finding>), TrainError> {
    let prepared = Prepared::of(model, data, Some(plan))?;
    // Losses are compared with a constant's where there are some.
    let baselines = match prepared.model.run().history.epochs.is_empty() {
        true => Baselines::default(),
        false => prepared.task.baselines(&prepared.data, plan.sampler)?,
    };
    let samples = prepared.facts(options.facts.as_ref())?;
    let found = Found { samples, baselines: baselines.into(), pass: None, step: None };
    let is_wanted = |needs| matches!(needs, Needs::Spec | Needs::Data | Needs::Step);
    Ok(run_rules(&prepared.seen(&options.names, &found)?, options, is_wanted))
}
