//! The training loop.

use crate::diagnose::first_not_finite;
use crate::evaluate::{Further, evaluate_network};
use crate::model::averaged;
use crate::step::{Objective, Update, update};
use crate::together::update_together;
use crate::{Divergence, EpochRecord, Interrupt, Model, Observer, Plan, Progress, Run, TrainError};
use relume_datasets::{Batches, Dataset, Loader};
use relume_layers::{Mode, Parameters, Workspace};
use relume_losses::{Expects, LossSpec};
use relume_optimizers::schedules::{Figures, Place};
use relume_optimizers::{Optimizer, Pace};
use relume_tensor::{flush_denormals, threads};
use std::time::{Duration, Instant};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done.
    Finished,
    /// Somebody asked to stop; the model stands between two batches.
    Interrupted,
    /// The test loss stopped falling.
    StoppedEarly,
}

/// Trains a model on the train part of a data set, and tests it on the test part after each epoch.
///
/// A model that stopped in the middle of this very plan goes on where it stands; otherwise the plan begins with the next epoch.
/// The same model, data and plan give the same bits, however often they were stopped and whatever the number of threads.
///
/// # Errors
/// A network, loss and data that do not go together: nothing has changed then. A loss that is not finite: the weights are the
/// last finite ones then. A file of the data that cannot be read: the weights are those after the batch before.
pub fn fit(
    model: &mut Model,
    data: &Dataset,
    plan: &Plan,
    observer: &mut dyn Observer,
    interrupt: &Interrupt,
) -> Result<Outcome, TrainError> {
    threads::run_awake(|| {
        flush_denormals(|| Fit::begin(model, data, plan, observer)?.run(interrupt))
    })
}

struct Fit<'a> {
    model: &'a mut Model,
    data: &'a Dataset,
    plan: &'a Plan,
    observer: &'a mut dyn Observer,
    objective: Objective,
    optimizer: Optimizer,
    /// How many samples an epoch has.
    train_samples: usize,
    started: Instant,
    /// Samples and epochs done in this call, for speed and time left.
    samples: usize,
    first_epoch: u64,
}

impl<'a> Fit<'a> {
    fn begin(
        model: &'a mut Model,
        data: &'a Dataset,
        plan: &'a Plan,
        observer: &'a mut dyn Observer,
    ) -> Result<Self, TrainError> {
        let train_samples = data.train().len();
        if train_samples == 0 {
            return Err(TrainError::Empty(format!("{}.train", data.name())));
        }
        // Checked on a copy: a refusal leaves the model as it was.
        let mut checked = model.clone();
        let (run_step, seed) = (model.run.step, model.seed());
        let network = checked.build(data.sample_shape())?;
        if network.parameters().trained_count() == 0 {
            return Err(TrainError::AllFrozen);
        }
        for stage in network.stages_beyond_data() {
            observer.warning(&format!("{stage} starts without seeing data: lsuv and whitening are for whole stages, whitening for dense and conv alone"));
        }
        // Before the first step, what starts by LSUV or whitening sees the first batch.
        if run_step == 0 && network.starts_from_data() {
            let mut batches = Batches::shuffled(data.train(), plan.batch, seed, 0);
            if let Some(batch) = batches.next() {
                network.start_from_data(&batch?.inputs)?;
            }
        }
        let objective = Objective::new(network, data, &plan.loss)?;
        plan.schedule.check()?;
        Optimizer::new(plan.optimizer.clone()).assign(&network.parameters().shapes())?;
        warn(network.spec(), &plan.loss, observer);
        *model = checked;
        model.remember(data);
        if model.run.plan.as_ref() != Some(plan) || model.run.remaining() == 0 {
            model.run.began = model.run.epoch;
            model.run.plan = Some(plan.clone());
        }
        model.run.history.metric = objective.metric.name().to_string();
        let mut optimizer =
            model.optimizer.take().unwrap_or_else(|| Optimizer::new(plan.optimizer.clone()));
        optimizer.set_spec(plan.optimizer.clone());
        optimizer.assign(&model.network().ok_or(TrainError::NotBuilt)?.parameters().shapes())?;
        let first_epoch = model.run.epoch;
        let started = Instant::now();
        Ok(Fit {
            model,
            data,
            plan,
            observer,
            objective,
            optimizer,
            train_samples,
            started,
            samples: 0,
            first_epoch,
        })
    }

    fn run(mut self, interrupt: &Interrupt) -> Result<Outcome, TrainError> {
        let outcome = self.epochs(interrupt);
        self.model.optimizer = Some(self.optimizer);
        outcome
    }

    fn epochs(&mut self, interrupt: &Interrupt) -> Result<Outcome, TrainError> {
        let mut workspace = Workspace::recording();
        let mut gradients = Vec::new();
        let last = self.model.run.began + self.plan.epochs;
        while self.model.run.epoch < last {
            let epoch = self.model.run.epoch;
            let figures = self.figures();
            let seed = self.model.seed();
            let part = self.data.train();
            let mut batches = Batches::for_training(part, self.plan.batch, seed, epoch);
            let count = batches.batches();
            batches.skip_batches(self.model.run.batch as usize);
            let mut pace = self.pace(count, &figures);
            let mut loader = Loader::new(batches);
            let before = self.network()?.parameters().clone();
            while let Some(batch) = loader.next() {
                let batch = batch?;
                if interrupt.is_set() {
                    return Ok(Outcome::Interrupted);
                }
                pace = self.pace(count, &figures);
                let network = self.model.network.as_mut().ok_or(TrainError::NotBuilt)?;
                let rng = network.rng().clone();
                let passed =
                    self.objective.forward(network, &mut workspace, &batch, Mode::Training)?;
                if !passed.value.is_finite() {
                    network.set_rng(rng);
                    if let Some(error) = self.objective.too_few_steps(&workspace, &passed, &batch) {
                        return Err(error);
                    }
                    let place = first_not_finite(network, &batch);
                    return Err(self.diverged(before, place));
                }
                let (optimizer, options) = (&mut self.optimizer, (pace, self.plan.clipping()));
                let (workspace, gradients) = (&mut workspace, &mut gradients);
                let updated = match optimizer.is_together() {
                    true => {
                        let task = (&mut *network, &self.objective, &batch);
                        update_together(
                            task,
                            optimizer,
                            workspace,
                            gradients,
                            (&passed, &rng),
                            options,
                        )?
                    }
                    false => {
                        update(network, optimizer, workspace, gradients, passed.loss, options)?
                    }
                };
                if let Update::NotFinite(place) = updated {
                    network.set_rng(rng);
                    return Err(self.diverged(before, place));
                }
                let samples = batch.targets.dims()[0];
                self.samples += samples;
                let run = &mut self.model.run;
                run.batch += 1;
                run.step += 1;
                run.sums[0] += f64::from(passed.value) * samples as f64;
                run.sums[1] += passed.metric;
                run.sums[2] += samples as f64;
                let progress = self.progress(count);
                self.observer.batch(&progress);
                loader.recycle(batch);
            }
            drop(before);
            match self.finish_epoch(count, self.optimizer.lr() * pace.factor, interrupt) {
                Ok(false) => {}
                Ok(true) => return Ok(Outcome::StoppedEarly),
                // Every batch of the epoch is done, but it is not tested: going on begins there.
                Err(TrainError::Interrupted) => return Ok(Outcome::Interrupted),
                Err(error) => return Err(error),
            }
        }
        Ok(Outcome::Finished)
    }

    /// What the finished epochs of this plan have come to.
    fn figures(&self) -> Vec<Figures> {
        let run = &self.model.run;
        let own = run.history.epochs.iter().filter(|record| record.epoch > run.began);
        own.map(|record| Figures {
            loss: record.loss.into(),
            metric: record.metric.into(),
            test_loss: record.test_loss.map(f64::from),
            test_metric: record.test_metric.map(f64::from),
        })
        .collect()
    }

    /// How fast to go with the next batch, or as the last one went where none is left.
    fn pace(&self, batches: usize, figures: &[Figures]) -> Pace {
        let run = &self.model.run;
        self.plan.schedule.pace(&Place {
            epoch: run.epoch - run.began,
            epochs: self.plan.epochs,
            batch: run.batch.min((batches as u64).saturating_sub(1)),
            batches: batches as u64,
            lr: self.optimizer.lr(),
            figures,
        })
    }

    /// The error for a step whose numbers are not finite. Weights that are not finite either go back to those of `before`.
    fn diverged(&mut self, before: Parameters, place: String) -> TrainError {
        let network = self.model.network.as_mut();
        let broken = network.filter(|n| n.parameters().iter().any(|(_, p)| !p.value.is_finite()));
        let restored = broken.is_some();
        if let Some(network) = broken
            && let Err(error) = network.set_parameters(before)
        {
            return error.into();
        }
        let Run { epoch, batch, step, .. } = self.model.run;
        let (epoch, batch, step) = (epoch + 1, batch + 1, step + 1);
        TrainError::Diverged(Divergence { epoch, batch, step, place, restored })
    }

    fn network(&self) -> Result<&relume_layers::Network, TrainError> {
        self.model.network().ok_or(TrainError::NotBuilt)
    }

    /// Tests, records and reports a finished epoch; says whether to stop early.
    fn finish_epoch(
        &mut self,
        batches: usize,
        lr: f64,
        interrupt: &Interrupt,
    ) -> Result<bool, TrainError> {
        let progress = self.progress(batches);
        let test = self.data.test();
        let tested = match test.is_empty() {
            true => None,
            false => {
                // A test changes nothing: it runs on a clone that shares all numbers.
                let mut network = averaged(self.network()?, Some(&self.optimizer));
                let (loss, seed) = (&self.plan.loss, self.model.seed());
                let goes_on = |_| !interrupt.is_set();
                let further = Further { goes_on: &goes_on, ..Further::default() };
                Some(evaluate_network(&mut network, &test, loss, &further, seed)?)
            }
        };
        let run = &mut self.model.run;
        run.epoch += 1;
        run.batch = 0;
        run.sums = [0.0; 3];
        let record = EpochRecord {
            epoch: run.epoch,
            loss: progress.loss,
            metric: progress.metric,
            test_loss: tested.as_ref().map(|tested| tested.loss),
            test_metric: tested.as_ref().map(|tested| tested.metric_value),
            lr,
        };
        run.history.epochs.push(record);
        self.observer.epoch(&progress, &record, self.objective.metric.name());
        Ok(self.should_stop())
    }

    /// Whether the test loss (the train loss where there is no test) has not fallen for too long within this plan.
    fn should_stop(&self) -> bool {
        let Some(stop) = self.plan.early_stop else { return false };
        let run = &self.model.run;
        let own = run.history.epochs.iter().filter(|record| record.epoch > run.began);
        let losses: Vec<f32> = own.map(|record| record.test_loss.unwrap_or(record.loss)).collect();
        let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b]));
        best.is_some_and(|best| losses.len() - 1 - best >= stop.patience as usize)
    }

    fn progress(&self, batches: usize) -> Progress {
        let run = &self.model.run;
        let [loss, metric, samples] = run.sums;
        let seconds = self.started.elapsed().as_secs_f64();
        let speed = self.samples as f64 / seconds.max(1e-9);
        let epochs_left = (run.began + self.plan.epochs - run.epoch) as f64;
        let samples_left = epochs_left * self.train_samples as f64 - samples;
        Progress {
            epoch: (run.epoch - self.first_epoch + 1) as usize,
            epochs: (run.began + self.plan.epochs - self.first_epoch) as usize,
            batch: run.batch as usize,
            batches,
            loss: (loss / samples.max(1.0)) as f32,
            metric: (metric / samples.max(1.0)) as f32,
            samples_per_second: speed,
            left: Duration::from_secs_f64((samples_left / speed.max(1e-9)).clamp(0.0, 1e9)),
        }
    }
}

/// Says what will probably go wrong.
fn warn(spec: &relume_layers::NetworkSpec, loss: &LossSpec, observer: &mut dyn Observer) {
    let last = spec.layers.last().map_or("", |stage| stage.entry().name);
    match loss.inner().expects() {
        Expects::Logits if matches!(last, "softmax" | "log_softmax" | "sigmoid") => {
            observer.warning(&format!(
                "{} has its own {}: leave {last} out at the end, or learning will be slow",
                loss.entry().name,
                if last == "sigmoid" { "sigmoid" } else { "softmax" }
            ));
        }
        Expects::LogProbabilities if last != "log_softmax" => {
            observer.warning(&format!(
                "{} wants logarithms of probabilities: end the network with log_softmax",
                loss.entry().name
            ));
        }
        _ => {}
    }
}
