//! Trying cures for a few steps on clones.

use crate::facts::after_steps;
use crate::prepared::{MOST_SAMPLES, Prepared};
use crate::{Change, Cure, Finding, Trial};
use relume_datasets::{Batches, Dataset};
use relume_layers::{Mode, Workspace};
use relume_training::{Model, Plan, Task, TrainError};

/// A cure helps if the loss is below this part of the loss without it.
const HELPS: f32 = 0.98;

/// Tries the cures of findings for so many steps on clones, each with the same batches, and as many steps without any;
/// keeps the cures that help, the best first, and those in words after them. The model is not changed.
///
/// # Errors
/// Data that the model does not take. A cure that fails by itself is left out.
pub fn try_cures(
    model: &Model,
    data: &Dataset,
    findings: &mut [Finding],
    steps: u64,
) -> Result<(), TrainError> {
    let Prepared { model, data, plan, .. } = Prepared::of(model, data, None)?;
    let before = loss(&model, &data, &plan)?;
    // Training that fails without the cure is as bad as can be.
    let without = match after_steps(&model, &data, &plan, steps) {
        Ok(after) => loss(&after, &data, &plan)?,
        Err(_) => f32::INFINITY,
    };
    for finding in findings {
        finding.cures.retain_mut(|cure| {
            let Some(change) = &cure.change else { return true };
            let Ok(after) = with_change(&model, &data, &plan, change, steps) else { return false };
            cure.tried = Some(Trial { steps, before, without, after });
            after < HELPS * without
        });
        let after = |cure: &Cure| cure.tried.map_or(f32::INFINITY, |own| own.after);
        finding.cures.sort_by(|a, b| after(a).total_cmp(&after(b)));
    }
    Ok(())
}

/// The loss after so many steps with a change.
fn with_change(
    model: &Model,
    data: &Dataset,
    plan: &Plan,
    change: &Change,
    steps: u64,
) -> Result<f32, TrainError> {
    let mut changed = match &change.network {
        Some(spec) => Model::new(spec.clone(), model.seed()),
        None => model.clone(),
    };
    if change.reset && change.network.is_none() {
        changed.reset(model.seed())?;
    }
    let own = change.plan.as_ref().unwrap_or(plan);
    let after = after_steps(&changed, data, own, steps)?;
    loss(&after, data, plan)
}

/// The loss of some train samples in use, by the loss of a plan, in batches of the plan's size.
fn loss(model: &Model, data: &Dataset, plan: &Plan) -> Result<f32, TrainError> {
    let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
    let task = Task::new(&network, data, &plan.loss)?;
    let size = plan.batch.clamp(1, MOST_SAMPLES);
    let (mut sum, mut weight) = (0.0, 0.0);
    for batch in Batches::shuffled(data.train(), size, 0, 0).take(MOST_SAMPLES.div_ceil(size)) {
        let batch = batch?;
        let mut workspace = Workspace::inference();
        let x = workspace.tape.constant(batch.inputs.clone());
        let y = network.forward(&mut workspace, x, Mode::Inference)?;
        let loss = task.loss(&mut workspace, y, &batch)?;
        sum += f64::from(workspace.tape.get(loss)?.sum()) * task.weight(&batch);
        weight += task.weight(&batch);
    }
    match weight > 0.0 {
        true => Ok((sum / weight) as f32),
        false => Err(TrainError::Empty(data.name().to_string())),
    }
}
