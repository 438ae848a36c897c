//! A run that was stopped ends with the bits of one that was not.

use crate::common::{Watch, bits, model, moons, moons_tested, optimizer, plan, schedule};
use relume_optimizers::{OptimizerSpec, ScheduleSpec};
use relume_tensor::threads;
use relume_training::{Interrupt, Model, Outcome, Plan, Silent, fit, load, save};
use serde_json::json;

fn straight(plan: &Plan) -> Model {
    let mut model = model();
    let outcome = fit(&mut model, &moons(), plan, &mut Silent, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::Finished);
    model
}

/// Stops after so many batches, passes the model through `pause`, and goes on to the end.
fn interrupted(plan: &Plan, batches: usize, pause: impl Fn(Model) -> Model) -> Model {
    let mut model = model();
    let mut watch = Watch { stop_after: Some(batches), ..Watch::default() };
    let interrupt = watch.interrupt.clone();
    let outcome = fit(&mut model, &moons(), plan, &mut watch, &interrupt).unwrap();
    // The short test of the last epoch ends a run that is stopped in it.
    let all = moons().train().len().div_ceil(plan.batch) * plan.epochs as usize;
    let ends = if batches == all { Outcome::Finished } else { Outcome::Interrupted };
    assert_eq!(outcome, ends);
    assert_eq!(watch.batches, batches, "it stops at the end of that very batch");
    let mut model = pause(model);
    if ends == Outcome::Interrupted {
        let outcome = fit(&mut model, &moons(), plan, &mut Silent, &Interrupt::default()).unwrap();
        assert_eq!(outcome, Outcome::Finished);
    }
    model
}

#[test]
fn stopping_anywhere_and_going_on_changes_nothing() {
    let plan = plan(&moons(), 4);
    let straight = straight(&plan);
    // In the first epoch, at its end (160 train samples are 10 batches), in a later one, and at the very end.
    for batches in [1, 3, 10, 27, 39, 40] {
        let model = interrupted(&plan, batches, |model| model);
        assert_eq!(bits(&model), bits(&straight), "stopped after {batches} batches");
        assert_eq!(model.run(), straight.run(), "stopped after {batches} batches");
    }
}

/// A run that is stopped when the batches of an epoch are done: a short test is done first, and a long one follows when
/// the run goes on.
#[test]
fn a_test_is_done_before_the_end_or_with_the_next_call() {
    let long = moons_tested(200_000, 0.999);
    for (data, place) in [(moons(), (1, 0)), (long, (0, 13))] {
        let plan = plan(&data, 2);
        let mut whole = model();
        fit(&mut whole, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        let mut model = model();
        let batches = data.train().len().div_ceil(plan.batch);
        let mut watch = Watch { stop_after: Some(batches), ..Watch::default() };
        let interrupt = watch.interrupt.clone();
        let outcome = fit(&mut model, &data, &plan, &mut watch, &interrupt).unwrap();
        assert_eq!(outcome, Outcome::Interrupted);
        assert_eq!((model.run().epoch, model.run().batch), place);
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        assert_eq!(bits(&model), bits(&whole));
        assert_eq!(model.run(), whole.run());
    }
}

#[test]
fn saving_and_loading_on_the_way_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.rlm");
    let plan = plan(&moons(), 4);
    let model = interrupted(&plan, 17, |model| {
        save(&model, &path).unwrap();
        load(&path).unwrap()
    });
    let straight = straight(&plan);
    assert_eq!(bits(&model), bits(&straight));
    assert_eq!(model.run(), straight.run());
    assert_eq!(model.classes(), straight.classes());
    let states = [&model, &straight].map(|model| model.optimizer().unwrap().state());
    assert_eq!(states[0], states[1]);
}

/// Stops, saves, loads and goes on with each plan.
fn assert_exact(plans: impl IntoIterator<Item = Plan>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.rlm");
    for plan in plans {
        let text = format!("{} {}", plan.optimizer, plan.schedule);
        let straight = straight(&plan);
        let model = interrupted(&plan, 17, |model| {
            save(&model, &path).unwrap();
            load(&path).unwrap()
        });
        assert_eq!(bits(&model), bits(&straight), "{text}");
        assert_eq!(model.run(), straight.run(), "{text}");
        let states = [&model, &straight].map(|model| model.optimizer().unwrap().state());
        assert_eq!(states[0], states[1], "{text}");
        let used = [&model, &straight].map(|model| model.in_use().unwrap().parameters().clone());
        assert_eq!(used[0], used[1], "{text}");
    }
}

#[test]
fn every_optimizer_goes_on_with_the_same_bits() {
    let plan = plan(&moons(), 3);
    let given = [
        ("sgd", json!({ "momentum": 0.9, "nesterov": true, "l1": 1e-4 })),
        ("rmsprop", json!({ "momentum": 0.9, "centered": true, "ema": 0.9 })),
        ("adam", json!({ "amsgrad": true, "ema": 0.99 })),
        (
            "adamw",
            json!({ "groups": [
                { "group": { "parameters": "vectors", "weight_decay": 0.0 } },
                { "group": { "layers": 0, "lr": 0.01, "betas": [0.8, 0.9] } },
            ] }),
        ),
        (
            "muon",
            json!({ "lr": 0.02, "fallback": { "sgd": {
            "lr": 0.01, "momentum": 0.5, "dampening": 0.0, "weight_decay": 0.0, "nesterov": false,
        } } }),
        ),
        ("lbfgs", json!({ "max_iter": 3, "line_search_fn": "strong_wolfe", "history_size": 4 })),
        ("lbfgs", json!({ "lr": 0.1, "max_iter": 2 })),
    ];
    let plain = OptimizerSpec::ENTRIES.iter().map(|entry| optimizer(entry.name, &json!({})));
    let special = given.iter().map(|(name, options)| optimizer(name, options));
    assert_exact(plain.chain(special).map(|optimizer| Plan { optimizer, ..plan.clone() }));
}

#[test]
fn every_schedule_goes_on_at_the_same_rate() {
    let plan = Plan { clip_value: Some(0.5), clip: Some(1.0), ..plan(&moons(), 4) };
    let given = |name: &str| match name {
        "step" => json!({ "every": 1 }),
        "multistep" => json!({ "milestones": [2] }),
        "exponential" => json!({ "gamma": 0.7 }),
        "cosine_restarts" => json!({ "every": 2 }),
        "noam" => json!({ "warmup": 12 }),
        "plateau" => json!({ "patience": 0, "factor": 0.5, "threshold": 0.2 }),
        "sequential" => {
            json!({
                "schedules": [{ "constant": { "warmup": 1 } }, { "cosine": { "floor": 0.0, "warmup": 0 } }],
                "milestones": [1]
            })
        }
        _ => json!({}),
    };
    let schedules = ScheduleSpec::ENTRIES.iter().map(|e| schedule(e.name, &given(e.name)));
    assert_exact(schedules.map(|schedule| Plan { schedule, ..plan.clone() }));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let plan = plan(&moons(), 3);
    threads::set_threads(1).unwrap();
    let one = straight(&plan);
    threads::set_threads(3).unwrap();
    let three = straight(&plan);
    assert_eq!(bits(&one), bits(&three));
    assert_eq!(one.run(), three.run());
}

#[test]
fn training_again_goes_on_from_where_it_is() {
    let mut model = straight(&plan(&moons(), 2));
    let mut watch = Watch::default();
    let more = plan(&moons(), 3);
    fit(&mut model, &moons(), &more, &mut watch, &Interrupt::default()).unwrap();
    let epochs: Vec<u64> = watch.epochs.iter().map(|record| record.epoch).collect();
    assert_eq!(epochs, [3, 4, 5]);
    assert_eq!(bits(&model), bits(&straight(&plan(&moons(), 5))));
}
