//! The learning-rate range test: the loss while the learning rate rises from step to step.
//!
//! Smith, "Cyclical learning rates for training neural networks", 2017.

mod suggestion;

use crate::memory::Needs;
use crate::step::{ForwardPass, Step, Update, Updater};
use crate::{Interrupt, Model, Plan, Silent, Task, TrainError, fit, task};
use relume_catalog::{number_text, rounded};
use relume_datasets::{Batch, Batches, Dataset, Loader, Prepared, Sampler};
use relume_layers::{Mode, Workspace};
use relume_optimizers::Optimizer;
use relume_tensor::interrupt::cancellable;
use relume_tensor::{flush_denormals, threads};
use serde::Serialize;
use suggestion::{middle, steepest, valley};

/// How much of the smoothed loss stays with each step.
const SMOOTHING: f64 = 0.98;
/// The sweep ends where the smoothed loss is this many times the smallest one.
const DIVERGED: f64 = 4.0;

/// How the learning rate rises.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sweep {
    /// The rate of the first step.
    pub from: f64,
    /// The rate of the last step.
    pub to: f64,
    /// How many steps there are; each multiplies the rate by the same factor.
    pub steps: usize,
    /// How many times it is done: with other orders of samples, and with other initial weights where the network was
    /// not trained.
    pub seeds: u64,
}

impl Default for Sweep {
    fn default() -> Self {
        Sweep { from: 1e-7, to: 10.0, steps: 100, seeds: 3 }
    }
}

/// What a range test has seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RateCurve {
    /// The learning rate of each step.
    pub rates: Vec<f64>,
    /// The smoothed loss at each step, for each seed, up to where it diverged.
    pub losses: Vec<Vec<f64>>,
    /// The suggestion: the rate two thirds down the longest valley, the longest run of falling losses.
    pub valley: Option<f64>,
    /// The smallest and the largest of these rates over the seeds.
    pub range: Option<[f64; 2]>,
    /// The rate at which the loss falls most steeply.
    pub steepest: Option<f64>,
    /// The smallest rate at which the loss of a seed was 4 times its best, or was not finite.
    pub diverges: Option<f64>,
}

impl Sweep {
    /// # Errors
    /// Rates that do not rise, or too few steps or seeds.
    pub fn check(&self) -> Result<(), TrainError> {
        let Sweep { from, to, steps, seeds } = *self;
        let wrong = if !(from > 0.0 && from.is_finite() && to.is_finite() && to > from) {
            let [from, to] = [from, to].map(number_text);
            Some(format!("from={from} to={to}: learning rates rise, from a number above 0"))
        } else if steps < 10 {
            Some(format!("steps={steps}: a curve takes 10 steps at least"))
        } else if seeds < 1 {
            Some("seeds=0: there is nothing to do".to_string())
        } else {
            None
        };
        wrong.map_or(Ok(()), |problem| Err(TrainError::Setting(problem)))
    }

    fn rates(&self) -> Vec<f64> {
        let last = self.steps.saturating_sub(1).max(1) as f64;
        let rate = |step: usize| self.from * (self.to / self.from).powf(step as f64 / last);
        (0..self.steps).map(rate).collect()
    }
}

/// Trains clones of a model for some steps with a rising learning rate, by the plan's optimizer, loss and batches, and
/// suggests one. The model itself does not change. The schedule of the plan is left out.
///
/// # Errors
/// A sweep that cannot be; those of [`fit`](crate::fit) before its first step; an optimizer without a learning rate;
/// [`TrainError::Interrupted`].
pub fn lr_find(
    model: &Model,
    data: &Dataset,
    plan: &Plan,
    sweep: &Sweep,
    interrupt: &Interrupt,
) -> Result<RateCurve, TrainError> {
    sweep.check()?;
    let find = || flush_denormals(|| RateCurve::of(model, data, plan, sweep, interrupt));
    cancellable(interrupt, || threads::run_awake(find))?
}

impl RateCurve {
    /// The rate to train with: that of the valley, with two digits.
    pub fn suggestion(&self) -> Option<f64> {
        Some(rounded(self.valley?, 2))
    }

    fn of(
        model: &Model,
        data: &Dataset,
        plan: &Plan,
        sweep: &Sweep,
        interrupt: &Interrupt,
    ) -> Result<Self, TrainError> {
        let Prepared { data, .. } = model.prepare(data)?;
        let held = plan.needs_validation() && data.validation().is_empty();
        let data = if held { fit::held_out(&data, model.seed()) } else { data };
        let loss = task::loss_for_data(&plan.loss, &data).into_owned();
        let plan = Plan { loss, ..plan.clone() };
        let rates = sweep.rates();
        let curve = |seed: u64| {
            let model = model.with_seed(model.seed().wrapping_add(seed))?;
            Steps::begin(model, &data, &plan)?.losses(&rates, interrupt)
        };
        let losses = (0..sweep.seeds).map(curve).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::from_losses(rates, losses))
    }

    /// The curve of smoothed losses; those of a seed that has fewer than there are rates diverged.
    fn from_losses(rates: Vec<f64>, losses: Vec<Vec<f64>>) -> Self {
        let at = |found: fn(&[f64], usize) -> Option<usize>| {
            let places = losses.iter().filter_map(|own| found(own, rates.len()));
            let mut found: Vec<f64> = places.map(|at| rates[at]).collect();
            found.sort_unstable_by(f64::total_cmp);
            found
        };
        let (valleys, steep) = (at(valley), at(steepest));
        // The loss at the last one was too large: there is none after it.
        let ends = losses.iter().filter(|own| own.len() < rates.len());
        let diverges = ends.map(|own| rates[own.len()]).min_by(f64::total_cmp);
        let range = valleys.first().zip(valleys.last()).map(|(&low, &high)| [low, high]);
        let (valley, steepest) = (middle(&valleys), middle(&steep));
        RateCurve { rates, losses, valley, range, steepest, diverges }
    }
}

/// The steps of one seed.
struct Steps<'a> {
    model: Model,
    data: &'a Dataset,
    plan: &'a Plan,
    task: Task,
    updater: Updater,
    loader: Option<Loader>,
    epoch: u64,
    workspace: Workspace,
}

impl<'a> Steps<'a> {
    fn begin(mut model: Model, data: &'a Dataset, plan: &'a Plan) -> Result<Self, TrainError> {
        if data.train().is_empty() {
            return Err(TrainError::Empty(format!("{}.train", data.name())));
        }
        let task = fit::prepare(&mut model, data, plan, &mut Silent)?;
        let mut optimizer =
            model.optimizer.take().unwrap_or_else(|| Optimizer::new(plan.optimizer.clone()));
        optimizer.set_spec(plan.optimizer.clone());
        optimizer.assign(&model.network().ok_or(TrainError::NotBuilt)?.parameters().shapes())?;
        let lr = optimizer.lr();
        if !(lr > 0.0 && lr.is_finite()) {
            let lr = number_text(lr);
            let problem = format!("{}: a rate of {lr} cannot be raised", plan.optimizer);
            return Err(TrainError::Setting(problem));
        }
        let network = model.network().ok_or(TrainError::NotBuilt)?;
        let batch = plan.batch.min(data.train().len());
        Needs::new(network, Some(&plan.optimizer), batch).check()?;
        let updater = Updater::new(optimizer, plan.clipping());
        let epoch = model.run.epoch;
        let workspace = Workspace::recording();
        Ok(Steps { model, data, plan, task, updater, loader: None, epoch, workspace })
    }

    /// The smoothed losses at rates; the last ones are missing if it diverged.
    fn losses(mut self, rates: &[f64], interrupt: &Interrupt) -> Result<Vec<f64>, TrainError> {
        let (mut losses, mut smoothed, mut best) = (Vec::new(), Smoothed::default(), f64::INFINITY);
        for &rate in rates {
            if interrupt.is_set() {
                return Err(TrainError::Interrupted);
            }
            let (loss, is_finite) = self.step(rate, interrupt)?;
            if !loss.is_finite() {
                break;
            }
            let loss = smoothed.add(loss);
            if loss > DIVERGED * best {
                break;
            }
            best = best.min(loss);
            losses.push(loss);
            if !is_finite {
                break;
            }
        }
        Ok(losses)
    }

    /// A step at a rate: the loss before it, and whether its gradients were finite.
    fn step(&mut self, rate: f64, interrupt: &Interrupt) -> Result<(f64, bool), TrainError> {
        let factors = (rate / self.updater.optimizer.lr()).into();
        let batches = self.plan.accumulate.max(1);
        let (mut sum, mut weight) = (0.0, 0.0);
        for _ in 0..batches {
            let batch = self.batch()?;
            let Steps { model, task, updater, workspace, .. } = self;
            let network = model.network.as_mut().ok_or(TrainError::NotBuilt)?;
            let rng = network.rng().clone();
            let pass = ForwardPass::run(task, network, workspace, &batch, Mode::Training)?;
            if !pass.value.is_finite() {
                if let Some(error) = task.diagnose(workspace, &pass, &batch) {
                    return Err(error);
                }
                return Ok((f64::from(pass.value), false));
            }
            sum += f64::from(pass.value) * pass.weight;
            weight += pass.weight;
            let batch = &batch;
            let step = Step { task, network, workspace, batch, pass: &pass, rng: &rng, interrupt };
            let update = match batches {
                1 => updater.update(step, factors)?,
                _ => updater.accumulate(step)?,
            };
            if update != Update::Done {
                return Ok((sum / weight, false));
            }
        }
        if batches > 1 {
            let network = self.model.network.as_mut().ok_or(TrainError::NotBuilt)?;
            self.updater.apply(network, factors)?;
        }
        // Samples that all weigh nothing have no loss.
        Ok((if weight > 0.0 { sum / weight } else { 0.0 }, true))
    }

    /// The next batch, of the next epoch after the last one.
    fn batch(&mut self) -> Result<Batch, TrainError> {
        if let Some(batch) = self.loader.as_mut().and_then(Loader::next) {
            return Ok(batch?);
        }
        let Plan { batch, last, sampler, .. } = *self.plan;
        let (seed, epoch) = (self.model.seed(), self.epoch);
        self.epoch += 1;
        let batches = Batches::for_training(self.data.train(), batch, seed, epoch).with_last(last);
        let batches = match sampler {
            Sampler::Balanced => batches.balanced(seed, epoch)?,
            Sampler::Shuffle => batches,
        };
        let next = self.loader.insert(Loader::new(batches)).next();
        Ok(next.ok_or_else(|| TrainError::Empty(self.data.train().name().to_string()))??)
    }
}

/// A moving average of losses, without the weight of the 0 that it begins with.
#[derive(Default)]
struct Smoothed {
    sum: f64,
    weight: f64,
}

impl Smoothed {
    fn add(&mut self, loss: f64) -> f64 {
        self.sum = SMOOTHING * self.sum + (1.0 - SMOOTHING) * loss;
        self.weight = SMOOTHING * self.weight + (1.0 - SMOOTHING);
        self.sum / self.weight
    }
}
