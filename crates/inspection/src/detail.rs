//! One place of a network, unit by unit.

use crate::Histogram;
use crate::facts::{PassedStage, passed, put, unit_axes};
use crate::prepared::Prepared;
use relume_datasets::{Batches, Part};
use relume_layers::{Mode, Workspace};
use relume_tensor::Tensor;
use relume_training::{Model, TrainError, check_pass};
use serde::Serialize;

/// Bins of a unit's histogram.
const BINS: usize = 10;
/// Samples that a unit is greatest for.
const TOP: usize = 5;

/// One place, unit by unit.
#[derive(Clone, Debug, Serialize)]
pub struct Detail {
    /// Its path.
    pub path: String,
    /// Samples that were looked at.
    pub samples: usize,
    /// Its units, in their order.
    pub units: Vec<UnitDetail>,
}

/// One unit: a feature, or a channel.
#[derive(Clone, Debug, Serialize)]
pub struct UnitDetail {
    /// Its index.
    pub unit: usize,
    /// The share of its values above 0.
    pub active: f64,
    /// The mean.
    pub mean: f32,
    /// The smallest value.
    pub min: f32,
    /// The largest value.
    pub max: f32,
    /// The root mean square of the loss's gradient with respect to it; `None` if none flows.
    pub gradient: Option<f32>,
    /// The norm of its row of the stage's weight, or of the weight just before, and its bias.
    pub weight: Option<f32>,
    /// Its bias.
    pub bias: Option<f32>,
    /// How its values are distributed.
    pub histogram: Histogram,
    /// The positions in the part of the samples for which it is largest, with that value.
    pub top: Vec<(usize, f32)>,
}

impl Detail {
    /// Looks at a place over the first samples of a part: as many as [`Options::samples`](crate::Options::samples)
    /// says. `None` if nothing stands at the path.
    ///
    /// # Errors
    /// Data that the model does not take, or too little memory for the samples.
    pub fn of(
        model: &Model,
        part: &Part,
        path: &str,
        samples: Option<usize>,
    ) -> Result<Option<Self>, TrainError> {
        let own = Self::at(model, part, samples, |own| own == path)?;
        Ok(own.into_iter().next())
    }

    /// Looks at every place in the order in which they run, as [`Detail::of`].
    ///
    /// # Errors
    /// As [`Detail::of`].
    pub fn all(
        model: &Model,
        part: &Part,
        samples: Option<usize>,
    ) -> Result<Vec<Self>, TrainError> {
        Self::at(model, part, samples, |_| true)
    }

    /// Looks at the places whose paths are wanted.
    fn at(
        model: &Model,
        part: &Part,
        samples: Option<usize>,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Self>, TrainError> {
        let (prepared, part) = Prepared::of_part(model, part)?;
        let (network, task) = (prepared.network()?, &prepared.task);
        let samples = prepared.samples(samples)?;
        check_pass(network, samples.min(part.len()))?;
        let few = part.slice(0, part.len().min(samples))?;
        let batch = Batches::in_order(few, samples).next();
        let batch = batch.ok_or_else(|| TrainError::Empty(part.name().to_string()))??;
        let mut workspace = Workspace::recording().watching();
        workspace.tape.keep_all_gradients();
        let x = put(&mut workspace, &batch.inputs);
        let y = network.clone().forward(&mut workspace, x, Mode::Training)?;
        let loss = task.loss(&mut workspace, y, &batch)?;
        workspace.tape.backward(loss)?;
        let stages = passed(&workspace);
        let axes = unit_axes(network.spec(), &stages);
        let wanted = stages.iter().zip(axes).filter(|(own, _)| is_wanted(&own.watched.path));
        let detail = |(own, axis): (&PassedStage<'_>, usize)| {
            let (values, gradient) = (own.output()?, own.gradient());
            let path = &own.watched.path;
            let row = weights(&prepared.model, path);
            let units = (0..values.dims().get(axis).copied().unwrap_or(0))
                .map(|unit| UnitDetail::of(values, gradient, axis, unit, row))
                .collect();
            Ok(Detail { path: path.clone(), samples: batch.samples(), units })
        };
        wanted.map(detail).collect()
    }
}

/// The weight of a stage and its bias, or those of the stage just before an activation.
fn weights<'a>(model: &'a Model, path: &str) -> Option<(&'a Tensor, Option<&'a Tensor>)> {
    let parameters = model.network()?.parameters();
    let find = |path: &str| {
        let weight = parameters.find(&format!("{path}.weight"))?;
        let bias = parameters.find(&format!("{path}.bias"));
        Some((&parameters.get(weight).value, bias.map(|id| &parameters.get(id).value)))
    };
    let before = || {
        let (prefix, index) =
            path.rsplit_once('.').map_or(("", path), |(prefix, index)| (prefix, index));
        let before = index.parse::<usize>().ok()?.checked_sub(1)?;
        let dot = if prefix.is_empty() { "" } else { "." };
        find(&format!("{prefix}{dot}{before}"))
    };
    find(path).or_else(before)
}

impl UnitDetail {
    fn of(
        values: &Tensor,
        gradient: Option<&Tensor>,
        axis: usize,
        unit: usize,
        weights: Option<(&Tensor, Option<&Tensor>)>,
    ) -> Self {
        let own = of_unit(values, axis, unit);
        let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
        own.iter().for_each(|&x| (min, max) = (min.min(x), max.max(x)));
        let samples = values.dims().first().copied().unwrap_or(0).max(1);
        let each = (own.len() / samples).max(1);
        let greatest = |part: &[f32]| part.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut top: Vec<(usize, f32)> = own.chunks(each).map(greatest).enumerate().collect();
        top.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        top.truncate(TOP);
        let count = own.len().max(1) as f32;
        let units = values.dims().get(axis).copied().unwrap_or(0);
        let weights = weights.filter(|(weight, _)| weight.dims().first() == Some(&units));
        let norm = |values: &[f32]| values.iter().map(|x| x * x).sum::<f32>().sqrt();
        UnitDetail {
            unit,
            active: own.iter().filter(|&&x| x > 0.0).count() as f64 / f64::from(count),
            mean: own.iter().sum::<f32>() / count,
            min,
            max,
            gradient: gradient.map(|all| norm(&of_unit(all, axis, unit)) / count.sqrt()),
            weight: weights.map(|(weight, _)| {
                let width = weight.shape().tail(1).count();
                norm(&weight.data()[unit * width..(unit + 1) * width])
            }),
            bias: weights.and_then(|(_, bias)| bias?.data().get(unit).copied()),
            histogram: Histogram::of_numbers(&own, BINS),
            top,
        }
    }
}

/// The values of one unit, sample by sample.
fn of_unit(values: &Tensor, axis: usize, unit: usize) -> Vec<f32> {
    let units = values.dims().get(axis).copied().unwrap_or(1).max(1);
    let run = values.shape().tail(axis + 1).count().max(1);
    let blocks = values.data().chunks_exact(run).enumerate();
    blocks
        .filter(|(block, _)| block % units == unit)
        .flat_map(|(_, own)| own.iter().copied())
        .collect()
}
