//! Optimizers and schedules within a run: averages, rates that follow figures or steps, L-BFGS, groups.

use crate::common::{Watch, bits, model, moons, optimizer, plan, schedule, stage};
use relume_datasets::Batches;
use relume_fixtures::assert_close;
use relume_layers::{LayerSpec, NetworkSpec, Stage};
use relume_optimizers::{OptimizerError, OptimizerSpec, ScheduleSpec};
use relume_tensor::Tensor;
use relume_training::{
    Interrupt, Model, Observer, Plan, Progress, Silent, TrainError, evaluate, fit,
};
use serde_json::json;

fn train(model: &mut Model, plan: &Plan) {
    fit(model, &moons(), plan, &mut Silent, &Interrupt::default()).unwrap();
}

/// Stops after every batch.
struct Stepwise(Interrupt);

impl Observer for Stepwise {
    fn batch(&mut self, _: &Progress) {
        self.0.set();
    }
}

#[test]
fn a_network_in_use_has_the_average_of_its_weights() {
    let plan = Plan { optimizer: optimizer("adam", &json!({ "ema": 0.8 })), ..plan(&moons(), 2) };
    let mut model = model();
    let mut mean: Option<Vec<Tensor>> = None;
    let mut steps = 0;
    while steps == 0 || model.run().remaining() > 0 {
        let mut observer = Stepwise(Interrupt::default());
        let interrupt = observer.0.clone();
        let before = model.run().step;
        fit(&mut model, &moons(), &plan, &mut observer, &interrupt).unwrap();
        if model.run().step == before {
            // The test of the last epoch remained.
            continue;
        }
        let now = model.network().unwrap().parameters().iter();
        let now: Vec<Tensor> = now.map(|(_, parameter)| parameter.value.clone()).collect();
        steps += 1;
        mean = Some(match mean {
            None => now,
            Some(mean) => mean
                .iter()
                .zip(&now)
                .map(|(mean, now)| {
                    mean.zip(now, "mean", |mean, now| 0.8 * mean + 0.2 * now).unwrap()
                })
                .collect(),
        });
    }
    assert_eq!(steps, 20);
    let used = model.in_use().unwrap();
    for ((_, parameter), mean) in used.parameters().iter().zip(mean.unwrap()) {
        let buffer = parameter.name.contains("running") || parameter.name.contains("tracked");
        if !buffer {
            assert_close(&parameter.value, &mean, &parameter.name);
        }
    }
    // Tests within the run, and evaluation after it, use the averaged network.
    let test = moons().test();
    let seen = evaluate(&model, &test, &plan.loss).unwrap().loss;
    assert_eq!(model.run().history.epochs[1].test_loss, Some(seen));
    let own = Model::from_network(used, 1);
    assert_eq!(evaluate(&own, &test, &plan.loss).unwrap().loss, seen);
    let last = Model::from_network(model.network().unwrap().clone(), 1);
    assert_ne!(evaluate(&last, &test, &plan.loss).unwrap().loss, seen);
}

fn rates(schedule: ScheduleSpec, epochs: u64) -> Vec<f64> {
    let mut model = model();
    train(&mut model, &Plan { schedule, ..plan(&moons(), epochs) });
    model.run().history.epochs.iter().map(|record| record.lr).collect()
}

#[test]
fn a_plateau_lowers_the_rate_after_the_epochs_that_were_no_better() {
    // Nothing ever improves by so much: the first epoch stays the best.
    let never = schedule("plateau", &json!({ "patience": 1, "factor": 0.5, "threshold": 0.99 }));
    assert_eq!(rates(never, 6), [1e-3, 1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4]);
    // For the metric, larger figures are better, and none is above 1.
    let options = json!({
        "patience": 0, "factor": 0.5, "threshold": 1.0, "threshold_mode": "abs", "mode": "max", "monitor": "metric"
    });
    assert_eq!(rates(schedule("plateau", &options), 4), [1e-3, 1e-3, 5e-4, 2.5e-4]);
}

#[test]
fn schedules_by_steps_count_batches() {
    // 160 train samples in batches of 16: ten steps in an epoch; the last step of epoch k is the 10 k-th.
    let noam = rates(schedule("noam", &json!({ "warmup": 20 })), 3);
    let expected = [0.5, 1.0, (20f64 / 30.0).sqrt()].map(|factor| 1e-3 * factor);
    for (rate, expected) in noam.iter().zip(expected) {
        assert!((rate - expected).abs() < 1e-15, "{noam:?}");
    }
    let cycle = rates(schedule("onecycle", &json!({ "final_div_factor": 100 })), 2);
    assert!((cycle[1] - 1e-3 / 25.0 / 100.0).abs() < 1e-15, "{cycle:?}");
}

#[test]
fn one_cycle_moves_the_momentum_where_there_is_one() {
    let after = |optimizer: OptimizerSpec, cycles: bool| {
        let schedule = schedule("onecycle", &json!({ "cycle_momentum": cycles }));
        let mut model = model();
        train(&mut model, &Plan { schedule, optimizer, ..plan(&moons(), 1) });
        bits(&model)
    };
    let with = || optimizer("sgd", &json!({ "lr": 0.1, "momentum": 0.9 }));
    assert_ne!(after(with(), true), after(with(), false));
    let without = || optimizer("sgd", &json!({ "lr": 0.1 }));
    assert_eq!(after(without(), true), after(without(), false));
}

#[test]
fn lbfgs_goes_down_with_the_whole_data_set_and_leaves_frozen_layers() {
    let layers = vec![
        stage("dense", Some(8.into())),
        stage("tanh", None),
        stage("dense", Some(8.into())),
        stage("tanh", None),
        stage("dense", Some(2.into())),
    ];
    let mut model = Model::new(NetworkSpec::new(layers), 3);
    model.build(2.into()).unwrap().set_frozen(2, true);
    let before = bits(&model);
    let lbfgs = optimizer("lbfgs", &json!({ "line_search_fn": "strong_wolfe", "max_iter": 5 }));
    let plan = Plan { optimizer: lbfgs, batch: 160, ..plan(&moons(), 20) };
    train(&mut model, &plan);
    let losses: Vec<f32> = model.run().history.epochs.iter().map(|record| record.loss).collect();
    // Strong Wolfe never increases the loss.
    assert!(losses.windows(2).all(|pair| pair[1] <= pair[0]), "{losses:?}");
    assert!(losses[19] < 0.1 * losses[0], "{losses:?}");
    for ((name, before), (_, after)) in before.iter().zip(bits(&model)) {
        assert_eq!(before == &after, name.starts_with("2."), "{name}");
    }
}

#[test]
fn lbfgs_begins_anew_with_a_layer_that_was_thawed() {
    let layers =
        vec![stage("dense", Some(8.into())), stage("tanh", None), stage("dense", Some(2.into()))];
    let mut model = Model::new(NetworkSpec::new(layers), 3);
    model.build(2.into()).unwrap().set_frozen(0, true);
    let lbfgs = optimizer("lbfgs", &json!({ "line_search_fn": "strong_wolfe", "max_iter": 3 }));
    let plan = Plan { optimizer: lbfgs, batch: 160, ..plan(&moons(), 2) };
    train(&mut model, &plan);
    let before = bits(&model);
    model.network_mut().unwrap().set_frozen(0, false);
    train(&mut model, &plan);
    for ((name, before), (_, after)) in before.iter().zip(bits(&model)) {
        assert_ne!(before, &after, "{name}");
    }
    let losses: Vec<f32> = model.run().history.epochs.iter().map(|record| record.loss).collect();
    assert!(losses.windows(2).all(|pair| pair[1] < pair[0]), "{losses:?}");
}

#[test]
fn lbfgs_that_leaves_all_bounds_diverges_with_the_weights_before_the_step() {
    let mut model = model();
    model.build(2.into()).unwrap();
    let before: Vec<_> =
        bits(&model).into_iter().filter(|(name, _)| name.ends_with("weight")).collect();
    let plan = Plan { optimizer: optimizer("lbfgs", &json!({ "lr": 1e30 })), ..plan(&moons(), 1) };
    let error = fit(&mut model, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::Diverged(_)), "{error}");
    let after: Vec<_> =
        bits(&model).into_iter().filter(|(name, _)| name.ends_with("weight")).collect();
    assert_eq!(before, after);
}

#[test]
fn a_group_that_nothing_fits_into_is_refused_before_anything_changes() {
    let groups = json!({ "groups": [{ "group": { "parameters": "7.*", "lr": 0.1 } }] });
    let plan = Plan { optimizer: optimizer("adam", &groups), ..plan(&moons(), 1) };
    let mut model = model();
    let error = fit(&mut model, &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::Optimizer(OptimizerError::EmptyGroup(_))), "{error}");
    assert_eq!(error.to_string(), "group(\"7.*\", lr=0.1) fits no parameter");
    assert!(error.help().is_some());
    assert!(model.network().is_none(), "it was not even built");
}

#[test]
fn a_rate_of_its_own_reaches_its_layers_only() {
    let groups = json!({ "lr": 0.0, "groups": [{ "group": { "layers": 4, "lr": 0.1 } }] });
    let plan = Plan { optimizer: optimizer("sgd", &groups), ..plan(&moons(), 1) };
    let mut model = model();
    model.build(2.into()).unwrap();
    let before = bits(&model);
    train(&mut model, &plan);
    for ((name, before), (_, after)) in before.iter().zip(bits(&model)) {
        let buffer = name.contains("running") || name.contains("tracked");
        assert_eq!(before != &after, name.starts_with("4.") || buffer, "{name}");
    }
}

fn lsuv_dense(units: u64) -> Stage {
    let lsuv = vec![("init".to_string(), json!({ "lsuv": {} }))];
    LayerSpec::from_arguments("dense", vec![units.into()], lsuv).unwrap().into()
}

#[test]
fn lsuv_scales_once_before_the_first_step() {
    let layers = || vec![lsuv_dense(16), stage("relu", None), lsuv_dense(2)];
    let new = || Model::new(NetworkSpec::new(layers()), 4);
    let mut model = new();
    model.build(2.into()).unwrap();
    let built = bits(&model);
    let still = Plan { optimizer: optimizer("sgd", &json!({ "lr": 0.0 })), ..plan(&moons(), 1) };
    train(&mut model, &still);
    let scaled = bits(&model);
    assert_ne!(scaled, built);
    let batch = Batches::shuffled(moons().train(), still.batch, model.seed(), 0).next().unwrap();
    let variance = model.network().unwrap().predict(&batch.unwrap().inputs).unwrap().variance();
    assert!((variance - 1.0).abs() < 0.1, "{variance}");
    train(&mut model, &still);
    assert_eq!(bits(&model), scaled, "once is enough");
    // A run that is interrupted after its first batch and resumed does not scale again.
    let plan = plan(&moons(), 1);
    let mut straight = new();
    train(&mut straight, &plan);
    let mut stopped = new();
    let mut observer = Stepwise(Interrupt::default());
    let interrupt = observer.0.clone();
    fit(&mut stopped, &moons(), &plan, &mut observer, &interrupt).unwrap();
    train(&mut stopped, &plan);
    assert_eq!(bits(&stopped), bits(&straight));
}

#[test]
fn weights_that_cannot_see_data_get_a_warning() {
    let within = |stage: Stage| {
        let inner = json!(NetworkSpec::new(vec![stage]));
        LayerSpec::from_arguments("residual", vec![inner], vec![]).unwrap().into()
    };
    let white = vec![("init".to_string(), json!({ "whitening": {} }))];
    let white: Stage = LayerSpec::from_arguments("dense", vec![2.into()], white).unwrap().into();
    for (layer, warned) in [
        (within(lsuv_dense(2)), true),
        (within(white.clone()), true),
        (lsuv_dense(2), false),
        (white, false),
    ] {
        let text = layer.to_string();
        let mut model =
            Model::new(NetworkSpec::new(vec![layer, stage("dense", Some(2.into()))]), 4);
        let mut watch = Watch::default();
        fit(&mut model, &moons(), &plan(&moons(), 1), &mut watch, &Interrupt::default()).unwrap();
        let about = watch.warnings.iter().filter(|warning| warning.contains("lsuv and whitening"));
        assert_eq!(about.count() == 1, warned, "{text}: {:?}", watch.warnings);
    }
}
