//! What the operands of a recurrent operation must be.

use relume_autograd::{AutogradError, Inputs};
use relume_tensor::{Shape, Tensor, TensorError};

/// The operands of a recurrent operation: x `[batch, time, features]`, W_ih `[gates hidden, features]`, W_hh
/// `[gates hidden, hidden]`, perhaps b_ih and b_hh `[gates hidden]`, and perhaps the first states `[batch, hidden]`.
pub(crate) struct RecurrentOperands {
    /// The operation.
    pub operation: &'static str,
    pub gates: usize,
    pub bias: bool,
    /// How many states a step hands on.
    pub states: usize,
}

impl RecurrentOperands {
    /// The place of the first state.
    pub fn first_place(&self) -> usize {
        if self.bias { 5 } else { 3 }
    }

    /// Refuses shapes that do not go together, and some of several first states.
    pub fn check(&self, inputs: Inputs<'_>) -> Result<(), AutogradError> {
        let operation = self.operation;
        let (least, given) = (self.first_place(), inputs.len());
        let most = least + self.states;
        if given != least && given != most {
            return Err(AutogradError::InputCount { operation, least, most, given });
        }
        let mismatch = |right: &Tensor| {
            let (left, right) = (inputs[0].shape(), right.shape());
            Err(TensorError::Mismatch { operation, left, right }.into())
        };
        let (&[batch, time, features], &[rows, hidden]) = (inputs[0].dims(), inputs[2].dims())
        else {
            return mismatch(inputs[2]);
        };
        if rows != self.gates * hidden || rows * time == 0 {
            return mismatch(inputs[2]);
        }
        let bias = self.bias.then_some([Shape::from(rows); 2]).into_iter().flatten();
        let wanted = [[rows, features].into(), [rows, hidden].into()].into_iter().chain(bias);
        let wanted = wanted.chain(std::iter::repeat([batch, hidden].into()));
        match inputs[1..].iter().zip(wanted).find(|(input, wanted)| input.shape() != *wanted) {
            Some((input, _)) => mismatch(input),
            None => Ok(()),
        }
    }
}
