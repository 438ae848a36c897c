//! Settings that are trained with the same seeds.

use super::side_by_side::{at_once, side_by_side};
use super::{ComparedRun, Comparison, RightClasses, is_better_larger};
use crate::memory::Needs;
use crate::start::weights_hash;
use crate::{
    EpochRecord, Interrupt, Keep, MetricSpec, Model, Observer, Outcome, Plan, Progress, Silent,
    TrainError, fit,
};
use relume_catalog::count_text;
use relume_datasets::Dataset;
use relume_tensor::interrupt::cancellable;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

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

/// A training to be done.
struct Job {
    place: usize,
    variant: usize,
    seed: usize,
    key: u64,
}

impl Grid {
    /// Trains all settings, as many at a time as there are threads, and judges them by the validation part after the
    /// last epoch, or after the best one where the plan keeps its weights. The data's test part is not used. The same
    /// grid and data give the same figures with any number of threads, but for the times.
    ///
    /// Interrupted, it gives what was done; `known` has these trainings, and a second call goes on from there.
    ///
    /// # Errors
    /// No setting or seed; a setting that cannot be trained, by its values; data without samples to hold out;
    /// [`TrainError::Interrupted`] before the first training was done.
    pub fn run(
        &self,
        data: &Dataset,
        known: &mut KnownRuns,
        observer: &mut dyn Observer,
        interrupt: &Interrupt,
    ) -> Result<Comparison, TrainError> {
        let checked = cancellable(interrupt, || check(self, data, observer))??;
        let trials = Trials::new(self, &checked.data, observer, interrupt);
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
        trials.count(runs.len(), runs.len() + jobs.len());
        let at_once = at_once(checked.needs, jobs.len());
        let known = Mutex::new(known);
        let done = side_by_side(jobs, at_once, |job| {
            let run = trials.train(&job)?;
            if let Some(run) = &run {
                known.lock().unwrap_or_else(PoisonError::into_inner).keep(job.key, run.clone());
            }
            Ok(run)
        })?;
        runs.extend(done.into_iter().flatten());
        match runs.is_empty() {
            true => Err(TrainError::Interrupted),
            false => Ok(checked.comparison(self, runs)),
        }
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
    /// What the largest training takes, in bytes.
    pub needs: u64,
    /// What all trainings keep if each pauses, in bytes.
    pub paused: u64,
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
    for (place, variant) in grid.variants.iter().enumerate() {
        let failed = |error| grid.failed(place, error);
        variant.plan.check().map_err(|problem| failed(TrainError::Setting(problem)))?;
        let mut model = begun(&variant.model, grid.first_seed).map_err(failed)?;
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
        let problem = format!("target={target}: {name} is a share from 0 to 1, such as 0.95");
        return Err(TrainError::Setting(problem));
    }
    Ok(Checked { data, metric, needs, paused })
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

/// A model as the training with a seed begins it.
fn begun(model: &Model, seed: u64) -> Result<Model, TrainError> {
    model.starting_anew(seed)
}

/// The trainings of a grid.
pub(crate) struct Trials<'a> {
    grid: &'a Grid,
    data: &'a [Dataset],
    interrupt: &'a Interrupt,
    watch: Mutex<Watch<'a>>,
}

struct Watch<'a> {
    observer: &'a mut dyn Observer,
    done: usize,
    all: usize,
    /// The place of the training that is told next.
    next: usize,
    /// Trainings that were done before others that began earlier, by their places; none where nothing is to be told.
    waiting: BTreeMap<usize, Option<ComparedRun>>,
}

impl<'a> Trials<'a> {
    pub fn new(
        grid: &'a Grid,
        data: &'a [Dataset],
        observer: &'a mut dyn Observer,
        interrupt: &'a Interrupt,
    ) -> Self {
        let watch = Watch { observer, done: 0, all: 0, next: 0, waiting: BTreeMap::new() };
        Trials { grid, data, interrupt, watch: Mutex::new(watch) }
    }

    fn with_watch<R>(&self, tell: impl FnOnce(&mut Watch<'a>) -> R) -> R {
        tell(&mut self.watch.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many trainings are done already, and how many there are.
    pub fn count(&self, done: usize, all: usize) {
        self.with_watch(|watch| (watch.done, watch.all) = (done, all));
    }

    /// Reports the training at a place, if one was done: in the order of the places, whatever comes to its end first.
    pub fn tell(&self, place: usize, run: Option<&ComparedRun>) {
        self.with_watch(|watch| {
            watch.waiting.insert(place, run.cloned());
            while let Some(run) = watch.waiting.remove(&watch.next) {
                watch.next += 1;
                if let Some(run) = run {
                    watch.done += 1;
                    watch.observer.compared(watch.done, watch.all, &self.grid.keys, &run);
                }
            }
        });
    }

    fn seed(&self, seed: usize) -> u64 {
        self.grid.first_seed.wrapping_add(seed as u64)
    }

    /// The model with which the training of a setting begins.
    pub fn begin(&self, variant: usize, seed: usize) -> Result<Model, TrainError> {
        let failed = |error| self.grid.failed(variant, error);
        let own = &self.grid.variants[variant];
        let mut model = begun(&own.model, self.seed(seed)).map_err(failed)?;
        let first = &self.grid.variants[0].model;
        let is_fresh = |model: &Model| {
            Ok::<_, TrainError>(!model.has_given_weights() && model.is_untouched()?)
        };
        let mut first = begun(first, self.seed(seed))?;
        if variant > 0 && is_fresh(&model)? && is_fresh(&first)? {
            let shape = first.prepare(&self.data[seed])?.data.sample_shape();
            first.build(shape)?;
            let shape = model.prepare(&self.data[seed]).map_err(failed)?.data.sample_shape();
            model.build(shape).map_err(failed)?;
            model.share_start(&first);
        }
        Ok(model)
    }

    /// What a training depends on, as a number: the model as it begins, the data and the plan.
    fn key(&self, variant: usize, seed: usize, fingerprint: u64) -> Result<u64, TrainError> {
        let model = self.begin(variant, seed)?;
        let own = &self.grid.variants[variant];
        let augmentations = self.data[seed].augmentations();
        let augmentations: Vec<String> = augmentations.iter().map(ToString::to_string).collect();
        let plan = serde_json::to_string(&own.plan);
        let plan = plan.map_err(|error| TrainError::Setting(error.to_string()))?;
        let text = format!(
            "{} {} {} {:?} {fingerprint} {augmentations:?} {plan}",
            model.spec(),
            self.seed(seed),
            weights_hash(&model),
            model.inputs,
        );
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(hash)
    }

    /// Trains a setting to its end; `None` if it was interrupted.
    fn train(&self, job: &Job) -> Result<Option<ComparedRun>, TrainError> {
        if self.interrupt.is_set() {
            return Ok(None);
        }
        let model = self.begin(job.variant, job.seed)?;
        let run = self.go_on(job.variant, job.seed, model, None)?.map(|(_, run)| run);
        if let Some(run) = &run {
            self.tell(job.place, Some(run));
        }
        Ok(run)
    }

    /// Trains a setting further, up to so many epochs in all if they are given; `None` if it was interrupted.
    pub fn go_on(
        &self,
        variant: usize,
        seed: usize,
        mut model: Model,
        until: Option<u64>,
    ) -> Result<Option<(Model, ComparedRun)>, TrainError> {
        let own = &self.grid.variants[variant];
        let is_first = variant == 0 && seed == 0 && model.run().step == 0;
        let before = model.run().step;
        let mut observer = OfRun { trials: self, is_first, until, is_done: false };
        let began = Instant::now();
        let outcome = fit(&mut model, &self.data[seed], &own.plan, &mut observer, self.interrupt);
        let is_paused = observer.is_done;
        let diverged = match outcome {
            Err(TrainError::Interrupted) => return Ok(None),
            Ok(Outcome::Interrupted) if !is_paused => return Ok(None),
            Ok(_) => false,
            Err(TrainError::Diverged(_)) => true,
            Err(error) => return Err(self.grid.failed(variant, error)),
        };
        let right = match self.grid.is_paired && !diverged {
            true => RightClasses::of(&model, &self.data[seed].validation())
                .map_err(|error| self.grid.failed(variant, error))?,
            false => None,
        };
        let run = ComparedRun {
            right,
            variant,
            values: own.values.clone(),
            seed: self.seed(seed),
            epochs: model.run().history.epochs.clone(),
            steps: model.run().step - before.min(model.run().step),
            seconds: began.elapsed().as_secs_f64(),
            diverged,
            kept: model.run().best.map(|best| best.epoch).filter(|_| own.plan.keep == Keep::Best),
            rung: 0,
        };
        Ok(Some((model, run)))
    }
}

/// Watches one of several trainings: what is said of all of them is said once.
struct OfRun<'a, 'b> {
    trials: &'a Trials<'b>,
    is_first: bool,
    until: Option<u64>,
    is_done: bool,
}

impl Observer for OfRun<'_, '_> {
    fn batch(&mut self, progress: &Progress) {
        self.trials.with_watch(|watch| watch.observer.batch(progress));
    }

    fn epoch(&mut self, _: &Progress, record: &EpochRecord, _: &str) {
        self.is_done = self.until.is_some_and(|until| record.epoch >= until);
    }

    fn is_done(&self) -> bool {
        self.is_done
    }

    fn warning(&mut self, text: &str) {
        if self.is_first {
            self.trials.with_watch(|watch| watch.observer.warning(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::with_argument;
    use relume_formats::DataSpec;
    use relume_layers::NetworkSpec;
    use relume_tensor::Tensor;

    #[test]
    fn settings_begin_with_the_same_weights_in_stages_that_are_the_same() {
        let named = vec![("samples".to_string(), 50.into())];
        let data = DataSpec::from_arguments("moons", vec![], named).unwrap();
        let data = data.inner().load().unwrap();
        let base = "dense(8) -> relu -> dense(4) -> relu -> dense(2)";
        let base = base.parse::<NetworkSpec>().unwrap();
        let variant = |units: usize| Variant {
            values: vec![units.to_string()],
            model: Model::new(with_argument(&base, "0.units", units.into()).unwrap(), 3),
            plan: Plan::for_data(&data, 1),
        };
        let grid = Grid {
            keys: vec!["0.units".to_string()],
            variants: vec![variant(8), variant(16)],
            seeds: 1,
            first_seed: 3,
            target: None,
            is_paired: true,
        };
        let checked = check(&grid, &data, &mut Silent).unwrap();
        let (mut silent, interrupt) = (Silent, Interrupt::default());
        let trials = Trials::new(&grid, &checked.data, &mut silent, &interrupt);
        let weight = |mut model: Model, name: &str| -> Tensor {
            let network = model.build(checked.data[0].sample_shape()).unwrap();
            let id = network.parameters().find(name).unwrap();
            network.parameters().get(id).value.clone()
        };
        let shared = weight(trials.begin(1, 0).unwrap(), "4.weight");
        assert_eq!(weight(trials.begin(0, 0).unwrap(), "4.weight"), shared);
        // By itself the wider network draws other ones there, after more weights before.
        let alone = begun(&grid.variants[1].model, 3).unwrap();
        assert_ne!(weight(alone, "4.weight"), shared);
    }
}
