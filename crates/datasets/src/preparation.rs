//! The preparation of a network's inputs; kept with the data set and saved with the model.

use crate::Raw;
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

/// A shift and a scale for each feature: prepared = (raw - shift) * scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// What is subtracted; one number for all features, or one for each.
    pub shift: Vec<f32>,
    /// The factor after that.
    pub scale: Vec<f32>,
    /// For each feature whose values f32 cannot tell apart, such as seconds since 1970, the rest of its shift: shift +
    /// rest has the digits of f64, and the feature is computed in f64. `None` for the others; empty if there is no such
    /// feature.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rest: Vec<Option<f32>>,
    /// Whether the features are the channels of images `[samples, channels, height, width]`, rather than the numbers of
    /// a row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub channels: bool,
    /// The kind of samples before they are numbers; a row of numbers if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

/// What is done to the numbers of one feature.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scaling {
    /// In f32.
    Single { shift: f32, scale: f32 },
    /// In f64, and rounded then.
    Exact { shift: f64, scale: f64 },
}

impl Scaling {
    /// Nothing but rounding to f32.
    pub const NONE: Self = Scaling::Single { shift: 0.0, scale: 1.0 };

    /// The prepared number.
    #[inline]
    pub fn number(self, raw: f64) -> f32 {
        match self {
            Scaling::Single { shift, scale } => (raw as f32 - shift) * scale,
            Scaling::Exact { shift, scale } => ((raw - shift) * scale) as f32,
        }
    }
}

impl Preparation {
    /// Multiplies all features by a factor.
    pub fn scaled(factor: f32) -> Self {
        Self::new(vec![0.0], vec![factor])
    }

    /// A shift and a scale for each feature, or one of each for all.
    pub fn new(shift: Vec<f32>, scale: Vec<f32>) -> Self {
        Preparation { shift, scale, rest: Vec::new(), channels: false, raw: None }
    }

    /// Whether numbers stay as they are.
    pub(crate) fn is_unscaled(&self) -> bool {
        let is_plain = self.shift.iter().all(|&x| x == 0.0) && self.scale.iter().all(|&x| x == 1.0);
        is_plain && self.rest.iter().all(Option::is_none)
    }

    /// Whether a row's features are shifted by their means, as standardising does: the prepared number 0 is then the
    /// mean of its feature.
    pub fn is_standardising(&self) -> bool {
        !self.channels && self.shift.iter().any(|&x| x != 0.0)
    }

    /// The same for samples of this kind.
    #[must_use]
    pub fn of(self, raw: Raw) -> Self {
        Preparation { raw: Some(raw), ..self }
    }

    /// Standardises each feature of the given rows to mean 0 and standard deviation 1; a constant feature becomes 0.
    pub fn standardising(inputs: &Tensor, rows: &[usize]) -> Self {
        let width = inputs.shape().tail(1).count();
        Self::of_rows(rows.iter().map(|&row| &inputs.data()[row * width..][..width]), width)
    }

    /// The same for rows of `width` features from any source.
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
        let shift = means.iter().map(|&mean| mean as f32).collect();
        let scale = variances.iter().map(|sum| scale_of(sum / count)).collect();
        Self::new(shift, scale)
    }

    /// A preparation that does not change any of `width` features yet: [`Preparation::standardise`] sets them one by
    /// one.
    pub fn unchanged(width: usize) -> Self {
        Self::new(vec![0.0; width], vec![1.0; width])
    }

    /// Standardises one feature to mean 0 and standard deviation 1 by these of its values; a constant feature becomes
    /// 0.
    ///
    /// If f32 tells the values apart, mean and deviation are those of the values rounded to f32, which the network
    /// gets. If rounding changes them by more than 1/1000 of the deviation, they are those of the values themselves.
    pub fn standardise(&mut self, feature: usize, values: impl Iterator<Item = f64> + Clone) {
        self.set_standard(feature, Standard::of(values));
    }

    /// The same by what was learned of the feature's values before.
    pub fn set_standard(&mut self, feature: usize, standard: Standard) {
        self.shift[feature] = standard.shift;
        self.scale[feature] = standard.scale;
        if standard.rest.is_some() {
            self.rest.resize(self.shift.len(), None);
            self.rest[feature] = standard.rest;
        }
    }

    /// Whether it has a shift and a scale for each feature of a sample of this shape, or one for all of them.
    pub fn fits(&self, sample: Shape) -> bool {
        let features = self.shift.len();
        let is_one_of = |size: Option<&usize>| size == Some(&features);
        features == 1
            || match self.channels {
                true => is_one_of(sample.first()),
                false => is_one_of(sample.last()) || sample.count() == features,
            }
    }

    /// Checks what holds for every preparation that a data set learned. One from a file is checked before it is used.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        let features = self.shift.len();
        if features == 0 || self.scale.len() != features {
            return Err(format!("{features} shifts do not go with {} scales", self.scale.len()));
        }
        if !self.rest.is_empty() && self.rest.len() != features {
            return Err(format!("{features} shifts do not go with {} rests", self.rest.len()));
        }
        let rests = self.rest.iter().flatten();
        match self.shift.iter().chain(&self.scale).chain(rests).all(|x| x.is_finite()) {
            true => self.raw.as_ref().map_or(Ok(()), Raw::check),
            false => Err("a shift or a scale is not finite".to_string()),
        }
    }

    /// A feature's prepared number.
    pub fn number(&self, feature: usize, raw: f64) -> f32 {
        self.scaling(feature).number(raw)
    }

    /// What is done to a feature's numbers.
    pub(crate) fn scaling(&self, feature: usize) -> Scaling {
        // Divisions take longer than everything else.
        let at = match self.shift.len() {
            1 => 0,
            features if feature < features => feature,
            features => feature % features.max(1),
        };
        let (shift, scale) = (self.shift[at], self.scale[at]);
        match self.rest.get(at) {
            Some(Some(rest)) => Scaling::Exact {
                shift: f64::from(shift) + f64::from(*rest),
                scale: f64::from(scale),
            },
            _ => Scaling::Single { shift, scale },
        }
    }

    /// Whether a feature is computed in f64.
    pub(crate) fn is_exact(&self, feature: usize) -> bool {
        self.rest.get(feature).is_some_and(Option::is_some)
    }

    /// The features that are computed in f64.
    pub(crate) fn exact(&self) -> impl Iterator<Item = usize> + '_ {
        self.rest.iter().enumerate().filter_map(|(feature, rest)| rest.map(|_| feature))
    }

    /// Whether both treat numbers in the same way, wherever these come from.
    pub(crate) fn is_same_scaling(&self, other: &Preparation) -> bool {
        (&self.shift, &self.scale) == (&other.shift, &other.scale)
            && (self.channels, &self.rest) == (other.channels, &other.rest)
    }

    /// Prepares raw samples in place.
    pub fn apply(&self, inputs: &mut Tensor) {
        let plane = inputs.shape().tail(2).count();
        self.apply_to(inputs.data_mut(), plane);
    }

    /// Prepares the numbers of raw samples, `one` of each, in place.
    pub(crate) fn apply_to_samples(&self, samples: &mut [f32], one: usize) {
        let plane = one / self.shift.len().max(1);
        self.apply_to(samples, plane);
    }

    /// Prepares numbers in place: rows of features, or channels of `plane` numbers.
    fn apply_to(&self, values: &mut [f32], plane: usize) {
        let features = self.shift.len().max(1);
        let scaled = |x: f32, shift: f32, scale: f32| (x - shift) * scale;
        if features == 1 && self.rest.is_empty() || self.channels {
            let plane = if features == 1 { values.len() } else { plane };
            for (i, plane) in values.chunks_mut(plane.max(1)).enumerate() {
                let (shift, scale) = (self.shift[i % features], self.scale[i % features]);
                plane.iter_mut().for_each(|x| *x = scaled(*x, shift, scale));
            }
            return;
        }
        for row in values.chunks_mut(features) {
            let exact = self.exact().filter(|&at| at < row.len());
            let exact: Vec<(usize, f64)> = exact.map(|at| (at, f64::from(row[at]))).collect();
            for ((x, &shift), &scale) in row.iter_mut().zip(&self.shift).zip(&self.scale) {
                *x = scaled(*x, shift, scale);
            }
            exact.into_iter().for_each(|(at, raw)| row[at] = self.number(at, raw));
        }
    }
}

/// What standardises a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standard {
    shift: f32,
    scale: f32,
    /// What the shift lacks of the mean, if that counts.
    rest: Option<f32>,
}

impl Standard {
    /// Learns it from the feature's values, as [`Preparation::standardise`] says.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        // Each sum is taken value by value, so that its bits do not depend on the others.
        let round = |x: f64| f64::from(x as f32);
        let (mut count, mut largest) = (0usize, 0.0f64);
        let (mut sum, mut exact_sum) = (0.0, 0.0);
        for x in values.clone() {
            count += 1;
            sum += round(x);
            exact_sum += x;
            largest = largest.max(x.abs());
        }
        let count = count.max(1) as f64;
        let (mean, exact_mean) = (sum / count, exact_sum / count);
        let (mut variance, mut exact_variance) = (0.0, 0.0);
        for x in values {
            let (own, exact) = (round(x) - mean, x - exact_mean);
            variance += own * own;
            exact_variance += exact * exact;
        }
        let (variance, exact_variance) = (variance / count, exact_variance / count);
        let rounding = largest * f64::from(f32::EPSILON) / 2.0;
        match rounding > exact_variance.sqrt() * 1e-3 && exact_variance > 0.0 {
            true => {
                let shift = exact_mean as f32;
                let rest = Some((exact_mean - f64::from(shift)) as f32);
                Standard { shift, scale: scale_of(exact_variance), rest }
            }
            false => Standard { shift: mean as f32, scale: scale_of(variance), rest: None },
        }
    }
}

/// The scale that brings a feature of this variance to variance 1.
fn scale_of(variance: f64) -> f32 {
    if variance > 0.0 { (1.0 / variance.sqrt()) as f32 } else { 1.0 }
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

    #[test]
    fn what_f32_cannot_tell_apart_is_standardised_in_f64_and_nothing_else_is() {
        // Seconds since 1970, one after the other: in f32 all are 1,700,000,000. numpy: (x - x.mean()) / x.std().
        let seconds = [1.7e9, 1.7e9 + 1.0, 1.7e9 + 2.0];
        let years = [1990.0, 2000.0, 2010.0];
        let mut preparation = Preparation::unchanged(2);
        preparation.standardise(0, seconds.iter().copied());
        preparation.standardise(1, years.iter().copied());
        for (i, expected) in [-1.224_744_9_f32, 0.0, 1.224_744_9].into_iter().enumerate() {
            assert!((preparation.number(0, seconds[i]) - expected).abs() < 1e-6);
            assert!((preparation.number(1, years[i]) - expected).abs() < 1e-6);
        }
        assert!(matches!(preparation.rest[..], [Some(_), None]));
        let years = Tensor::new([3, 1], vec![1990., 2000., 2010.]).unwrap();
        let alone = Preparation::standardising(&years, &[0, 1, 2]);
        assert_eq!((preparation.shift[1], preparation.scale[1]), (alone.shift[0], alone.scale[0]));
    }
}
