//! Weights that go from one network into another, by path.

use relume_activations::ActivationSpec;
use relume_layers::{LayerError, LayerSpec, Network, NetworkSpec, Stage};
use relume_tensor::{Shape, Tensor};
use serde_json::json;

fn layer(name: &str, arguments: serde_json::Value) -> Stage {
    let serde_json::Value::Object(map) = arguments else { panic!("{name}") };
    LayerSpec::from_arguments(name, vec![], map.into_iter().collect()).unwrap().into()
}

fn dense(units: usize) -> Stage {
    layer("dense", json!({ "units": units }))
}

fn relu() -> Stage {
    ActivationSpec::from_arguments("relu", vec![], vec![]).unwrap().into()
}

fn spec(layers: Vec<Stage>) -> NetworkSpec {
    NetworkSpec::new(layers)
}

fn build(layers: Vec<Stage>, input: impl Into<Shape>, seed: u64) -> Network {
    Network::build(&spec(layers), input.into(), seed).unwrap()
}

fn value(network: &Network, name: &str) -> Tensor {
    let id = network.parameters().find(name).unwrap_or_else(|| panic!("no {name}"));
    network.parameters().get(id).value.clone()
}

#[test]
fn weights_are_taken_over_by_path_with_their_frozen_marks() {
    let mut trunk = build(vec![dense(3), relu(), layer("batchnorm", json!({}))], 2, 1);
    trunk.set_frozen(0, true);
    let running = trunk.parameters().find("2.running_mean").unwrap();
    trunk.parameters_mut().get_mut(running).value = Tensor::vector(&[1.0, 2.0, 3.0]);
    let mut joined =
        build(vec![relu(), dense(3), relu(), layer("batchnorm", json!({})), dense(2)], 2, 2);
    let head = value(&joined, "4.weight");
    let report = joined.load_state(&trunk.state().shifted(1));
    assert_eq!(value(&joined, "1.weight"), value(&trunk, "0.weight"));
    assert_eq!(value(&joined, "3.running_mean").data(), [1.0, 2.0, 3.0]);
    assert_eq!(value(&joined, "4.weight"), head);
    assert_eq!(report.missing, ["4.weight", "4.bias"]);
    assert_eq!(report.loaded.len(), 6);
    assert!(report.mismatched.is_empty() && report.unexpected.is_empty());
    let frozen = joined.parameters().iter().filter(|(_, p)| p.frozen).map(|(_, p)| p.name.as_str());
    assert_eq!(frozen.collect::<Vec<_>>(), ["1.weight", "1.bias"]);
}

#[test]
fn weights_that_do_not_fit_are_named_and_stay_as_they_were() {
    let trunk = build(vec![dense(3)], 2, 1);
    let mut wider = build(vec![dense(3)], 5, 2);
    let own = value(&wider, "0.weight");
    let report = wider.load_state(&trunk.state());
    let [mismatch] = report.mismatched.as_slice() else { panic!("{report:?}") };
    assert_eq!(
        (mismatch.name.as_str(), &*mismatch.expected, &*mismatch.given),
        ("0.weight", &[3, 5][..], &[3, 2][..])
    );
    assert_eq!(value(&wider, "0.weight"), own);
    assert_eq!(value(&wider, "0.bias"), value(&trunk, "0.bias"));
    let report = wider.load_state(&trunk.state().under("0.body"));
    assert_eq!(report.unexpected, ["0.body.0.bias", "0.body.0.weight"]);
}

#[test]
fn some_stages_compute_what_they_compute_in_the_whole() {
    let whole = build(
        vec![
            dense(4),
            relu(),
            layer("residual", json!({ "body": spec(vec![dense(4)]) })),
            dense(2),
        ],
        3,
        7,
    );
    let x = Tensor::from_fn([5, 3], |i| (i as f32).cos());
    let (first, last) = (whole.slice(0..2).unwrap(), whole.slice(2..4).unwrap());
    assert_eq!(first.spec().to_string(), "dense(4) -> relu");
    assert_eq!(&*last.input(), [4]);
    let together = last.predict(&first.predict(&x).unwrap()).unwrap();
    assert_eq!(together, whole.predict(&x).unwrap());
    assert!(matches!(whole.slice(1..5), Err(LayerError::Range { stages: 4 })));
    assert!(matches!(whole.slice(2..2), Err(LayerError::Empty)));
}

#[test]
fn a_later_place_of_shared_layers_keeps_its_weights_when_the_first_is_cut_off() {
    let shared = || layer("shared", json!({ "body": spec(vec![dense(3)]), "name": "f" }));
    let inside = layer("residual", json!({ "body": spec(vec![shared()]) }));
    let whole = build(vec![shared(), relu(), inside], 3, 7);
    let last = whole.slice(2..3).unwrap();
    assert_eq!(value(&last, "0.body.0.0.weight"), value(&whole, "0.0.weight"));
}

#[test]
fn networks_inside_of_layers_bear_the_prefix_of_their_parameters() {
    let inner = || spec(vec![dense(4)]);
    for stage in [
        layer("chain", json!({ "body": inner() })),
        layer("residual", json!({ "body": inner(), "shortcut": inner() })),
        layer("concat", json!({ "branches": [inner(), inner()] })),
        layer("shared", json!({ "body": inner() })),
        layer("bilinear", json!({ "units": 2, "left": inner(), "right": inner() })),
    ] {
        let source = build(vec![dense(4)], 4, 1);
        let mut network = build(vec![stage.clone()], 4, 2);
        for network_inside in stage.kind().networks() {
            let report =
                network.load_state(&source.state().under(&network_inside.prefix).under("0"));
            assert_eq!(report.loaded.len(), 2, "{stage}: {}", network_inside.argument);
            assert!(report.unexpected.is_empty(), "{stage}: {report:?}");
        }
    }
}
