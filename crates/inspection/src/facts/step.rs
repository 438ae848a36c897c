//! One real step of the optimizer, on a clone.

use crate::statistics::{square_of_difference, sum_of_squares};
use relume_datasets::Dataset;
use relume_tensor::Tensor;
use relume_training::{EpochRecord, Interrupt, Model, Observer, Plan, Progress, TrainError, fit};
use std::time::{Duration, Instant};

/// What one step of training does to the parameters.
#[derive(Clone, Debug, Default)]
pub struct StepFacts {
    /// By how much each trained parameter changes: norm(after - before) / norm(before), by name. Infinite where it was
    /// 0.
    pub updates: Vec<(String, f64)>,
    /// Why there was no step, if there was none.
    pub refused: Option<String>,
    /// The samples of the smallest batch, if it is too small for a layer.
    pub too_small: Option<usize>,
    /// Whether the step gave numbers that are not finite.
    pub diverged: bool,
}

/// Stops a run after so many steps.
pub(crate) struct StopAfter {
    pub batches: u64,
    pub interrupt: Interrupt,
}

impl Observer for StopAfter {
    fn batch(&mut self, _: &Progress) {
        self.batches = self.batches.saturating_sub(1);
        if self.batches == 0 {
            self.interrupt.set();
        }
    }
}

/// Trains a clone for so many steps, as `train` with this plan would: with its schedule, clipping, decay and the state
/// of its optimizer.
pub(crate) fn after_steps(
    model: &Model,
    data: &Dataset,
    plan: &Plan,
    steps: u64,
) -> Result<Model, TrainError> {
    let mut model = model.clone();
    let interrupt = Interrupt::default();
    let batches = steps.saturating_mul(plan.accumulate.max(1) as u64);
    let mut observer = StopAfter { batches, interrupt: interrupt.clone() };
    fit(&mut model, data, plan, &mut observer, &interrupt)?;
    Ok(model)
}

/// Notes how long steps take, without what follows an epoch.
struct Timed {
    stop: StopAfter,
    began: Instant,
    last: Instant,
    times: Vec<Duration>,
}

impl Observer for Timed {
    fn batch(&mut self, progress: &Progress) {
        self.times.push(self.last.elapsed());
        self.stop.batch(progress);
        if self.began.elapsed() > LONGEST {
            self.stop.interrupt.set();
        }
        self.last = Instant::now();
    }

    fn epoch(&mut self, _: &Progress, _: &EpochRecord, _: &str) {
        self.last = Instant::now();
    }
}

/// No more steps are timed after so long.
const LONGEST: Duration = Duration::from_secs(10);

/// How long each of so many steps takes, as training makes them, on a clone.
pub(crate) fn times_of_steps(
    model: &Model,
    data: &Dataset,
    plan: &Plan,
    steps: u64,
) -> Result<Vec<Duration>, TrainError> {
    let mut model = model.clone();
    let interrupt = Interrupt::default();
    let stop = StopAfter { batches: steps, interrupt: interrupt.clone() };
    let began = Instant::now();
    let mut timed = Timed { stop, began, last: began, times: Vec::new() };
    fit(&mut model, data, plan, &mut timed, &interrupt)?;
    Ok(timed.times)
}

/// norm(after - before) / norm(before): 0 where nothing changed, infinite where all was 0 and changed.
pub(crate) fn update_ratio(before: &Tensor, after: &Tensor) -> f64 {
    let change = square_of_difference(before.data(), after.data());
    let size = sum_of_squares(before.data());
    if change == 0.0 { 0.0 } else { (change / size).sqrt() }
}

impl StepFacts {
    /// Makes the step.
    pub fn of(model: &Model, data: &Dataset, plan: &Plan) -> Self {
        let after = match after_steps(model, data, plan, 1) {
            Ok(after) => after,
            Err(error) => {
                let too_small = match &error {
                    TrainError::SmallBatch { smallest, .. } => Some(*smallest),
                    _ => None,
                };
                let diverged = matches!(error, TrainError::Diverged(_));
                let refused = Some(error.to_string());
                return StepFacts { refused, too_small, diverged, ..StepFacts::default() };
            }
        };
        let (Some(before), Some(after)) = (model.network(), after.network()) else {
            return StepFacts::default();
        };
        let trained = before.parameters().iter().filter(|(_, parameter)| parameter.is_trained());
        let update = |(id, parameter): (_, &relume_layers::Parameter)| {
            let new = &after.parameters().get(id).value;
            (parameter.name.clone(), update_ratio(&parameter.value, new))
        };
        StepFacts { updates: trained.map(update).collect(), ..StepFacts::default() }
    }

    /// The update of a parameter.
    pub fn update(&self, name: &str) -> Option<f64> {
        self.updates.iter().find(|(own, _)| own == name).map(|&(_, ratio)| ratio)
    }
}
