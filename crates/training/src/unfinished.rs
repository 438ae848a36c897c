//! What a training is to the unfinished run of its model: the rest of it, or another run.

use crate::fit::held;
use crate::start::plan_differences;
use crate::{Model, Plan, task};
use relume_datasets::Dataset;

/// A model's unfinished run beside a plan that follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// Epochs of the run that are left; one that has begun counts.
    pub left: u64,
    /// Epochs that were planned.
    pub planned: u64,
    /// How the plan differs, each difference as a sentence without its end: `lr was 0.001 and is 0.01`. Without any,
    /// the training is the rest of the run.
    pub differences: Vec<String>,
}

impl Unfinished {
    /// How a plan follows the unfinished run of a model; `None` if it has none. Further metrics are no difference: they
    /// are only looked at.
    pub fn of(model: &Model, data: &Dataset, plan: &Plan) -> Option<Self> {
        let run = model.run();
        let before = run.plan.as_ref().filter(|_| run.is_unfinished())?;
        let mut plan = plan.clone();
        if plan.loss != before.loss {
            // The weights of classes, which the run has taken from its train part.
            resolve_loss(model, data, &mut plan);
        }
        let mut differences = Vec::new();
        plan_differences(before, &plan, &mut differences);
        Some(Unfinished { left: run.remaining(), planned: before.epochs, differences })
    }

    /// Whether the training is the rest of the run.
    pub fn goes_on(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Plan {
    /// This plan for the epochs that a model's unfinished run has left. A schedule goes on where the run is, if it is
    /// the run's.
    #[must_use]
    pub fn for_rest_of(self, model: &Model) -> Plan {
        let run = model.run();
        let is_same = run.plan.as_ref().is_some_and(|before| before.schedule == self.schedule);
        let done = if is_same { run.done() } else { 0 };
        Plan {
            epochs: run.remaining().max(1),
            schedule_epochs: self.schedule_epochs.saturating_add(done),
            ..self
        }
    }
}

/// Gives a plan the loss as a run of it on these data has it; data that the model cannot take leave it as it is.
fn resolve_loss(model: &Model, data: &Dataset, plan: &mut Plan) {
    if let Ok(prepared) = model.prepare(data) {
        let data = held(&prepared.data, plan, model.seed()).unwrap_or(prepared.data);
        plan.loss = task::loss_for_data(&plan.loss, &data).into_owned();
    }
}
