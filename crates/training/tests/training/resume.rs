//! A run that was stopped ends with the bits of one that was not.

use crate::common::{Watch, bits, model, moons, plan};
use relume_tensor::threads;
use relume_training::{Interrupt, Model, Outcome, Plan, Silent, fit, load, save};

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
    assert_eq!(outcome, Outcome::Interrupted);
    assert_eq!(watch.batches, batches, "it stops at the end of that very batch");
    let mut model = pause(model);
    let outcome = fit(&mut model, &moons(), plan, &mut Silent, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::Finished);
    model
}

#[test]
fn stopping_anywhere_and_going_on_changes_nothing() {
    let plan = plan(&moons(), 4);
    let straight = straight(&plan);
    // In the first epoch, at its end (160 train samples are 10 batches), and in a later one.
    for batches in [1, 3, 10, 27, 39] {
        let model = interrupted(&plan, batches, |model| model);
        assert_eq!(bits(&model), bits(&straight), "stopped after {batches} batches");
        assert_eq!(model.run(), straight.run(), "stopped after {batches} batches");
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
