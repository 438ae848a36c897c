//! An activation function at many points: its values and slopes.

use super::{ExamineError, TrainedActivation};
use relume_activations::ActivationSpec;
use relume_autograd::{OpRef, Tape, Var};
use relume_tensor::{Shape, Tensor};

/// A function of one number, with the values of its trained parameters.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    activation: ActivationSpec,
    op: OpRef,
    /// The parameters of one unit.
    parameters: Vec<Tensor>,
}

impl Curve {
    /// # Errors
    /// It is no function of each number for itself.
    pub fn of(trained: &TrainedActivation) -> Result<Self, ExamineError> {
        let activation = trained.one_unit();
        let op = activation.inner().op();
        let is_known = op.get().pointwise().is_some()
            || activation.inner().is_trained()
            || matches!(activation, ActivationSpec::Formula(_));
        if !is_known {
            return Err(ExamineError::NotElementwise(activation.to_string()));
        }
        let parameters = trained.values().into_iter().map(|(_, value)| value).collect();
        Ok(Curve { activation, op, parameters })
    }

    /// Puts the function of a value on a tape; the parameters are constants there.
    pub fn apply(&self, tape: &mut Tape, x: Var) -> Result<Var, ExamineError> {
        let sample = tape.get(x)?.shape().without_batch();
        let mut inputs = vec![x];
        let wanted = self.activation.inner().parameters(sample).into_iter();
        for ((_, wanted), own) in wanted.zip(&self.parameters) {
            inputs.push(tape.constant(fitted(own, &wanted)));
        }
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
        let mut slopes =
            tape.gradient(x).map_or_else(|| vec![0.0; points.len()], |g| g.data().to_vec());
        // Nor has it one where it has no value, though 1 / x has for a logarithm.
        for (slope, y) in slopes.iter_mut().zip(&values) {
            *slope = if y.is_nan() { f32::NAN } else { *slope };
        }
        Ok([values, slopes])
    }
}

/// A parameter's values for as many units as are wanted: where the numbers differ, their mean.
pub(super) fn fitted(own: &Tensor, wanted: &Tensor) -> Tensor {
    match own.count() == wanted.count() {
        true => own.clone(),
        false => Tensor::full(wanted.shape(), own.mean()),
    }
}
