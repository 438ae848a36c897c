//! A model whose stages are replaced trains on as one that was built so, to the bit.

use crate::common::{Watch, bits, model, moons, optimizer, plan, stage};
use relume_layers::{LayerError, NetworkSpec, StagePlace};
use relume_optimizers::OptimizerError;
use relume_serialization::Checkpoint;
use relume_tensor::Tensor;
use relume_training::{Interrupt, Model, Outcome, Plan, Silent, TrainError, fit, load, save};
use serde_json::json;
use tempfile::tempdir;

/// The layers alone, without weights.
fn layers(text: &str) -> Model {
    Model::new(text.parse().unwrap(), 42)
}

fn place(model: &Model, path: &str) -> StagePlace {
    model.spec().place(path).unwrap()
}

/// The usual model, stopped by Ctrl-C after 17 batches, in the second epoch of four.
fn interrupted(plan: &Plan) -> Model {
    let mut model = model();
    let mut watch = Watch { stop_after: Some(17), ..Watch::default() };
    let interrupt = watch.interrupt.clone();
    let outcome = fit(&mut model, &moons(), plan, &mut watch, &interrupt).unwrap();
    assert_eq!(outcome, Outcome::Interrupted);
    model
}

fn go_on(model: &mut Model, plan: &Plan) {
    let outcome = fit(model, &moons(), plan, &mut Silent, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::Finished);
}

/// The model as its file is after a change by hand.
fn by_hand(model: &Model, change: impl Fn(&mut Checkpoint)) -> Model {
    let folder = tempdir().unwrap();
    let path = folder.path().join("m.rlm");
    save(model, &path).unwrap();
    let mut file = relume_serialization::load(&path).unwrap();
    change(&mut file);
    relume_serialization::save(&path, &file).unwrap();
    load(&path).unwrap()
}

fn assert_trains_alike(mut changed: Model, mut expected: Model, plan: &Plan) {
    assert_eq!(changed.run(), expected.run());
    assert_eq!(bits(&changed), bits(&expected));
    go_on(&mut changed, plan);
    go_on(&mut expected, plan);
    assert_eq!(bits(&changed), bits(&expected));
    assert_eq!(changed.run(), expected.run());
    let states = [&changed, &expected].map(|model| model.optimizer().unwrap().state());
    assert_eq!(states[0], states[1]);
}

#[test]
fn an_activation_is_replaced_while_training_is_interrupted_and_all_else_goes_on() {
    for name in ["adam", "sgd", "lbfgs"] {
        let plan = Plan { optimizer: optimizer(name, &json!({})), ..plan(&moons(), 4) };
        let before = interrupted(&plan);
        let mut changed = before.clone();
        let at = place(&changed, "2");
        assert_eq!(changed.replace(&at, &layers("mish")).unwrap(), []);
        let expected = by_hand(&before, |file| {
            assert!(file.network.contains("\"relu\""), "{}", file.network);
            file.network = file.network.replace("\"relu\"", "\"mish\"");
        });
        assert_eq!(changed.spec(), expected.spec());
        assert_trains_alike(changed, expected, &plan);
    }
}

#[test]
fn a_new_layer_starts_fresh_and_the_optimizer_goes_on_with_all_others() {
    let plan = plan(&moons(), 4);
    let before = interrupted(&plan);
    let mut changed = before.clone();
    let at = place(&changed, "4");
    assert_eq!(changed.replace(&at, &layers("dense(2)")).unwrap(), []);
    // The weights of a network that was never trained, and no updates of the last two parameters.
    let mut fresh = model();
    fresh.build(2.into()).unwrap();
    let expected = by_hand(&before, |file| {
        let count = file.tensors.len();
        for tensor in &mut file.tensors[count - 2..] {
            let fresh = fresh.state();
            tensor.tensor = fresh.get(&tensor.name).unwrap().value.clone();
        }
        let optimizer = file.optimizer.as_mut().unwrap();
        let mut rule: serde_json::Value = serde_json::from_str(&optimizer.spec).unwrap();
        for index in [count - 2, count - 1] {
            rule["steps"][index] = json!(0);
            for (_, slots) in &mut optimizer.slots {
                slots[index] = Tensor::zeros(0);
            }
        }
        optimizer.spec = rule.to_string();
    });
    assert_ne!(bits(&changed), bits(&before));
    assert_trains_alike(changed, expected, &plan);
}

#[test]
fn what_follows_starts_fresh_where_its_shape_changes_and_is_named() {
    let plan = plan(&moons(), 4);
    let before = interrupted(&plan);
    let mut changed = before.clone();
    let at = place(&changed, "0");
    let told = changed.replace(&at, &layers("dense(9)")).unwrap();
    let names: Vec<&str> = told.iter().map(|mismatch| mismatch.name.as_str()).collect();
    let expected = ["1.weight", "1.bias", "1.running_mean", "1.running_var", "4.weight"];
    for name in expected {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(!names.contains(&"4.bias"), "{names:?}");
    let bias = |model: &Model| model.state().get("4.bias").unwrap().value.clone();
    assert_eq!(bias(&changed), bias(&before));
    assert_eq!(changed.run(), before.run());
    assert_eq!(changed.classes(), before.classes());
    go_on(&mut changed, &plan);
    assert_eq!(changed.run().history.epochs.len(), 4);
}

#[test]
fn a_refused_change_leaves_the_model_as_it_was() {
    let groups = json!({ "groups": [{ "group": { "layers": 4, "lr": 0.01 } }] });
    let plan = Plan { optimizer: optimizer("adam", &groups), ..plan(&moons(), 4) };
    let before = interrupted(&plan);
    let mut changed = before.clone();
    let stages = |range| StagePlace::stages(range);
    let shape = changed.replace(&stages(1..2), &layers("conv2d(4, 3)")).unwrap_err();
    assert!(matches!(shape, TrainError::Layer(LayerError::Shape(_))), "{shape}");
    let range = changed.replace(&stages(4..7), &layers("relu")).unwrap_err();
    assert!(matches!(range, TrainError::Layer(LayerError::Range { stages: 5 })), "{range}");
    let group = changed.replace(&stages(4..5), &layers("relu")).unwrap_err();
    assert!(matches!(group, TrainError::Optimizer(OptimizerError::EmptyGroup(_))), "{group}");
    let turned = changed.set_parameter("0.weight", &Tensor::zeros([2, 16])).unwrap_err();
    assert!(matches!(turned, TrainError::Layer(LayerError::ParameterShape { .. })), "{turned}");
    assert_trains_alike(changed, before, &plan);
}

#[test]
fn names_of_what_is_predicted_stay_unless_the_outputs_change() {
    let mut changed = interrupted(&plan(&moons(), 4));
    assert_eq!(changed.classes().len(), 2);
    let last = place(&changed, "4");
    changed.replace(&last, &layers("dense(2, bias=false)")).unwrap();
    assert_eq!(changed.classes().len(), 2);
    changed.replace(&last, &layers("dense(5)")).unwrap();
    assert!(changed.classes().is_empty());
}

#[test]
fn a_weight_is_set_in_a_trained_model_and_used_at_once() {
    let averaged =
        Plan { optimizer: optimizer("adam", &json!({ "ema": 0.9 })), ..plan(&moons(), 1) };
    let mut trained = model();
    go_on(&mut trained, &averaged);
    let weight = Tensor::from_fn([2, 16], |i| i as f32 / 8.0);
    let before = trained.clone();
    trained.set_parameter("4.weight", &weight).unwrap();
    let used = trained.in_use().unwrap().state();
    assert_eq!(used.get("4.weight").unwrap().value, weight);
    for (own, other) in bits(&trained).iter().zip(bits(&before)) {
        assert!(own.0 == "4.weight" || *own == other, "{}", own.0);
    }
    go_on(&mut trained, &Plan { epochs: 2, ..averaged });
}

#[test]
fn weights_before_the_first_building_follow_their_stages() {
    let trunk = interrupted(&plan(&moons(), 4));
    let later = NetworkSpec::new(vec![stage("relu", None)]).then(trunk.spec().clone());
    let mut weights = trunk.weights();
    weights.state = weights.state.shifted(1);
    weights.input = None;
    let mut joined = Model::with_weights(later, 7, weights).unwrap();
    assert!(joined.network().is_none());
    joined.replace(&StagePlace::stages(0..1), &layers("tanh -> tanh")).unwrap();
    joined.build(2.into()).unwrap();
    let value = |model: &Model, name: &str| model.state().get(name).unwrap().value.clone();
    assert_eq!(value(&joined, "2.weight"), value(&trunk, "0.weight"));
    assert_eq!(value(&joined, "6.bias"), value(&trunk, "4.bias"));
}

#[test]
fn stages_that_bring_weights_keep_them() {
    let plan = plan(&moons(), 1);
    let (mut host, mut guest) = (model(), layers("dense(16)"));
    go_on(&mut host, &plan);
    guest.build(2.into()).unwrap();
    let value = |model: &Model, name: &str| model.state().get(name).unwrap().value.clone();
    let first = place(&host, "0");
    host.replace(&first, &guest).unwrap();
    assert_eq!(value(&host, "0.weight"), value(&guest, "0.weight"));
}

#[test]
fn a_part_by_path_has_the_weights_of_its_stages_and_their_input() {
    let text = "chain(dense(4) -> tanh, name=\"trunk\") -> residual(dense(4)) -> dense(2)";
    let mut whole = layers(text);
    go_on(&mut whole, &plan(&moons(), 1));
    let value = |model: &Model, name: &str| model.state().get(name).unwrap().value.clone();
    for (path, input, there, here) in [
        ("trunk", 2, "0.0.weight", "0.0.weight"),
        ("trunk.0", 2, "0.weight", "0.0.weight"),
        ("1.body.0", 4, "0.weight", "1.body.0.weight"),
        ("2", 4, "0.bias", "2.bias"),
    ] {
        let part = whole.part(&place(&whole, path)).unwrap();
        assert_eq!(part.network().unwrap().input(), input.into(), "{path}");
        assert_eq!(value(&part, there), value(&whole, here), "{path}");
        let prepared = path.starts_with("trunk");
        assert_eq!(part.weights().preparation.is_decided(), prepared, "{path}");
    }
}
