//! The search for settings: many are trained a little, few to the end.

pub mod distributions;

pub use distributions::{Distribution, DistributionSpec};

mod climb;

use crate::compare::{ComparedRun, Comparison, Grid, KnownRuns, Trials, checked_by_all};
use crate::group::Group;
use crate::group::queue::{agreed, mark};
use crate::memory::check_paused;
use crate::{Interrupt, Observer, TrainError};
use climb::{Climb, Trial};
use relume_catalog::Choice;
use relume_datasets::Dataset;
use relume_tensor::free_memory;

/// What ranks do together, for one that says what it waits for.
const WHAT: &str = "the trainings of a search";

/// One in so many settings goes on to the next rung, and is then trained so many times as long.
const KEPT: usize = 3;

/// How settings are searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Method {
    /// Each is trained to the end.
    #[default]
    Random,
    /// All are trained a little, and the best third goes on for three times as long, again and again: successive
    /// halving, as in one bracket of Hyperband.
    Halving,
}

/// A search among the settings of a grid.
#[derive(Clone, Debug)]
pub struct Search {
    /// The settings, which are ordered and not compared with the first one.
    pub grid: Grid,
    /// How.
    pub method: Method,
}

impl Search {
    /// Trains the settings, as many at a time as there are threads: the table has the best first, and with halving
    /// those of the last rung before the others. Settings that go on do so from where they were, to the same bits as if
    /// they had been trained at once. Jamieson and Talwalkar, "Non-stochastic best arm identification and
    /// hyperparameter optimization", 2016; Li and others, "Hyperband", 2018.
    ///
    /// Interrupted, it gives what was done.
    ///
    /// # Errors
    /// Those of [`Grid::run`].
    pub fn run(
        &self,
        data: &Dataset,
        known: &mut KnownRuns,
        observer: &mut dyn Observer,
        interrupt: &Interrupt,
    ) -> Result<Comparison, TrainError> {
        match self.method {
            Method::Random => self.grid.run(data, known, observer, interrupt),
            Method::Halving => self.halve(data, observer, interrupt),
        }
    }

    fn halve(
        &self,
        data: &Dataset,
        observer: &mut dyn Observer,
        interrupt: &Interrupt,
    ) -> Result<Comparison, TrainError> {
        let grid = &self.grid;
        let group = Group::current();
        let checked = checked_by_all(grid, &group, interrupt, data, observer)?;
        agreed(&group, WHAT, || {
            // Networks that wait for their next rung are on rank 0.
            if group.is_first() {
                check_paused(checked.paused, free_memory())?;
            }
            Ok(((), mark(&group, data, interrupt)?))
        })?;
        let trials = Trials::new(grid, &checked, observer, interrupt);
        let seeds = checked.data.len();
        let longest = grid.variants.iter().map(|own| own.plan.epochs).max().unwrap_or(1);
        let rungs = rungs(grid.variants.len(), longest);
        let all: usize = rungs.iter().map(|rung| rung.settings * seeds).sum();
        trials.count(0, all);
        let mut going: Vec<Trial> = (0..grid.variants.len())
            .flat_map(|variant| (0..seeds).map(move |seed| (variant, seed)))
            .map(|(variant, seed)| Trial::new(variant, seed))
            .collect();
        let (group, needs) = (&group, checked.needs);
        let (mut ended, mut first, mut is_cut_short) = (Vec::new(), 0, false);
        for (height, rung) in rungs.iter().enumerate() {
            let kept = best(&grid.values(), &checked.comparison(grid, runs(&going)), rung.settings);
            let (next, left): (Vec<Trial>, Vec<Trial>) =
                going.into_iter().partition(|trial| kept.contains(&trial.variant));
            ended.extend(runs(&left));
            // Their weights and their optimizers' states are not wanted any more.
            drop(left);
            let before = runs(&next);
            let climb = Climb {
                group,
                trials: &trials,
                interrupt,
                needs,
                first,
                height,
                epochs: rung.epochs,
            };
            first += next.len();
            let climbed = climb.all(next)?;
            let is_done = climbed.trials.iter().all(Option::is_some);
            going = climbed.trials.into_iter().flatten().collect();
            is_cut_short = !is_done || (climbed.is_stopped && height + 1 < rungs.len());
            if is_cut_short {
                ended.extend(stopped(before, &going));
                break;
            }
        }
        ended.extend(runs(&going));
        match ended.is_empty() {
            true => Err(TrainError::Interrupted),
            false => Ok(Comparison { is_cut_short, ..checked.comparison(grid, ended) }),
        }
    }
}

fn runs(trials: &[Trial]) -> Vec<ComparedRun> {
    trials.iter().filter_map(|trial| trial.run.clone()).collect()
}

/// The runs of trials that were stopped in a rung: these have the figures of the one before.
fn stopped(before: Vec<ComparedRun>, going: &[Trial]) -> Vec<ComparedRun> {
    let has = |run: &ComparedRun| {
        going.iter().any(|trial| trial.run.as_ref().is_some_and(|own| is_same(own, run)))
    };
    before.into_iter().filter(|run| !has(run)).collect()
}

fn is_same(one: &ComparedRun, other: &ComparedRun) -> bool {
    (one.variant, one.seed) == (other.variant, other.seed)
}

/// The settings that go on: all before the first rung, then the best.
fn best(all: &[Vec<String>], so_far: &Comparison, count: usize) -> Vec<usize> {
    match so_far.runs.is_empty() {
        true => (0..all.len()).collect(),
        false => so_far.summary.iter().take(count).map(|own| own.variant).collect(),
    }
}

/// A rung of the ladder: how many settings are trained up to how many epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rung {
    settings: usize,
    epochs: u64,
}

/// The rungs for so many settings, the last of which has so many epochs: a third of the settings each time, a third of
/// the epochs before, until there is one setting or one epoch.
fn rungs(settings: usize, epochs: u64) -> Vec<Rung> {
    let mut budgets = vec![epochs.max(1)];
    let mut left = settings;
    while left >= KEPT && budgets.last().is_some_and(|&last| last > 1) {
        left /= KEPT;
        let next = budgets.last().map_or(1, |last| last.div_ceil(KEPT as u64));
        budgets.push(next);
    }
    let count = |rung: usize| (0..rung).fold(settings, |left, _| left / KEPT).max(1);
    let rungs = budgets.iter().rev().enumerate();
    rungs.map(|(rung, &epochs)| Rung { settings: count(rung), epochs }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rung_has_a_third_of_the_settings_and_three_times_the_epochs() {
        let pairs = |settings, epochs| {
            rungs(settings, epochs).iter().map(|own| (own.settings, own.epochs)).collect::<Vec<_>>()
        };
        assert_eq!(pairs(27, 27), [(27, 1), (9, 3), (3, 9), (1, 27)]);
        assert_eq!(pairs(20, 10), [(20, 2), (6, 4), (2, 10)]);
        assert_eq!(pairs(9, 2), [(9, 1), (3, 2)]);
        assert_eq!(pairs(2, 10), [(2, 10)]);
        assert_eq!(pairs(30, 1), [(30, 1)]);
    }
}
