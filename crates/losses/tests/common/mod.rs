//! Shared by the tests of losses.

use relume_autograd::{AutogradError, Tape, Var};
use relume_losses::LossSpec;
use relume_tensor::Tensor;
use serde_json::Value;

/// The loss of this name with these options.
pub fn loss(name: &str, named: Value) -> LossSpec {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    LossSpec::from_arguments(name, vec![], named).unwrap()
}

/// The loss of operands.
pub fn apply(loss: &LossSpec, operands: &[&Tensor]) -> Result<Tensor, AutogradError> {
    let mut tape = Tape::inference();
    let vars: Vec<Var> = operands.iter().map(|&operand| tape.constant(operand.clone())).collect();
    let y = loss.apply_to(&mut tape, &vars)?;
    Ok(tape.value(y).clone())
}

/// The error with which a loss refuses operands.
#[allow(dead_code)]
pub fn refusal(loss: &LossSpec, operands: &[&Tensor]) -> String {
    apply(loss, operands).unwrap_err().to_string()
}

/// A matrix of these rows.
pub fn rows(rows: &[&[f32]]) -> Tensor {
    Tensor::new([rows.len(), rows[0].len()], rows.concat()).unwrap()
}
