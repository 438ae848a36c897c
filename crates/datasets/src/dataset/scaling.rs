//! Numbers to predict, shifted and scaled for the loss.

use super::{Dataset, Targets};
use crate::DataError;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How numbers to predict are shifted and scaled for the loss. Metrics and predictions are in their own units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetScaling {
    /// The mean of each number.
    pub mean: Vec<f64>,
    /// The standard deviation of each number (with n), or 1 where it is constant.
    pub deviation: Vec<f64>,
}

impl TargetScaling {
    /// A number in the units of the loss.
    pub fn scaled(&self, number: usize, value: f32) -> f32 {
        ((f64::from(value) - self.mean[number]) / self.deviation[number]) as f32
    }

    /// A number of the loss in its own units.
    pub fn unscaled(&self, number: usize, value: f32) -> f32 {
        (f64::from(value) * self.deviation[number] + self.mean[number]) as f32
    }
}

impl Dataset {
    /// The same data set, whose numbers to predict are scaled for the loss to mean 0 and deviation 1 over the train
    /// part.
    ///
    /// # Errors
    /// Targets that are no numbers, or an empty train part.
    pub fn with_scaled_targets(self) -> Result<Self, DataError> {
        let Targets::Values { values, .. } = self.targets() else {
            return Err(DataError::Options(
                "scale_target is for numbers to predict, and these are classes".to_string(),
            ));
        };
        let train = self.0.split.train.clone();
        if train.is_empty() {
            return Err(DataError::Options("scale_target needs a train part".to_string()));
        }
        let width = values.dims()[1];
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for number in 0..width {
            let own: Vec<f64> =
                train.iter().map(|i| f64::from(values.data()[i * width + number])).collect();
            let count = own.len() as f64;
            let middle = own.iter().sum::<f64>() / count;
            let variance = own.iter().map(|x| (x - middle) * (x - middle)).sum::<f64>() / count;
            mean.push(middle);
            deviation.push(if variance > 0.0 { variance.sqrt() } else { 1.0 });
        }
        Ok(self.with_target_scaling(Some(Arc::new(TargetScaling { mean, deviation }))))
    }

    /// The same data set, whose numbers to predict are scaled like this for the loss.
    #[must_use]
    pub fn with_target_scaling(self, scaling: Option<Arc<TargetScaling>>) -> Self {
        self.changed(|contents| contents.target_scaling = scaling)
    }

    /// How its numbers to predict are scaled for the loss, if they are.
    pub fn target_scaling(&self) -> Option<&Arc<TargetScaling>> {
        self.0.target_scaling.as_ref()
    }
}
