//! Watching a network while it is trained: figures of some of its steps for the history, and what the rules find.

mod figures;

use crate::facts::{DataFacts, Seen, StepPass, more_samples};
use crate::inspection::run_rules;
use crate::rules::TrainUseGap;
use crate::{Finding, Needs, Options, Severity};
use relume_catalog::Described;
use relume_datasets::{Batch, Part};
use relume_tensor::Array;
use relume_training::{Baselines, NextStep, Observer, StepNotes, StepView, TrainError};
use std::cell::OnceCell;

/// From this step on, a rule looks at the loss in use.
const USED_FROM: u64 = 100;

/// How often steps are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEvery {
    /// The last full step of each N-th epoch, and of the first and the last one of the run.
    Epochs(u64),
    /// The first step of the model's life, and each N-th one after it.
    Steps(u64),
}

impl WatchEvery {
    fn wants(self, next: &NextStep) -> bool {
        match self {
            WatchEvery::Epochs(each) => {
                let is_end = next.epoch == 1 || next.epoch == next.epochs;
                next.is_last_full && (is_end || next.epoch.is_multiple_of(each.max(1)))
            }
            WatchEvery::Steps(each) => (next.step.max(1) - 1).is_multiple_of(each.max(1)),
        }
    }
}

/// An observer that looks into the network at some of its steps.
///
/// It looks at the samples of the step itself, as they pass forward and backward in training. If these are fewer than
/// 32, or than a 64th of the train part, others pass forward beside them, as many as that and 256 at most, and outputs
/// are those of these. Histograms count 2,048 values at most of each tensor. Stages that run as one operation are
/// computed once more one by one, and the loss in use is computed where it may be another one than in training. The run
/// is the same to the bit as without it. The rules of [`inspect`](crate::inspect) that need a pass or a step look at
/// the same figures; a warning or a problem is said once, and again when it has become graver. A step that cannot be
/// watched is said once too, and no further one is watched.
#[derive(Debug)]
pub struct TrainingWatch {
    every: WatchEvery,
    options: Options,
    known: Option<Known>,
    /// The rules whose findings were said, and how grave these were.
    told: Vec<(&'static str, Severity)>,
    /// Whether a step could not be watched: then no more are.
    has_failed: bool,
}

/// What stays the same during a run.
#[derive(Debug)]
struct Known {
    part: Part,
    /// Samples beside those of a step, if these are too few.
    more: Option<Batch>,
    facts: DataFacts,
    /// What constants reach, once a rule has asked for it.
    baselines: OnceCell<Baselines>,
}

impl TrainingWatch {
    /// An observer of steps so often; `options` has the rules that are left out and the names of network and data.
    pub fn new(every: WatchEvery, options: Options) -> Self {
        TrainingWatch { every, options, known: None, told: Vec::new(), has_failed: false }
    }

    fn look(&mut self, view: &StepView<'_>) -> Result<StepNotes, String> {
        let pass = view.pass.map_err(ToString::to_string)?;
        let known = match &mut self.known {
            Some(known) => known,
            none => none.insert(Known::of(view).map_err(|error| error.to_string())?),
        };
        let is_use_told = self.told.iter().any(|(rule, _)| *rule == TrainUseGap::ENTRY.name);
        let is_use_wanted = view.run.step >= USED_FROM && !is_use_told;
        let (part, more) = (&known.part, known.more.as_ref());
        let pass = StepPass { view, pass, part, more, is_use_wanted };
        let pass = pass.facts().map_err(|error| error.to_string())?;
        let step = figures::step(view);
        let seen = Seen {
            network: view.before,
            data: view.data,
            plan: view.plan,
            train: known.part.clone(),
            run: view.run,
            names: &self.options.names,
            samples: &known.facts,
            task: view.task,
            baselines: &known.baselines,
            pass: Some(&pass),
            step: Some(&step),
        };
        let is_wanted = |needs| matches!(needs, Needs::Pass | Needs::Step);
        let (_, findings) = run_rules(&seen, &self.options, is_wanted);
        let record = figures::record(view, &pass, &step);
        let new = findings.iter().filter(|own| self.is_new(own));
        let warnings: Vec<String> =
            new.map(|own| format!("epoch {}: {}: {}", view.epoch, own.rule, own.text)).collect();
        self.told.extend(findings.iter().map(|own| (own.rule, own.severity)));
        Ok(StepNotes { record: Some(record), warnings })
    }

    /// Whether a finding is worth a word, and was not said yet, or not as one so grave.
    fn is_new(&self, finding: &Finding) -> bool {
        let is_said = |&(rule, severity): &(&str, Severity)| {
            rule == finding.rule && severity >= finding.severity
        };
        finding.severity >= Severity::Warning && !self.told.iter().any(is_said)
    }
}

impl Known {
    fn of(view: &StepView<'_>) -> Result<Self, TrainError> {
        let part = view.data.train();
        let more = more_samples(view.before, &part, view.batch.samples())?;
        // The rules that look at samples are not asked.
        let are_indices = matches!(view.batch.inputs, Array::Indices(_));
        let facts = DataFacts { are_indices, ..DataFacts::default() };
        Ok(Known { part, more, facts, baselines: OnceCell::new() })
    }
}

impl Observer for TrainingWatch {
    fn wants_step(&self, next: &NextStep) -> bool {
        !self.has_failed && self.every.wants(next)
    }

    fn step(&mut self, _: &NextStep, view: &StepView<'_>) -> StepNotes {
        self.look(view).unwrap_or_else(|error| {
            self.has_failed = true;
            let text = format!("epoch {}: it could not be watched: {error}", view.epoch);
            StepNotes { record: None, warnings: vec![text] }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_counted_within_the_run_and_steps_over_the_models_life() {
        let next = |epoch, step, is_last_full| NextStep { epoch, epochs: 25, step, is_last_full };
        let epochs = WatchEvery::Epochs(10);
        let wanted: Vec<u64> = (1..=25).filter(|&own| epochs.wants(&next(own, 7, true))).collect();
        assert_eq!(wanted, [1, 10, 20, 25]);
        assert!(!epochs.wants(&next(10, 7, false)));
        let steps = WatchEvery::Steps(5);
        let wanted: Vec<u64> = (1..=12).filter(|&own| steps.wants(&next(1, own, false))).collect();
        assert_eq!(wanted, [1, 6, 11]);
    }

    #[test]
    fn after_a_failure_no_step_is_wanted() {
        let mut watch = TrainingWatch::new(WatchEvery::Steps(1), Options::default());
        let next = NextStep { epoch: 1, epochs: 2, step: 1, is_last_full: true };
        assert!(watch.wants_step(&next));
        watch.has_failed = true;
        assert!(!watch.wants_step(&next));
    }
}
