//! A step of a run as observers see it.

use crate::{Plan, Run, Task, TrainError, WatchRecord};
use relume_datasets::{Batch, Dataset};
use relume_layers::{Network, Workspace};
use relume_tensor::Tensor;

/// The step that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// Its epoch, counted from 1 within the run.
    pub epoch: u64,
    /// How many epochs the run has.
    pub epochs: u64,
    /// Its number, counted from 1 over the model's whole life.
    pub step: u64,
    /// Whether it is the last one of its epoch whose batch is not a smaller rest.
    pub is_last_full: bool,
}

/// A step that was made.
#[derive(Clone, Copy, Debug)]
pub struct StepView<'a> {
    /// Its epoch, counted from 1 over the model's whole life.
    pub epoch: u64,
    /// Its number, counted from 1 over the model's whole life.
    pub step: u64,
    /// The network before it.
    pub before: &'a Network,
    /// The network after it.
    pub after: &'a Network,
    /// The gradients of all parameters in their order, before they are clipped; empty for an optimizer that asks for
    /// them at several points.
    pub gradients: &'a [Option<Tensor>],
    /// The samples of the step, or of the last of its batches; where a batch is cut into shards, of the first shard of
    /// this process.
    pub batch: &'a Batch,
    /// Their pass through the network before the step, or why it was not kept: there is too little memory for it.
    pub pass: Result<PassView<'a>, &'a TrainError>,
    /// The mean loss of the batch, before the step.
    pub loss: f32,
    /// The data, prepared as the network takes them.
    pub data: &'a Dataset,
    /// The plan.
    pub plan: &'a Plan,
    /// The meaning of targets and outputs.
    pub task: &'a Task,
    /// The run so far.
    pub run: &'a Run,
}

/// The pass of samples that gave a step, forward and backward.
#[derive(Clone, Copy, Debug)]
pub struct PassView<'a> {
    /// Its values and gradients, and what was watched: [`Workspace::watching_training`].
    pub workspace: &'a Workspace,
    /// The mean loss of the samples.
    pub loss: f32,
    /// The gradients are those of the loss times this: 1, unless the samples are a shard of a batch.
    pub factor: f32,
}

/// What an observer has to say about a step.
#[derive(Clone, Debug, Default)]
pub struct StepNotes {
    /// Figures for the history.
    pub record: Option<WatchRecord>,
    /// Warnings for a person, each one sentence.
    pub warnings: Vec<String>,
}
