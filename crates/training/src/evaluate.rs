//! Evaluating a model on samples.

use crate::batching::{Ranks, samples_at_once};
use crate::group::Group;
use crate::metrics::{MetricInput, MetricValue};
use crate::predict::first_of;
use crate::step::ForwardPass;
use crate::task::nothing_counted;
use crate::{Baseline, MetricSpec, Model, Task, TrainError};
use relume_autograd::Var;
use relume_datasets::{Batch, Batches, DataError, Loader, Part};
use relume_layers::{Mode, Network, Workspace};
use relume_losses::LossSpec;
use relume_tensor::{Tensor, threads};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

/// With more classes there is no confusion matrix: its counts would take more than 128 MB.
const MOST_CLASSES: usize = 4096;

/// A model's loss and metrics on samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The samples' name: `digits.test`.
    pub data: String,
    /// How many there are.
    pub samples: usize,
    /// How many variants of each sample the outputs are averaged over.
    #[serde(skip_serializing_if = "is_one")]
    pub variants: usize,
    /// From which probability on the second of two classes is predicted, if that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The mean loss.
    pub loss: f32,
    /// The metric's name.
    pub metric: &'static str,
    /// The metric.
    pub metric_value: f32,
    /// For classes: how often each class (row) was predicted as each (column). Empty for more than 4096 classes.
    pub confusion: Vec<Vec<usize>>,
    /// The classes' names.
    pub classes: Vec<String>,
    /// The further metrics that were asked for, in order.
    #[serde(serialize_with = "by_name", skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricResult>,
    /// What outputs that are the same for every sample reach, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constant: Option<Baseline>,
}

fn is_one(variants: &usize) -> bool {
    *variants == 1
}

/// Options of an evaluation.
#[derive(Clone, Copy)]
pub struct EvaluateOptions<'a> {
    /// Further metrics: all outputs are kept until they are measured.
    pub metrics: &'a [MetricSpec],
    /// Test-time augmentation: the network's outputs are averaged over so many variants of each sample. The first is
    /// the unchanged sample, the others are drawn by the data set's augmentations; at least 1.
    pub variants: usize,
    /// From which probability on the second of two classes is predicted; the likelier one if not given.
    pub threshold: Option<f64>,
    /// Called before each batch with the number of finished samples; returns whether to continue.
    pub goes_on: &'a (dyn Fn(usize) -> bool + Sync),
}

impl Default for EvaluateOptions<'_> {
    fn default() -> Self {
        EvaluateOptions { metrics: &[], variants: 1, threshold: None, goes_on: &|_| true }
    }
}

impl std::fmt::Debug for EvaluateOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let EvaluateOptions { metrics, variants, threshold, .. } = self;
        let mut shown = f.debug_struct("EvaluateOptions");
        shown.field("metrics", metrics).field("variants", variants);
        shown.field("threshold", threshold).finish_non_exhaustive()
    }
}

/// A metric and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricResult {
    /// The metric.
    pub metric: MetricSpec,
    /// Its value.
    pub value: MetricValue,
}

/// An object of values by the metrics' text, `f1(average="micro")`.
fn by_name<S: Serializer>(metrics: &[MetricResult], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(metrics.len()))?;
    for result in metrics {
        map.serialize_entry(&result.metric.to_string(), &result.value)?;
    }
    map.end()
}

/// Evaluates a model on samples. They are prepared as those that it was trained on ([`Model::prepare`]).
///
/// # Errors
/// A model without parameters, or samples that do not match it.
pub fn evaluate(model: &Model, part: &Part, loss: &LossSpec) -> Result<Evaluation, TrainError> {
    evaluate_with(model, part, loss, &EvaluateOptions::default())
}

/// As [`evaluate`], with options. The same model and data give the same variants.
///
/// # Errors
/// As [`evaluate`]; a metric that does not apply to the data or is not defined on these samples; variants of data
/// without augmentation; [`TrainError::Interrupted`].
pub fn evaluate_with(
    model: &Model,
    part: &Part,
    loss: &LossSpec,
    options: &EvaluateOptions<'_>,
) -> Result<Evaluation, TrainError> {
    let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
    if options.variants == 0 {
        return Err(TrainError::NoVariants);
    }
    let (part, _) = model.prepare_part(part)?;
    if options.variants > 1 && !part.data().is_varied() {
        return Err(TrainError::NotVaried(part.data().name().to_string()));
    }
    let group = Group::current();
    threads::run_awake(|| {
        let mut result =
            evaluate_network(&mut network, &part, loss, options, model.seed(), &group)?;
        let task = Task::new(&network, part.data(), loss)?;
        result.constant = task.baseline(&part.data().train(), &part)?;
        Ok(result)
    })
}

pub(crate) fn evaluate_network(
    network: &mut Network,
    part: &Part,
    loss: &LossSpec,
    options: &EvaluateOptions<'_>,
    seed: u64,
    group: &Group,
) -> Result<Evaluation, TrainError> {
    if part.is_empty() {
        return Err(TrainError::Empty(part.name().to_string()));
    }
    let task = Task::new(network, part.data(), loss)?.with_threshold(options.threshold)?;
    options.metrics.iter().try_for_each(|metric| task.check_metric(metric))?;
    let size = samples_at_once(network, part.len(), |count| first_of(part, count))?;
    let ranks = Ranks::agreed(group, part.len(), size)?;
    let own = pass_own(&task, network, part, options, seed, ranks);
    let mut sum = Totals::new(!options.metrics.is_empty());
    for (batches, confusion) in ranks.all(own)? {
        batches.into_iter().for_each(|batch| sum.add(batch));
        if sum.confusion.is_empty() {
            sum.confusion = confusion;
            continue;
        }
        let rows = sum.confusion.iter_mut().zip(confusion);
        rows.flat_map(|(sum, own)| sum.iter_mut().zip(own)).for_each(|(sum, own)| *sum += own);
    }
    sum.finish(&task, part, options)
}

/// What this rank finds of its batches, and its confusion matrix.
fn pass_own(
    task: &Task,
    network: &mut Network,
    part: &Part,
    options: &EvaluateOptions<'_>,
    seed: u64,
    ranks: Ranks<'_>,
) -> Result<(Vec<BatchTotals>, Vec<Vec<usize>>), TrainError> {
    let own = ranks.samples_of(ranks.group.rank());
    let (first, part) = (own.start, part.slice(own.start, own.end)?);
    let (mut totals, mut confusion) = (Vec::new(), no_confusion(task));
    let mut samples = 0;
    let mut variants = Variants::new(ranks.size, &part, options.variants, seed);
    let mut workspace = Workspace::inference();
    let mut loader = Loader::new(Batches::in_order(part, ranks.size));
    while let Some(batch) = loader.next() {
        let batch = batch?;
        if !(options.goes_on)(first + samples) {
            return Err(TrainError::Interrupted);
        }
        let mut pass = ForwardPass::run(task, network, &mut workspace, &batch, Mode::Inference)?;
        if let Some(mean) = variants.mean(network, &mut workspace, &pass.outputs)? {
            pass = ForwardPass::of_output(task, &mut workspace, mean, &batch)?;
        }
        samples += batch.samples();
        task.count(&pass.outputs, &batch, &mut confusion);
        totals.push(BatchTotals::of(task, &pass, &batch, !options.metrics.is_empty())?);
        // The tape shares the batch's numbers, and is cleared before the batch is reused.
        drop(pass);
        workspace.clear();
        loader.recycle(batch);
    }
    Ok((totals, confusion))
}

/// The sums over the batches.
struct Totals {
    samples: usize,
    /// How many samples, or places with a class, the metric is a mean over.
    counted: usize,
    /// What they weigh together.
    weight: f64,
    loss: f64,
    metric: f64,
    confusion: Vec<Vec<usize>>,
    /// All batches, if further metrics are asked for.
    inputs: Option<Vec<MetricInput>>,
}

impl Totals {
    fn new(keeps_inputs: bool) -> Self {
        let inputs = keeps_inputs.then(Vec::new);
        Totals {
            samples: 0,
            counted: 0,
            weight: 0.0,
            loss: 0.0,
            metric: 0.0,
            confusion: Vec::new(),
            inputs,
        }
    }

    fn add(&mut self, batch: BatchTotals) {
        self.samples += batch.samples;
        self.counted += batch.counted;
        self.weight += batch.weight;
        self.loss += f64::from(batch.loss) * batch.weight;
        self.metric += batch.metric;
        if let (Some(inputs), Some(input)) = (&mut self.inputs, batch.input) {
            inputs.push(input);
        }
    }

    fn finish(
        self,
        task: &Task,
        part: &Part,
        options: &EvaluateOptions<'_>,
    ) -> Result<Evaluation, TrainError> {
        if self.counted == 0 {
            return Err(nothing_counted(part));
        }
        let input = MetricInput::concat(self.inputs.unwrap_or_default())?;
        let measure = |metric: &MetricSpec| {
            let value = metric.inner().measure(&input)?;
            Ok(MetricResult { metric: metric.clone(), value })
        };
        Ok(Evaluation {
            data: part.name().to_string(),
            samples: self.samples,
            variants: options.variants,
            threshold: options.threshold,
            loss: (self.loss / self.weight) as f32,
            metric: task.metric().entry().name,
            metric_value: (self.metric / self.counted as f64) as f32,
            confusion: self.confusion,
            classes: task.classes().to_vec(),
            metrics: options.metrics.iter().map(measure).collect::<Result<_, TrainError>>()?,
            constant: None,
        })
    }
}

/// A confusion matrix of no samples; empty for too many classes.
fn no_confusion(task: &Task) -> Vec<Vec<usize>> {
    let classes = Some(task.classes().len()).filter(|&count| count <= MOST_CLASSES);
    classes.map_or_else(Vec::new, |count| vec![vec![0; count]; count])
}

/// What a batch adds to the sums.
#[derive(Debug, Serialize, Deserialize)]
struct BatchTotals {
    samples: usize,
    counted: usize,
    weight: f64,
    loss: f32,
    metric: f64,
    input: Option<MetricInput>,
}

impl BatchTotals {
    fn of(
        task: &Task,
        pass: &ForwardPass,
        batch: &Batch,
        keeps_input: bool,
    ) -> Result<Self, TrainError> {
        let input = keeps_input.then(|| task.metric_input(&pass.outputs, batch)).transpose()?;
        Ok(BatchTotals {
            samples: batch.samples(),
            counted: pass.counted,
            weight: pass.weight,
            loss: pass.value,
            metric: pass.metric_sum,
            input,
        })
    }
}

/// The augmented samples of test-time augmentation, batch by batch.
struct Variants(Vec<Loader>);

impl Variants {
    /// All variants but the first, which is the unchanged sample.
    fn new(size: usize, part: &Part, variants: usize, seed: u64) -> Self {
        let varied = |number| Batches::varied(part.clone(), size, seed, number as u64);
        Variants((1..variants).map(|number| Loader::new(varied(number))).collect())
    }

    /// The mean of a batch's outputs and of those of its variants, on the tape of the last pass; `None` if there are no
    /// variants.
    fn mean(
        &mut self,
        network: &mut Network,
        workspace: &mut Workspace,
        outputs: &Tensor,
    ) -> Result<Option<Var>, TrainError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut sum = outputs.clone();
        let share = 1.0 / (self.0.len() + 1) as f32;
        for variant in &mut self.0 {
            let batch = variant.next().ok_or(DataError::Lost)??;
            workspace.clear();
            let x = workspace.tape.constant(batch.inputs.clone());
            let y = network.forward(workspace, x, Mode::Inference)?;
            let own = workspace.tape.value(y).data();
            sum.data_mut().iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
            variant.recycle(batch);
        }
        sum.scale(share);
        Ok(Some(workspace.tape.constant(sum)))
    }
}
