//! Several observers of one run.

use crate::{
    BatchTrace, ComparedRun, EpochRecord, Evaluation, Model, Moment, NextStep, Observer, Progress,
    Run, StepNotes, StepView, TrainError,
};

/// Observers of one run, which are told everything in this order.
#[derive(Default)]
pub struct Observers<'a>(pub Vec<&'a mut dyn Observer>);

impl Observer for Observers<'_> {
    fn batch(&mut self, progress: &Progress) {
        self.0.iter_mut().for_each(|own| own.batch(progress));
    }

    fn epoch(&mut self, progress: &Progress, record: &EpochRecord, metric: &str) {
        self.0.iter_mut().for_each(|own| own.epoch(progress, record, metric));
    }

    fn is_done(&self) -> bool {
        self.0.iter().any(|own| own.is_done())
    }

    fn fold(&mut self, fold: usize, folds: usize, evaluation: &Evaluation) {
        self.0.iter_mut().for_each(|own| own.fold(fold, folds, evaluation));
    }

    fn compared(&mut self, done: usize, all: usize, keys: &[String], run: &ComparedRun) {
        self.0.iter_mut().for_each(|own| own.compared(done, all, keys, run));
    }

    fn wants_trace(&self) -> bool {
        self.0.iter().any(|own| own.wants_trace())
    }

    fn trace(&mut self, trace: &BatchTrace<'_>) {
        self.0.iter_mut().filter(|own| own.wants_trace()).for_each(|own| own.trace(trace));
    }

    fn wants_state(&self, moment: Moment, run: &Run) -> bool {
        self.0.iter().any(|own| own.wants_state(moment, run))
    }

    fn state(&mut self, model: &Model, moment: Moment) -> Result<(), TrainError> {
        let mut wanting = self.0.iter_mut().filter(|own| own.wants_state(moment, model.run()));
        if moment == Moment::Start {
            // A run that cannot begin is not begun for those after it.
            return wanting.try_for_each(|own| own.state(model, moment));
        }
        // Later, the failure of one is none of the others: the first error is returned.
        let states = wanting.map(|own| own.state(model, moment));
        states.fold(Ok(()), Result::and)
    }

    fn remark(&mut self, text: &str) {
        self.0.iter_mut().for_each(|own| own.remark(text));
    }

    fn warning(&mut self, text: &str) {
        self.0.iter_mut().for_each(|own| own.warning(text));
    }

    fn wants_step(&self, next: &NextStep) -> bool {
        self.0.iter().any(|own| own.wants_step(next))
    }

    fn step(&mut self, next: &NextStep, view: &StepView<'_>) -> StepNotes {
        let mut notes = StepNotes::default();
        for own in self.0.iter_mut().filter(|own| own.wants_step(next)) {
            let StepNotes { record, warnings } = own.step(next, view);
            notes.record = notes.record.or(record);
            notes.warnings.extend(warnings);
        }
        notes
    }
}
