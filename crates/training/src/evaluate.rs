//! How good a model is on samples, and what it says of them.

use crate::collect::Collector;
use crate::metrics::threshold;
use crate::step::Objective;
use crate::{Figure, Metric, MetricSpec, Model, TrainError, predicted};
use relume_autograd::Var;
use relume_datasets::{Batches, DataError, Loader, Part};
use relume_layers::{Mode, Network, Workspace};
use relume_losses::LossSpec;
use relume_tensor::{Tensor, threads};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Most samples that pass through at once when nothing is trained, and most numbers of a layer's output by then.
const SAMPLES: usize = 256;
const NUMBERS: usize = 8 << 20;

/// How many samples pass through at once when nothing is trained: fewer where layers give long sequences or large images.
fn samples_at_once(network: &Network) -> usize {
    let largest = network.shapes().iter().map(|shape| shape.count()).max().unwrap_or(1).max(1);
    (NUMBERS / largest).clamp(1, SAMPLES)
}

/// A model's figures on samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// The samples' name: `digits.test`.
    pub data: String,
    /// How many there are.
    pub samples: usize,
    /// Of how many variants of each sample the outputs' mean was taken.
    #[serde(skip_serializing_if = "is_one")]
    pub variants: usize,
    /// The mean loss.
    pub loss: f32,
    /// The metric's name.
    pub metric: &'static str,
    /// The metric.
    pub metric_value: f32,
    /// For classes: how often each class (row) was taken for each (column).
    pub confusion: Vec<Vec<usize>>,
    /// The classes' names.
    pub classes: Vec<String>,
    /// The further metrics that were asked for, in their order.
    #[serde(serialize_with = "by_name", skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Measured>,
}

fn is_one(variants: &usize) -> bool {
    *variants == 1
}

/// What is asked beyond the loss and the usual metric.
#[derive(Clone, Copy)]
pub struct Further<'a> {
    /// Further metrics: all outputs are kept until they are measured.
    pub metrics: &'a [MetricSpec],
    /// Test-time augmentation: the mean of a network's outputs for so many variants of each sample is what counts. The first is the
    /// sample as it is, the others are drawn by the data set's augmentations; at least 1.
    pub variants: usize,
    /// Asked before each batch whether to go on, and told how many samples are done.
    pub goes_on: &'a (dyn Fn(usize) -> bool + Sync),
}

impl Default for Further<'_> {
    fn default() -> Self {
        Further { metrics: &[], variants: 1, goes_on: &|_| true }
    }
}

impl std::fmt::Debug for Further<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Further { metrics, variants, .. } = self;
        let mut shown = f.debug_struct("Further");
        shown.field("metrics", metrics).field("variants", variants).finish_non_exhaustive()
    }
}

/// A metric and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The metric.
    pub metric: MetricSpec,
    /// What it came to.
    pub figure: Figure,
}

/// An object of figures by the metrics' text, `f1(average="micro")`.
fn by_name<S: Serializer>(metrics: &[Measured], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(metrics.len()))?;
    for measured in metrics {
        map.serialize_entry(&measured.metric.to_string(), &measured.figure)?;
    }
    map.end()
}

/// Evaluates a model on samples, as in use.
///
/// # Errors
/// A model without parameters, or samples that do not go with it.
pub fn evaluate(model: &Model, part: &Part, loss: &LossSpec) -> Result<Evaluation, TrainError> {
    evaluate_with(model, part, loss, &Further::default())
}

/// As [`evaluate`], and what is asked further. The same model and data give the same variants.
///
/// # Errors
/// As [`evaluate`]; a metric that does not go with the data or is not defined on these samples; variants of data without augmentation;
/// [`TrainError::Interrupted`].
pub fn evaluate_with(
    model: &Model,
    part: &Part,
    loss: &LossSpec,
    further: &Further<'_>,
) -> Result<Evaluation, TrainError> {
    let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
    if further.variants > 1 && !part.data().is_varied() {
        return Err(TrainError::NotVaried(part.data().name().to_string()));
    }
    threads::run_awake(|| evaluate_network(&mut network, part, loss, further, model.seed()))
}

pub(crate) fn evaluate_network(
    network: &mut Network,
    part: &Part,
    loss: &LossSpec,
    further: &Further<'_>,
    seed: u64,
) -> Result<Evaluation, TrainError> {
    let Further { metrics, variants, goes_on } = *further;
    if part.is_empty() {
        return Err(TrainError::Empty(part.name().to_string()));
    }
    let objective = Objective::new(network, part.data(), loss)?;
    let classes = part.data().classes().unwrap_or_default().to_vec();
    let mut confusion = vec![vec![0; classes.len()]; classes.len()];
    let mut workspace = Workspace::inference();
    let (mut loss_sum, mut metric_sum) = (0.0, 0.0);
    let threshold = threshold(objective.expects);
    let mut collector = (!metrics.is_empty()).then(|| Collector::new(&objective, part.data()));
    let size = samples_at_once(network);
    let mut loader = Loader::new(Batches::in_order(part.clone(), size));
    let variant = |number| Loader::new(Batches::varied(part.clone(), size, seed, number as u64));
    let mut others: Vec<Loader> = (1..variants).map(variant).collect();
    let mut done = 0;
    while let Some(batch) = loader.next() {
        let batch = batch?;
        if !goes_on(done) {
            return Err(TrainError::Interrupted);
        }
        let mut passed = objective.forward(network, &mut workspace, &batch, Mode::Inference)?;
        if !others.is_empty() {
            let y = mean(network, &mut workspace, passed.outputs, &mut others)?;
            passed = objective.judge(&mut workspace, y, &batch)?;
        }
        let samples = batch.targets.dims()[0];
        done += samples;
        loss_sum += f64::from(passed.value) * samples as f64;
        metric_sum += passed.metric;
        if objective.metric == Metric::Accuracy {
            let rows = passed.outputs.data().chunks_exact(passed.outputs.count() / samples);
            for (row, &class) in rows.zip(batch.targets.data()) {
                confusion[class as usize][predicted(row, threshold)] += 1;
            }
        }
        if let Some(collector) = &mut collector {
            collector.push(&passed.outputs, &batch.targets);
        }
        // The tape shares the batch's numbers: it lets go before the batch goes back.
        drop(passed);
        workspace.clear();
        loader.recycle(batch);
    }
    let samples = part.len();
    let measured = match collector {
        Some(collector) => {
            let answers = collector.finish()?;
            let measure = |metric: &MetricSpec| {
                let figure = metric.inner().measure(&answers)?;
                Ok(Measured { metric: metric.clone(), figure })
            };
            metrics.iter().map(measure).collect::<Result<_, TrainError>>()?
        }
        None => Vec::new(),
    };
    Ok(Evaluation {
        data: part.name().to_string(),
        samples,
        variants,
        loss: (loss_sum / samples as f64) as f32,
        metric: objective.metric.name(),
        metric_value: (metric_sum / samples as f64) as f32,
        confusion,
        classes,
        metrics: measured,
    })
}

/// The mean of a batch's outputs and of those for its variants, on the tape that the last of them was passed through on.
fn mean(
    network: &mut Network,
    workspace: &mut Workspace,
    mut outputs: Tensor,
    variants: &mut [Loader],
) -> Result<Var, TrainError> {
    let share = 1.0 / (variants.len() + 1) as f32;
    for variant in variants {
        let batch = variant.next().ok_or(DataError::Lost)??;
        workspace.clear();
        let x = workspace.tape.constant(batch.inputs.clone());
        let y = network.forward(workspace, x, Mode::Inference)?;
        let own = workspace.tape.value(y).data();
        outputs.data_mut().iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
        variant.recycle(batch);
    }
    outputs.scale(share);
    Ok(workspace.tape.constant(outputs))
}

/// The model's outputs for prepared inputs `[samples, ...]`, as in use.
///
/// # Errors
/// A model without parameters, or inputs of another shape.
pub fn predict(model: &Model, inputs: &Tensor) -> Result<Tensor, TrainError> {
    let network = model.in_use().ok_or(TrainError::NotBuilt)?;
    Ok(threads::run(|| network.predict(inputs))?)
}
