//! What is done to inputs before a network sees them; kept with the data set and saved with the model.

use crate::Raw;
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// A shift and a scale for each feature: prepared = (raw - shift) * scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// What is taken off; one number for all features, or one for each.
    pub shift: Vec<f32>,
    /// What is multiplied with then.
    pub scale: Vec<f32>,
    /// Whether the features are the channels of images `[samples, channels, height, width]`, rather than the numbers of a row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub channels: bool,
    /// What samples are before they are numbers; a row of numbers where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

impl Preparation {
    /// Multiplies all features with a factor.
    pub fn scaled(factor: f32) -> Self {
        Preparation { shift: vec![0.0], scale: vec![factor], channels: false, raw: None }
    }

    /// The same for samples that are given like this.
    #[must_use]
    pub fn of(self, raw: Raw) -> Self {
        Preparation { raw: Some(raw), ..self }
    }

    /// Brings each feature of the given rows to mean 0 and standard deviation 1; a constant feature becomes 0.
    pub fn standardising(inputs: &Tensor, rows: &[usize]) -> Self {
        let width = inputs.shape().tail(1).count();
        Self::of_rows(rows.iter().map(|&row| &inputs.data()[row * width..][..width]), width)
    }

    /// The same for rows of `width` features wherever they are.
    pub fn of_rows<'a>(rows: impl Iterator<Item = &'a [f32]> + Clone, width: usize) -> Self {
        let count = rows.clone().count().max(1) as f64;
        let (mut means, mut variances) = (vec![0.0; width], vec![0.0; width]);
        for row in rows.clone() {
            for (sum, &x) in means.iter_mut().zip(row) {
                *sum += f64::from(x);
            }
        }
        means.iter_mut().for_each(|sum| *sum /= count);
        for row in rows {
            for ((sum, mean), &x) in variances.iter_mut().zip(&means).zip(row) {
                let off = f64::from(x) - mean;
                *sum += off * off;
            }
        }
        let scale = |sum: &f64| match sum / count {
            variance if variance > 0.0 => (1.0 / variance.sqrt()) as f32,
            _ => 1.0,
        };
        Preparation {
            shift: means.iter().map(|&mean| mean as f32).collect(),
            scale: variances.iter().map(scale).collect(),
            channels: false,
            raw: None,
        }
    }

    /// Prepares raw samples in place.
    pub fn apply(&self, inputs: &mut Tensor) {
        let features = self.shift.len().max(1);
        let each = if self.channels { inputs.shape().tail(2).count().max(1) } else { 1 };
        for (i, x) in inputs.data_mut().iter_mut().enumerate() {
            let feature = i / each % features;
            *x = (*x - self.shift[feature]) * self.scale[feature];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_standardised_by_the_given_rows_alone() {
        let mut inputs = Tensor::new([4, 2], vec![1., 5., 3., 5., 5., 5., 100., 7.]).unwrap();
        let preparation = Preparation::standardising(&inputs, &[0, 1, 2]);
        preparation.apply(&mut inputs);
        // numpy: (a - a[:3].mean(0)) / a[:3].std(0), a constant column divided by 1.
        let expected = [-1.224_744_9, 0., 0., 0., 1.224_744_9, 0., 59.400_127, 2.];
        for (x, y) in inputs.data().iter().zip(expected) {
            assert!((x - y).abs() < 1e-4, "{x} {y}");
        }
    }
}
