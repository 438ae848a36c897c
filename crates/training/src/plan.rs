//! What a run is to do.

use crate::Model;
use crate::task::default_loss;
use relume_datasets::Dataset;
use relume_losses::LossSpec;
use relume_optimizers::rules::Adam;
use relume_optimizers::schedules::Constant;
use relume_optimizers::{OptimizerError, OptimizerSpec, ScheduleSpec, clip_norm, clip_value};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// When to stop before the last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyStop {
    /// How many epochs in a row the test loss may fail to fall.
    pub patience: u64,
}

/// The options of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// How many epochs.
    pub epochs: u64,
    /// Samples in a batch.
    pub batch: usize,
    /// The optimizer.
    pub optimizer: OptimizerSpec,
    /// The loss.
    pub loss: LossSpec,
    /// How the learning rate changes.
    pub schedule: ScheduleSpec,
    /// The largest norm of all gradients together.
    pub clip: Option<f64>,
    /// The largest absolute number of a gradient; cut off before the norm is looked at.
    #[serde(default)]
    pub clip_value: Option<f64>,
    /// When to stop early.
    pub early_stop: Option<EarlyStop>,
}

/// Samples in a batch, and epochs, where nothing else is asked for.
const BATCH: usize = 32;
const EPOCHS: u64 = 10;

impl Plan {
    /// The usual plan for a data set: Adam, cross-entropy for classes and the mean squared error for numbers.
    pub fn for_data(data: &Dataset, epochs: u64) -> Self {
        Plan {
            epochs,
            batch: BATCH,
            optimizer: default_optimizer(),
            loss: default_loss(data),
            schedule: Constant::new().into(),
            clip: None,
            clip_value: None,
            early_stop: None,
        }
    }

    /// The plan by which to train a model next: what is left of an unfinished one where `epochs` is not given;
    /// otherwise the usual plan for a data set, 10 epochs where `epochs` is not given, with the optimizer that the
    /// model had before.
    pub fn next(model: &Model, data: &Dataset, epochs: Option<u64>) -> Self {
        let before = model.run().plan.as_ref();
        match before {
            Some(plan) if epochs.is_none() && model.run().remaining() > 0 => plan.clone(),
            _ => {
                let usual = Plan::for_data(data, epochs.unwrap_or(EPOCHS));
                let optimizer = before.map(|plan| plan.optimizer.clone());
                Plan { optimizer: optimizer.unwrap_or(usual.optimizer), ..usual }
            }
        }
    }

    /// How gradients are kept small.
    pub(crate) fn clipping(&self) -> Clipping {
        Clipping { norm: self.clip, value: self.clip_value }
    }
}

/// How gradients are kept small.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clipping {
    norm: Option<f64>,
    value: Option<f64>,
}

impl Clipping {
    /// Keeps them small.
    ///
    /// # Errors
    /// A limit below 0.
    pub fn apply(self, gradients: &mut [Option<Tensor>]) -> Result<(), OptimizerError> {
        if let Some(most) = self.value {
            clip_value(gradients, most)?;
        }
        if let Some(most) = self.norm {
            clip_norm(gradients, most)?;
        }
        Ok(())
    }
}

/// Adam with PyTorch's defaults.
fn default_optimizer() -> OptimizerSpec {
    Adam::new().into()
}
