//! Every layer against PyTorch: values, gradients of inputs and parameters, buffers, and extremes.

use relume_autograd::{Op, OpRef, Tape};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_layers::{LayerSpec, Mode, Network, NetworkSpec, Workspace, ops};
use relume_tensor::Tensor;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A network of the case's one layer with the case's parameters.
fn network(case: &Case) -> Network {
    let options = case.options().clone().into_iter().collect();
    let layer = LayerSpec::from_arguments(case.op(), Vec::new(), options).unwrap();
    let spec = NetworkSpec { layers: vec![layer.into()], ..NetworkSpec::default() };
    let mut network = Network::build(&spec, case.input("x").shape().without_batch(), 1).unwrap();
    let mut given = case.parameters().chain(case.buffers());
    let count = case.parameters().len() + case.buffers().len();
    assert_eq!(network.parameters().len(), count, "{}: as many numbers as in PyTorch", case.name());
    for (name, value) in given.by_ref() {
        let id = network.parameters().find(&format!("0.{name}"));
        let parameter = network.parameters_mut().get_mut(id.unwrap_or_else(|| panic!("no {name}")));
        assert_eq!(parameter.value.shape(), value.shape(), "{}: {name}", case.name());
        parameter.value = value.clone();
    }
    network
}

/// PyTorch's number; in cases at the limits of single precision, PyTorch's result in double precision.
fn expected(case: &Case, single: &Tensor, double: Option<&[f64]>) -> Tensor {
    match double {
        Some(numbers) if case.is_extreme() => {
            Tensor::from_fn(single.shape(), |i| numbers[i] as f32)
        }
        _ => single.clone(),
    }
}

fn check(case: &Case) {
    let output = expected(case, case.output(), case.output64());
    let gradient = |name: &str| expected(case, case.gradient(name), case.gradient64(name));
    let mut network = network(case);
    let training = case.setting().get("training").is_none_or(|value| value.as_bool().unwrap());
    let mode = if training { Mode::Training } else { Mode::Inference };
    let mut workspace = Workspace::recording();
    let x = workspace.tape.variable(case.input("x").clone());
    let y = network.forward(&mut workspace, x, mode).unwrap();
    assert_close(workspace.tape.value(y), &output, case.name());
    workspace.tape.backward_from(y, case.grad_output().clone()).unwrap();
    let context = |name: &str| format!("{}: gradient of {name}", case.name());
    assert_close(workspace.tape.gradient(x).unwrap(), &gradient("x"), &context("x"));
    for (name, _) in case.parameters() {
        let id = network.parameters().find(&format!("0.{name}")).unwrap();
        assert_close(&workspace.take_gradient(id).unwrap(), &gradient(name), &context(name));
    }
    for (name, expected) in case.buffers_after() {
        let id = network.parameters().find(&format!("0.{name}")).unwrap();
        let context = format!("{}: {name} afterwards", case.name());
        assert_close(&network.parameters().get(id).value, expected, &context);
    }
    if !training || case.buffers().len() == 0 {
        let batch = case.input("x").clone();
        assert_close(&network.predict(&batch).unwrap(), &output, "in use, nothing differs");
    }
}

fn check_file(subject: &str) {
    check_each(Fixtures::load(subject).iter(), check);
}

#[test]
fn every_layer_has_reference_numbers() {
    // Noise is random; masking hides steps from other layers; the others only join networks.
    const WITHOUT: [&str; 11] = [
        "dropout",
        "dropout1d",
        "dropout2d",
        "dropout3d",
        "alpha_dropout",
        "gaussian_noise",
        "masking",
        "encoder_decoder",
        "residual",
        "concat",
        "shared",
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/layers");
    let mut layers = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let subject = format!("layers/{}", path.file_stem().unwrap().to_str().unwrap());
        layers.extend(Fixtures::load(&subject).iter().map(|case| case.op().to_string()));
    }
    for entry in LayerSpec::ENTRIES {
        assert_eq!(layers.contains(entry.name), !WITHOUT.contains(&entry.name), "{}", entry.name);
    }
}

#[test]
fn dense_agrees_with_pytorch() {
    let fixtures = Fixtures::load("layers/dense");
    // A network refuses images here, as flatten may be missing; the operation takes them, as PyTorch does.
    let (images, rows) = fixtures.iter().partition::<Vec<_>, _>(|case| case.input("x").rank() > 3);
    check_each(rows, check);
    check_each(images, |case| check_operation(case, (&ops::Linear as &'static dyn Op).into(), &[]));
}

#[test]
fn conv2d_agrees_with_pytorch() {
    check_file("layers/conv2d");
}

#[test]
fn maxpool2d_agrees_with_pytorch() {
    check_file("layers/maxpool2d");
}

#[test]
fn globalavgpool_agrees_with_pytorch() {
    check_file("layers/globalavgpool");
}

#[test]
fn batchnorm_agrees_with_pytorch() {
    check_file("layers/batchnorm");
}

#[test]
fn convolutions_in_one_and_three_dimensions_agree_with_pytorch() {
    for file in ["conv1d", "conv3d", "conv2d_modes"] {
        check_file(&format!("layers/{file}"));
    }
}

#[test]
fn transposed_convolutions_agree_with_pytorch() {
    for file in ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"] {
        check_file(&format!("layers/{file}"));
    }
}

#[test]
fn pooling_agrees_with_pytorch() {
    for file in ["maxpool1d", "maxpool3d", "avgpool", "adaptive_pool", "global_pool"] {
        check_file(&format!("layers/{file}"));
    }
}

#[test]
fn resizing_padding_and_moving_numbers_agree_with_pytorch() {
    for file in ["upsample", "pad", "layouts"] {
        check_file(&format!("layers/{file}"));
    }
}

#[test]
fn normalisation_agrees_with_pytorch() {
    for file in ["norms", "batchnorm_nd"] {
        check_file(&format!("layers/{file}"));
    }
}

#[test]
fn sums_of_splines_agree_with_pytorch() {
    check_file("layers/kan");
}

#[test]
fn bilinear_agrees_with_pytorch() {
    check_file("layers/bilinear");
}

#[test]
fn lstm_agrees_with_pytorch() {
    let fixtures = Fixtures::load("layers/lstm");
    check_each(fixtures.iter().filter(|case| case.inputs().len() == 1), check);
}

/// The underlying operation, one layer and direction with first states of its own.
#[test]
fn lstm_states_agree_with_pytorch() {
    let fixtures = Fixtures::load("layers/lstm");
    let single = |case: &&Case| {
        let options = case.options();
        case.inputs().len() == 3
            && !["layers", "bidirectional"].iter().any(|o| options.contains_key(*o))
    };
    check_each(fixtures.iter().filter(single), |case| {
        let bias = case.parameters().len() == 4;
        let op = Arc::new(ops::Lstm { reverse: false, bias });
        check_operation(case, op.into(), &["h0", "c0"]);
    });
}

/// An operation on x, the parameters and further inputs, whose first axis is that of the layers.
fn check_operation(case: &Case, op: OpRef, further: &[&str]) {
    let mut tape = Tape::new();
    let mut inputs = vec![("x", tape.variable(case.input("x").clone()))];
    inputs.extend(case.parameters().map(|(name, value)| (name, tape.variable(value.clone()))));
    for &name in further {
        inputs.push((name, tape.variable(case.input(name).at(0).unwrap())));
    }
    let vars: Vec<_> = inputs.iter().map(|&(_, var)| var).collect();
    let y = tape.apply(op, &vars).unwrap();
    assert_close(tape.value(y), case.output(), case.name());
    tape.backward_from(y, case.grad_output().clone()).unwrap();
    for (name, var) in inputs {
        let expected = case.gradient(name);
        let gradient = tape.gradient(var).unwrap().reshape(expected.shape()).unwrap();
        assert_close(&gradient, expected, &format!("{}: gradient of {name}", case.name()));
    }
}
