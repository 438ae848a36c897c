//! What is known of a run beside its figures: the content of `run.json`.

use super::Environment;
use crate::{BestEpoch, Model, RunStart};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of `run.json`.
pub(super) const SCHEMA: u32 = 1;

/// How far a run has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It goes on, in this process or in another one.
    #[default]
    Running,
    /// It came to its end: all epochs are done, or it stopped early.
    Finished,
    /// It was stopped before its end, or its process ended.
    Interrupted,
    /// A loss or a gradient was not finite.
    Diverged,
}

impl RunStatus {
    /// All of them.
    pub const ALL: [RunStatus; 4] =
        [RunStatus::Running, RunStatus::Finished, RunStatus::Interrupted, RunStatus::Diverged];

    /// Its name, as files have it.
    pub fn name(self) -> &'static str {
        match self {
            RunStatus::Running => "running",
            RunStatus::Finished => "finished",
            RunStatus::Interrupted => "interrupted",
            RunStatus::Diverged => "diverged",
        }
    }
}

/// A place in the life of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Epochs that were finished.
    pub epoch: u64,
    /// Batches of the unfinished epoch that were done.
    pub batch: u64,
    /// Steps that were done.
    pub step: u64,
}

impl Place {
    /// Where a model is.
    pub(super) fn of(model: &Model) -> Self {
        let run = model.run();
        Place { epoch: run.epoch, batch: run.batch, step: run.step }
    }
}

/// The data of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunData {
    /// Their name.
    pub name: String,
    /// The fingerprint, in 16 hexadecimal digits: the same one has the same samples, targets and split.
    pub fingerprint: String,
    /// Samples of the train, the validation and the test part, as they were given.
    pub samples: [usize; 3],
    /// The shape of a sample.
    pub shape: Vec<usize>,
    /// Their augmentations, as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub augmentations: Vec<String>,
}

/// What is known of a run beside its figures. Fields that this version does not know are left out when it is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The form of the record: 1.
    pub schema: u32,
    /// The name of the run, and of its folder.
    pub name: String,
    /// How far it has got.
    pub status: RunStatus,
    /// What ended it, if that was an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// When it began, in UTC: `2026-11-30T16:20:03.250Z`.
    pub started: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// How long it took, in seconds, with all evaluations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The program: `relume`.
    pub program: String,
    /// Its version.
    pub version: String,
    /// The statement that began it, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The name of the network.
    pub network: String,
    /// The network as text.
    pub spec: String,
    /// The number of its parameters' elements, frozen ones included.
    pub parameters: usize,
    /// The seed.
    pub seed: u64,
    /// The plan, with all options.
    pub plan: Value,
    /// The metric's name: `accuracy`, `mae` or another one.
    pub metric: String,
    /// The data.
    pub data: RunData,
    /// The machine.
    pub environment: Environment,
    /// Where the model was when the run began, if it had been trained before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Place>,
    /// Where it was when the run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<Place>,
    /// The figure by which `best.rlm` was chosen, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitored: Option<String>,
    /// The epoch of `best.rlm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<BestEpoch>,
}

impl RunData {
    pub(super) fn of(start: &RunStart) -> Self {
        let (name, samples, shape, augmentations, fingerprint) = start.data();
        RunData {
            name: name.to_string(),
            fingerprint: format!("{fingerprint:016x}"),
            samples,
            shape: shape.to_vec(),
            augmentations: augmentations.to_vec(),
        }
    }
}
