//! Losses of each prediction and the target at its place.

use crate::Reduction;
use relume_autograd::{AutogradError, Backward, Op, Saved};
use relume_tensor::Tensor;
use std::fmt::Debug;

/// A loss of one prediction and one target.
pub(crate) trait Pairwise: Copy + Debug + Send + Sync + 'static {
    const NAME: &'static str;
    fn loss(self, prediction: f32, target: f32) -> f32;
    fn derivative(self, prediction: f32, target: f32) -> f32;
    /// A sentence about a pair that the loss cannot take.
    fn refuse(self, _prediction: f32, _target: f32) -> Option<String> {
        None
    }
}

/// The operation over whole tensors of the same shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PairwiseLoss<P> {
    pub pair: P,
    pub reduction: Reduction,
}

impl<P: Pairwise> Op for PairwiseLoss<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn forward(&self, inputs: &[&Tensor], _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (prediction, target) = (inputs[0], inputs[1]);
        let error = |problem| Err(AutogradError::Value { operation: P::NAME, problem });
        if prediction.shape() != target.shape() {
            return error(format!(
                "predictions are of shape {} but targets of {}; they must be the same, nothing is stretched",
                prediction.shape(),
                target.shape()
            ));
        }
        let pair = self.pair;
        let pairs = prediction.data().iter().zip(target.data()).enumerate();
        let mut refused = pairs.filter_map(|(i, (&p, &t))| Some((i, pair.refuse(p, t)?)));
        if let Some((i, problem)) = refused.next() {
            let row = i / prediction.shape().tail(1).count().max(1);
            return error(format!("row {row}: {problem}"));
        }
        let losses = prediction.zip(target, P::NAME, |p, t| pair.loss(p, t))?;
        let count = losses.count() as f32;
        Ok(self.reduction.apply(losses, count))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (prediction, target) = (pass.inputs[0], pass.inputs[1]);
        let pair = self.pair;
        let mut out = prediction.zip(target, P::NAME, |p, t| pair.derivative(p, t))?;
        let count = out.count() as f32;
        match self.reduction {
            Reduction::None => out.zip_in_place(&pass.gradient, P::NAME, |d, g| d * g)?,
            _ => out.scale(self.reduction.gradient(&pass.gradient, count, 0)),
        }
        if pass.wants(1) {
            return Err(AutogradError::Value {
                operation: P::NAME,
                problem: "targets are constants: no gradient goes to them".to_string(),
            });
        }
        pass.give(0, out);
        Ok(())
    }
}
