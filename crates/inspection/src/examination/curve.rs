//! An activation function at many points: its values and slopes.

use super::ExamineError;
use relume_activations::ActivationSpec;
use relume_autograd::{OpRef, Tape, Var};
use relume_tensor::{Shape, Tensor};

/// A function of one number, with the first values of its trained parameters.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    activation: ActivationSpec,
    op: OpRef,
}

impl Curve {
    /// # Errors
    /// It is no function of each number for itself.
    pub fn of(activation: &ActivationSpec) -> Result<Self, ExamineError> {
        let op = activation.inner().op();
        let is_known = op.get().pointwise().is_some()
            || activation.inner().is_trained()
            || matches!(activation, ActivationSpec::Formula(_));
        match is_known {
            true => Ok(Curve { activation: activation.clone(), op }),
            false => Err(ExamineError::NotElementwise(activation.to_string())),
        }
    }

    /// Puts the function of a value on a tape; the parameters are constants there.
    pub fn apply(&self, tape: &mut Tape, x: Var) -> Result<Var, ExamineError> {
        let sample = tape.get(x)?.shape().without_batch();
        let mut inputs = vec![x];
        let parameters = self.activation.inner().parameters(sample).into_iter();
        inputs.extend(parameters.map(|(_, value)| tape.constant(value)));
        Ok(tape.apply(&self.op, &inputs)?)
    }

    /// Values and slopes.
    pub fn at(&self, points: &[f32]) -> Result<[Vec<f32>; 2], ExamineError> {
        let mut tape = Tape::new();
        let shape = Shape::from([points.len(), 1]);
        let x = tape.variable(Tensor::from_fn(shape, |i| points[i]));
        let y = self.apply(&mut tape, x)?;
        let values = tape.get(y)?.data().to_vec();
        tape.backward_from(y, Tensor::ones(shape))?;
        // A function without a gradient is flat.
        let slopes =
            tape.gradient(x).map_or_else(|| vec![0.0; points.len()], |g| g.data().to_vec());
        Ok([values, slopes])
    }
}
