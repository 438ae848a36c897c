//! Numbers that are no longer finite: the origin is named, and finite weights are kept.

use crate::common::{Watch, bits, model, moons, plan, sgd, stage};
use relume_layers::NetworkSpec;
use relume_training::{Divergence, Interrupt, Keep, Model, Outcome, Plan, Silent, TrainError, fit};

fn diverge(model: &mut Model, plan: &Plan) -> Divergence {
    match fit(model, &moons(), plan, &mut Silent, &Interrupt::default()) {
        Err(TrainError::Diverged(divergence)) => *divergence,
        other => panic!("{other:?}"),
    }
}

fn is_finite(model: &Model) -> bool {
    let parameters = model.network().unwrap().parameters();
    parameters.iter().all(|(_, parameter)| parameter.value.is_finite())
}

/// Dense, ReLU, dense: without anything that keeps large numbers small.
fn plain() -> Model {
    let layers =
        vec![stage("dense", Some(8.into())), stage("relu", None), stage("dense", Some(2.into()))];
    Model::new(NetworkSpec::new(layers), 42)
}

/// A new model that is trained by a plan for so many batches.
fn after_batches(plan: &Plan, batches: u64) -> Model {
    let mut model = plain();
    if batches == 0 {
        model.build(2.into()).unwrap();
        return model;
    }
    let mut watch = Watch { stop_after: Some(batches as usize), ..Watch::default() };
    let interrupt = watch.interrupt.clone();
    let outcome = fit(&mut model, &moons(), plan, &mut watch, &interrupt);
    assert!(matches!(outcome, Ok(Outcome::Interrupted | Outcome::Finished)), "{outcome:?}");
    model
}

#[test]
fn a_learning_rate_far_too_large_is_named_with_its_step_and_finite_weights_stay() {
    let mut model = plain();
    let plan = Plan { optimizer: sgd(1e20), ..plan(&moons(), 3) };
    let divergence = diverge(&mut model, &plan);
    assert!(is_finite(&model));
    assert_eq!((divergence.epoch, divergence.step), (1, divergence.batch));
    assert!(divergence.step > 1, "the first step is still finite: {divergence:?}");
    assert!(
        divergence.place.contains("stage") || divergence.place.contains("gradient"),
        "{divergence:?}"
    );
}

#[test]
fn a_weight_that_is_not_finite_is_found() {
    let mut model = model();
    let network = model.build(2.into()).unwrap();
    let id = network.parameters().find("4.bias").unwrap();
    network.parameters_mut().get_mut(id).value.data_mut()[1] = f32::NAN;
    let divergence = diverge(&mut model, &plan(&moons(), 1));
    assert_eq!(divergence.place, "the parameter 4.bias");
    assert_eq!((divergence.epoch, divergence.batch, divergence.step), (1, 1, 1));
}

#[test]
fn an_infinite_gradient_stops_before_it_reaches_the_weights() {
    // Outputs of about 1e30 are still finite; their gradients are multiplied by the factor of 1e30 again in the
    // backward pass.
    let mut model = model();
    let network = model.build(2.into()).unwrap();
    let id = network.parameters().find("1.weight").unwrap();
    network.parameters_mut().get_mut(id).value.data_mut().fill(1e30);
    let before = bits(&model);
    let mut plan = plan(&moons(), 1);
    plan.optimizer = sgd(0.1);
    let divergence = diverge(&mut model, &plan);
    // The forward pass has already updated the running statistics.
    let weights = |bits: Vec<(String, Vec<u32>)>| -> Vec<(String, Vec<u32>)> {
        bits.into_iter().filter(|(name, _)| !name.contains("running")).collect()
    };
    assert!(divergence.place.contains("gradient"), "{divergence:?}");
    assert_eq!(weights(bits(&model)), weights(before), "{divergence:?}");
}

#[test]
fn a_first_batch_of_an_epoch_that_diverges_leaves_the_state_before_the_last_step_of_the_epoch_before()
 {
    for (batch, lr) in [(1000, 300.0), (100, 300.0)] {
        let plan = Plan {
            batch,
            optimizer: sgd(lr),
            keep: Keep::Best,
            monitor: Some("loss".to_string()),
            ..plan(&moons(), 50)
        };
        let mut model = plain();
        let divergence = diverge(&mut model, &plan);
        let run = model.run();
        let batches = if batch == 100 { 2 } else { 1 };
        assert_eq!(divergence.step, run.step + 2, "{divergence:?}");
        assert!(divergence.restored && run.epoch > 0, "{divergence:?} {run:?}");
        let recorded: Vec<u64> = run.history.epochs.iter().map(|own| own.epoch).collect();
        assert_eq!(recorded, (1..=run.epoch).collect::<Vec<_>>());
        let wanted = after_batches(&plan, run.epoch * batches + run.batch);
        assert_eq!(bits(&model), bits(&wanted));
        // With all batches of an epoch it was not tested yet: it does not count among the best ones.
        assert_eq!(run.best, wanted.run().best, "{run:?}");
        let last = divergence.steps.last().expect("a trace");
        assert_eq!(last.step, divergence.step - 1);
    }
}

#[test]
fn whole_steps_of_several_batches_are_run_again_and_taken_back() {
    let plan = Plan { optimizer: sgd(1e5), accumulate: 4, ..plan(&moons(), 50) };
    let mut model = plain();
    let divergence = diverge(&mut model, &plan);
    let run = model.run();
    assert!(divergence.restored, "{divergence:?}");
    assert_eq!((run.batch % 4, divergence.step), (0, run.step + 2), "{divergence:?}");
    let wanted = after_batches(&plan, run.epoch * 13 + run.batch);
    assert_eq!(bits(&model), bits(&wanted));
    let losses: Vec<f32> = divergence.steps.iter().map(|own| own.loss).collect();
    assert!(!losses.is_empty() && losses.iter().all(|loss| loss.is_finite()), "{losses:?}");
}
