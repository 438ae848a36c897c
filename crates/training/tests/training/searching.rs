//! Searches: those that go on are trained to the same bits as without a pause.

use crate::common::{moons, plan, sgd};
use relume_layers::NetworkSpec;
use relume_training::{
    ComparedRun, Grid, Interrupt, KnownRuns, Method, Model, Observer, Plan, Search, Silent, Variant,
};

fn search(method: Method, epochs: u64, rates: &[f64]) -> Search {
    let data = moons();
    let spec = "dense(8) -> dropout(0.2) -> relu -> dense(2)".parse::<NetworkSpec>().unwrap();
    let variant = |&lr: &f64| Variant {
        values: vec![lr.to_string()],
        model: Model::new(spec.clone(), 0),
        plan: Plan { optimizer: sgd(lr), ..plan(&data, epochs) },
    };
    let variants = rates.iter().map(variant).collect();
    let keys = vec!["lr".to_string()];
    let grid = Grid { keys, variants, seeds: 1, first_seed: 0, target: None, is_paired: false };
    Search { grid, method }
}

const RATES: [f64; 9] = [1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.3, 0.5, 1.0];

#[test]
fn halving_trains_the_best_to_the_end_as_if_they_had_been_trained_at_once() {
    let data = moons();
    let run = |method| {
        let search = search(method, 9, &RATES);
        search.run(&data, &mut KnownRuns::default(), &mut Silent, &Interrupt::default()).unwrap()
    };
    let (halved, random) = (run(Method::Halving), run(Method::Random));
    assert!(halved.is_complete() && random.is_complete());
    let mut epochs: Vec<usize> = halved.runs.iter().map(|run| run.epochs.len()).collect();
    epochs.sort_unstable();
    assert_eq!(epochs, [1, 1, 1, 1, 1, 1, 3, 3, 9]);
    // What is trained for longer was the best of its rung, and is the same as without a pause.
    for run in &halved.runs {
        let whole = random.runs.iter().find(|own| own.variant == run.variant).unwrap();
        assert_eq!(run.epochs[..], whole.epochs[..run.epochs.len()]);
    }
    let at = |run: &ComparedRun, epoch: usize| run.epochs[epoch].validation_metric.unwrap();
    let (kept, left): (Vec<&ComparedRun>, Vec<&ComparedRun>) =
        halved.runs.iter().partition(|run| run.epochs.len() > 1);
    let worst = kept.iter().map(|run| at(run, 0)).fold(f32::INFINITY, f32::min);
    assert!(left.iter().all(|run| at(run, 0) <= worst));
    assert_eq!(halved.summary[0].epochs, 9);
    assert!(halved.summary.iter().all(|own| own.difference.is_none()));
}

/// Asks to stop after some trainings.
struct StopAfter(usize, Interrupt);

impl Observer for StopAfter {
    fn compared(&mut self, _: usize, _: usize, _: &[String], _: &ComparedRun) {
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 {
            self.1.set();
        }
    }
}

#[test]
fn an_interrupted_search_has_what_was_done() {
    let data = moons();
    let interrupt = Interrupt::default();
    let mut observer = StopAfter(11, interrupt.clone());
    let search = search(Method::Halving, 9, &RATES);
    let part = search.run(&data, &mut KnownRuns::default(), &mut observer, &interrupt).unwrap();
    // All of the first rung, and at least two of the second.
    assert_eq!(part.runs.len(), 9);
    assert!(!part.is_complete());
    let longer = part.runs.iter().filter(|run| run.epochs.len() == 3).count();
    assert!((2..=3).contains(&longer), "{longer}");
}

#[test]
fn a_trial_that_diverges_goes_no_further() {
    let data = moons();
    let search = search(Method::Halving, 9, &[1e38, 0.1, 1e37, 0.01]);
    let own = search.run(&data, &mut KnownRuns::default(), &mut Silent, &Interrupt::default());
    let own = own.unwrap();
    assert_eq!(own.summary.iter().filter(|own| own.diverged > 0).count(), 2);
    assert!(own.best().unwrap().epochs == 9);
}
