//! What a step of training takes, stage by stage: time, multiply-adds and memory.

use crate::facts::times_of_steps;
use crate::prepared::Prepared;
use relume_autograd::{Cost, Var};
use relume_datasets::{Batch, Batches, Part};
use relume_layers::{Mode, Network, NetworkSpec, WatchedKind, Workspace};
use relume_optimizers::Optimizer;
use relume_training::{Keep, Model, Plan, Task, TrainError, check_pass, statistics, training_part};
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// Steps before those that are measured: memory is taken, and caches are filled.
const WARM: usize = 3;
/// No more steps are begun after so much time.
const LONGEST: Duration = Duration::from_secs(10);

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileOptions {
    /// Samples in a batch; those of the plan by default.
    pub batch: Option<usize>,
    /// Steps whose median counts; fewer if they take longer than ten seconds together.
    pub steps: usize,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        ProfileOptions { batch: None, steps: 20 }
    }
}

/// What a step of training takes; times are in seconds, and medians over the steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// Samples in a batch.
    pub batch: usize,
    /// How many steps were measured.
    pub steps: usize,
    /// The stages and their parts, in the order in which they run, and last the loss.
    pub stages: Vec<StageCost>,
    /// The preparation of a batch, in seconds; files are read ahead in training.
    pub data: f64,
    /// The update of the parameters, in seconds.
    pub optimizer: f64,
    /// A whole step of training, in seconds, with stages that run together where they can.
    pub step: f64,
    /// Samples that are trained on each second.
    pub samples_per_second: f64,
    /// What is kept in memory.
    pub memory: Memory,
}

/// What one stage takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageCost {
    /// Its path; `loss` for the loss.
    pub path: String,
    /// The stage as text.
    pub stage: String,
    /// Seconds of the forward pass.
    pub forward: f64,
    /// Seconds of the backward pass.
    pub backward: f64,
    /// Its share of the forward and backward passes of all stages.
    pub share: f64,
    /// Multiplications with an addition in the forward pass of the batch.
    pub multiply_adds: u64,
    /// Bytes that stay until the backward pass.
    pub bytes: u64,
    /// Two operations for each multiply-add, by the second of the forward pass, in 10^9; `None` without any.
    pub gigaflops: Option<f64>,
}

/// Bytes that training keeps in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// The parameters.
    pub parameters: u64,
    /// Their gradients.
    pub gradients: u64,
    /// What the optimizer keeps.
    pub optimizer: u64,
    /// What stays between the forward and the backward pass of a batch.
    pub activations: u64,
}

/// Measures some steps of training on a clone: each stage by itself, and whole steps as training makes them. The model
/// is not changed.
///
/// # Errors
/// Data that the model does not take, too little memory, an optimizer that evaluates a batch several times in a step.
pub fn profile(
    model: &Model,
    part: &Part,
    options: &ProfileOptions,
) -> Result<Profile, TrainError> {
    let (own, _) = Prepared::of_part(model, part)?;
    let mut plan = Plan {
        accumulate: 1,
        epochs: 1 << 20,
        early_stop: None,
        keep: Keep::Last,
        ..own.plan.clone()
    };
    let train = training_part(&own.data, &plan, own.model.seed());
    plan.batch = options.batch.unwrap_or(plan.batch).clamp(1, train.len().max(1));
    check_pass(own.network()?, plan.batch)?;
    let began = Instant::now();
    let mut stages = Stages::new(own.network()?.clone(), &own.task, &plan)?;
    let mut batches = Batches::shuffled(train.clone(), plan.batch, 0, 0);
    let mut data = Vec::new();
    for step in 0..WARM + options.steps.max(1) {
        if step > WARM && began.elapsed() > LONGEST {
            break;
        }
        let before = Instant::now();
        let next = match batches.next() {
            Some(batch) if batch.as_ref().is_ok_and(|batch| batch.samples() == plan.batch) => batch,
            _ => {
                batches = Batches::shuffled(train.clone(), plan.batch, 0, step as u64);
                batches.next().ok_or_else(|| TrainError::Empty(part.name().to_string()))?
            }
        };
        let batch = next?;
        let prepared = before.elapsed();
        stages.step(&batch, step >= WARM)?;
        if step >= WARM {
            data.push(prepared);
        }
    }
    let steps = data.len();
    let whole = times_of_steps(&own.model, &own.data, &plan, (WARM + steps) as u64)?;
    let step = median(whole.into_iter().skip(WARM));
    Ok(stages.profile(plan.batch, steps, median(data), step))
}

/// Runs steps in which each stage is measured.
struct Stages<'a> {
    network: Network,
    task: &'a Task,
    loss: String,
    optimizer: Optimizer,
    workspace: Workspace,
    /// The places in the order in which they ran, with what each took in each step.
    costs: Vec<(String, String, Vec<Cost>)>,
    updates: Vec<Duration>,
}

impl<'a> Stages<'a> {
    fn new(network: Network, task: &'a Task, plan: &Plan) -> Result<Self, TrainError> {
        let mut optimizer = Optimizer::new(plan.optimizer.clone());
        optimizer.assign(&network.parameters().shapes())?;
        let mut workspace = Workspace::recording().watching();
        workspace.tape.measure();
        let (costs, updates) = (Vec::new(), Vec::new());
        let loss = plan.loss.to_string();
        Ok(Stages { network, task, loss, optimizer, workspace, costs, updates })
    }

    fn step(&mut self, batch: &Batch, counts: bool) -> Result<(), TrainError> {
        self.workspace.clear();
        let x = self.workspace.tape.constant(batch.inputs.clone());
        let output = self.network.forward(&mut self.workspace, x, Mode::Training)?;
        let loss = self.task.loss(&mut self.workspace, output, batch)?;
        self.workspace.tape.backward(loss)?;
        if counts {
            self.count(x, loss);
        }
        let ids: Vec<_> = self.network.parameters().iter().map(|(id, _)| id).collect();
        let gradients: Vec<_> =
            ids.into_iter().map(|id| self.workspace.take_gradient(id)).collect();
        self.workspace.clear();
        let before = Instant::now();
        for ((id, own), gradient) in self.network.parameters_mut().iter_mut().zip(gradients) {
            if let Some(gradient) = gradient {
                self.optimizer.update(id.index(), &mut own.value, &gradient, 1.0)?;
            }
        }
        if counts {
            self.updates.push(before.elapsed());
        }
        Ok(())
    }

    /// Adds what each place took: the operations since the place before.
    fn count(&mut self, input: Var, loss: Var) {
        let Some(watch) = self.workspace.watch() else { return };
        let spec = self.network.spec();
        let mut before = input;
        let places = watch.seen().iter().map(|seen| {
            let stage = match &seen.kind {
                WatchedKind::Stage => stage_text(spec, &seen.path),
                WatchedKind::Part(name) => (*name).to_string(),
                WatchedKind::Activation(own) => own.to_string(),
                WatchedKind::Recurrent(_) => "recurrence".to_string(),
            };
            (seen.path.clone(), stage, seen.output)
        });
        let last = ("loss".to_string(), self.loss.clone(), loss);
        for (at, (path, stage, output)) in places.chain([last]).enumerate() {
            let cost = self.workspace.tape.cost(Some(before), output);
            if self.workspace.tape.is_later(output, before) {
                before = output;
            }
            match self.costs.get_mut(at) {
                Some((_, _, all)) => all.push(cost),
                None => self.costs.push((path, stage, vec![cost])),
            }
        }
    }

    fn profile(self, batch: usize, steps: usize, data: f64, step: f64) -> Profile {
        let parameters = self.network.parameters();
        let bytes = |is_counted: &dyn Fn(&relume_layers::Parameter) -> bool| -> u64 {
            let own = parameters.iter().filter(|(_, own)| is_counted(own));
            own.map(|(_, own)| 4 * own.value.count() as u64).sum()
        };
        let mut stages: Vec<StageCost> = self
            .costs
            .iter()
            .map(|(path, stage, costs)| StageCost::of(path, stage, costs))
            .filter(|own| own.forward + own.backward > 0.0 || own.path == "loss")
            .collect();
        let all: f64 = stages.iter().map(|own| own.forward + own.backward).sum();
        for own in &mut stages {
            own.share = (own.forward + own.backward) / all.max(f64::MIN_POSITIVE);
        }
        let memory = Memory {
            parameters: bytes(&|_| true),
            gradients: bytes(&|own| own.is_trained()),
            optimizer: self.optimizer.bytes(),
            activations: stages.iter().map(|own| own.bytes).sum(),
        };
        let samples_per_second = batch as f64 / step.max(f64::MIN_POSITIVE);
        let optimizer = median(self.updates);
        Profile { batch, steps, stages, data, optimizer, step, samples_per_second, memory }
    }
}

impl Profile {
    /// A step as a trace in Chrome's format, which Perfetto opens: the forward pass of each stage, the backward pass in
    /// reverse order, and the optimizer.
    pub fn trace(&self) -> serde_json::Value {
        let mut at = 0.0;
        let mut event = |name: String, category: &str, seconds: f64| {
            let start = at;
            at += 1e6 * seconds;
            json!({
                "name": name, "cat": category, "ph": "X", "ts": start, "dur": 1e6 * seconds, "pid": 1, "tid": 1,
            })
        };
        let name = |own: &StageCost| format!("{} {}", own.path, own.stage);
        let mut events = vec![event("data".to_string(), "data", self.data)];
        events.extend(self.stages.iter().map(|own| event(name(own), "forward", own.forward)));
        let back = self.stages.iter().rev();
        events.extend(back.map(|own| event(name(own), "backward", own.backward)));
        events.push(event("optimizer".to_string(), "optimizer", self.optimizer));
        json!({ "traceEvents": events, "displayTimeUnit": "ms" })
    }
}

impl StageCost {
    fn of(path: &str, stage: &str, costs: &[Cost]) -> Self {
        let forward = median(costs.iter().map(|own| own.forward));
        let backward = median(costs.iter().map(|own| own.backward));
        let multiply_adds = costs.iter().map(|own| own.multiply_adds).max().unwrap_or(0);
        let gigaflops = (multiply_adds > 0 && forward > 0.0)
            .then(|| 2.0 * multiply_adds as f64 / forward / 1e9);
        StageCost {
            path: path.to_string(),
            stage: stage.to_string(),
            forward,
            backward,
            share: 0.0,
            multiply_adds,
            bytes: costs.iter().map(|own| own.bytes).max().unwrap_or(0),
            gigaflops,
        }
    }
}

/// A stage by its path, as text.
fn stage_text(spec: &NetworkSpec, path: &str) -> String {
    let own = spec.place(path).and_then(|place| spec.part(&place));
    own.map_or_else(|_| String::new(), |own| NetworkSpec { input: None, ..own }.to_string())
}

/// The median of times, in seconds; 0 for none.
fn median(times: impl IntoIterator<Item = Duration>) -> f64 {
    let seconds: Vec<f64> = times.into_iter().map(|own| own.as_secs_f64()).collect();
    statistics::median(&seconds).unwrap_or(0.0)
}
