//! The learning-rate range test.

use crate::common::{Watch, bits, model, moons, plan, sgd, stage};
use relume_datasets::{Dataset, Split, Targets};
use relume_fixtures::Fixtures;
use relume_layers::NetworkSpec;
use relume_tensor::Tensor;
use relume_training::{Interrupt, Model, Plan, RateCurve, Sweep, TrainError, fit, lr_find};

/// A linear network whose loss is the mean of squares, and its data: all samples are one batch.
fn least_squares() -> (Model, Dataset, Plan) {
    let fixtures = Fixtures::load("comparisons");
    let case = fixtures.case("least squares");
    let list = |name: &str| -> Vec<f32> {
        let list = case.setting()[name].as_array().unwrap().iter();
        list.map(|x| x.as_f64().unwrap() as f32).collect()
    };
    let y = list("y");
    let count = y.len();
    let inputs = Tensor::new([count, 2], list("x")).unwrap();
    let values = Tensor::new([count, 1], y).unwrap();
    let targets = Targets::Values { names: vec!["y".to_string()], values };
    let data = Dataset::new("squares", inputs, targets, Split::train_only(count)).unwrap();
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(1.into()))]), 0);
    let network = model.build(data.sample_shape()).unwrap();
    for (_, parameter) in network.parameters_mut().iter_mut() {
        parameter.value = match parameter.name.as_str() {
            "0.weight" => Tensor::new([1, 2], list("weight")).unwrap(),
            _ => Tensor::vector(&[case.number("bias") as f32]),
        };
    }
    let plan = Plan { batch: count, optimizer: sgd(0.1), ..Plan::for_data(&data, 1) };
    (model, data, plan)
}

fn found(sweep: &Sweep) -> RateCurve {
    let (model, data, plan) = least_squares();
    lr_find(&model, &data, &plan, sweep, &Interrupt::default()).unwrap()
}

#[test]
fn losses_are_those_of_gradient_descent_in_double_precision() {
    let fixtures = Fixtures::load("comparisons");
    let case = fixtures.case("least squares");
    let (from, to) = (case.number("from"), case.number("to"));
    let curve = found(&Sweep { from, to, steps: case.number("steps") as usize, seeds: 1 });
    let wanted = case.setting()["losses"].as_array().unwrap();
    let own = &curve.losses[0];
    assert_eq!(own.len(), wanted.len(), "it ends at 4 times the best loss");
    for (step, (own, wanted)) in own.iter().zip(wanted).enumerate() {
        let wanted = wanted.as_f64().unwrap();
        assert!((own - wanted).abs() <= 1e-4 * wanted, "step {step}: {own} instead of {wanted}");
    }
    assert_eq!(curve.diverges, Some(curve.rates[own.len()]));
}

#[test]
fn gradient_descent_diverges_above_two_over_the_largest_eigenvalue() {
    let fixtures = Fixtures::load("comparisons");
    let bound = 2.0 / fixtures.case("least squares").number("largest_eigenvalue");
    let sweep =
        |from: f64, to: f64| Sweep { from: from * bound, to: to * bound, steps: 300, seeds: 1 };
    assert_eq!(found(&sweep(0.2, 0.99)).diverges, None);
    let diverges = found(&sweep(1.01, 1.5)).diverges.unwrap();
    assert!(diverges > bound && diverges < 1.5 * bound, "{diverges}, {bound}");
}

#[test]
fn nothing_of_the_model_changes() {
    let data = moons();
    let mut own = model();
    let plan = plan(&data, 2);
    fit(&mut own, &data, &plan, &mut Watch::default(), &Interrupt::default()).unwrap();
    let before = own.clone();
    let sweep = Sweep { seeds: 2, ..Sweep::default() };
    let curve = lr_find(&own, &data, &plan, &sweep, &Interrupt::default()).unwrap();
    assert_eq!(curve.losses.len(), 2);
    assert_eq!(bits(&own), bits(&before));
    assert_eq!(own.run(), before.run());
    assert_eq!(own.network().unwrap().rng(), before.network().unwrap().rng());
    // Both go on to the same bits: the optimizer's state is what it was.
    let ended = [own, before].map(|mut model| {
        fit(&mut model, &data, &plan, &mut Watch::default(), &Interrupt::default()).unwrap();
        bits(&model)
    });
    assert_eq!(ended[0], ended[1]);
    // The same again.
    let mut again = model();
    fit(&mut again, &data, &plan, &mut Watch::default(), &Interrupt::default()).unwrap();
    assert_eq!(lr_find(&again, &data, &plan, &sweep, &Interrupt::default()).unwrap(), curve);
}

#[test]
fn a_rate_that_is_suggested_trains_better_than_one_far_below() {
    let data = moons();
    let own = Plan { epochs: 10, ..plan(&data, 10) };
    let curve = lr_find(&model(), &data, &own, &Sweep::default(), &Interrupt::default()).unwrap();
    let valley = curve.valley.unwrap();
    let [low, high] = curve.range.unwrap();
    assert!(low <= valley && valley <= high, "{low} {valley} {high}");
    let loss = |lr: f64| {
        let optimizer = crate::common::optimizer("adam", &serde_json::json!({ "lr": lr }));
        let mut trained = model();
        let plan = Plan { optimizer, ..own.clone() };
        fit(&mut trained, &data, &plan, &mut Watch::default(), &Interrupt::default()).unwrap();
        trained.run().history.epochs.last().unwrap().loss
    };
    assert!(loss(valley) < loss(valley / 100.0));
}

#[test]
fn it_stops_when_it_is_asked_to() {
    let interrupt = Interrupt::default();
    interrupt.set();
    let data = moons();
    let stopped = lr_find(&model(), &data, &plan(&data, 1), &Sweep::default(), &interrupt);
    assert!(matches!(stopped, Err(TrainError::Interrupted)), "{stopped:?}");
}

#[test]
fn sweeps_that_cannot_be_are_refused() {
    let data = moons();
    for sweep in [
        Sweep { from: 1.0, to: 0.1, ..Sweep::default() },
        Sweep { from: 0.0, ..Sweep::default() },
        Sweep { to: f64::INFINITY, ..Sweep::default() },
        Sweep { steps: 3, ..Sweep::default() },
        Sweep { seeds: 0, ..Sweep::default() },
    ] {
        let refused = lr_find(&model(), &data, &plan(&data, 1), &sweep, &Interrupt::default());
        assert!(matches!(refused, Err(TrainError::Setting(_))), "{sweep:?}");
    }
    let plan = Plan { optimizer: sgd(0.0), ..plan(&data, 1) };
    let refused = lr_find(&model(), &data, &plan, &Sweep::default(), &Interrupt::default());
    assert!(matches!(refused, Err(TrainError::Setting(_))), "{refused:?}");
}

#[test]
fn a_schedule_is_left_out() {
    // With a warm-up, the first steps would hardly change anything.
    let data = moons();
    let warm = crate::common::schedule("constant", &serde_json::json!({ "warmup": 50 }));
    let own = plan(&data, 100);
    let with = Plan { schedule: warm, ..own.clone() };
    let sweep = Sweep { seeds: 1, ..Sweep::default() };
    let [one, other] = [own, with]
        .map(|plan| lr_find(&model(), &data, &plan, &sweep, &Interrupt::default()).unwrap());
    assert_eq!(one, other);
}
