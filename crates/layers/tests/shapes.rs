//! Wrong networks are refused before anything is allocated, with the layer, both shapes and a fix.

use relume_activations::ActivationSpec;
use relume_catalog::Value;
use relume_layers::{LayerError, LayerSpec, Network, NetworkSpec, ShapeError, Stage};
use serde_json::json;

fn stage(name: &str, positional: Value, named: Value) -> Stage {
    let positional = positional.as_array().cloned().unwrap_or_default();
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    match LayerSpec::find(name) {
        Some(_) => LayerSpec::from_arguments(name, positional, named).unwrap().into(),
        None => ActivationSpec::from_arguments(name, positional, named).unwrap().into(),
    }
}

fn layer(name: &str, positional: Value) -> Stage {
    stage(name, positional, json!({}))
}

fn refused(spec: &NetworkSpec, input: &[usize]) -> ShapeError {
    match spec.shapes(input.try_into().unwrap()) {
        Err(LayerError::Shape(error)) => error,
        other => panic!("{spec} was not refused: {other:?}"),
    }
}

/// The article's network for CIFAR-10: without padding, it has 64 x 6 x 6 where 64 * 8 * 8 features are expected.
#[test]
fn the_articles_cifar_network_is_refused_with_the_padding_that_mends_it() {
    let mut layers = vec![
        layer("conv2d", json!([32, 3])),
        layer("relu", json!([])),
        layer("maxpool2d", json!([2])),
        layer("conv2d", json!([64, 3])),
        layer("relu", json!([])),
        layer("maxpool2d", json!([2])),
        layer("flatten", json!([])),
        stage("dense", json!([120]), json!({"inputs": 64 * 8 * 8})),
        layer("relu", json!([])),
        layer("dense", json!([84])),
        layer("relu", json!([])),
        layer("dense", json!([10])),
    ];
    let error = refused(&NetworkSpec::new(layers.clone()), &[3, 32, 32]);
    assert_eq!(
        error.to_string(),
        "dense(120, inputs=4096) wants 4096 features, but gets 2304 features from flatten"
    );
    assert_eq!(error.path, [7]);
    assert_eq!(
        error.help.as_deref(),
        Some(
            "give the convolutions padding, as in conv2d(32, 3, padding=1): 64 x 8 x 8 comes then"
        )
    );
    for at in [0, 3] {
        let channels = if at == 0 { 32 } else { 64 };
        layers[at] = stage("conv2d", json!([channels, 3]), json!({"padding": 1}));
    }
    let shapes = NetworkSpec::new(layers).shapes([3, 32, 32].into()).unwrap();
    assert_eq!(shapes[5], [64, 8, 8].into());
    assert_eq!(shapes[11], [10].into());
}

#[test]
fn a_dense_layer_after_an_image_asks_for_flatten() {
    let spec = NetworkSpec::new(vec![
        layer("maxpool2d", json!([2])),
        stage("dense", json!([120]), json!({})),
    ]);
    let error = refused(&spec, &[64, 16, 16]);
    assert_eq!(
        error.to_string(),
        "dense(120) wants one row of features, but gets 64 x 8 x 8 from maxpool2d(2)"
    );
    let help = error.help.unwrap();
    assert_eq!(help, "put flatten before it: maxpool2d(2) -> flatten -> dense(120)");
}

#[test]
fn every_layer_refuses_what_it_cannot_take() {
    let cases: [(Stage, &[usize], &str); 8] = [
        (layer("conv2d", json!([8, 5])), &[3, 4, 9], "only 4 high"),
        (layer("conv2d", json!([8, 3])), &[64], "wants an image"),
        (layer("maxpool2d", json!([9])), &[3, 8, 8], "only 8 high"),
        (stage("maxpool2d", json!([2]), json!({"padding": 2})), &[3, 8, 8], "more than half"),
        (layer("lstm", json!([8])), &[64], "wants a sequence"),
        (layer("globalavgpool", json!([])), &[64], "wants an image"),
        (layer("batchnorm", json!([])), &[2, 3, 4, 5, 6], "wants a row of features or channels"),
        (
            stage("conv2d", json!([8, 3]), json!({"groups": 4})),
            &[6, 8, 8],
            "4 groups do not divide 6",
        ),
    ];
    for (stage, input, part) in cases {
        let error = refused(&NetworkSpec::new(vec![stage]), input).to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn what_is_wrong_inside_of_a_residual_is_found_inside() {
    let body = NetworkSpec::new(vec![layer("flatten", json!([])), layer("conv2d", json!([4, 3]))]);
    let residual = layer("residual", json!([body]));
    let error = refused(&NetworkSpec::new(vec![layer("relu", json!([])), residual]), &[4, 8, 8]);
    assert_eq!(error.path, [1, 1]);
    let shrinking = layer("residual", json!([NetworkSpec::new(vec![layer("dense", json!([3]))])]));
    let error = refused(&NetworkSpec::new(vec![shrinking]), &[4]).to_string();
    assert!(error.contains("keep the shape") && error.contains("these give 3"), "{error}");
}

#[test]
fn a_specification_survives_json_and_prints_as_it_was_written() {
    let branch =
        |units| NetworkSpec::new(vec![layer("dense", json!([units])), layer("relu", json!([]))]);
    let mut spec = NetworkSpec::new(vec![
        layer("concat", json!([[branch(3), branch(5)]])),
        stage("dropout", json!([]), json!({"p": 0.2})),
        stage("dense", json!([2]), json!({"bias": false, "init": "he_normal"})),
    ]);
    spec.input = Some(vec![7]);
    assert_eq!(
        spec.to_string(),
        "input(7) -> concat(dense(3) -> relu, dense(5) -> relu) -> dropout(0.2) -> dense(2, bias=false, init=he_normal)"
    );
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<NetworkSpec>(&json).unwrap(), spec);
}

#[test]
fn parameters_bear_the_names_of_a_sequential_state_dict() {
    let spec = NetworkSpec::new(vec![
        layer("conv2d", json!([4, 3])),
        layer("batchnorm", json!([])),
        layer("flatten", json!([])),
        layer("dense", json!([2])),
    ]);
    let network = Network::build(&spec, [1, 5, 5].into(), 0).unwrap();
    let names: Vec<&str> = network.parameters().iter().map(|(_, p)| p.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "0.weight",
            "0.bias",
            "1.weight",
            "1.bias",
            "1.running_mean",
            "1.running_var",
            "3.weight",
            "3.bias"
        ]
    );
    assert_eq!(network.parameters().count(), 4 * 9 + 4 + 8 + 2 * 36 + 2);
}
