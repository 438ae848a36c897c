//! Stopping early.

use crate::common::{Watch, model, moons, plan, sgd};
use relume_training::{EarlyStop, Interrupt, Outcome, Plan, fit};

#[test]
fn a_test_loss_that_does_not_fall_any_more_stops_the_run() {
    let patience = 3;
    let stop = Some(EarlyStop { patience });
    // Too large a rate: the test loss soon jumps about.
    let plan = Plan { early_stop: stop, optimizer: sgd(2.0), ..plan(&moons(), 200) };
    let mut watch = Watch::default();
    let outcome = fit(&mut model(), &moons(), &plan, &mut watch, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::StoppedEarly);
    let losses: Vec<f32> = watch.epochs.iter().map(|record| record.test_loss.unwrap()).collect();
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
    let stop = Some(EarlyStop { patience: 50 });
    let plan = Plan { early_stop: stop, ..plan(&moons(), 20) };
    let mut watch = Watch::default();
    let outcome = fit(&mut model(), &moons(), &plan, &mut watch, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::Finished);
    assert_eq!(watch.epochs.len(), 20);
}
