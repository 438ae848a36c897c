//! Which columns of a table a network needs.

use super::parts::{are_pixels, square};
use crate::prepared::Prepared;
use relume_datasets::raw::Column;
use relume_datasets::{Batch, Batches, DataError, Part, Raw};
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Array, Rng, Tensor};
use relume_training::statistics::mean_and_sd;
use relume_training::{Model, Task, TrainError};
use serde::Serialize;
use std::ops::Range;

/// Samples that are looked at, if there are more.
pub const MOST_SAMPLES: usize = 4096;

/// What a network loses without each of its inputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Importance {
    /// How many samples were looked at.
    pub samples: usize,
    /// How often the samples were shuffled.
    pub repeats: usize,
    /// The loss with all inputs.
    pub loss: f64,
    /// The inputs, those first whose loss is the greatest.
    pub inputs: Vec<InputImportance>,
}

/// What a network loses without one of its columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputImportance {
    /// The column's name, `(row, column)` of a pixel, or its index.
    pub name: String,
    /// By how much the loss rises if the input's numbers are those of other samples, as a mean over the shuffles.
    pub rise: f64,
    /// The standard deviation of the shuffles.
    pub spread: f64,
}

/// Shuffles each column among the samples of a part, of which at most 4,096 are drawn, and measures by how much the
/// loss rises. Breiman, "Random forests", 2001; Fisher, Rudin and Dominici, "All models are wrong, but many are
/// useful", 2019. The network is that of inference.
///
/// # Errors
/// Samples that are no rows of numbers, data that the model does not take, no shuffles.
pub fn importance(
    model: &Model,
    part: &Part,
    repeats: usize,
    seed: u64,
) -> Result<Importance, TrainError> {
    let (own, part) = Prepared::of_part(model, part)?;
    let problem = |problem: &str| Err(DataError::Options(problem.to_string()).into());
    if part.data().sample_shape().rank() != 1 {
        return problem(
            "a whole part is explained for rows of a table: give one sample, such as d.test[0]",
        );
    }
    if repeats == 0 {
        return problem("the samples are shuffled once at least");
    }
    let mut network = own.model.in_use().ok_or(TrainError::NotBuilt)?;
    let batch =
        Batches::shuffled(part.clone(), MOST_SAMPLES.min(part.len()).max(1), seed, 0).next();
    let batch = batch.ok_or_else(|| TrainError::Empty(part.name().to_string()))??;
    let Array::Tensor(inputs) = &batch.inputs else {
        return problem("indices are not shuffled: explain one sample, such as d.test[0]");
    };
    let loss = loss(&mut network, &own.task, &batch)?;
    let (samples, width) = (batch.samples(), inputs.count() / batch.samples().max(1));
    let mut found = Vec::new();
    for (name, columns) in columns(&part, width) {
        let mut rises = Vec::with_capacity(repeats);
        for repeat in 0..repeats {
            let mut order: Vec<usize> = (0..samples).collect();
            Rng::new(seed.wrapping_add(repeat as u64)).shuffle(&mut order);
            let shuffled =
                Tensor::from_fn(inputs.shape(), |i| match columns.contains(&(i % width)) {
                    true => inputs.data()[order[i / width] * width + i % width],
                    false => inputs.data()[i],
                });
            let other = Batch { inputs: shuffled.into(), ..batch.clone() };
            rises.push(self::loss(&mut network, &own.task, &other)? - loss);
        }
        let (rise, sd) = mean_and_sd(&rises).unwrap_or((0.0, None));
        let spread = sd.unwrap_or(0.0);
        found.push(InputImportance { name, rise, spread });
    }
    found.sort_by(|a, b| b.rise.total_cmp(&a.rise));
    Ok(Importance { samples, repeats, loss, inputs: found })
}

/// The columns of a table by name, each with the inputs that it becomes: one for each word, or for each part of a date.
fn columns(part: &Part, width: usize) -> Vec<(String, Range<usize>)> {
    let raw = part.data().preparation().and_then(|own| own.raw.as_ref());
    if let Some(Raw::Row(raw)) = raw.filter(|_| width > 0)
        && raw.width() == width
    {
        let mut at = 0;
        let column = |own: &Column| {
            at += own.width();
            (own.name.clone(), at - own.width()..at)
        };
        return raw.columns.iter().map(column).collect();
    }
    let names = part.data().features();
    let side = square(width).filter(|_| are_pixels(names));
    let name = |input: usize| match (side, names.get(input)) {
        (Some(side), _) => format!("({}, {})", input / side, input % side),
        (None, Some(name)) => name.clone(),
        (None, None) => input.to_string(),
    };
    (0..width).map(|input| (name(input), input..input + 1)).collect()
}

/// The loss of a batch in inference.
fn loss(network: &mut Network, task: &Task, batch: &Batch) -> Result<f64, TrainError> {
    let mut workspace = Workspace::inference();
    let x = workspace.tape.constant(batch.inputs.clone());
    let y = network.forward(&mut workspace, x, Mode::Inference)?;
    let loss = task.loss(&mut workspace, y, batch)?;
    Ok(f64::from(workspace.tape.get(loss)?.sum()))
}
