//! Whether probabilities are as often right as they say.

use relume_training::task::ClassPredictions;
use serde::Serialize;

/// Bins of one width between 0 and 1.
const BINS: usize = 10;

/// How often predictions are right beside the probability that was said of them.
///
/// The expected calibration error is sum over the bins of share x |accuracy - confidence|: Guo, Pleiss, Sun and
/// Weinberger, "On calibration of modern neural networks", 2017. A bin holds its upper end, as in their code.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Ten bins of the probability, from 0 to 1.
    pub bins: Vec<CalibrationBin>,
    /// The expected calibration error, from 0 to 1.
    pub error: f64,
}

/// The predictions whose probability is within a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// How many there are.
    pub count: usize,
    /// The mean of their probabilities.
    pub confidence: f64,
    /// The share of them that is right.
    pub accuracy: f64,
}

impl Calibration {
    /// Of probabilities of the predicted classes, each with whether it was right; `None` without any.
    pub fn of(predictions: impl Iterator<Item = (f64, bool)>) -> Option<Self> {
        let mut bins = [CalibrationBin::default(); BINS];
        let mut all = 0;
        for (probability, is_right) in predictions {
            let bin = ((probability * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            let bin = &mut bins[bin];
            bin.count += 1;
            bin.confidence += probability;
            bin.accuracy += f64::from(u8::from(is_right));
            all += 1;
        }
        for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
            bin.confidence /= bin.count as f64;
            bin.accuracy /= bin.count as f64;
        }
        let off = |bin: &CalibrationBin| bin.count as f64 * (bin.accuracy - bin.confidence).abs();
        let error = bins.iter().map(off).sum::<f64>() / f64::from(all.max(1));
        (all > 0).then(|| Calibration { bins: bins.to_vec(), error })
    }

    /// Of the predicted classes of samples whose class is known; `None` if scores are no probabilities.
    pub fn of_classes(predictions: &ClassPredictions) -> Option<Self> {
        let truth = predictions.truth.as_ref().filter(|_| predictions.are_probabilities)?;
        let pairs = predictions.samples.iter().zip(truth).filter_map(|(own, truth)| {
            let probability = f64::from(*own.scores.get(own.class)?);
            probability.is_finite().then_some((probability, own.class == *truth))
        });
        Self::of(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy, over the bins from `low` to `high` of linspace(0, 1, 11), with m = (p > low) & (p <= high):
    /// error += abs(p[m].mean() - right[m].mean()) * m.mean()
    #[test]
    fn the_error_is_that_of_the_paper() {
        let all = [
            (0.95, true),
            (0.9, true),
            (0.91, false),
            (0.55, true),
            (0.6, false),
            (0.51, false),
            (0.72, true),
            (0.79, true),
            (1.0, true),
            (0.34, false),
        ];
        let found = Calibration::of(all.into_iter()).unwrap();
        assert!((found.error - 0.245).abs() < 1e-9, "{}", found.error);
        let counts: Vec<usize> = found.bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [0, 0, 0, 1, 0, 3, 0, 2, 1, 3]);
        assert_eq!(Calibration::of(std::iter::empty()), None);
    }
}
