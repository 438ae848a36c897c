//! The plan of `train` where a run was interrupted: the rest of that run, or another one, which is said.

use super::Given;
use super::plan_words::PlanWords;
use super::train::epochs_text;
use crate::Failure;
use relume_datasets::Dataset;
use relume_training::{Model, Plan, Unfinished};

/// What a training does, and what is to be said of it.
pub(super) struct NextPlan {
    pub plan: Plan,
    pub remark: Option<String>,
}

impl PlanWords {
    /// The plan of the words of a command. Where a run is unfinished, they stand beside the words of that run: if all
    /// of them agree with it, the plan is the rest of the run.
    ///
    /// # Errors
    /// Those of [`PlanWords::plan`].
    pub(super) fn next(
        self,
        given: &Given<'_>,
        model: &Model,
        data: &Dataset,
    ) -> Result<NextPlan, Failure> {
        let Some((own, unfinished)) = self.beside_unfinished(given, model, data) else {
            return Ok(NextPlan { plan: self.plan(given, model, data)?, remark: None });
        };
        let Unfinished { left, planned, differences } = &unfinished;
        let (left, changed) = (epochs_text(*left), differences.join("; "));
        if unfinished.goes_on() {
            let remark = self
                .epochs
                .map(|_| format!("going on with the interrupted run: {left} of {planned} to do"));
            return Ok(NextPlan { plan: own, remark });
        }
        Ok(match self.epochs {
            Some(epochs) => NextPlan {
                plan: self.plan(given, model, data)?,
                remark: Some(format!(
                    "{changed}: this is a new run of {} from the present weights; without epochs= it has those that \
                     the interrupted run has left, {left}",
                    epochs_text(epochs)
                )),
            },
            None => NextPlan {
                plan: own.for_rest_of(model),
                remark: Some(format!(
                    "{changed}: this is a new run from the present weights, of what the interrupted run has left, \
                     {left}"
                )),
            },
        })
    }

    /// Whether the words are those of the rest of an interrupted run.
    pub(super) fn goes_on(&self, given: &Given<'_>, model: &Model, data: &Dataset) -> bool {
        let beside = self.beside_unfinished(given, model, data);
        beside.is_some_and(|(_, unfinished)| unfinished.goes_on())
    }

    /// The unfinished run's plan with these words, and how that follows the run; none if there is no such run, or the
    /// words make no plan of it.
    fn beside_unfinished(
        &self,
        given: &Given<'_>,
        model: &Model,
        data: &Dataset,
    ) -> Option<(Plan, Unfinished)> {
        let before = model.run().plan.clone().filter(|_| model.run().is_unfinished())?;
        let own = self.clone().plan_after(given, before).ok()?;
        let unfinished = Unfinished::of(model, data, &own)?;
        Some((own, unfinished))
    }
}
