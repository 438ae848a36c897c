//! Stopping early, and stopping an evaluation.

use crate::common::{Watch, model, moons, moons_of, plan, sgd};
use relume_training::{
    EarlyStop, EvaluateOptions, Interrupt, Outcome, Plan, Silent, TrainError, evaluate,
    evaluate_with, fit,
};
use std::sync::Mutex;

#[test]
fn a_validation_loss_that_does_not_fall_any_more_stops_the_run() {
    let patience = 3;
    let stop = Some(EarlyStop { patience, min_delta: 0.0 });
    // Too large a rate: the validation loss soon jumps about.
    let plan = Plan { early_stop: stop, optimizer: sgd(2.0), ..plan(&moons(), 200) };
    let mut watch = Watch::default();
    let outcome = fit(&mut model(), &moons(), &plan, &mut watch, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::StoppedEarly);
    let losses: Vec<f32> =
        watch.epochs.iter().map(|record| record.validation_loss.unwrap()).collect();
    let (best, rest) = losses.split_at(losses.len() - patience as usize);
    let least = best.iter().copied().fold(f32::INFINITY, f32::min);
    assert_eq!(
        best.last(),
        Some(&least),
        "the best epoch is {patience} before the last: {losses:?}"
    );
    assert!(rest.iter().all(|&loss| loss >= least), "{losses:?}");
}

#[test]
fn a_run_that_keeps_improving_is_not_stopped() {
    let stop = Some(EarlyStop { patience: 50, min_delta: 0.0 });
    let plan = Plan { early_stop: stop, ..plan(&moons(), 20) };
    let mut watch = Watch::default();
    let outcome = fit(&mut model(), &moons(), &plan, &mut watch, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::Finished);
    assert_eq!(watch.epochs.len(), 20);
}

#[test]
fn an_evaluation_stops_where_it_is_told_to() {
    let data = moons_of(600);
    let plan = plan(&data, 1);
    let mut model = model();
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let part = data.all();
    let run = |most: usize| {
        let done = Mutex::new(Vec::new());
        let goes_on = |samples: usize| {
            done.lock().unwrap().push(samples);
            samples < most
        };
        let further = EvaluateOptions { goes_on: &goes_on, ..EvaluateOptions::default() };
        let result = evaluate_with(&model, &part, &plan.loss, &further);
        (result, done.into_inner().unwrap())
    };
    let (whole, done) = run(usize::MAX);
    assert_eq!(whole.unwrap(), evaluate(&model, &part, &plan.loss).unwrap());
    // Batches of 256, each announced before it passes through.
    assert_eq!(done, (0..part.len()).step_by(256).collect::<Vec<_>>());
    let (stopped, done) = run(200);
    assert!(matches!(stopped, Err(TrainError::Interrupted)), "{stopped:?}");
    assert_eq!(done, [0, 256]);
}
