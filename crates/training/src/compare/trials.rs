//! The trainings of a grid, one setting with one seed each.

use super::grid::{Checked, Grid, Start};
use super::{ComparedRun, RightClasses};
use crate::start::weights_hash;
use crate::{EpochRecord, Interrupt, Keep, Model, Observer, Outcome, Progress, TrainError, fit};
use relume_datasets::Dataset;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A training to be done.
pub(super) struct Job {
    pub place: usize,
    pub variant: usize,
    pub seed: usize,
    pub key: u64,
}

/// The trainings of a grid.
pub(crate) struct Trials<'a> {
    grid: &'a Grid,
    data: &'a [Dataset],
    starts: &'a [Start],
    interrupt: &'a Interrupt,
    watch: Mutex<Watch<'a>>,
    /// The network of the first setting as it begins with the seed that was asked for last.
    first: Mutex<Option<(usize, Arc<Model>)>>,
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
        checked: &'a Checked,
        observer: &'a mut dyn Observer,
        interrupt: &'a Interrupt,
    ) -> Self {
        let Checked { data, starts, .. } = checked;
        let watch = Watch { observer, done: 0, all: 0, next: 0, waiting: BTreeMap::new() };
        let (watch, first) = (Mutex::new(watch), Mutex::default());
        Trials { grid, data, starts, interrupt, watch, first }
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
        let shares = variant > 0 && self.starts[variant].is_fresh && self.starts[0].is_fresh;
        if !shares {
            return self.begun(variant, seed).map_err(failed);
        }
        let first = self.first(seed)?;
        let mut model = self.built(variant, seed).map_err(failed)?;
        model.share_start(&first);
        Ok(model)
    }

    /// The model of a setting as the training with a seed begins it by itself.
    fn begun(&self, variant: usize, seed: usize) -> Result<Model, TrainError> {
        let own = &self.grid.variants[variant].model;
        own.started(self.seed(seed), self.starts[variant].is_untouched)
    }

    /// The same with its parameters.
    fn built(&self, variant: usize, seed: usize) -> Result<Model, TrainError> {
        let mut model = self.begun(variant, seed)?;
        let shape = model.prepare(&self.data[seed])?.data.sample_shape();
        model.build(shape)?;
        Ok(model)
    }

    /// The first setting's, by which the others begin.
    fn first(&self, seed: usize) -> Result<Arc<Model>, TrainError> {
        let mut held = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Some((of, model)) if *of == seed => Ok(model.clone()),
            _ => {
                let model = Arc::new(self.built(0, seed)?);
                *held = Some((seed, model.clone()));
                Ok(model)
            }
        }
    }

    /// What a training depends on, as a number: the model as it begins, the data and the plan.
    pub fn key(&self, variant: usize, seed: usize, fingerprint: u64) -> Result<u64, TrainError> {
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
    pub(super) fn train(&self, job: &Job) -> Result<Option<ComparedRun>, TrainError> {
        if self.interrupt.is_set() {
            return Ok(None);
        }
        let model = self.begin(job.variant, job.seed)?;
        Ok(self.go_on(job.variant, job.seed, model, None)?.map(|(_, run)| run))
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
    use crate::compare::Variant;
    use crate::compare::grid::check;
    use crate::{Plan, Silent, with_argument};
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
        let trials = Trials::new(&grid, &checked, &mut silent, &interrupt);
        let weight = |mut model: Model, name: &str| -> Tensor {
            let network = model.build(checked.data[0].sample_shape()).unwrap();
            let id = network.parameters().find(name).unwrap();
            network.parameters().get(id).value.clone()
        };
        let shared = weight(trials.begin(1, 0).unwrap(), "4.weight");
        assert_eq!(weight(trials.begin(0, 0).unwrap(), "4.weight"), shared);
        // By itself the wider network draws other ones there, after more weights before.
        let alone = grid.variants[1].model.starting_anew(3).unwrap();
        assert_ne!(weight(alone, "4.weight"), shared);
    }
}
