//! Whole runs on several ranks: the figures are those of one process, on all of them.

use crate::common::{moons, plan, sgd, stage};
use relume_datasets::{DataError, Dataset, Preparation, Refit, Split, Targets};
use relume_layers::NetworkSpec;
use relume_tensor::{Tensor, threads};
use relume_training::group::{Group, ThreadTransport};
use relume_training::{
    ComparedRun, Comparison, Evaluation, Folds, Grid, Interrupt, Keep, KnownRuns, Method,
    MetricSpec, Model, Observer, Plan, Progress, Search, Silent, TrainError, Variant,
    cross_validate,
};
use std::sync::Arc;
use std::thread::{ScopedJoinHandle, scope};

/// What each rank of so many gives, each of which has an observer that notes what it is told.
fn on_ranks<R: Send>(ranks: usize, work: impl Fn(&mut Noted) -> R + Sync) -> Vec<(R, Noted)> {
    let groups: Vec<Group> = ThreadTransport::ranks(ranks).into_iter().map(Group::new).collect();
    let work = &work;
    scope(|scope| {
        let one = |group: Group| {
            scope.spawn(move || {
                let mut noted = Noted { rank: group.rank(), ..Noted::default() };
                let within = || group.within(|| work(&mut noted));
                (threads::run_alone(within).unwrap(), noted)
            })
        };
        let threads: Vec<ScopedJoinHandle<'_, _>> = groups.into_iter().map(one).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Notes which runs and folds it is told of, and what it is warned of.
#[derive(Default)]
struct Noted {
    rank: usize,
    runs: Vec<(usize, usize, u64, Vec<String>, usize)>,
    folds: Vec<(usize, f32)>,
    warnings: Vec<String>,
    /// What its first batch sets.
    at_batch: Option<Interrupt>,
}

impl Observer for Noted {
    fn compared(&mut self, done: usize, all: usize, _: &[String], run: &ComparedRun) {
        self.runs.push((done, all, run.seed, run.values.clone(), run.epochs.len()));
    }

    fn fold(&mut self, fold: usize, _: usize, evaluation: &Evaluation) {
        self.folds.push((fold, evaluation.loss));
    }

    fn warning(&mut self, text: &str) {
        self.warnings.push(text.to_string());
    }

    fn batch(&mut self, _: &Progress) {
        self.at_batch.take().iter().for_each(Interrupt::set);
    }
}

fn spec() -> NetworkSpec {
    "dense(8) -> batchnorm -> dropout(0.2) -> relu -> dense(2)".parse().unwrap()
}

/// A plan whose batches are not cut, on whatever number of ranks.
fn whole(data: &Dataset, epochs: u64) -> Plan {
    Plan { shards: 1, ..plan(data, epochs) }
}

/// Settings that differ in the rate; one of them diverges, and one keeps its best weights.
fn grid(data: &Dataset, rates: &[f64], seeds: u64, epochs: u64, is_paired: bool) -> Grid {
    let variant = |(place, &lr): (usize, &f64)| {
        let keep = if place == 1 { Keep::Best } else { Keep::Last };
        let plan = Plan { optimizer: sgd(lr), keep, ..whole(data, epochs) };
        Variant { values: vec![lr.to_string()], model: Model::new(spec(), 0), plan }
    };
    let variants = rates.iter().enumerate().map(variant).collect();
    let keys = vec!["lr".to_string()];
    Grid { keys, variants, seeds, first_seed: 3, target: Some(0.8), is_paired }
}

/// A comparison without its times.
fn timeless(mut own: Comparison) -> Comparison {
    own.runs.iter_mut().for_each(|run| run.seconds = 0.0);
    own.summary.iter_mut().for_each(|own| own.step_seconds = None);
    own
}

/// Holds that every number of ranks gives the table of one process, and tells the same of it.
fn assert_same(
    counts: &[usize],
    run: impl Fn(&mut Noted) -> Result<Comparison, TrainError> + Sync,
) -> Comparison {
    let mut noted = Noted::default();
    let alone = run(&mut noted).unwrap();
    assert_eq!(noted.runs.last().map(|last| last.0), Some(noted.runs.len()));
    for &ranks in counts {
        let found = on_ranks(ranks, &run);
        let first = found[0].0.as_ref().unwrap().clone();
        assert_eq!(timeless(first.clone()), timeless(alone.clone()), "{ranks} ranks");
        for (own, told) in found {
            // The times, too, are those of the rank that trained.
            assert_eq!(own.unwrap(), first);
            assert_eq!(told.runs, noted.runs);
            if told.rank == 0 {
                assert_eq!(told.warnings, noted.warnings);
            }
        }
    }
    alone
}

#[test]
fn a_comparison_is_that_of_one_process() {
    let data = moons();
    let grid = grid(&data, &[0.1, 0.5, 1e38], 3, 4, true);
    let compare = |noted: &mut Noted| {
        grid.run(&data, &mut KnownRuns::default(), noted, &Interrupt::default())
    };
    let table = assert_same(&[1, 2, 3], compare);
    assert!(table.is_complete());
    assert_eq!(table.summary.iter().filter(|own| own.diverged == 3).count(), 1);
    assert!(table.summary.iter().any(|own| own.mcnemar.is_some()));
}

#[test]
fn ranks_without_a_run_have_the_table_too() {
    let data = moons();
    let grid = grid(&data, &[0.1], 2, 2, true);
    let compare = |noted: &mut Noted| {
        grid.run(&data, &mut KnownRuns::default(), noted, &Interrupt::default())
    };
    assert_eq!(assert_same(&[4, 5], compare).runs.len(), 2);
}

#[test]
fn both_searches_are_those_of_one_process() {
    let data = moons();
    let rates = [1e-4, 1e-3, 0.01, 0.05, 0.1, 0.3, 0.5, 1.0, 1e38];
    for method in [Method::Halving, Method::Random] {
        let mut grid = grid(&data, &rates, 2, 9, false);
        // One whose training ends before the others'.
        grid.variants[5].plan.epochs = 2;
        let search = Search { grid, method };
        let run = |noted: &mut Noted| {
            search.run(&data, &mut KnownRuns::default(), noted, &Interrupt::default())
        };
        let table = assert_same(&[1, 2, 3], run);
        assert!(table.is_complete());
        assert!(table.summary.iter().any(|own| own.diverged > 0));
    }
}

#[test]
fn a_comparison_that_one_rank_interrupts_goes_on_on_all() {
    let data = moons();
    let grid = grid(&data, &[0.1, 0.2], 4, 60, true);
    let whole = grid.run(&data, &mut KnownRuns::default(), &mut Silent, &Interrupt::default());
    let whole = whole.unwrap();
    let found = on_ranks(3, |noted| {
        let (mut known, interrupt) = (KnownRuns::default(), Interrupt::default());
        // Rank 1 is interrupted in its first training.
        noted.at_batch = (noted.rank == 1).then(|| interrupt.clone());
        let part = match grid.run(&data, &mut known, noted, &interrupt) {
            Ok(part) => Some(part),
            Err(TrainError::Interrupted) => None,
            Err(other) => panic!("{other}"),
        };
        assert!(interrupt.take());
        noted.runs.clear();
        let rest = grid.run(&data, &mut known, noted, &interrupt).unwrap();
        let again = grid.run(&data, &mut known, &mut Silent, &interrupt).unwrap();
        assert_eq!(again, rest);
        (part, rest)
    });
    let ((part, rest), _) = &found[0];
    let done = part.as_ref().map_or(0, |part| part.runs.len());
    assert!(done < 8);
    assert_eq!(timeless(rest.clone()), timeless(whole));
    for ((own, own_rest), told) in &found {
        assert_eq!((own, own_rest), (part, rest));
        // Only the others were trained then.
        assert_eq!(told.runs.len(), 8 - done);
    }
}

#[test]
fn a_search_that_one_rank_interrupts_ends_on_all() {
    let data = moons();
    let grid = grid(&data, &[0.05, 0.1, 0.3, 0.5, 0.7, 1.0], 1, 300, false);
    let search = Search { grid, method: Method::Halving };
    let found = on_ranks(2, |noted| {
        let interrupt = Interrupt::default();
        noted.at_batch = (noted.rank == 1).then(|| interrupt.clone());
        let part = search.run(&data, &mut KnownRuns::default(), noted, &interrupt);
        assert!(interrupt.take());
        match part {
            Ok(part) => Some(part),
            Err(TrainError::Interrupted) => None,
            Err(other) => panic!("{other}"),
        }
    });
    assert!(found[0].0.as_ref().is_none_or(|part| !part.is_complete()));
    assert_eq!(found[0].0, found[1].0);
}

#[test]
fn a_cross_validation_is_that_of_one_process() {
    let data = moons();
    let metric = |name: &str| MetricSpec::from_arguments(name, vec![], vec![]).unwrap();
    let folds = Folds { count: 4, seed: 1 };
    let validate = |noted: &mut Noted| {
        let model = Model::new(spec(), 0);
        let plan = Plan { metrics: vec![metric("f1"), metric("roc_auc")], ..whole(&data, 3) };
        cross_validate(&model, &data, &plan, folds, noted, &Interrupt::default()).unwrap()
    };
    let mut noted = Noted::default();
    let alone = validate(&mut noted);
    assert_eq!(noted.folds.iter().map(|told| told.0).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(alone.figures().len(), 4);
    for ranks in [1, 2, 3, 5] {
        for (own, told) in on_ranks(ranks, validate) {
            assert_eq!(own, alone);
            assert_eq!(told.folds, noted.folds);
            if told.rank == 0 {
                assert_eq!(told.warnings, noted.warnings);
            }
        }
    }
}

#[test]
fn a_cross_validation_that_one_rank_interrupts_is_interrupted_on_all() {
    let data = moons();
    let found = on_ranks(2, |noted| {
        let interrupt = Interrupt::default();
        noted.at_batch = (noted.rank == 1).then(|| interrupt.clone());
        let (model, plan) = (Model::new(spec(), 0), whole(&data, 100));
        let folds = Folds { count: 4, seed: 1 };
        let stopped = cross_validate(&model, &data, &plan, folds, noted, &interrupt);
        assert!(interrupt.take());
        stopped
    });
    for (own, _) in found {
        assert!(matches!(own, Err(TrainError::Interrupted)), "{own:?}");
    }
}

/// Numbers whose preparation cannot be learned without one of the samples.
fn needing(sample: usize) -> Dataset {
    let inputs = Tensor::from_fn([12, 1], |i| i as f32);
    let targets = Targets::Values { names: vec!["y".to_string()], values: inputs.clone() };
    let learn = move |_: &Dataset, train: &[usize]| match train.contains(&sample) {
        true => Ok(Preparation::new(vec![0.0], vec![1.0])),
        false => Err(DataError::Augmentation {
            problem: format!("sample {sample} is missing"),
            help: Some("leave it in".to_string()),
        }),
    };
    let data = Dataset::new("data", inputs, targets, Split::train_only(12)).unwrap();
    let data = data.prepared(Preparation::new(vec![5.5], vec![1.0]));
    data.with_refit(Refit::By(Arc::new(learn)))
}

#[test]
fn an_error_of_one_rank_is_that_of_all() {
    let data = needing(7);
    let validate = |noted: &mut Noted| {
        let model = Model::new(NetworkSpec::new(vec![stage("dense", Some(1.into()))]), 0);
        let folds = Folds { count: 6, seed: 0 };
        cross_validate(&model, &data, &whole(&data, 1), folds, noted, &Interrupt::default())
    };
    let alone = validate(&mut Noted::default()).unwrap_err();
    assert_eq!(alone.to_string(), "sample 7 is missing");
    for ranks in [2, 3] {
        let found = on_ranks(ranks, validate);
        let mut own = 0;
        for (failed, _) in found {
            let failed = failed.unwrap_err();
            assert_eq!((failed.to_string(), failed.help()), (alone.to_string(), alone.help()));
            let is_of_data = matches!(failed, TrainError::Told { is_of_data: true, .. });
            own += usize::from(matches!(failed, TrainError::Data(_)));
            assert!(is_of_data || matches!(failed, TrainError::Data(_)));
        }
        assert_eq!(own, 1);
    }
}

#[test]
fn ranks_with_other_data_are_refused() {
    let found = on_ranks(2, |noted| {
        let data = crate::common::moons_of(200 + 10 * noted.rank);
        let grid = grid(&data, &[0.1], 2, 1, true);
        let compared = grid.run(&data, &mut KnownRuns::default(), noted, &Interrupt::default());
        let search = Search { grid, method: Method::Halving };
        let found = search.run(&data, &mut KnownRuns::default(), noted, &Interrupt::default());
        let (model, folds) = (Model::new(spec(), 0), Folds { count: 2, seed: 0 });
        let interrupt = Interrupt::default();
        let folded = cross_validate(&model, &data, &whole(&data, 1), folds, noted, &interrupt);
        [compared.unwrap_err(), found.unwrap_err(), folded.unwrap_err()].map(|own| own.to_string())
    });
    for (refused, _) in found {
        for text in refused {
            assert!(text.starts_with("rank 1 does not have the data and settings"), "{text}");
        }
    }
}
