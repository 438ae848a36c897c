//! What a training is to the unfinished run before it.

use crate::common::{Watch, bits, model, moons, optimizer, plan, schedule, sgd};
use relume_training::{Interrupt, MetricSpec, Model, Plan, Silent, Unfinished, fit};
use serde_json::json;

fn f1() -> MetricSpec {
    MetricSpec::from_arguments("f1", vec![], vec![]).unwrap()
}

/// A model whose run of a plan was stopped after so many batches: ten are an epoch.
fn stopped(plan: &Plan, batches: usize) -> Model {
    let mut model = model();
    let mut watch = Watch { stop_after: Some(batches), ..Watch::default() };
    let interrupt = watch.interrupt.clone();
    fit(&mut model, &moons(), plan, &mut watch, &interrupt).unwrap();
    model
}

fn finished(mut model: Model, plan: &Plan) -> Model {
    fit(&mut model, &moons(), plan, &mut Silent, &Interrupt::default()).unwrap();
    model
}

#[test]
fn further_metrics_are_no_other_run() {
    let before = plan(&moons(), 4);
    let more = Plan { metrics: vec![f1()], ..before.clone() };
    let model = stopped(&before, 17);
    let own = Unfinished::of(&model, &moons(), &more).unwrap();
    assert!(own.goes_on());
    assert_eq!((own.left, own.planned), (3, 4));
    let model = finished(model, &more);
    let straight = finished(crate::common::model(), &before);
    assert_eq!(bits(&model), bits(&straight));
    assert_eq!(model.run().epoch, 4);
    let has_f1: Vec<bool> =
        model.run().history.epochs.iter().map(|own| own.metrics.contains_key("test_f1")).collect();
    assert_eq!(has_f1, [false, true, true, true]);
}

#[test]
fn what_changes_the_run_is_told_word_by_word() {
    let before = plan(&moons(), 4);
    let model = stopped(&before, 17);
    let differences = |plan: &Plan| Unfinished::of(&model, &moons(), plan).unwrap().differences;
    assert!(differences(&before).is_empty());
    let other = Plan { batch: 8, epochs: 5, ..before.clone() };
    assert_eq!(differences(&other), ["epochs was 4 and is 5", "batch was 16 and is 8"]);
    let slower = Plan { optimizer: optimizer("adam", &json!({ "lr": 0.0001 })), ..before.clone() };
    assert_eq!(differences(&slower), ["lr was 0.001 and is 0.0001"]);
    assert_eq!(Unfinished::of(&finished(model.clone(), &before), &moons(), &before), None);
}

#[test]
fn another_plan_begins_the_epoch_that_was_not_finished_again() {
    let before = Plan {
        schedule: schedule("step", &json!({ "every": 2, "gamma": 0.5 })),
        ..plan(&moons(), 4)
    };
    let before = Plan { optimizer: sgd(0.1), ..before };
    let model = stopped(&before, 17);
    let rest = Plan { batch: 40, ..before.clone() }.for_rest_of(&model);
    assert_eq!((rest.epochs, rest.schedule_epochs), (3, 1));
    let mut watch = Watch::default();
    let mut model = model;
    fit(&mut model, &moons(), &rest, &mut watch, &Interrupt::default()).unwrap();
    // Three epochs of 160 samples in batches of 40: none of the batches of 16 are skipped.
    assert_eq!((watch.batches, model.run().epoch), (12, 4));
    let rates: Vec<f64> = model.run().history.epochs.iter().map(|own| own.lr).collect();
    assert_eq!(rates, [0.1, 0.1, 0.05, 0.05]);
}
