//! Networks that are cut and changed: stages are found by path, replaced, and all other numbers stay to the bit.

use relume_layers::{LayerError, Network, NetworkSpec, Origin, Replacement, StagePlace};
use relume_tensor::{Precision, Shape, Tensor};

fn spec(text: &str) -> NetworkSpec {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn build(text: &str, input: impl Into<Shape>) -> Network {
    Network::build(&spec(text), input.into(), 3).unwrap()
}

fn value(network: &Network, name: &str) -> Tensor {
    let id = network.parameters().find(name).unwrap_or_else(|| panic!("no {name}"));
    network.parameters().get(id).value.clone()
}

fn replaced(network: &Network, path: &str, by: &str) -> Result<Network, LayerError> {
    let place = network.spec().place(path)?;
    Ok(network.replaced(&place, &Replacement::from(spec(by)), 3)?.network)
}

const NESTED: &str = "chain(dense(4) -> relu -> dense(5), name=\"trunk\") \
    -> residual(chain(dense(5) -> tanh)) -> concat(dense(2), dense(3) -> relu) -> dense(2)";

#[test]
fn paths_lead_to_stages_by_index_and_by_name() {
    let spec = spec(NESTED);
    for (path, stage) in [
        ("0", "chain(dense(4) -> relu -> dense(5), name=\"trunk\")"),
        ("trunk", "chain(dense(4) -> relu -> dense(5), name=\"trunk\")"),
        ("trunk.1", "relu"),
        ("0.2", "dense(5)"),
        ("1.body.0.1", "tanh"),
        ("2.branches.1.0", "dense(3)"),
        ("3", "dense(2)"),
    ] {
        let place = spec.place(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(spec.part(&place).unwrap().to_string(), stage, "{path}");
    }
    for (path, known) in [
        ("head", "it has 4 stages: 0 \"trunk\", 1 residual(chain(dense(5) -> tanh))"),
        ("4", "it has 4 stages: "),
        ("trunk.3", "it has 3 stages: 0 dense(4), 1 relu, 2 dense(5)"),
        ("1.shortcut.0", "it has 4 stages: "),
        ("trunk.", "it has 3 stages: "),
        ("", "it has 4 stages: "),
    ] {
        let error = spec.place(path).unwrap_err();
        assert_eq!(error.to_string(), format!("there is no stage {path:?}"));
        assert!(error.help().unwrap().starts_with(known), "{path}: {:?}", error.help());
    }
}

#[test]
fn all_other_numbers_and_marks_stay_where_a_stage_is_replaced() {
    let mut before = build("dense(4) -> batchnorm -> relu -> dense(3)", 2);
    before.set_frozen(0, true);
    let running = before.parameters().find("1.running_mean").unwrap();
    before.parameters_mut().get_mut(running).value = Tensor::vector(&[1.0, 2.0, 3.0, 4.0]);
    let after = replaced(&before, "2", "mish").unwrap();
    assert_eq!(after.spec().to_string(), "dense(4) -> batchnorm -> mish -> dense(3)");
    assert_eq!(after.parameters(), before.parameters());

    // Two stages in the place of one: what follows is one further on.
    let with = Replacement::from(spec("dense(4) -> tanh"));
    let place = StagePlace::stages(2..3);
    let longer = before.replaced(&place, &with, 3).unwrap();
    let names = ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"];
    for name in names {
        assert_eq!(value(&longer.network, name), value(&before, name), "{name}");
    }
    assert_eq!(value(&longer.network, "4.weight"), value(&before, "3.weight"));
    let origins = &longer.origins;
    assert_eq!(origins[..2], [Origin::Kept(0), Origin::Kept(1)]);
    assert_eq!(origins[origins.len() - 4..origins.len() - 2], [Origin::Fresh, Origin::Fresh]);
    assert!(longer.network.parameters().iter().next().unwrap().1.frozen);
    // What is new starts as in a network that was built so.
    let built = build("dense(4) -> batchnorm -> dense(4) -> tanh -> dense(3)", 2);
    assert_eq!(value(&longer.network, "2.weight"), value(&built, "2.weight"));
}

#[test]
fn what_does_not_fit_any_more_starts_fresh_and_is_named() {
    let before = build("dense(4) -> relu -> dense(3) -> dense(2)", 2);
    let place = before.spec().place("0").unwrap();
    let after = before.replaced(&place, &spec("dense(6)").into(), 3).unwrap();
    let [mismatch] = &after.mismatched[..] else { panic!("{:?}", after.mismatched) };
    assert_eq!(
        mismatch.to_string(),
        "2.weight starts fresh: it is of shape 3 x 6 here, and 3 x 4 where it comes from"
    );
    for name in ["2.bias", "3.weight", "3.bias"] {
        assert_eq!(value(&after.network, name), value(&before, name), "{name}");
    }
    let built = build("dense(6) -> relu -> dense(3) -> dense(2)", 2);
    for name in ["0.weight", "2.weight"] {
        assert_eq!(value(&after.network, name), value(&built, name), "{name}");
    }
}

#[test]
fn stages_inside_of_stages_are_replaced_by_path() {
    let before = build(NESTED, 3);
    for (path, by, kept) in [
        ("trunk.1", "tanh", vec!["0.0.weight", "0.2.weight", "1.body.0.0.weight", "3.weight"]),
        ("trunk.0", "dense(7)", vec!["0.2.bias", "1.body.0.0.weight", "2.branches.0.0.weight"]),
        ("1.body.0.1", "sigmoid", vec!["0.0.weight", "1.body.0.0.weight", "3.weight"]),
        ("2.branches.1.0", "dense(3, bias=false)", vec!["2.branches.0.0.weight", "3.weight"]),
    ] {
        let after = replaced(&before, path, by).unwrap();
        let place = after.spec().place(path).unwrap();
        assert_eq!(after.spec().part(&place).unwrap().to_string(), by, "{path}");
        for name in kept {
            assert_eq!(value(&after, name), value(&before, name), "{path}: {name}");
        }
    }
    let within = build("dense(3) -> chain(relu -> dense(2)) -> dense(2)", 3);
    let after = replaced(&within, "1.0", "tanh -> dense(3)").unwrap();
    assert_eq!(value(&after, "1.2.weight"), value(&within, "1.1.weight"));
    assert_eq!(value(&after, "2.weight"), value(&within, "2.weight"));
}

#[test]
fn shared_layers_keep_their_weights_where_their_first_place_goes() {
    let before = build("shared(dense(3)) -> relu -> shared(dense(3)) -> dense(2)", 3);
    let after = replaced(&before, "0", "tanh").unwrap();
    assert_eq!(value(&after, "2.0.weight"), value(&before, "0.0.weight"));
    let inside = replaced(&before, "2.0", "dense(3, bias=false)").unwrap_err();
    assert!(matches!(inside, LayerError::InShared { index: 2, .. }), "{inside}");
}

#[test]
fn shapes_that_do_not_follow_and_places_that_are_not_there_are_refused() {
    let network = build("dense(4) -> relu -> dense(3)", 2);
    let error = replaced(&network, "1", "conv2d(3, 3)").unwrap_err();
    assert!(matches!(&error, LayerError::Shape(shape) if shape.path == [1]), "{error}");
    let beyond = network.replaced(&StagePlace::stages(2..5), &spec("relu").into(), 3).map(drop);
    assert_eq!(beyond, Err(LayerError::Range { stages: 3 }));
    let nothing = Replacement::default();
    let none = network.replaced(&StagePlace::stages(0..3), &nothing, 3).map(drop);
    assert_eq!(none, Err(LayerError::Empty));
}

#[test]
fn a_parameter_takes_numbers_of_its_shape_and_keeps_its_precision() {
    let mut network = build("dense(2) -> relu", 3);
    let weight = Tensor::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    network.set_parameter("0.weight", &weight).unwrap();
    assert_eq!(value(&network, "0.weight"), weight);
    let turned = weight.reshape([3, 2]).unwrap();
    let error = network.set_parameter("0.weight", &turned).unwrap_err();
    assert_eq!(error.to_string(), "`0.weight` is of shape 2 x 3, and the tensor of shape 3 x 2");
    let unknown = network.set_parameter("1.weight", &weight).unwrap_err();
    assert_eq!(unknown, LayerError::UnknownParameter("1.weight".to_string()));

    let mut half = network.to_precision(Precision::F16).unwrap();
    half.set_parameter("0.weight", &Tensor::full([2, 3], 0.1)).unwrap();
    // The f16 number nearest to 0.1 is 1638.5 / 2^14, rounded to even: 1638 / 16384.
    assert_eq!(value(&half, "0.weight").precision(), Precision::F16);
    assert_eq!(value(&half, "0.weight").data(), [0.099975586; 6]);
    let error = half.set_parameter("0.weight", &Tensor::full([2, 3], 70000.0)).unwrap_err();
    assert!(matches!(error, LayerError::Parameters(_)), "{error}");
    assert_eq!(value(&half, "0.weight").data(), [0.099975586; 6]);
}
