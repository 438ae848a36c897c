//! Temperature scaling: probabilities that come true as often as they say.

use super::calibration::{Binning, Calibration};
use super::scored::{Scored, ScoredClass};
use relume_activations::ActivationSpec;
use relume_layers::{LayerSpec, Stage};
use relume_training::{Calibrated, Model, TrainError};
use serde::Serialize;
use thiserror::Error;

/// A temperature by which logits are divided, with what it changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Temperature {
    /// The samples' name.
    pub data: String,
    /// How many there are.
    pub samples: usize,
    /// Above 1 for a network that is too sure, below 1 for one that is not sure enough.
    pub temperature: f64,
    /// The figures before.
    pub before: Sharpness,
    /// And with the logits divided by it.
    pub after: Sharpness,
}

/// How good probabilities are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sharpness {
    /// The mean negative logarithm of the true class's probability.
    pub negative_log_likelihood: f64,
    /// The expected calibration error of the predicted class over bins of the same width.
    pub expected_calibration_error: f64,
    /// The Brier score.
    pub brier_score: f64,
}

/// Why a temperature cannot be found or applied.
#[derive(Debug, Error)]
pub enum TemperatureError {
    /// Scores that are no probabilities of classes.
    #[error("the network gives no probabilities of classes")]
    NoProbabilities,
    /// All samples are right, and the more so the lower the temperature.
    #[error("all samples are right, so that no temperature is best")]
    AllRight,
    /// No temperature up to the largest is high enough: the samples are the likelier, the more alike the probabilities
    /// of their classes are.
    #[error(
        "the best temperature is above 100: the network says nothing of these samples that is better than the same \
         probability for each class"
    )]
    NothingSaid,
    /// The network does not end with a dense layer.
    #[error("the network ends with {0}, and not with a dense layer whose outputs are logits")]
    NoLogits(String),
    /// No temperature is kept.
    #[error("the network is not calibrated")]
    NotCalibrated,
    /// The layer that was divided has other numbers now.
    #[error("the last dense layer has other numbers than after it was calibrated")]
    ChangedSince,
    /// The weights could not be changed.
    #[error(transparent)]
    Train(#[from] TrainError),
}

/// Bins of the calibration error: those of Guo and others.
const BINS: usize = 15;
/// The smallest and the largest temperature that are looked for.
const RANGE: [f64; 2] = [0.01, 100.0];
/// Halvings of the range of its logarithm.
const HALVINGS: usize = 60;
/// The logarithm of a probability of 0.
const LOWEST: f64 = -700.0;

impl Temperature {
    /// The temperature with the smallest negative log-likelihood. Guo, Pleiss, Sun and Weinberger, "On calibration of
    /// modern neural networks", 2017.
    ///
    /// The likelihood is convex in 1/T, so the sign of its slope says where the best one is.
    ///
    /// # Errors
    /// Scores that are no probabilities of classes, samples that are all right, or of which the network says nothing.
    pub fn of(scored: &Scored) -> Result<Self, TemperatureError> {
        if !scored.are_probabilities || scored.are_labels() || scored.samples() == 0 {
            return Err(TemperatureError::NoProbabilities);
        }
        let logits = logits(scored);
        let slope = |temperature: f64| slope(&logits, &scored.truth, 1.0 / temperature);
        let [mut low, mut high] = RANGE.map(f64::ln);
        if slope(RANGE[1]) <= 0.0 {
            return Err(TemperatureError::NothingSaid);
        }
        if slope(RANGE[0]) >= 0.0 {
            return Err(TemperatureError::AllRight);
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            // A likelihood that still improves with 1/T wants a lower temperature.
            if slope(middle.exp()) > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
        }
        let temperature = f64::midpoint(low, high).exp();
        Ok(Temperature {
            data: scored.data.clone(),
            samples: scored.samples(),
            temperature,
            before: Sharpness::of(scored),
            after: Sharpness::of(&cooled(scored, &logits, temperature)),
        })
    }

    /// Divides the weight and the bias of the last dense layer by the temperature, so that the network's logits are
    /// divided by it wherever it is used, saved or exported. What it predicts stays. The model keeps the temperature
    /// for [`Temperature::take_back`].
    ///
    /// # Errors
    /// A network that does not end with a dense layer, alone or before softmax, log_softmax or sigmoid; the model is
    /// unchanged then.
    pub fn apply(&self, model: &mut Model) -> Result<(), TemperatureError> {
        let dense = last_dense(model)?;
        let before = model.calibrated().copied();
        let before = before.filter(|own| fingerprint(model, dense) == own.fingerprint);
        multiply(model, dense, 1.0 / self.temperature)?;
        let temperature = before.map_or(1.0, |own| own.temperature) * self.temperature;
        let fingerprint = fingerprint(model, dense);
        model.set_calibrated(Some(Calibrated { temperature, fingerprint }));
        Ok(())
    }

    /// Multiplies the last dense layer by the temperature by which it was divided, and returns that. The numbers are
    /// those of before, but for rounding.
    ///
    /// # Errors
    /// A network that was not calibrated, or whose last dense layer has other numbers since; the model is unchanged
    /// then.
    pub fn take_back(model: &mut Model) -> Result<f64, TemperatureError> {
        let own = *model.calibrated().ok_or(TemperatureError::NotCalibrated)?;
        let dense = last_dense(model)?;
        if fingerprint(model, dense) != own.fingerprint {
            return Err(TemperatureError::ChangedSince);
        }
        multiply(model, dense, own.temperature)?;
        model.set_calibrated(None);
        Ok(own.temperature)
    }
}

/// The index of the dense layer that gives the logits.
fn last_dense(model: &Model) -> Result<usize, TemperatureError> {
    let layers = &model.spec().layers;
    let is_last = |stage: &Stage| {
        !matches!(
            stage,
            Stage::Activation(
                ActivationSpec::Softmax(_)
                    | ActivationSpec::LogSoftmax(_)
                    | ActivationSpec::Sigmoid(_)
            )
        )
    };
    let place = layers.iter().rposition(is_last);
    let dense = place.filter(|&at| {
        matches!(&layers[at], Stage::Layer(LayerSpec::Dense(_))) && layers.len() - at <= 2
    });
    dense.ok_or_else(|| {
        let last = layers.last().map_or_else(|| "nothing".to_string(), Stage::label);
        TemperatureError::NoLogits(last)
    })
}

/// The names of a dense layer's parameters, of which it may have no bias.
fn names(dense: usize) -> [String; 2] {
    ["weight", "bias"].map(|name| format!("{dense}.{name}"))
}

/// Multiplies the weight and the bias of a dense layer.
fn multiply(model: &mut Model, dense: usize, factor: f64) -> Result<(), TrainError> {
    let network = model.in_use().ok_or(TrainError::NotBuilt)?;
    for name in names(dense) {
        let Some(id) = network.parameters().find(&name) else { continue };
        let value = network.parameters().get(id).value.map(|x| x * factor as f32);
        model.set_parameter(&name, &value)?;
    }
    Ok(())
}

/// The FNV-1a hash of the bits of a dense layer's numbers.
fn fingerprint(model: &Model, dense: usize) -> u64 {
    let Some(network) = model.in_use() else { return 0 };
    let parameters = network.parameters();
    let found = names(dense).into_iter().filter_map(|name| parameters.find(&name));
    let bits = found.flat_map(|id| parameters.get(id).value.data().iter().map(|x| x.to_bits()));
    bits.fold(0xcbf2_9ce4_8422_2325, |hash, bits| {
        (hash ^ u64::from(bits)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The logarithms of the probabilities, sample by sample: logits but for a constant.
fn logits(scored: &Scored) -> Vec<Vec<f64>> {
    let of = |sample: usize| {
        let own = scored.classes.iter().map(|class| class.scores[sample].ln().max(LOWEST));
        own.collect()
    };
    (0..scored.samples()).map(of).collect()
}

/// softmax(logits * factor).
fn softmax(logits: &[f64], factor: f64) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|x| ((x - most) * factor).exp()).collect();
    let sum = powers.iter().sum::<f64>();
    powers.into_iter().map(|x| x / sum).collect()
}

/// The slope of the mean log-likelihood in the factor 1/T: z_true - sum p z.
fn slope(logits: &[Vec<f64>], truth: &[usize], factor: f64) -> f64 {
    let of = |(own, &class): (&Vec<f64>, &usize)| {
        let mean = softmax(own, factor).iter().zip(own).map(|(p, z)| p * z).sum::<f64>();
        own.get(class).copied().unwrap_or(mean) - mean
    };
    logits.iter().zip(truth).map(of).sum()
}

/// What was scored, with another temperature.
fn cooled(scored: &Scored, logits: &[Vec<f64>], temperature: f64) -> Scored {
    let rows: Vec<Vec<f64>> = logits.iter().map(|own| softmax(own, 1.0 / temperature)).collect();
    let class = |(at, class): (usize, &ScoredClass)| ScoredClass {
        scores: rows.iter().map(|row| row[at]).collect(),
        ..class.clone()
    };
    Scored { classes: scored.classes.iter().enumerate().map(class).collect(), ..scored.clone() }
}

impl Sharpness {
    fn of(scored: &Scored) -> Self {
        let of = |(sample, &class): (usize, &usize)| {
            let p = scored.classes.get(class).map_or(f64::NAN, |class| class.scores[sample]);
            -p.ln().max(LOWEST)
        };
        let sum = scored.truth.iter().enumerate().map(of).sum::<f64>();
        let curve = Calibration::of(scored, None, BINS, Binning::Uniform);
        let error = curve.and_then(|own| Some(own.curves.first()?.expected_calibration_error));
        Sharpness {
            negative_log_likelihood: sum / scored.samples().max(1) as f64,
            expected_calibration_error: error.unwrap_or(f64::NAN),
            brier_score: scored.brier_score(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes, the first with these probabilities.
    fn scored(first: &[f64], truth: &[usize]) -> Scored {
        let class = |at: usize| ScoredClass {
            name: at.to_string(),
            scores: first.iter().map(|p| if at == 0 { *p } else { 1.0 - p }).collect(),
            is_true: truth.iter().map(|&own| own == at).collect(),
        };
        Scored {
            data: "d".to_string(),
            classes: vec![class(0), class(1)],
            predicted: first.iter().map(|p| usize::from(*p < 0.5)).collect(),
            truth: truth.to_vec(),
            are_probabilities: true,
        }
    }

    #[test]
    fn there_is_no_best_temperature_if_all_is_wrong_or_all_is_right() {
        for first in [[0.9, 0.2], [0.5, 0.5]] {
            let found = Temperature::of(&scored(&first, &[1, 0]));
            assert!(matches!(found, Err(TemperatureError::NothingSaid)), "{found:?}");
        }
        let found = Temperature::of(&scored(&[0.9, 0.2], &[0, 1]));
        assert!(matches!(found, Err(TemperatureError::AllRight)), "{found:?}");
    }
}
