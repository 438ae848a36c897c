//! Raw numbers.

use crate::Preparation;
use relume_tensor::{Shape, Tensor};
use std::sync::Arc;

/// Raw numbers `[samples, ...]` in f32, and in f64 too for those features that f32 cannot tell apart.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    pub values: Tensor,
    /// Features, by their position in a sample, with a value for each sample.
    pub exact: Arc<Vec<(usize, Vec<f64>)>>,
}

impl Numbers {
    /// Numbers for which f32 is enough.
    pub fn new(values: Tensor) -> Self {
        Numbers { values, exact: Arc::default() }
    }

    /// The shape of one sample.
    pub fn sample_shape(&self) -> Shape {
        self.values.shape().without_batch()
    }

    /// Writes some prepared samples into `out`, one after another.
    pub fn fill(&self, samples: &[usize], preparation: Option<&Preparation>, out: &mut [f32]) {
        let one = self.sample_shape().count().max(1);
        for (row, &sample) in out.chunks_exact_mut(one).zip(samples) {
            row.copy_from_slice(&self.values.data()[sample * one..][..one]);
        }
        let Some(preparation) = preparation else { return };
        preparation.apply_to_samples(out, one);
        for (feature, values) in self.exact.iter() {
            if preparation.is_exact(*feature) {
                let scaling = preparation.scaling(*feature);
                for (row, &sample) in out.chunks_exact_mut(one).zip(samples) {
                    row[*feature] = scaling.number(values[sample]);
                }
            }
        }
    }

    /// A feature's values, one for each sample `[samples, features]`.
    pub fn feature(&self, feature: usize) -> Vec<f64> {
        let width = self.sample_shape().count().max(1);
        match self.exact.iter().find(|(own, _)| *own == feature) {
            Some((_, values)) => values.clone(),
            None => {
                let own = self.values.data().iter().skip(feature).step_by(width);
                own.map(|&x| f64::from(x)).collect()
            }
        }
    }
}
