//! One set of parameters in several places.

use super::common::{chain, dense};
use relume_layers::{LayerError, Mode, Network, NetworkSpec, ParameterId, Workspace};
use relume_tensor::{Rng, Shape, Tensor};
use serde_json::json;

/// A network, its parameters as one list of numbers each, and the gradients of the sum of squares of its output.
fn gradients(spec: &NetworkSpec, x: &Tensor, parameters: &[(&str, Tensor)]) -> Vec<Tensor> {
    let mut network = Network::build(spec, x.shape().without_batch(), 1).unwrap();
    let ids: Vec<ParameterId> = parameters
        .iter()
        .map(|(name, value)| {
            let id = network.parameters().find(name).unwrap_or_else(|| panic!("no {name}"));
            network.parameters_mut().get_mut(id).value = value.clone();
            id
        })
        .collect();
    assert_eq!(network.parameters().len(), ids.len(), "{spec}: each set of parameters once");
    let mut workspace = Workspace::recording();
    let input = workspace.tape.constant(x.clone());
    let y = network.forward(&mut workspace, input, Mode::Training).unwrap();
    let gradient = workspace.tape.value(y).clone();
    workspace.tape.backward_from(y, gradient).unwrap();
    ids.iter().map(|&id| workspace.take_gradient(id).unwrap()).collect()
}

#[test]
fn shared_layers_have_one_set_of_parameters_whose_gradients_are_summed() {
    let block = |name: &str| {
        let body = chain(&[("dense", json!({"units": 3})), ("tanh", json!({}))]);
        ("shared", json!({"body": body, "name": name}))
    };
    let mut rng = Rng::new(9);
    let mut random = |shape: &[usize]| rng.uniform_tensor(Shape::new(shape).unwrap(), -1.0, 1.0);
    let (x, weight, bias) = (random(&[4, 3]), random(&[3, 3]), random(&[3]));
    let shared = chain(&[block(""), ("sigmoid", json!({})), block("")]);
    let [dw, db] = <[Tensor; 2]>::try_from(gradients(
        &shared,
        &x,
        &[("0.0.weight", weight.clone()), ("0.0.bias", bias.clone())],
    ))
    .unwrap();
    // The same network with two sets of the same numbers: the sum of their gradients is expected.
    let apart = chain(&[block("a"), ("sigmoid", json!({})), block("b")]);
    let each = gradients(
        &apart,
        &x,
        &[
            ("0.0.weight", weight.clone()),
            ("0.0.bias", bias.clone()),
            ("2.0.weight", weight),
            ("2.0.bias", bias),
        ],
    );
    for (sum, parts) in [(dw, [&each[0], &each[2]]), (db, [&each[1], &each[3]])] {
        for (i, &sum) in sum.data().iter().enumerate() {
            let expected = parts[0].data()[i] + parts[1].data()[i];
            assert!((sum - expected).abs() < 1e-5, "{sum} for {expected}");
            assert!(parts.iter().all(|part| part.data()[i] != sum), "one part alone");
        }
    }
}

#[test]
fn shared_layers_stand_in_branches_and_behind_images_of_other_sizes() {
    let conv = json!({"out_channels": 2, "kernel": 3, "padding": 1});
    let block = ("shared", json!({"body": chain(&[("conv2d", conv)])}));
    let small =
        chain(&[("maxpool2d", json!({"kernel": 2})), block.clone(), ("globalavgpool", json!({}))]);
    let large = chain(&[block, ("globalavgpool", json!({}))]);
    let spec = chain(&[("concat", json!({"branches": [small, large]}))]);
    let network = Network::build(&spec, [2, 6, 8].into(), 1).unwrap();
    assert_eq!((network.parameters().len(), network.output()), (2, [4].into()));
    let again: NetworkSpec = serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
    let again = Network::build(&again, [2, 6, 8].into(), 1).unwrap();
    assert_eq!(again.parameters(), network.parameters());
}

#[test]
fn shared_layers_that_cannot_share_are_refused_where_they_stand() {
    let block = |units: usize| ("shared", json!({"body": dense(units), "name": "f"}));
    for (spec, part) in [
        (
            chain(&[block(3), block(4)]),
            "wants the layers that \"f\" is where it first stands, dense(3)",
        ),
        (chain(&[block(3), block(3)]), "0.0.weight of 3 x 5, not 3 x 3"),
    ] {
        let error = Network::build(&spec, [5].into(), 1).unwrap_err();
        let LayerError::Shape(error) = error else { panic!("{error:?}") };
        assert_eq!(error.path[0], 1);
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.help.is_some_and(|help| help.contains("another name")));
    }
}
