//! The meaning of targets and outputs: a [`Task`] is made from a data set's targets, a loss and the shape of a
//! network's outputs.
//!
//! Training, evaluation and prediction get from the task the targets in the form that the loss takes, the metric beside
//! the loss, the decoded outputs, and the reason when a step fails. Nothing else looks into targets.
//!
//! # A new kind of task
//!
//! Write one file in this folder, with a struct that implements `Kind` and a function `of(&Setting) -> Made`: `None` if
//! the targets and the loss belong to another kind, an error if they belong to this one but the network's outputs do
//! not fit. Add that function to `KINDS`. If its predictions have a form of their own (boxes, several labels), put a
//! struct that implements `Serialize` and has a `table` into the same file, and a variant into [`Decoded`].

mod baseline;
mod classes;
mod labels;
mod multi_label;
mod numbers;
mod places;
mod predictions;
mod scores;
mod weighted;

pub use baseline::{Baseline, Baselines};
pub use classes::{ClassPrediction, ClassPredictions};
pub use labels::TranscriptPredictions;
pub use numbers::NumberPredictions;
pub use places::PlacePredictions;
pub(crate) use places::{check_classes, nothing_counted};
pub use predictions::{Cell, Columns, Decoded, Predictions, Table};

use crate::hardest::SampleLoss;
use crate::metrics::{InputKind, MetricInput};
use crate::step::ForwardPass;
use crate::{MetricError, MetricSpec, Model, TrainError};
use classes::Classes;
use labels::Labels;
use multi_label::MultiLabel;
use numbers::Numbers;
use places::Places;
use relume_autograd::{OpRef, Tape, Var, ops};
use relume_catalog::Value;
use relume_datasets::{Batch, Dataset, Part, TargetScaling, Targets};
use relume_layers::{Network, NetworkSpec, Workspace};
use relume_losses::{BceWithLogits, CrossEntropy, Loss, LossSpec, Mse};
use relume_tensor::{Array, Indices, Shape, Tensor};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use weighted::WeightedLoss;

/// A task of one kind: `None` if targets and loss belong to another, an error if the network does not fit.
type Made = Option<Result<Box<dyn Kind>, TrainError>>;

/// The kinds of tasks. The first one that matches targets and loss is taken.
const KINDS: &[fn(&Setting<'_>) -> Made] =
    &[Classes::of, Places::of, MultiLabel::of, Numbers::of, Labels::of];

/// The meaning of targets for a loss, and of outputs for people.
#[derive(Debug)]
pub struct Task {
    data: String,
    loss: &'static str,
    op: OpRef,
    /// The losses of single samples, if samples have weights.
    weighted: Option<WeightedLoss>,
    /// What the loss weighs each class; empty if all weigh the same.
    class_weights: Vec<f64>,
    /// Whether the loss is one of classes.
    is_of_classes: bool,
    /// The class that such a loss ignores.
    ignored: f32,
    /// Whether the losses of samples are added, not averaged.
    is_sum: bool,
    kind: Box<dyn Kind>,
    /// The shape of a network's output for one sample.
    output: Shape,
}

/// One kind of task.
trait Kind: fmt::Debug + Send + Sync {
    /// The metric beside the loss in training; a mean over samples.
    fn metric(&self) -> MetricSpec;

    /// The inputs of metrics for this kind.
    fn inputs(&self) -> &'static [InputKind];

    /// Refuses targets that no network of this kind could predict.
    fn check(&self, data: &Dataset) -> Result<(), TrainError> {
        let _ = data;
        Ok(())
    }

    /// A network's outputs as the loss takes them.
    fn predictions(&self, tape: &mut Tape, output: Var) -> Result<Var, TrainError> {
        let _ = tape;
        Ok(output)
    }

    /// A batch's targets, as the data set has them, in the form that the loss takes with outputs of this shape.
    fn target(&self, targets: &Array, outputs: Shape) -> Result<Array, TrainError>;

    /// How many of a batch's targets the loss and the metric are a mean over, if some are ignored. Of none, the loss
    /// is 0.
    fn counted(&self, targets: &Array) -> Option<usize> {
        let _ = targets;
        None
    }

    /// Whether the loss also takes the lengths of sequences.
    fn takes_lengths(&self) -> bool {
        false
    }

    /// Makes outputs `[batch, time, ...]` after each sequence's end blank. `lengths` has one number for each sample.
    fn mask_padding(&self, outputs: &mut Tensor, lengths: &Indices) {
        let _ = (outputs, lengths);
    }

    /// Outputs of a sample that could be the best ones if they are the same for all samples, chosen by a train part;
    /// `None` if they follow from the targets alone, output by output.
    fn constants(&self, train: &Part, class_weights: &[f64]) -> Option<Vec<Vec<f32>>> {
        let _ = (train, class_weights);
        None
    }

    /// The metric, summed over the samples of a batch.
    fn metric_sum(&self, outputs: &Tensor, targets: &Array) -> f64;

    /// Predicts the second of two classes from this probability on; whether that can be.
    fn set_threshold(&mut self, threshold: f64) -> bool {
        let _ = threshold;
        false
    }

    /// A batch as metrics take it.
    fn metric_input(&self, outputs: &Tensor, targets: &Array) -> Result<MetricInput, TrainError>;

    /// The classes' names, if there are classes.
    fn classes(&self) -> &[String] {
        &[]
    }

    /// Counts how often each class (row) was predicted as each (column).
    fn count(&self, outputs: &Tensor, targets: &Array, confusion: &mut [Vec<usize>]) {
        let _ = (outputs, targets, confusion);
    }

    /// The decoded outputs, with the true values if they are known.
    fn decode(&self, outputs: &Tensor, targets: Option<&Array>) -> Decoded;

    /// Why the loss of a batch is not finite, if the targets are the reason.
    fn diagnose(&self, step: &FailedStep<'_>) -> Option<TrainError> {
        let _ = step;
        None
    }
}

/// A step whose loss is not finite.
pub(crate) struct FailedStep<'a> {
    /// The data set.
    data: &'a str,
    /// The loss.
    value: f32,
    outputs: &'a Tensor,
    targets: &'a Array,
    /// The lengths of the outputs' sequences, if they are shorter than the time axis.
    lengths: Option<&'a Indices>,
}

/// The inputs from which a task is made.
struct Setting<'a> {
    /// The data set's name.
    data: &'a str,
    target: Target<'a>,
    loss: &'a LossSpec,
    network: &'a NetworkSpec,
    /// The shape of a network's output for one sample.
    output: Shape,
}

/// The targets, without the samples.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// One of these classes.
    Classes(&'a [String]),
    /// One of these classes at each place.
    Places(&'a [String]),
    /// Numbers, or rows of labels.
    Numbers {
        /// The numbers' names.
        names: &'a [String],
        /// How many there are.
        width: usize,
        /// The labels' names, from label 1 on, if rows of labels are predicted.
        labels: &'a [String],
        /// How the numbers are scaled for the loss.
        scaling: Option<&'a Arc<TargetScaling>>,
        /// Whether they are several, and each is 0 or 1.
        are_labels: bool,
    },
}

impl Setting<'_> {
    fn loss(&self) -> &dyn Loss {
        self.loss.inner()
    }

    /// What gives a network so many outputs for each sample.
    fn ending(&self, outputs: usize) -> String {
        match *self.output {
            [steps, features] if features == outputs => format!(
                "it has outputs for each of {steps} steps: give its last recurrent layer output=\"last\", or put \
                 pool_over_time before its end"
            ),
            _ => format!("end the network with dense({outputs})"),
        }
    }

    /// The error of a network whose outputs do not fit.
    fn mismatch(&self, wanted: impl Into<String>, help: impl Into<String>) -> TrainError {
        TrainError::Outputs {
            given: self.output,
            data: self.data.to_string(),
            wanted: wanted.into(),
            help: help.into(),
        }
    }

    /// The error of targets that no kind of task trains with this loss.
    fn unsupported(&self) -> TrainError {
        let loss = self.loss;
        let (targets, help) = match self.target {
            Target::Classes(names) => {
                (format!("{} classes", names.len()), "use loss=cross_entropy")
            }
            Target::Places(names) => {
                (format!("{} classes at each place", names.len()), "use loss=cross_entropy")
            }
            Target::Numbers { .. } => (
                "numbers".to_string(),
                "use loss=mse or loss=mae, or task=\"classes\" for the data",
            ),
        };
        TrainError::Loss {
            loss: loss.to_string(),
            data: self.data.to_string(),
            targets,
            help: help.to_string(),
        }
    }

    fn task(&self) -> Result<Task, TrainError> {
        self.loss.check()?;
        let loss = self.loss.entry().name;
        let op = self.loss().in_training().ok_or_else(|| TrainError::Operands {
            loss,
            operands: self.loss().operands().join(", "),
        })?;
        let kind = KINDS.iter().find_map(|of| of(self)).ok_or_else(|| self.unsupported())??;
        let (data, output) = (self.data.to_string(), self.output);
        let own = self.loss.arguments();
        let weights = own.get("weight").and_then(Value::as_array);
        let class_weights = weights.into_iter().flatten().filter_map(Value::as_f64).collect();
        let is_of_classes = self.loss().targets() == relume_losses::Targets::Classes;
        let is_sum = own.get("reduction").and_then(Value::as_str) == Some("sum");
        Ok(Task {
            data,
            loss,
            op,
            weighted: None,
            class_weights,
            is_of_classes,
            ignored: places::ignored(self.loss),
            is_sum,
            kind,
            output,
        })
    }
}

/// How many steps each sequence of the last pass's output has, if they are shorter than the time axis.
fn output_lengths(workspace: &Workspace) -> Option<&Indices> {
    workspace.tape.indices(workspace.output_lengths()?).ok()
}

impl Task {
    /// The task of a data set's targets, a loss and a network.
    ///
    /// # Errors
    /// Options of the loss that are out of their range; targets, a loss and a network that do not match: with the layer
    /// or the loss that would.
    pub fn new(network: &Network, data: &Dataset, loss: &LossSpec) -> Result<Self, TrainError> {
        let loss = &*loss_for_data(loss, data);
        let numbers = data.targets().numbers();
        let target = match data.classes() {
            Some(names) if matches!(data.targets(), Targets::Places(_)) => Target::Places(names),
            Some(names) => Target::Classes(names),
            None => {
                let (width, labels) = (data.outputs(), data.labels());
                let scaling = data.target_scaling();
                let are_labels = data.targets().are_several_labels();
                Target::Numbers { names: &numbers, width, labels, scaling, are_labels }
            }
        };
        let (spec, output) = (network.spec(), network.output());
        let mut task = Setting { data: data.name(), target, loss, network: spec, output }.task()?;
        if data.weights().is_some() {
            task.weighted = Some(WeightedLoss::new(loss)?);
        }
        task.kind.check(data)?;
        Ok(task)
    }

    /// The task of a trained model; `None` for one that was not trained here, or on numbers without names.
    ///
    /// # Errors
    /// A model whose network does not match what it was trained for.
    pub fn of_model(model: &Model) -> Result<Option<Self>, TrainError> {
        let (Some(network), Some(plan)) = (model.network(), &model.run().plan) else {
            return Ok(None);
        };
        let (classes, names) = (model.classes(), model.numbers());
        let is_labels =
            matches!(plan.loss.inner().targets(), relume_losses::Targets::Labels { .. });
        if classes.is_empty() && names.is_empty() && !is_labels {
            return Ok(None);
        }
        let target = if classes.is_empty() {
            let (width, labels) = (names.len(), model.labels());
            // What a network of several outputs was trained on with a loss of probabilities are labels.
            let (scaling, are_labels) = (model.target_scaling.as_ref(), width > 1);
            Target::Numbers { names, width, labels, scaling, are_labels }
        } else if network.output().rank() > 1
            && plan.loss.inner().targets() == relume_losses::Targets::Classes
        {
            Target::Places(classes)
        } else {
            Target::Classes(classes)
        };
        let (spec, output) = (network.spec(), network.output());
        let setting =
            Setting { data: "the model", target, loss: &plan.loss, network: spec, output };
        setting.task().map(Some)
    }

    /// The same task, in which the second of two classes is predicted where its probability is at least a threshold, if
    /// one is given.
    ///
    /// # Errors
    /// [`TrainError::NoThreshold`] for what is not one of two classes with probabilities.
    pub fn with_threshold(mut self, threshold: Option<f64>) -> Result<Self, TrainError> {
        match threshold {
            Some(threshold) if !self.kind.set_threshold(threshold) => Err(TrainError::NoThreshold),
            _ => Ok(self),
        }
    }

    /// The metric beside the loss in training.
    pub fn metric(&self) -> MetricSpec {
        self.kind.metric()
    }

    /// The classes' names; empty if there are no classes.
    pub fn classes(&self) -> &[String] {
        self.kind.classes()
    }

    /// Refuses a metric that cannot be measured on these targets.
    ///
    /// # Errors
    /// [`MetricError::Kind`], whose help names metrics that can.
    pub fn check_metric(&self, metric: &MetricSpec) -> Result<(), MetricError> {
        let (wanted, inputs) = (metric.inner().input(), self.kind.inputs());
        let takes_labels = metric.inner().takes_multi_labels();
        if inputs.contains(&wanted) || takes_labels && inputs.contains(&InputKind::MultiLabels) {
            return Ok(());
        }
        let given = match inputs {
            [InputKind::Texts] => "rows of labels",
            inputs => inputs.first().map_or("nothing", |kind| kind.name()),
        };
        Err(MetricError::Kind { metric: metric.entry().name, wanted: wanted.name(), given })
    }

    /// Puts the loss of a network's output onto the tape of the workspace that it has just passed through.
    ///
    /// # Errors
    /// Outputs and targets that do not match each other, and a loss that is not a single number.
    pub fn loss(
        &self,
        workspace: &mut Workspace,
        output: Var,
        batch: &Batch,
    ) -> Result<Var, TrainError> {
        let weights = batch.weights.as_ref();
        let loss = self.loss_of(workspace, output, &batch.targets, weights)?;
        let Some(mixed) = &batch.mixed else { return Ok(loss) };
        let other = self.loss_of(workspace, output, &mixed.targets, weights)?;
        let tape = &mut workspace.tape;
        let mut weighted = [loss; 2];
        let parts = [(loss, mixed.share), (other, 1.0 - mixed.share)];
        for (weighted, (loss, share)) in weighted.iter_mut().zip(parts) {
            let share = tape.constant(Tensor::scalar(share));
            *weighted = ops::mul(tape, loss, share)?;
        }
        Ok(ops::add(tape, weighted[0], weighted[1])?)
    }

    fn loss_of(
        &self,
        workspace: &mut Workspace,
        output: Var,
        targets: &Array,
        weights: Option<&Tensor>,
    ) -> Result<Var, TrainError> {
        let output = self.kind.predictions(&mut workspace.tape, output)?;
        let shape = workspace.tape.value(output).shape();
        if self.kind.counted(targets) == Some(0) {
            // The mean over nothing would be NaN.
            let zeros = workspace.tape.constant(Tensor::zeros(shape));
            let none = ops::mul(&mut workspace.tape, output, zeros)?;
            return Ok(ops::sum(&mut workspace.tape, none)?);
        }
        let target = self.kind.target(targets, shape)?;
        let target = workspace.tape.constant(target);
        let lengths = workspace.output_lengths().filter(|_| self.kind.takes_lengths());
        let weighted = self.weighted.as_ref().zip(weights);
        let op = weighted.map_or(&self.op, |(weighted, _)| &weighted.op);
        let mut loss = match lengths {
            Some(lengths) => workspace.tape.apply(op, &[output, target, lengths])?,
            None => workspace.tape.apply(op, &[output, target])?,
        };
        if let Some((weighted, weights)) = weighted {
            loss = weighted.reduced(&mut workspace.tape, loss, weights)?;
        }
        match workspace.tape.value(loss).rank() {
            0 => Ok(loss),
            _ => Err(TrainError::NotReduced { loss: self.loss }),
        }
    }

    /// The loss of a single sample, whose outputs and targets are `[1, ...]`. For a loss that takes the lengths of
    /// sequences ([`Task::takes_lengths`]) the sample is passed by itself instead.
    ///
    /// # Errors
    /// Outputs and targets that do not match each other.
    pub(crate) fn sample_loss(
        &self,
        outputs: Tensor,
        target: &Array,
    ) -> Result<SampleLoss, TrainError> {
        let mut workspace = Workspace::inference();
        let output = workspace.tape.constant(outputs);
        let loss = self.loss_of(&mut workspace, output, target, None)?;
        let loss = workspace.tape.value(loss).sum();
        let weight = self.target_weight(target);
        // The mean over one class cancels its weight; that over the places of a sample is what its loss is.
        let factor = if target.count() == 1 { weight } else { 1.0 };
        Ok(SampleLoss { loss: loss * factor as f32, sum: f64::from(loss) * weight, weight })
    }

    /// What the targets of a sample weigh together in a mean: the weights of their classes, of those that count.
    fn target_weight(&self, target: &Array) -> f64 {
        if self.is_sum || !self.is_of_classes {
            return 1.0;
        }
        let of = |class: f64| self.class_weights.get(class as usize).copied().unwrap_or(1.0);
        let counts = |class: &f64| *class >= 0.0 && *class as f32 != self.ignored;
        target.numbers().filter(counts).map(of).sum()
    }

    /// Whether the loss also takes the lengths of sequences.
    pub(crate) fn takes_lengths(&self) -> bool {
        self.kind.takes_lengths()
    }

    /// How many of a batch's samples, or places with a class, its loss and its metric are a mean over.
    pub fn counted(&self, batch: &Batch) -> usize {
        let own = match &batch.mixed {
            None => self.kind.counted(&batch.targets),
            // What one of both has counts.
            Some(_) => None,
        };
        own.unwrap_or_else(|| batch.counted())
    }

    /// What a batch's loss weighs in a mean over batches: what its samples weigh together, or how many count.
    pub fn weight(&self, batch: &Batch) -> f64 {
        match &batch.weights {
            Some(_) => batch.weight(),
            None => self.counted(batch) as f64,
        }
    }

    /// A network's outputs for metrics and for people: those after a sequence's end are blank.
    pub(crate) fn outputs(&self, workspace: &Workspace, output: Var) -> Tensor {
        let mut outputs = workspace.tape.value(output).clone();
        if let Some(lengths) = output_lengths(workspace) {
            self.kind.mask_padding(&mut outputs, lengths);
        }
        outputs
    }

    /// The metric, summed over the samples of a batch. For mixed samples, the larger part counts.
    pub(crate) fn metric_sum(&self, outputs: &Tensor, batch: &Batch) -> f64 {
        let targets = match &batch.mixed {
            Some(mixed) if mixed.share < 0.5 => &mixed.targets,
            _ => &batch.targets,
        };
        self.kind.metric_sum(outputs, targets)
    }

    /// A batch as metrics take it.
    pub(crate) fn metric_input(
        &self,
        outputs: &Tensor,
        batch: &Batch,
    ) -> Result<MetricInput, TrainError> {
        self.results(outputs, &batch.targets)
    }

    /// Outputs beside targets, as metrics take them.
    pub(crate) fn results(
        &self,
        outputs: &Tensor,
        targets: &Array,
    ) -> Result<MetricInput, TrainError> {
        self.kind.metric_input(outputs, targets)
    }

    /// Counts how often each class (row) was predicted as each (column).
    pub(crate) fn count(&self, outputs: &Tensor, batch: &Batch, confusion: &mut [Vec<usize>]) {
        self.kind.count(outputs, &batch.targets, confusion);
    }

    /// Why the loss of a batch that has just passed through is not finite, if its targets are the reason.
    pub(crate) fn diagnose(
        &self,
        workspace: &Workspace,
        pass: &ForwardPass,
        batch: &Batch,
    ) -> Option<TrainError> {
        let ForwardPass { value, ref outputs, .. } = *pass;
        let lengths = output_lengths(workspace);
        let (data, targets) = (self.data.as_str(), &batch.targets);
        self.kind.diagnose(&FailedStep { data, value, outputs, targets, lengths })
    }

    /// The decoded outputs `[samples, ...]` of a network, with the targets if they are known.
    ///
    /// # Errors
    /// Outputs or targets of another shape than the task's.
    pub fn decode(
        &self,
        outputs: Tensor,
        targets: Option<&Array>,
    ) -> Result<Predictions, TrainError> {
        let samples = outputs.dims().first();
        if samples.is_none() || outputs.shape().without_batch() != self.output {
            return Err(TrainError::Decode { given: outputs.shape(), wanted: self.output });
        }
        if let Some(targets) = targets.filter(|targets| targets.dims().first() != samples) {
            let (samples, shape) = (samples.copied().unwrap_or(0), targets.shape());
            let problem = format!("targets of shape {shape} do not go with {samples} predictions");
            return Err(TrainError::Targets { data: self.data.clone(), problem });
        }
        let decoded = self.kind.decode(&outputs, targets);
        Ok(Predictions { outputs, decoded })
    }
}

/// A loss whose options depend on the train part, such as balanced weights of classes, for these data.
pub(crate) fn loss_for_data<'a>(loss: &'a LossSpec, data: &Dataset) -> Cow<'a, LossSpec> {
    if let Targets::Places(places) = data.targets() {
        let counts = places.counts(data.train().indices());
        return loss.inner().for_samples(&counts).map_or(Cow::Borrowed(loss), Cow::Owned);
    }
    let (Some(names), Some(labels)) = (data.classes(), data.targets().labels()) else {
        return Cow::Borrowed(loss);
    };
    let mut samples = vec![0; names.len()];
    let train = data.train();
    let known = train.indices().iter().filter_map(|&i| labels.get(i));
    known.for_each(|&label| samples[label] += 1);
    loss.inner().for_samples(&samples).map_or(Cow::Borrowed(loss), Cow::Owned)
}

/// The default loss for targets: cross-entropy for classes, that of logits for several labels, the mean squared error
/// for numbers.
pub(crate) fn default_loss(data: &Dataset) -> LossSpec {
    match data.targets() {
        Targets::Classes { .. } | Targets::Places(_) => CrossEntropy::new().into(),
        targets if targets.are_several_labels() && data.target_scaling().is_none() => {
            BceWithLogits::new().into()
        }
        Targets::Values { .. } | Targets::Sequences { .. } => Mse::new().into(),
    }
}
