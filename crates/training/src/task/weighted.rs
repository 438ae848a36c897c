//! Losses of samples that have weights.

use crate::TrainError;
use relume_autograd::{OpRef, Tape, Var, ops};
use relume_catalog::Value;
use relume_losses::LossSpec;
use relume_tensor::Tensor;

/// A loss whose samples have weights: sum(weight loss) / sum(weight), or sum(weight loss) if the loss is a sum. The
/// loss of a sample of several numbers is their mean, or their sum.
#[derive(Debug)]
pub(super) struct WeightedLoss {
    /// The losses of single samples.
    pub op: OpRef,
    is_sum: bool,
    name: &'static str,
}

impl WeightedLoss {
    /// # Errors
    /// A loss that has no losses of single samples.
    pub fn new(loss: &LossSpec) -> Result<Self, TrainError> {
        let name = loss.entry().name;
        let refused = || TrainError::NotWeighted { loss: name };
        let mut arguments = loss.arguments();
        let given = arguments.insert("reduction".to_string(), Value::from("none"));
        let given = given.ok_or_else(refused)?;
        let each = LossSpec::from_arguments(name, Vec::new(), arguments.into_iter().collect());
        let op = each.ok().and_then(|each| each.inner().in_training()).ok_or_else(refused)?;
        Ok(WeightedLoss { op, is_sum: given == "sum", name })
    }

    /// Reduces the losses `[samples, ...]` of single samples to one.
    pub fn reduced(
        &self,
        tape: &mut Tape,
        losses: Var,
        weights: &Tensor,
    ) -> Result<Var, TrainError> {
        let shape = tape.value(losses).shape();
        if shape.first().copied() != Some(weights.count()) {
            return Err(TrainError::NotWeighted { loss: self.name });
        }
        let each = shape.tail(1).count().max(1);
        // Samples of no weight at all have no loss.
        let divisor = match (self.is_sum, weights.sum()) {
            (true, _) => 1.0,
            (false, sum) if sum > 0.0 => sum * each as f32,
            (false, _) => 1.0,
        };
        let shares = Tensor::from_fn(shape, |i| weights.data()[i / each] / divisor);
        let shares = tape.constant(shares);
        let weighted = ops::mul(tape, losses, shares)?;
        Ok(ops::sum(tape, weighted)?)
    }
}
