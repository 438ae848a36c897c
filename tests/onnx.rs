//! The ONNX standard's own cases of single operators, as a second reference beside PyTorch.
//!
//! tests/fixtures/make_onnx.py converts them; tests/fixtures/onnx/skipped.txt says which ones cannot be converted, and
//! why.

use relume_activations::ActivationSpec;
use relume_autograd::Tape;
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_layers::{LayerSpec, Network, NetworkSpec};
use relume_losses::LossSpec;

fn options(case: &Case) -> Vec<(String, serde_json::Value)> {
    case.options().clone().into_iter().collect()
}

#[test]
fn activations_pass_the_cases_of_onnx() {
    check_each(Fixtures::load("onnx/activations").iter(), |case| {
        let activation = ActivationSpec::from_arguments(case.op(), vec![], options(case)).unwrap();
        let mut tape = Tape::inference();
        let x = tape.constant(case.input("x").clone());
        let y = tape.apply(activation.inner().op(), &[x]).unwrap();
        assert_close(tape.value(y), case.output(), case.name());
    });
}

#[test]
fn layers_pass_the_cases_of_onnx() {
    let fixtures = ["layers", "pooling"].map(|subject| Fixtures::load(&format!("onnx/{subject}")));
    check_each(fixtures.iter().flat_map(Fixtures::iter), |case| {
        let layer = LayerSpec::from_arguments(case.op(), vec![], options(case)).unwrap();
        let spec = NetworkSpec::new(vec![layer.into()]);
        let sample = case.input("x").shape().without_batch();
        let mut network = Network::build(&spec, sample, 1).unwrap();
        assert_eq!(network.parameters().len(), case.parameters().len(), "{}", case.name());
        for (name, value) in case.parameters() {
            let id = network.parameters().find(&format!("0.{name}"));
            let parameter =
                network.parameters_mut().get_mut(id.unwrap_or_else(|| panic!("no {name}")));
            assert_eq!(parameter.value.shape(), value.shape(), "{}: {name}", case.name());
            parameter.value = value.clone();
        }
        assert_close(&network.predict(case.input("x")).unwrap(), case.output(), case.name());
    });
}

#[test]
fn losses_pass_the_cases_of_onnx() {
    check_each(Fixtures::load("onnx/losses").iter(), |case| {
        let loss = LossSpec::from_arguments(case.op(), vec![], options(case)).unwrap();
        let mut tape = Tape::inference();
        let operands = ["x", "target"].map(|name| tape.constant(case.input(name).clone()));
        let y = loss.apply_to(&mut tape, &operands).unwrap();
        assert_close(tape.value(y), case.output(), case.name());
    });
}
