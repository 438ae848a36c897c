//! Settings that are trained with the same seeds.

use super::side_by_side::{at_once, side_by_side};
use super::trials::{Job, Trials};
use super::{ComparedRun, Comparison, SentRun, is_better_larger};
use crate::group::Group;
use crate::group::queue::{Queue, agreed};
use crate::memory::Needs;
use crate::{Interrupt, MetricSpec, Model, Observer, Plan, Silent, TrainError, fit};
use relume_catalog::{count_text, number_text};
use relume_datasets::Dataset;
use relume_tensor::interrupt::cancellable;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A setting: a network, and how it is trained.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its values, in the order of the keys.
    pub values: Vec<String>,
    /// The network.
    pub model: Model,
    /// How it is trained.
    pub plan: Plan,
}

/// Settings to be compared, each trained with the same seeds. A seed decides the samples that are held out where the
/// data have no validation part, the order of the samples, and the initial weights: settings have the same where the
/// stages and their shapes are the same. A network that was trained before begins with new weights, but for frozen
/// ones; weights from other networks stay, and are refused where they were trained on ([`Model::starting_anew`]).
#[derive(Clone, Debug)]
pub struct Grid {
    /// What varies.
    pub keys: Vec<String>,
    /// The settings; the others are compared with the first one.
    pub variants: Vec<Variant>,
    /// How many seeds there are.
    pub seeds: u64,
    /// The first of them; the next ones follow.
    pub first_seed: u64,
    /// A value of the metric: it is counted how many epochs pass until it is reached.
    pub target: Option<f64>,
    /// Whether settings are compared with the first one; otherwise they are only ordered.
    pub is_paired: bool,
}

/// Trainings that were done, to be used again by a comparison that wants the same ones: of the same network, weights,
/// data, plan and seed.
#[derive(Clone, Debug, Default)]
pub struct KnownRuns(BTreeMap<u64, ComparedRun>);

/// Runs that are kept at most; after that all are forgotten.
const MOST_KNOWN: usize = 10_000;

impl KnownRuns {
    fn keep(&mut self, key: u64, run: ComparedRun) {
        if self.0.len() >= MOST_KNOWN {
            self.0.clear();
        }
        self.0.insert(key, run);
    }
}

impl Grid {
    /// Trains all settings, as many at a time as there are threads, and judges them by the validation part after the
    /// last epoch, or after the best one where the plan keeps its weights. The data's test part is not used. The same
    /// grid and data give the same figures with any number of threads, but for the times.
    ///
    /// In a group ([`Group::current`]) whole trainings are given to its ranks as these become free, each of which calls
    /// this with the same grid and data. The figures are those of one process, on all ranks; the times are those of the
    /// rank that trained. On rank 0 the observer is told of each training in the order of seeds and settings, on the
    /// others at the end. An interrupt on one rank interrupts all.
    ///
    /// Interrupted, it gives what was done; `known` has these trainings, and a second call goes on from there.
    ///
    /// # Errors
    /// No setting or seed; a setting that cannot be trained, by its values; data without samples to hold out;
    /// [`TrainError::Interrupted`] before the first training was done; ranks that do not have the same data and
    /// settings, or one that is gone.
    pub fn run(
        &self,
        data: &Dataset,
        known: &mut KnownRuns,
        observer: &mut dyn Observer,
        interrupt: &Interrupt,
    ) -> Result<Comparison, TrainError> {
        let group = Group::current();
        let checked = checked_by_all(self, &group, interrupt, data, observer)?;
        let trials = Trials::new(self, &checked, observer, interrupt);
        let (mut runs, jobs) = agreed(&group, WHAT, || {
            let (runs, jobs) = self.known_and_others(&checked, &trials, known, interrupt)?;
            let mark =
                jobs.iter().fold(runs.len() as u64, |mark, job| mark.rotate_left(1) ^ job.key);
            Ok(((runs, jobs), mark))
        })?;
        trials.count(runs.len(), runs.len() + jobs.len());
        let at_once = at_once(checked.needs, jobs.len().div_ceil(group.size()));
        let done = if group.is_several() {
            let queue = Queue { group: &group, what: WHAT, interrupt, at_once };
            let train = |at: usize| Ok(trials.train(&jobs[at])?.map(SentRun::from));
            let done = queue.run(jobs.len(), train, |at, run| {
                let (job, run) = (&jobs[at], ComparedRun::from(run.clone()));
                trials.tell(job.place, Some(&run));
                known.keep(job.key, run);
            })?;
            done.results.into_iter().map(|run| run.map(ComparedRun::from)).collect()
        } else {
            let known = Mutex::new(known);
            side_by_side(jobs, at_once, |job| {
                let run = trials.train(&job)?;
                if let Some(run) = &run {
                    trials.tell(job.place, Some(run));
                    known.lock().unwrap_or_else(PoisonError::into_inner).keep(job.key, run.clone());
                }
                Ok(run)
            })?
        };
        runs.extend(done.into_iter().flatten());
        match runs.is_empty() {
            true => Err(TrainError::Interrupted),
            false => Ok(checked.comparison(self, runs)),
        }
    }

    /// The trainings that are known, and those that are to be done.
    fn known_and_others(
        &self,
        checked: &Checked,
        trials: &Trials<'_>,
        known: &KnownRuns,
        interrupt: &Interrupt,
    ) -> Result<(Vec<ComparedRun>, Vec<Job>), TrainError> {
        let (mut runs, mut jobs) = (Vec::new(), Vec::new());
        let mut read: Option<(usize, u64)> = None;
        for (seed, data) in checked.data.iter().enumerate() {
            let is_same = |of: usize| checked.data[of].train().indices() == data.train().indices();
            let fingerprint = match read {
                Some((of, known)) if is_same(of) => known,
                _ => cancellable(interrupt, || data.fingerprint())??,
            };
            read = Some((seed, fingerprint));
            for (variant, own) in self.variants.iter().enumerate() {
                let key = trials.key(variant, seed, fingerprint)?;
                match known.0.get(&key) {
                    Some(run) => {
                        let values = own.values.clone();
                        runs.push(ComparedRun { variant, values, ..run.clone() });
                    }
                    None => jobs.push(Job { place: jobs.len(), variant, seed, key }),
                }
            }
        }
        Ok((runs, jobs))
    }

    /// The values of all settings.
    pub(crate) fn values(&self) -> Vec<Vec<String>> {
        self.variants.iter().map(|variant| variant.values.clone()).collect()
    }

    /// A setting in words: `activation=relu lr=0.1`.
    fn text(&self, variant: usize) -> String {
        let values = self.variants.get(variant).map_or(&[][..], |own| &own.values);
        let pair = |(key, value): (&String, &String)| format!("{key}={value}");
        self.keys.iter().zip(values).map(pair).collect::<Vec<_>>().join(" ")
    }

    /// An error of one of the settings.
    pub(crate) fn failed(&self, variant: usize, error: TrainError) -> TrainError {
        match error {
            TrainError::Interrupted => TrainError::Interrupted,
            source => TrainError::Variant { variant: self.text(variant), source: source.into() },
        }
    }
}

/// What is known before the first training.
pub(crate) struct Checked {
    /// The data of each seed, without a test part.
    pub data: Vec<Dataset>,
    metric: MetricSpec,
    /// How the networks of the settings begin.
    pub(super) starts: Vec<Start>,
    /// What the largest training takes, in bytes.
    pub needs: u64,
    /// What all trainings keep if each pauses, in bytes.
    pub paused: u64,
}

/// How a network begins a training: finding out builds it, which is therefore done once for all seeds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// Whether the setting's network has the weights that its seed gave.
    pub is_untouched: bool,
    /// Whether the network that begins has those of the training's seed alone.
    pub is_fresh: bool,
}

impl Checked {
    /// The comparison of what was done.
    pub fn comparison(&self, grid: &Grid, runs: Vec<ComparedRun>) -> Comparison {
        let judged = self.data.first().map(Dataset::validation);
        let empty = Comparison {
            keys: grid.keys.clone(),
            data: judged.as_ref().map_or_else(String::new, |part| part.name().to_string()),
            samples: judged.map_or(0, |part| part.len()),
            metric: self.metric.entry().name.to_string(),
            is_better_larger: is_better_larger(&self.metric),
            target: grid.target,
            is_paired: grid.is_paired,
            initializers: Vec::new(),
            planned: grid.variants.len() * self.data.len(),
            is_cut_short: false,
            runs: Vec::new(),
            summary: Vec::new(),
        };
        empty.with_runs(runs, &grid.values())
    }
}

/// What ranks do together, for one that says what it waits for.
const WHAT: &str = "the trainings that are compared";

/// As [`check`], by each rank of a group by itself: what one of them refuses, none trains.
pub(crate) fn checked_by_all(
    grid: &Grid,
    group: &Group,
    interrupt: &Interrupt,
    data: &Dataset,
    observer: &mut dyn Observer,
) -> Result<Checked, TrainError> {
    agreed(group, WHAT, || Ok((cancellable(interrupt, || check(grid, data, observer))??, 0)))
}

/// Refuses what cannot be trained before anything is.
pub(crate) fn check(
    grid: &Grid,
    data: &Dataset,
    observer: &mut dyn Observer,
) -> Result<Checked, TrainError> {
    if grid.variants.is_empty() || grid.seeds == 0 {
        return Err(TrainError::Setting("there is nothing to compare".to_string()));
    }
    let data = split(grid, data, observer)?;
    let (mut metric, mut needs, mut paused) = (None, 0, 0u64);
    let mut starts = Vec::with_capacity(grid.variants.len());
    for (place, variant) in grid.variants.iter().enumerate() {
        let failed = |error| grid.failed(place, error);
        variant.plan.check().map_err(|problem| failed(TrainError::Setting(problem)))?;
        let is_untouched = variant.model.is_untouched().map_err(failed)?;
        let mut model = variant.model.started(grid.first_seed, is_untouched).map_err(failed)?;
        let is_fresh =
            !model.has_given_weights() && (is_untouched || model.is_untouched().map_err(failed)?);
        starts.push(Start { is_untouched, is_fresh });
        let data = model.prepare(&data[0]).map_err(failed)?.data;
        let task = fit::prepare(&mut model, &data, &variant.plan, &mut Silent).map_err(failed)?;
        let network = model.network().ok_or(TrainError::NotBuilt)?;
        let batch = variant.plan.batch.min(data.train().len());
        let own = Needs::new(network, Some(&variant.plan.optimizer), batch);
        needs = needs.max(own.total());
        paused = paused.saturating_add(own.paused(variant.plan.keep).saturating_mul(grid.seeds));
        match &metric {
            None => metric = Some(task.metric()),
            Some(first) if *first == task.metric() => {}
            Some(first) => {
                let (one, other) = (first.entry().name, task.metric().entry().name);
                let problem = format!("it is judged by {other}, the first setting by {one}");
                return Err(failed(TrainError::Setting(problem)));
            }
        }
    }
    let metric = metric.ok_or(TrainError::NotBuilt)?;
    if let Some(target) = grid.target.filter(|&x| x > 1.0 && metric.inner().is_percentage()) {
        let name = metric.entry().name;
        let target = number_text(target);
        let problem = format!("target={target}: {name} is a share from 0 to 1, such as 0.95");
        return Err(TrainError::Setting(problem));
    }
    Ok(Checked { data, metric, starts, needs, paused })
}

/// The data of each seed: with a validation part, and without a test part.
fn split(
    grid: &Grid,
    data: &Dataset,
    observer: &mut dyn Observer,
) -> Result<Vec<Dataset>, TrainError> {
    let name = data.name();
    if data.train().is_empty() {
        return Err(TrainError::Empty(format!("{name}.train")));
    }
    let data = data.without_test();
    let seeds = (0..grid.seeds).map(|seed| grid.first_seed.wrapping_add(seed));
    if !data.validation().is_empty() {
        return Ok(seeds.map(|_| data.clone()).collect());
    }
    let all: Vec<Dataset> = seeds.map(|seed| fit::held_out(&data, seed)).collect();
    let count = all.first().map_or(0, |own| own.validation().len());
    if count == 0 {
        let problem = format!("{name} has too few samples to hold any out for validation");
        return Err(TrainError::Setting(problem));
    }
    observer.remark(&format!(
        "{name} has no validation part: {} of its {} train samples are held out as one, others with each seed",
        count_text(count),
        count_text(data.train().len())
    ));
    Ok(all)
}
