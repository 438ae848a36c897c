//! Every activation's gradients, of its input and its trained parameter, against finite differences.

use crate::common::{inputs, spec, subjects};
use relume_activations::ActivationSpec;
use relume_autograd::{AutogradError, GradcheckOptions, Tape, Var, gradcheck};
use relume_fixtures::{Case, Fixtures, check_each};
use relume_tensor::Tensor;

/// Functions with a kink or a jump somewhere: a central difference across it is not the derivative.
const BENT: [&str; 19] = [
    "relu",
    "leaky_relu",
    "prelu",
    "rrelu",
    "relu6",
    "squared_relu",
    "threshold",
    "hardsigmoid",
    "hardtanh",
    "softshrink",
    "hardshrink",
    "hardswish",
    "elu",
    "selu",
    "softplus",
    "maxout",
    "star_relu",
    "rational",
    // Some of the formulas.
    "formula",
];

fn check(case: &Case) {
    let spec = spec(case);
    let op = spec.inner().op();
    let inputs: Vec<Tensor> = inputs(case).into_iter().map(|(_, value)| value.clone()).collect();
    let function =
        |tape: &mut Tape, vars: &[Var]| -> Result<Var, AutogradError> { tape.apply(&op, vars) };
    // A wave of omega=30 turns within the usual step.
    let step = if case.options().contains_key("omega") { 1e-3 } else { 1e-2 };
    let options = GradcheckOptions { step, ..GradcheckOptions::default() };
    let report = gradcheck(function, &inputs, options).unwrap();
    assert!(report.checked > 0 && report.passed(), "{}: {report:?}", case.name());
    let is_smooth = !BENT.contains(&case.op());
    assert!(!is_smooth || report.bends == 0, "{}: {report:?}", case.name());
}

#[test]
fn every_activation_agrees_with_finite_differences() {
    // If lambd is 0, PyTorch's gradient at the one point 0 is 0, while the function is x everywhere.
    let is_identity = |case: &Case| case.options().get("lambd") == Some(&0.into());
    // Beside a bend a difference on one side alone is too coarse for a formula that curves there.
    let is_bent = |case: &Case| {
        let definition = case.options().get("definition").and_then(|text| text.as_str());
        definition.is_some_and(|text| text.contains("clip(") || text.contains("elu("))
    };
    let subjects = subjects();
    let cases = subjects.iter().flat_map(Fixtures::iter);
    let is_checked = |case: &&Case| !case.is_extreme() && !is_identity(case) && !is_bent(case);
    check_each(cases.filter(is_checked), check);
}

#[test]
fn functions_with_bends_are_functions() {
    for name in BENT {
        assert!(ActivationSpec::find(name).is_some(), "{name}");
    }
}
