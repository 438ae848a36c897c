//! Every loss against PyTorch: values and gradients, each reduction, and extremes.

use relume_autograd::Tape;
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_losses::LossSpec;

fn check(case: &Case) {
    let options = case.options().clone().into_iter().collect();
    let spec = LossSpec::from_arguments(case.op(), Vec::new(), options).unwrap();
    let mut tape = Tape::new();
    let input = tape.variable(case.input("input").clone());
    let target = tape.constant(case.input("target").clone());
    let output = spec.apply(&mut tape, input, target).unwrap();
    assert_close(tape.value(output), case.output(), case.name());
    tape.backward_from(output, case.grad_output().clone()).unwrap();
    let context = format!("{}: gradient", case.name());
    assert_close(tape.gradient(input).unwrap(), case.gradient("input"), &context);
}

#[test]
fn every_loss_has_reference_numbers() {
    let fixtures = Fixtures::load("losses");
    for entry in LossSpec::ENTRIES {
        assert!(fixtures.of(entry.name).count() >= 10, "{}", entry.name);
    }
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let fixtures = Fixtures::load("losses");
    check_each(fixtures.iter().filter(|case| !case.is_extreme()), check);
}

#[test]
fn extremes_pass_through_as_in_pytorch() {
    let fixtures = Fixtures::load("losses");
    check_each(fixtures.iter().filter(|case| case.is_extreme()), check);
}
