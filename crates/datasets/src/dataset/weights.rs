//! What the losses of samples weigh.

use super::Dataset;
use crate::DataError;
use std::sync::Arc;

impl Dataset {
    /// The same data set, whose samples' losses have these weights in training and evaluation: a mean loss is
    /// sum(weight loss) / sum(weight). They are kept so that their mean over the train part is 1.
    ///
    /// # Errors
    /// Another number of weights than of samples, a weight that is negative or not finite, or a train part whose
    /// weights are all 0.
    pub fn with_weights(self, weights: Vec<f32>) -> Result<Self, DataError> {
        if weights.len() != self.len() {
            return Err(DataError::Weights(format!(
                "{} weights do not match {} samples",
                weights.len(),
                self.len()
            )));
        }
        if let Some(at) = weights.iter().position(|&own| !own.is_finite() || own < 0.0) {
            let problem =
                format!("sample {at} has the weight {}, which is not 0 or more", weights[at]);
            return Err(DataError::Weights(problem));
        }
        let train = &self.0.split.train;
        let sum: f64 = train.iter().map(|&sample| f64::from(weights[sample])).sum();
        if sum == 0.0 {
            let problem =
                "all weights of the train part are 0, so nothing would be learned".to_string();
            return Err(DataError::Weights(problem));
        }
        let mean = sum / train.len() as f64;
        let weights = weights.into_iter().map(|own| (f64::from(own) / mean) as f32).collect();
        Ok(self.changed(|contents| contents.weights = Some(Arc::new(weights))))
    }

    /// What the samples' losses weigh; `None` if all weigh the same.
    pub fn weights(&self) -> Option<&[f32]> {
        self.0.weights.as_ref().map(|weights| &weights[..])
    }
}
