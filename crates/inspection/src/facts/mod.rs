//! What rules look at: the stages, the data, a pass, a step.

mod columns;
mod counting;
mod data;
mod losses;
mod outputs;
mod pass;
mod places;
mod recurrent;
mod stages;
mod step;
mod units;
mod watched;
mod weights;

pub use columns::Column;
pub use data::DataFacts;
pub use outputs::Range;
pub(crate) use outputs::output_paths;
pub(crate) use pass::{BINS, put};
pub use pass::{ParameterFacts, PassFacts, PlaceFacts};
pub(crate) use places::{PassedStage, passed, unit_axes};
pub use recurrent::{GateFacts, RecurrentFacts};
pub use stages::{Located, is_linear, is_weighted, located, without_arguments};
pub use step::StepFacts;
pub(crate) use step::{after_steps, times_of_steps, update_ratio};
pub(crate) use units::NO_SLOPE;
pub use units::UnitFacts;
pub(crate) use watched::{MOST_VALUES, StepPass, more_samples};

use crate::{Names, Place};
use relume_datasets::{Dataset, Part};
use relume_layers::{Network, NetworkSpec};
use relume_training::{Baseline, Baselines, EpochRecord, Keep, Plan, Run, Task};
use std::cell::OnceCell;

/// Everything that a rule may look at.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The network.
    pub network: &'a Network,
    /// The data, prepared as the network takes them.
    pub data: &'a Dataset,
    /// How it is trained, or would be.
    pub plan: &'a Plan,
    /// The samples that the plan trains on.
    pub train: Part,
    /// How it was trained.
    pub run: &'a Run,
    /// What network and data are called.
    pub names: &'a Names,
    /// What the samples are like.
    pub samples: &'a DataFacts,
    /// The meaning of targets and outputs.
    pub task: &'a Task,
    /// What constants reach, if it is known already.
    pub baselines: &'a OnceCell<Baselines>,
    /// What a batch showed.
    pub pass: Option<&'a PassFacts>,
    /// What a step showed.
    pub step: Option<&'a StepFacts>,
}

impl Seen<'_> {
    /// What constants reach: computed when a rule asks for it first.
    fn baselines(&self) -> &Baselines {
        // Targets that the loss refuses have none.
        let of = || self.task.baselines(self.data, self.plan.sampler).unwrap_or_default();
        self.baselines.get_or_init(of)
    }

    /// What a constant reaches on the train part.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baselines().train.as_ref()
    }

    /// What it reaches on the validation part, or on the test part without one.
    pub fn held_out_baseline(&self) -> Option<&Baseline> {
        self.baselines().held_out.as_ref()
    }

    /// The network as data.
    pub fn spec(&self) -> &NetworkSpec {
        self.network.spec()
    }

    /// Whether the network was trained.
    pub fn is_trained(&self) -> bool {
        self.run.step > 0
    }

    /// The epochs up to the one whose weights the network has: the best one, if its run came to its end and kept that.
    pub fn epochs(&self) -> &[EpochRecord] {
        let all = &self.run.history.epochs;
        let keeps_best = self.run.plan.as_ref().is_some_and(|plan| plan.keep == Keep::Best);
        match self.run.best.filter(|_| keeps_best && !self.run.is_unfinished()) {
            Some(best) => &all[..all.partition_point(|record| record.epoch <= best.epoch)],
            None => all,
        }
    }

    /// The loss of the epoch whose weights the network has, or of the batch that was looked at.
    pub fn loss(&self) -> Option<f64> {
        let last = self.epochs().last().map(|epoch| f64::from(epoch.loss));
        last.or_else(|| self.pass.map(|pass| f64::from(pass.loss)))
    }

    /// The loss as a share of what a constant reaches; below 0.01 there is hardly anything left to learn.
    pub fn share_of_baseline(&self) -> Option<f64> {
        let baseline = self.baseline()?.loss;
        (baseline > 0.0).then(|| self.loss().map(|loss| loss / baseline)).flatten()
    }

    /// Whether there is hardly anything left to learn.
    pub fn is_learned(&self) -> bool {
        self.share_of_baseline().is_some_and(|share| share < 0.01)
    }

    /// How many of the trained parameters, in their order, stand before the last weight that is still 0 and learns: its
    /// first step lets gradients and signals pass which it stops now. Heads and the ends of residual branches are often
    /// initialised so.
    pub fn held_back(&self) -> usize {
        let last = |pass: &PassFacts| pass.parameters.iter().rposition(ParameterFacts::is_shut);
        self.pass.and_then(last).unwrap_or(0)
    }

    /// A place by its path.
    pub fn place(&self, path: &str) -> Place {
        let stage = self.spec().place(path).and_then(|place| self.spec().part(&place));
        let stage = stage
            .map_or_else(|_| String::new(), |own| NetworkSpec { input: None, ..own }.to_string());
        Place { path: path.to_string(), stage, units: Vec::new() }
    }
}
