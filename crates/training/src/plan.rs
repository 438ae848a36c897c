//! The options of a run.

use crate::Model;
use crate::task::default_loss;
use relume_datasets::Dataset;
use relume_losses::LossSpec;
use relume_optimizers::rules::Adam;
use relume_optimizers::schedules::Constant;
use relume_optimizers::{OptimizerError, OptimizerSpec, ScheduleSpec, clip_norm, clip_value};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// When to stop early.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyStop {
    /// How many epochs in a row the test loss may fail to improve.
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
    /// The schedule of the learning rate.
    pub schedule: ScheduleSpec,
    /// The largest norm of all gradients together.
    pub clip: Option<f64>,
    /// The largest absolute value of a gradient; clipped before the norm is computed.
    #[serde(default)]
    pub clip_value: Option<f64>,
    /// When to stop early.
    pub early_stop: Option<EarlyStop>,
}

/// The default batch size and number of epochs.
const BATCH: usize = 32;
const EPOCHS: u64 = 10;

impl Plan {
    /// The default plan for a data set: Adam, cross-entropy for classes and the mean squared error for numbers.
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

    /// The next plan for a model: without `epochs`, the rest of an unfinished one; otherwise the default plan for a
    /// data set, with 10 epochs unless `epochs` is given, and with the model's current optimizer.
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

    /// The limits of gradients.
    pub(crate) fn clipping(&self) -> Clipping {
        Clipping { norm: self.clip, value: self.clip_value }
    }
}

/// The limits of gradients.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clipping {
    norm: Option<f64>,
    value: Option<f64>,
}

impl Clipping {
    /// Clips the gradients.
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
