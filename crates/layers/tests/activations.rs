//! Activation functions as stages: the shapes that they give, their parameters, and randomness in training.

use relume_activations::ActivationSpec;
use relume_autograd::Var;
use relume_catalog::Value;
use relume_layers::{LayerSpec, Mode, Network, NetworkSpec, Stage, Workspace};
use relume_tensor::{Rng, Tensor};
use serde_json::json;

fn stage(name: &str, positional: Value, named: Value) -> Stage {
    let positional = positional.as_array().cloned().unwrap_or_default();
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    match LayerSpec::find(name) {
        Some(_) => LayerSpec::from_arguments(name, positional, named).unwrap().into(),
        None => ActivationSpec::from_arguments(name, positional, named).unwrap().into(),
    }
}

fn dense(units: usize) -> Stage {
    stage("dense", json!([units]), json!({}))
}

fn activation(name: &str, named: Value) -> Stage {
    stage(name, json!([]), named)
}

/// The refusal of a network, with its help.
fn refusal(layers: Vec<Stage>, input: &[usize]) -> (String, String) {
    let spec = NetworkSpec::new(layers);
    let error = spec.shapes(input.try_into().unwrap()).unwrap_err();
    (error.to_string(), error.help().unwrap_or_default())
}

/// x, the output, and x's gradient for an output gradient of ones.
fn pass(network: &mut Network, x: &Tensor, mode: Mode) -> (Tensor, Tensor) {
    let mut workspace = Workspace::recording();
    let x: Var = workspace.tape.variable(x.clone());
    let y = network.forward(&mut workspace, x, mode).unwrap();
    let output = workspace.tape.value(y).clone();
    workspace.tape.backward_from(y, Tensor::ones(output.shape())).unwrap();
    (output, workspace.tape.take_gradient(x).unwrap())
}

#[test]
fn what_an_activation_cannot_take_is_refused_at_definition() {
    let (error, help) = refusal(vec![dense(7), activation("glu", json!({}))], &[4]);
    assert_eq!(error, "glu wants an even number along axis -1, but gets 7 features from dense(7)");
    assert_eq!(help, "put dense(8) before it");
    let maxout = activation("maxout", json!({ "pieces": 3, "axis": 1 }));
    let (error, help) = refusal(vec![maxout], &[8, 5, 5]);
    assert!(error.contains("a multiple of 3 along axis 1, but gets 8 x 5 x 5"), "{error}");
    assert!(help.contains("9 instead of 8"), "{help}");
    let (error, help) = refusal(vec![activation("prelu", json!({ "num_parameters": 8 }))], &[6]);
    assert!(error.contains("wants 8 channels, one for each slope, but gets 6"), "{error}");
    assert!(help.contains("prelu(num_parameters=6)"), "{help}");
    let (error, _) = refusal(vec![activation("softmax", json!({ "axis": 2 }))], &[6]);
    assert!(error.contains("wants samples that have axis 2"), "{error}");
}

#[test]
fn behind_a_gate_half_of_the_features_come() {
    for name in ["glu", "swiglu", "geglu", "maxout"] {
        let layers = vec![dense(16), activation(name, json!({})), dense(3)];
        let spec = NetworkSpec::new(layers);
        assert_eq!(spec.shapes(5.into()).unwrap()[1], 8.into(), "{name}");
        let mut network = Network::build(&spec, 5.into(), 0).unwrap();
        let x = Rng::new(1).normal_tensor([2, 5], 0.0, 1.0);
        let (y, dx) = pass(&mut network, &x, Mode::Training);
        assert_eq!((y.dims(), dx.dims()), (&[2, 3][..], &[2, 5][..]), "{name}");
    }
}

#[test]
fn rrelu_is_random_while_training_and_a_leaky_relu_in_use() {
    let spec = NetworkSpec::new(vec![activation("rrelu", json!({ "lower": 0.1, "upper": 0.3 }))]);
    let build = |seed| Network::build(&spec, 9.into(), seed).unwrap();
    let x = Rng::new(1).normal_tensor([31, 9], 0.0, 1.0);
    let (y, dx) = pass(&mut build(4), &x, Mode::Training);
    let mut below = Vec::new();
    for ((&x, &y), &slope) in x.data().iter().zip(y.data()).zip(dx.data()) {
        assert_eq!(y, x * slope);
        match x > 0.0 {
            true => assert_eq!(slope, 1.0),
            false => below.push(slope),
        }
    }
    assert!(below.iter().all(|slope| (0.1..=0.3).contains(slope)), "{below:?}");
    assert!(below.iter().any(|&slope| slope != below[0]), "{below:?}");
    // From the seed of the network alone, and others in the next step.
    let mut again = build(4);
    assert_eq!(pass(&mut again, &x, Mode::Training), (y.clone(), dx));
    assert_ne!(pass(&mut again, &x, Mode::Training).0, y);
    assert_ne!(pass(&mut build(5), &x, Mode::Training).0, y);
    let leaky = NetworkSpec::new(vec![activation("leaky_relu", json!({ "slope": 0.2 }))]);
    let mut leaky = Network::build(&leaky, 9.into(), 0).unwrap();
    let expected = pass(&mut leaky, &x, Mode::Inference);
    assert_eq!(pass(&mut again, &x, Mode::Inference), expected);
}

#[test]
fn trained_activations_have_their_parameters() {
    let layers = vec![
        activation("swish", json!({ "trained": true, "beta": 1.5 })),
        activation("swish", json!({ "beta": 2 })),
        activation("prelu", json!({ "num_parameters": 4 })),
    ];
    let mut network = Network::build(&NetworkSpec::new(layers), 4.into(), 0).unwrap();
    let parameters: Vec<(&str, &[f32])> = network
        .parameters()
        .iter()
        .map(|(_, parameter)| (parameter.name.as_str(), parameter.value.data()))
        .collect();
    assert_eq!(parameters, [("0.beta", &[1.5][..]), ("2.weight", &[0.25; 4])]);
    let x = Rng::new(2).normal_tensor([3, 4], 0.0, 1.0);
    let mut workspace = Workspace::recording();
    let x = workspace.tape.constant(x);
    let y = network.forward(&mut workspace, x, Mode::Training).unwrap();
    let ones = Tensor::ones(workspace.tape.value(y).shape());
    workspace.tape.backward_from(y, ones).unwrap();
    for (id, parameter) in network.parameters().iter() {
        let gradient = workspace.take_gradient(id).unwrap();
        assert_eq!(gradient.dims(), parameter.value.dims());
        assert!(gradient.data().iter().all(|&g| g != 0.0), "{}: {gradient:?}", parameter.name);
    }
}

#[test]
fn a_transformer_can_be_gated_inside() {
    let block = |inner: usize| {
        stage(
            "transformer_encoder",
            json!([2]),
            json!({ "dim_feedforward": inner, "activation": { "swiglu": { "axis": -1 } } }),
        )
    };
    let network = Network::build(&NetworkSpec::new(vec![block(12)]), [5, 4].into(), 0).unwrap();
    let shape = |name: &str| {
        let id = network.parameters().find(name).unwrap();
        network.parameters().get(id).value.dims().to_vec()
    };
    assert_eq!(shape("0.linear1.weight"), [12, 4]);
    assert_eq!(shape("0.linear2.weight"), [4, 6]);
    let x = Rng::new(3).normal_tensor([2, 5, 4], 0.0, 1.0);
    assert_eq!(network.predict(&x).unwrap().dims(), [2, 5, 4]);
    let (error, help) = refusal(vec![block(13)], &[5, 4]);
    assert!(error.contains("has 13 features inside, where swiglu wants an even number"), "{error}");
    assert!(help.contains("dim_feedforward"), "{help}");
}
