//! What can be said before training: about the network, the plan and the data.

use crate::facts::{DataFacts, Seen};
use crate::inspection::{held_out_baseline, prepared, run_rules};
use crate::{Finding, Needs, Options};
use relume_datasets::Dataset;
use relume_training::{Model, Plan, Task, TrainError};

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
    let (model, data) = prepared(model, data)?;
    let network = model.network().ok_or(TrainError::NotBuilt)?;
    let task = Task::new(network, &data, &plan.loss)?;
    let baseline = task.baseline(&data.train(), &data.train())?;
    let held_out = held_out_baseline(&task, &data)?;
    let samples = DataFacts::of(&data)?;
    let seen = Seen {
        network,
        data: &data,
        plan,
        run: model.run(),
        names: &options.names,
        samples: &samples,
        baseline: baseline.as_ref(),
        held_out_baseline: held_out.as_ref(),
        pass: None,
        step: None,
    };
    let is_wanted = |needs| matches!(needs, Needs::Spec | Needs::Data | Needs::Step);
    Ok(run_rules(&seen, options, is_wanted))
}
