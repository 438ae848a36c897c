//! Public functions given shapes, types, sizes and options that do not fit: they return typed errors, and never panic.

use crate::common::{chain, layers, stage};
use relume_activations::ActivationSpec;
use relume_autograd::Tape;
use relume_layers::conv::{Conv, Conv2d, ConvOptions, ConvTranspose2d, ConvTranspose3d};
use relume_layers::pool::{Avgpool1d, Avgpool2d, Maxpool2d, Maxpool3d};
use relume_layers::{
    Builder, LayerError, Mode, Network, NetworkSpec, Parameters, Stage, Workspace,
};
use relume_tensor::{Array, Indices, Rng, Shape, Tensor};
use serde_json::json;

/// Every layer of [`layers`], and every activation function with its defaults.
fn stages() -> Vec<(Stage, Vec<usize>)> {
    let layers =
        layers().into_iter().map(|(name, options, sample)| (stage(name, &options), sample));
    let activations = ActivationSpec::ENTRIES.iter().map(|entry| {
        let arguments = match entry.name {
            "threshold" => vec![0.1.into(), 0.2.into()],
            "formula" => vec!["f(x, a=param(2, shape=\"units\")) = a * tanh(x)".into()],
            _ => vec![],
        };
        (ActivationSpec::from_arguments(entry.name, arguments, vec![]).unwrap().into(), vec![4, 6])
    });
    layers.chain(activations).collect()
}

/// Shapes of samples that most layers cannot take, the empty ones among them.
fn odd_shapes() -> Vec<Shape> {
    let most = usize::MAX / 2;
    let sizes: [&[usize]; 16] = [
        &[],
        &[0],
        &[1],
        &[most],
        &[0, 3],
        &[3, 0],
        &[1, 1],
        &[most, 1],
        &[1, 0, 2],
        &[2, 3, 0],
        &[1, 1, 1],
        &[3, 1_000_000, 1],
        &[0, 2, 2, 2],
        &[1, 1, 1, 1],
        &[5, 4, 3, 2],
        &[2, 1, 3, 1, 2],
    ];
    sizes.iter().map(|sizes| Shape::new(sizes)).filter_map(Result::ok).collect()
}

fn run(network: &mut Network, batch: impl Into<Array>, mode: Mode) -> Result<Tensor, LayerError> {
    let mut workspace = Workspace::recording();
    let x = workspace.tape.constant(batch);
    let y = network.forward(&mut workspace, x, mode)?;
    Ok(workspace.tape.value(y).clone())
}

#[test]
fn every_stage_refuses_samples_of_other_shapes_or_passes_them_on() {
    for (stage, _) in stages() {
        for sample in odd_shapes() {
            // Asked directly, where nothing has checked the options before.
            let direct = stage.kind().output_shape(sample);
            let spec = NetworkSpec::new(vec![stage.clone()]);
            let shapes = spec.shapes(sample);
            assert!(shapes.is_err() || direct.is_ok(), "{stage} of {sample}");
            if shapes.is_err() || sample.count() > 1000 {
                continue;
            }
            let Ok(mut network) = Network::build(&spec, sample, 1) else { continue };
            let batch = Tensor::zeros(sample.with_batch(2).unwrap());
            if let Ok(y) = run(&mut network, batch, Mode::Inference) {
                let given = network.output().with_batch(2).unwrap();
                assert_eq!(y.shape(), given, "{stage} of {sample}");
            }
        }
    }
}

#[test]
fn a_batch_of_other_samples_or_of_another_type_is_refused_by_every_stage() {
    for (stage, sample) in stages() {
        let input = Shape::new(&sample).unwrap();
        let mut network = Network::build(&NetworkSpec::new(vec![stage.clone()]), input, 1).unwrap();
        for mode in [Mode::Training, Mode::Inference] {
            for wrong in [Shape::SCALAR, input, input.with_batch(2).unwrap().with_axis(1, 7)] {
                let error = run(&mut network, Tensor::zeros(wrong), mode).unwrap_err();
                assert!(matches!(error, LayerError::Input { .. }), "{stage}: {error:?}");
            }
            // Indices become numbers, where they are none that f32 would round.
            let shape = input.with_batch(2).unwrap();
            let large = Indices::from_fn(shape, |_| (1 << 24) + 1);
            let refused = run(&mut network, large, mode);
            assert!(refused.is_err(), "{stage}");
        }
    }
}

#[test]
fn an_empty_batch_gives_an_empty_output_or_a_typed_error() {
    for (stage, sample) in stages() {
        let input = Shape::new(&sample).unwrap();
        let mut network = Network::build(&NetworkSpec::new(vec![stage.clone()]), input, 1).unwrap();
        for mode in [Mode::Training, Mode::Inference] {
            let batch = Tensor::zeros(input.with_batch(0).unwrap());
            if let Ok(y) = run(&mut network, batch, mode) {
                assert_eq!(y.shape(), network.output().with_batch(0).unwrap(), "{stage}");
            }
        }
        let batch = Tensor::zeros(input.with_batch(0).unwrap());
        let mut workspace = Workspace::recording();
        let x = workspace.tape.variable(batch);
        if let Ok(y) = network.forward(&mut workspace, x, Mode::Training) {
            let sum = relume_autograd::ops::sum(&mut workspace.tape, y).unwrap();
            let _ = workspace.tape.backward(sum);
        }
    }
}

/// Fields are public: options that no text could give.
#[test]
fn options_out_of_range_that_were_built_in_rust_are_refused_however_they_are_used() {
    let zero: Conv<3> = Conv::new(0, 0).stride(0).dilation(0).groups(0);
    let stages: Vec<Stage> = vec![
        zero.into(),
        Conv2d::new(4, usize::MAX).padding(usize::MAX).into(),
        Conv2d::new(usize::MAX, 1).dilation(usize::MAX).into(),
        ConvTranspose2d::new(4, 0).stride(0).into(),
        ConvTranspose3d::new(usize::MAX, usize::MAX).stride(usize::MAX).groups(0).into(),
        Maxpool2d::new(0).stride(0).into(),
        Maxpool3d::new(usize::MAX).padding(usize::MAX).dilation(usize::MAX).into(),
        Avgpool1d::new(1).stride(0).into(),
        Avgpool2d::new(2).padding(usize::MAX).divisor_override(0_usize).into(),
    ];
    for stage in stages {
        assert!(stage.check().is_err(), "{stage}");
        for sample in [[1, 3, 3].as_slice(), &[2, 4], &[2, 4, 4, 4]] {
            let sample = Shape::new(sample).unwrap();
            let spec = NetworkSpec::new(vec![stage.clone()]);
            assert!(matches!(spec.shapes(sample), Err(LayerError::Options(_))), "{stage}");
            assert!(matches!(Network::build(&spec, sample, 1), Err(LayerError::Options(_))));
            let (mut parameters, mut rng) = (Parameters::default(), Rng::new(1));
            let built = Builder::new(&mut parameters, &mut rng).stage(&stage, sample);
            assert!(matches!(built, Err(LayerError::Options(_))) && parameters.is_empty());
            // Asked directly, nothing has checked the options: the sizes are refused, or are what they are.
            let direct = stage.kind().output_shape(sample);
            assert!(
                direct.is_err() || stage.to_string().contains(&usize::MAX.to_string()),
                "{stage}"
            );
        }
    }
}

#[test]
fn networks_without_stages_or_nested_too_deep_are_refused() {
    let sample = Shape::from(3);
    let empty = NetworkSpec::default();
    assert!(matches!(empty.shapes(sample), Err(LayerError::Empty)));
    assert!(Network::build(&empty, sample, 1).is_err() && empty.slice(0..1).is_err());
    let mut deep = chain(&[("tanh", json!({}))]);
    for _ in 0..40 {
        deep = chain(&[("chain", json!({ "body": deep }))]);
    }
    assert!(deep.shapes(sample).is_err() && Network::build(&deep, sample, 1).is_err());
    let other = NetworkSpec { input: Some(vec![4]), ..chain(&[("tanh", json!({}))]) };
    assert!(matches!(Network::build(&other, sample, 1), Err(LayerError::Input { .. })));
    let axes = NetworkSpec { input: Some(vec![1; 20]), ..chain(&[("tanh", json!({}))]) };
    assert!(axes.input_shape().is_err() && Network::build(&axes, sample, 1).is_err());
}

#[test]
fn parameters_and_variables_of_another_network_are_refused() {
    let build = |units: usize| {
        Network::build(&chain(&[("dense", json!({ "units": units }))]), 3.into(), 1).unwrap()
    };
    let (mut small, large) = (build(2), build(4));
    let before = small.parameters().clone();
    let refused = small.set_parameters(large.parameters().clone());
    assert!(matches!(refused, Err(LayerError::Parameters(_))));
    assert_eq!(*small.parameters(), before);
    let report = small.load_state(&large.state());
    assert!(!format!("{report:?}").is_empty());
    assert_eq!(*small.parameters(), before);
    // A value of another tape.
    let mut other = Tape::new();
    let foreign = other.constant(Tensor::ones([1, 3]));
    let mut workspace = Workspace::recording();
    assert!(small.forward(&mut workspace, foreign, Mode::Training).is_err());
    small.set_frozen(usize::MAX, true);
    assert!(small.slice(1..2).is_err() && small.slice(0..usize::MAX).is_err());
    #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
    let reversed = small.slice(1..0);
    assert!(reversed.is_err());
}
