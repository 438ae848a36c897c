//! Numbers to predict, shifted and scaled for the loss, and numbers with all their digits.

use super::{Dataset, Part, Targets};
use crate::DataError;
use crate::store::Store;
use relume_tensor::{Array, Tensor};
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
    pub fn scaled(&self, number: usize, value: f64) -> f32 {
        ((value - self.mean[number]) / self.deviation[number]) as f32
    }

    /// A number of the loss in its own units, with the digits that f32 has around the mean: the others are rounded off.
    pub fn unscaled(&self, number: usize, value: f32) -> f64 {
        let deviation = self.deviation[number];
        let exact = f64::from(value) * deviation + self.mean[number];
        let largest = deviation * f64::from(value.abs()).max(1.0);
        let digits = -(largest * f64::from(f32::EPSILON)).log10().floor();
        match (0.0..=300.0).contains(&digits) {
            true => {
                // A factor of more than 10^22 is no f64 of its own, and changes nothing here.
                let unit = 10f64.powi(digits.min(22.0) as i32);
                let rounded = (exact * unit).round() / unit;
                if rounded.is_finite() { rounded } else { exact }
            }
            false => exact,
        }
    }
}

impl Dataset {
    /// The same data set, whose numbers to predict are scaled for the loss to mean 0 and deviation 1 over the train
    /// part.
    ///
    /// # Errors
    /// Targets that are no numbers, or an empty train part.
    pub fn with_scaled_targets(self) -> Result<Self, DataError> {
        let Targets::Values { .. } = self.targets() else {
            return Err(DataError::Options(
                "scale_target is for numbers to predict, and these are classes".to_string(),
            ));
        };
        let train = self.0.split.train.clone();
        if train.is_empty() {
            return Err(DataError::Options("scale_target needs a train part".to_string()));
        }
        let width = self.targets().width();
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for number in 0..width {
            let own: Vec<f64> =
                train.iter().map(|&sample| self.number_to_predict(sample, number)).collect();
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

    /// The same data set with all digits of a feature of its numbers `[samples, features]`, for which f32 is not
    /// enough.
    ///
    /// # Errors
    /// Another number of values than of samples, or samples that are not rows of so many numbers.
    pub fn with_exact(self, feature: usize, values: Vec<f64>) -> Result<Self, DataError> {
        let width = self.sample_shape().count();
        if values.len() != self.len() || feature >= width {
            return Err(DataError::Options(format!(
                "{} values of feature {feature} do not match {} samples of {width}",
                values.len(),
                self.len()
            )));
        }
        Ok(self.changed(|contents| {
            if let Store::Numbers(numbers) = &mut contents.inputs {
                Arc::make_mut(&mut numbers.exact).push((feature, values));
            }
        }))
    }

    /// The same data set with all digits of its numbers to predict, `[samples, numbers]` row by row. They are kept
    /// where f32 is not enough for them.
    ///
    /// # Errors
    /// Targets that are no numbers, or another number of them.
    pub fn with_exact_targets(self, exact: Vec<f64>) -> Result<Self, DataError> {
        let (count, width) = match self.targets() {
            Targets::Values { values, .. } => (values.count(), self.targets().width()),
            _ => (0, 0),
        };
        if exact.len() != count {
            return Err(DataError::Counts { inputs: exact.len(), targets: count });
        }
        match (0..width).any(|number| Digits::of(&exact, width, number).are_needed()) {
            true => Ok(self.changed(|contents| contents.exact_targets = Some(Arc::new(exact)))),
            false => Ok(self),
        }
    }

    /// Its numbers to predict with all digits, if f32 is not enough for them.
    pub fn exact_targets(&self) -> Option<&[f64]> {
        self.0.exact_targets.as_ref().map(|exact| &exact[..])
    }

    /// A number to predict of a sample, in its own units.
    fn number_to_predict(&self, sample: usize, number: usize) -> f64 {
        let Targets::Values { values, .. } = self.targets() else { return f64::NAN };
        let at = sample * self.targets().width() + number;
        match self.exact_targets() {
            Some(exact) => exact[at],
            None => f64::from(values.data()[at]),
        }
    }

    /// Refuses numbers to predict that f32 cannot tell apart, unless they are scaled.
    ///
    /// # Errors
    /// The number's name, and how coarse f32 is there.
    pub fn check_target_digits(&self) -> Result<(), DataError> {
        let (Some(exact), None) = (self.exact_targets(), self.target_scaling()) else {
            return Ok(());
        };
        let width = self.targets().width();
        for (number, name) in self.targets().numbers().iter().enumerate() {
            let Digits { rounding, deviation, .. } = Digits::of(exact, width, number);
            if deviation > 0.0 && rounding > 0.1 * deviation {
                return Err(DataError::Options(format!(
                    "{name} varies by {deviation:.3}, and single precision rounds such numbers by up to {rounding}: \
                     scale_target=true scales them before they are rounded"
                )));
            }
        }
        Ok(())
    }

    /// The targets of some samples as a batch has them: numbers that are scaled for the loss in its units, others as
    /// they are.
    pub(crate) fn gather_targets(&self, samples: &[usize]) -> Result<Array, DataError> {
        let scaling =
            self.target_scaling().filter(|_| matches!(self.targets(), Targets::Values { .. }));
        let width = self.targets().width();
        match scaling {
            Some(scaling) if scaling.mean.len() == width && width > 0 => {
                let number = |i: usize| {
                    let number = i % width;
                    scaling.scaled(number, self.number_to_predict(samples[i / width], number))
                };
                Ok(Tensor::from_fn([samples.len(), width], number).into())
            }
            _ => Ok(self.targets().gather(samples)?),
        }
    }
}

impl Part {
    /// Its numbers to predict in their own units, a row for each sample; `None` if the targets are no numbers.
    pub fn numbers(&self) -> Option<Vec<Vec<f64>>> {
        let (data, width) = (self.data(), self.data().targets().width());
        let Targets::Values { values, .. } = data.targets() else { return None };
        let row = |&sample: &usize| {
            let places = sample * width..(sample + 1) * width;
            match data.exact_targets() {
                Some(exact) => exact[places].to_vec(),
                None => values.data()[places].iter().map(|&x| shortest(x)).collect(),
            }
        };
        Some(self.indices().iter().map(row).collect())
    }
}

/// Whether f32 is enough for a number.
struct Digits {
    /// How far f32 moves the largest of its values at most; 0 if it holds all of them.
    rounding: f64,
    /// The standard deviation, 0 if all values are the same.
    deviation: f64,
    largest: f64,
}

/// Numbers this large keep all their digits whatever their deviation is, such as seconds since 1970.
const LARGE: f64 = 1_048_576.0;

impl Digits {
    /// Those of one of the numbers `[samples, width]`.
    fn of(values: &[f64], width: usize, number: usize) -> Self {
        let own = || values.iter().skip(number).step_by(width.max(1));
        let count = own().count().max(1) as f64;
        let mean = own().sum::<f64>() / count;
        let varies = own().any(|x| Some(x) != values.get(number));
        let deviation = (own().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
        let deviation = if varies { deviation } else { 0.0 };
        let largest = own().fold(0.0, |most: f64, x| most.max(x.abs()));
        let is_rounded = own().any(|&x| f64::from(x as f32) != x);
        let rounding = if is_rounded { largest * f64::from(f32::EPSILON) / 2.0 } else { 0.0 };
        Digits { rounding, deviation, largest }
    }

    fn are_needed(&self) -> bool {
        self.rounding > 0.0 && (self.largest >= LARGE || self.rounding > self.deviation * 1e-3)
    }
}

/// The f64 that is written with the same digits: 0.3 for the f32 0.3, which is 0.30000001192 as f64.
pub fn shortest(x: f32) -> f64 {
    x.to_string().parse().unwrap_or_else(|_| f64::from(x))
}
