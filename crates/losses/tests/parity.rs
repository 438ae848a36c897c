//! Every loss against PyTorch (or its formula in double precision): values and gradients, each reduction, and extremes.

use relume_autograd::{Tape, Var};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_losses::LossSpec;
use relume_tensor::{Array, Indices, Tensor};

/// The files below tests/fixtures/losses.
const SUBJECTS: [&str; 6] = ["numbers", "binary", "classes", "distributions", "vectors", "ctc"];

fn all() -> Vec<Fixtures> {
    SUBJECTS.iter().map(|subject| Fixtures::load(&format!("losses/{subject}"))).collect()
}

fn check(case: &Case) {
    check_with(case, |tensor| tensor.clone().into());
}

/// With other operands in place of those without a gradient.
fn check_with(case: &Case, made: fn(&Tensor) -> Array) {
    let options = case.options().clone().into_iter().collect();
    let spec = LossSpec::from_arguments(case.op(), Vec::new(), options).unwrap();
    let mut tape = Tape::new();
    let has_gradient = |name: &str| case.gradients().any(|(own, _)| own == name);
    let operands: Vec<(&str, Var)> = case
        .inputs()
        .map(|(name, tensor)| match has_gradient(name) {
            true => (name, tape.variable(tensor.clone())),
            false => (name, tape.constant(made(tensor))),
        })
        .collect();
    let vars: Vec<Var> = operands.iter().map(|(_, var)| *var).collect();
    let output = spec.apply_to(&mut tape, &vars).unwrap();
    assert_close(tape.value(output), case.output(), case.name());
    tape.backward_from(output, case.grad_output().clone()).unwrap();
    for (name, expected) in case.gradients() {
        let (_, var) = operands.iter().find(|(own, _)| *own == name).unwrap();
        let context = format!("{}: gradient of {name}", case.name());
        assert_close(tape.gradient(*var).unwrap(), expected, &context);
    }
}

#[test]
fn every_loss_has_reference_numbers_for_every_option() {
    let fixtures = all();
    for entry in LossSpec::ENTRIES {
        let cases = fixtures.iter().flat_map(Fixtures::iter).filter(|case| case.op() == entry.name);
        let (extreme, plain): (Vec<&Case>, Vec<&Case>) = cases.partition(|case| case.is_extreme());
        assert!(plain.len() >= 10 && !extreme.is_empty(), "{}", entry.name);
        for argument in entry.arguments {
            let mut cases = plain.iter().chain(&extreme);
            let tried = cases.any(|case| case.options().contains_key(argument.name));
            assert!(tried, "{}: {}", entry.name, argument.name);
        }
    }
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let fixtures = all();
    check_each(fixtures.iter().flat_map(Fixtures::iter).filter(|case| !case.is_extreme()), check);
}

#[test]
fn extremes_pass_through_as_in_pytorch() {
    let fixtures = all();
    check_each(fixtures.iter().flat_map(Fixtures::iter).filter(|case| case.is_extreme()), check);
}

#[test]
fn classes_labels_and_lengths_given_as_indices_agree_with_pytorch() {
    let mut indices = 0;
    let fixtures = all();
    let cases = fixtures.iter().flat_map(Fixtures::iter);
    // Probabilities stay numbers, and so do negative ones: an ignored class, or padding.
    let takes = |case: &&Case| ["cross_entropy", "nll", "ctc"].contains(&case.op());
    check_each(cases.filter(takes).inspect(|_| indices += 1), |case| {
        check_with(case, |tensor| match Indices::try_from(tensor) {
            Ok(indices) => indices.into(),
            Err(_) => tensor.into(),
        });
    });
    assert!(indices >= 30, "{indices} cases");
}
