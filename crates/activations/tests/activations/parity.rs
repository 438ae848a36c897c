//! Every activation against PyTorch: values, gradients of the input and of trained parameters, and extremes.

use crate::common::{inputs, spec, subjects};
use relume_activations::ActivationSpec;
use relume_autograd::{Tape, Var};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};

fn check(case: &Case) {
    let spec = spec(case);
    let mut tape = Tape::new();
    let inputs: Vec<(&str, Var)> = inputs(case)
        .into_iter()
        .map(|(name, value)| (name, tape.variable(value.clone())))
        .collect();
    let vars: Vec<Var> = inputs.iter().map(|&(_, var)| var).collect();
    let output = tape.apply(spec.inner().op(), &vars).unwrap();
    assert_close(tape.value(output), case.output(), case.name());
    tape.backward_from(output, case.grad_output().clone()).unwrap();
    for (name, var) in inputs {
        let context = format!("{}: gradient of {name}", case.name());
        assert_close(tape.gradient(var).unwrap(), case.gradient(name), &context);
    }
}

#[test]
fn every_activation_has_reference_numbers() {
    let subjects = subjects();
    for entry in ActivationSpec::ENTRIES {
        let cases: Vec<&Case> = subjects
            .iter()
            .flat_map(Fixtures::iter)
            .filter(|case| case.op() == entry.name)
            .collect();
        assert!(cases.iter().filter(|case| !case.is_extreme()).count() >= 3, "{}", entry.name);
        assert!(cases.iter().filter(|case| case.is_extreme()).count() >= 3, "{}", entry.name);
    }
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let subjects = subjects();
    check_each(subjects.iter().flat_map(Fixtures::iter).filter(|case| !case.is_extreme()), check);
}

#[test]
fn extremes_pass_through_as_in_pytorch() {
    let subjects = subjects();
    check_each(subjects.iter().flat_map(Fixtures::iter).filter(|case| case.is_extreme()), check);
}
