//! An activation function at many points: its values and slopes.

use super::{ExamineError, TrainedActivation};
use relume_activations::ActivationSpec;
use relume_autograd::{OpRef, Tape, Var, values_and_slopes};
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
        let parameters = self.parameters(tape.get(x)?.shape().without_batch());
        let mut inputs = vec![x];
        inputs.extend(parameters.into_iter().map(|own| tape.constant(own)));
        Ok(tape.apply(&self.op, &inputs)?)
    }

    /// Its parameters for samples of a shape.
    fn parameters(&self, sample: Shape) -> Vec<Tensor> {
        let wanted = self.activation.inner().parameters(sample).into_iter();
        wanted.zip(&self.parameters).map(|((_, wanted), own)| fitted(own, &wanted)).collect()
    }

    /// Values and slopes.
    pub fn at(&self, points: &[f32]) -> Result<[Vec<f32>; 2], ExamineError> {
        let x = Tensor::from_fn([points.len(), 1], |i| points[i]);
        let parameters = self.parameters(x.shape().without_batch());
        let found = values_and_slopes(&self.op, &x, &parameters)?;
        let [values, mut slopes] = found.map(|own| own.data().to_vec());
        // A function has no slope where it has no value, though 1 / x has for a logarithm.
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
