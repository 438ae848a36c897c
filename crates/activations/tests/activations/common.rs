//! Shared by the tests of this folder: the reference cases, as specifications and inputs.

use relume_activations::ActivationSpec;
use relume_fixtures::{Case, Fixtures};
use relume_tensor::Tensor;

/// The reference numbers of all activations.
pub fn subjects() -> [Fixtures; 6] {
    let kinds = ["", "_straight", "_curved", "_gated", "_formulas", "_trained"];
    kinds.map(|kind| Fixtures::load(&format!("activations{kind}")))
}

/// The activation of a case.
pub fn spec(case: &Case) -> ActivationSpec {
    let options = case.options().clone().into_iter().collect();
    ActivationSpec::from_arguments(case.op(), Vec::new(), options).unwrap()
}

/// The operands: x, and the trained parameters.
pub fn inputs(case: &Case) -> Vec<(&str, &Tensor)> {
    case.inputs().chain(case.parameters()).collect()
}
