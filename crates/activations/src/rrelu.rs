//! The randomised leaky rectified linear unit: the slope below 0 is random for each number in training.

use crate::leaky_relu::Leaky;
use crate::{Activation, Facts, checked_op};
use relume_autograd::{Map, OpRef};
use relume_catalog::Spec;
use relume_tensor::threads::{PIECE, for_pieces};
use relume_tensor::{Rng, Stream, Tensor};
use std::sync::Arc;

/// Like leaky_relu, but each slope below 0 is random in training.
///
/// f(x) = x above 0, a x below. In training each a is drawn uniformly between lower and upper, from the network's seed;
/// in inference a = (lower + upper) / 2. f'(x) = 1 above 0, a below. Range: all numbers. Nowhere flat. Xu and others,
/// "Empirical evaluation of rectified activations in convolutional network", 2015.
///
/// ```relume
/// net = dense(16) -> rrelu(lower=0.1, upper=0.3) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation, check = Self::consistent)]
pub struct Rrelu {
    /// The smallest slope.
    #[spec(default = 1.0 / 8.0)]
    pub lower: f64,
    /// The largest slope.
    #[spec(default = 1.0 / 3.0)]
    pub upper: f64,
}

impl Rrelu {
    fn consistent(&self) -> Result<(), String> {
        match self.lower <= self.upper {
            true => Ok(()),
            false => Err(format!("lower={} must not lie above upper={}", self.lower, self.upper)),
        }
    }
}

impl Activation for Rrelu {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let slope = ((self.lower + self.upper) / 2.0) as f32;
            Arc::new(Map(Leaky { slope })).into()
        })
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn is_random(&self) -> bool {
        true
    }

    fn training_factors(&self, x: &Tensor, rng: &mut Rng) -> Tensor {
        let (lower, upper) = (self.lower as f32, self.upper as f32);
        // Each piece has a stream of its own, so that threads do not wait for each other's numbers.
        let seed = rng.next_u64();
        let mut factors = Tensor::uninit(x.shape());
        for_pieces(factors.data_mut(), PIECE, |i, part| {
            let mut rng = Rng::stream(seed, Stream::Item(i as u64));
            for (factor, &x) in part.iter_mut().zip(&x.data()[i * PIECE..]) {
                let slope = rng.uniform_in(lower, upper);
                // In this order, a NaN passes, as in PyTorch.
                *factor = if x <= 0.0 { slope } else { 1.0 };
            }
        });
        factors
    }
}
