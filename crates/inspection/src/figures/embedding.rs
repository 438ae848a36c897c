//! Samples as points of a plane, so that those which a stage takes for similar lie together.

use super::inside::Inside;
use super::principal::Principal;
use crate::plot::{Axis, Figure, Mark, Panel, Series};
use relume_datasets::Part;
use relume_tensor::Tensor;
use relume_training::{Model, TrainError};
use serde::Serialize;

/// The two main directions of the outputs of a stage, or of the inputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Embedding {
    /// The samples' name.
    pub data: String,
    /// How many there are; of very many, every n-th is a point.
    pub samples: usize,
    /// The stage whose outputs they are; `None` for the inputs.
    pub stage: Option<String>,
    /// How many numbers a sample has there.
    pub width: usize,
    /// Each sample along the first two principal components.
    pub points: Vec<[f64; 2]>,
    /// The share of the variance along each.
    pub explained: [f64; 2],
    /// The classes' names; empty if the targets are no classes.
    pub classes: Vec<String>,
    /// The class of each sample.
    pub labels: Vec<usize>,
}

/// Samples that are drawn at most; of more, every n-th.
const MOST: usize = 2000;
/// Numbers of a sample at most: beyond, the products of the rows take long.
const WIDEST: usize = 65_536;
/// Numbers of all samples together at most: 64 MiB, and as much again for their products.
const NUMBERS: usize = 1 << 24;

impl Embedding {
    /// The outputs of a stage for the samples of a part; by default of the last stage but one, whose outputs the last
    /// one tells apart. `None` if there is no such stage.
    ///
    /// # Errors
    /// A model without parameters, samples that do not match it, or too few of them.
    pub fn of_stage(
        model: &Model,
        part: &Part,
        stage: Option<&str>,
    ) -> Result<Option<Self>, TrainError> {
        let (taken, _) = model.prepare_part(&thinned(part, MOST)?)?;
        // The first sample says how many numbers there are at the stage.
        let first = taken.slice(0, taken.len().min(1))?;
        let Some(one) = Inside::of(model, &first, stage, WIDEST)? else { return Ok(None) };
        let taken = thinned(&taken, most_samples(one.values.count()))?;
        let found = Inside::of(model, &taken, Some(&one.stage), WIDEST)?;
        let Some(inside) = found else { return Ok(None) };
        Ok(Some(Self::of_rows(part, &taken, &inside.values, Some(inside.stage))?))
    }

    /// The inputs of a part as they are prepared.
    ///
    /// # Errors
    /// Samples that cannot be read, or too few of them.
    pub fn of_inputs(part: &Part) -> Result<Self, TrainError> {
        let few = thinned(part, most_samples(part.data().sample_shape().count()))?;
        Self::of_rows(part, &few, &few.inputs()?, None)
    }

    /// The samples that were taken of a part, with their numbers.
    fn of_rows(
        whole: &Part,
        part: &Part,
        values: &Tensor,
        stage: Option<String>,
    ) -> Result<Self, TrainError> {
        let data = whole.name();
        let width = values.shape().tail(1).count().max(1);
        if part.len() < 2 {
            return Err(TrainError::Empty(format!("{data} (two samples are needed)")));
        }
        let found = Principal::of(values.data(), width, 2)?;
        let point = |row: &[f32]| {
            let place = found.place(row);
            [place.first().copied().unwrap_or(0.0), place.get(1).copied().unwrap_or(0.0)]
        };
        let share = |at: usize| found.shares.get(at).copied().unwrap_or(0.0);
        let labels = (0..part.len()).filter_map(|at| Some(part.class_of(at)?.0)).collect();
        Ok(Embedding {
            data: data.to_string(),
            samples: whole.len(),
            stage,
            width,
            points: values.data().chunks_exact(width).map(point).collect(),
            explained: [share(0), share(1)],
            classes: part.data().classes().map(<[String]>::to_vec).unwrap_or_default(),
            labels,
        })
    }

    /// The points, a sign and a colour for each class.
    pub fn figure(&self) -> Figure {
        let what = match &self.stage {
            Some(stage) => format!("outputs of stage {stage}"),
            None => "inputs".to_string(),
        };
        let few = match self.points.len() < self.samples {
            true => format!(", {} of {} samples", self.points.len(), self.samples),
            false => String::new(),
        };
        let title = format!("{}: {what} ({} numbers) by PCA{few}", self.data, self.width);
        let axis = |at: usize| {
            let percent = 100.0 * self.explained[at];
            Axis::new(format!("component {} ({percent:.1} % of the variance)", at + 1))
        };
        let mut panel = Panel::new(title, axis(0), axis(1));
        let are_classes = !self.classes.is_empty() && self.labels.len() == self.points.len();
        if !are_classes {
            let points = self.points.iter().map(|&[x, y]| (x, y)).collect();
            return Figure::of(panel.with(Mark::Points(Series::new("samples", points))));
        }
        for (class, name) in self.classes.iter().enumerate() {
            let own = self.points.iter().zip(&self.labels).filter(|&(_, &label)| label == class);
            let points = own.map(|(&[x, y], _)| (x, y)).collect();
            panel = panel.with(Mark::Points(Series::new(name, points)));
        }
        Figure::of(panel)
    }
}

/// How many samples of so many numbers are taken at most.
fn most_samples(width: usize) -> usize {
    (NUMBERS / width.max(1)).clamp(2, MOST)
}

/// Every n-th sample, so that there are at most so many.
fn thinned(part: &Part, most: usize) -> Result<Part, TrainError> {
    let step = part.len().div_ceil(most).max(1);
    Ok(part.at((0..part.len()).step_by(step))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_samples_are_fewer() {
        assert_eq!([1, 64, 8192, 65_536, 1 << 30].map(most_samples), [2000, 2000, 2000, 256, 2]);
        assert_eq!(most_samples(WIDEST) * WIDEST, NUMBERS);
    }
}
