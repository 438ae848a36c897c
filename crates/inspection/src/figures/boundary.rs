//! What a network says everywhere in a plane of its inputs.

use super::principal::Principal;
use crate::plot::{Axis, Figure, Grid, Mark, Palette, Panel, Series};
use relume_datasets::{Dataset, Part, Preparation, Targets};
use relume_tensor::Tensor;
use relume_training::task::{Decoded, Predictions};
use relume_training::{Model, TrainError, predict};
use serde::Serialize;

/// The answers of a network over a plane: of its two inputs, or of the two main directions of more.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Boundary {
    /// The samples' name.
    pub data: String,
    /// What the axes are.
    pub axes: [String; 2],
    /// The ends of both axes.
    pub range: [[f64; 2]; 2],
    /// Cells of a row.
    pub columns: usize,
    /// The class of each cell, row by row from the top; empty if numbers are predicted.
    pub classes: Vec<usize>,
    /// How far the largest probability is above the next one; or the number that is predicted.
    pub values: Vec<f64>,
    /// The classes' names, or the number's.
    pub names: Vec<String>,
    /// The samples.
    pub points: Vec<[f64; 2]>,
    /// The class of each sample, if it has one.
    pub labels: Vec<usize>,
}

/// Cells on each side.
const CELLS: usize = 120;
/// Samples that are drawn at most.
const MOST: usize = 1500;
/// Inputs at most of a network that is drawn by directions.
const WIDEST: usize = 4096;

/// How places of the plane become inputs.
enum Plane {
    /// Two inputs, with their own units.
    Inputs { shift: [f64; 2], scale: [f64; 2] },
    /// Directions of more.
    Directions(Principal),
}

impl Plane {
    /// The prepared inputs of a place.
    fn inputs(&self, [x, y]: [f64; 2]) -> Vec<f32> {
        match self {
            Plane::Inputs { shift, scale } => {
                vec![((x - shift[0]) * scale[0]) as f32, ((y - shift[1]) * scale[1]) as f32]
            }
            Plane::Directions(found) => found.row(&[x, y]),
        }
    }

    /// The place of prepared inputs.
    fn place(&self, row: &[f32]) -> [f64; 2] {
        match self {
            Plane::Inputs { shift, scale } => {
                let own = |at: usize| f64::from(row[at]) / scale[at] + shift[at];
                [own(0), own(1)]
            }
            Plane::Directions(found) => {
                let place = found.place(row);
                [place.first().copied().unwrap_or(0.0), place.get(1).copied().unwrap_or(0.0)]
            }
        }
    }
}

impl Boundary {
    /// Whether samples are rows of at least two numbers, with one class or one number to predict.
    pub fn suits(data: &Dataset) -> bool {
        let shape = data.sample_shape();
        let is_row = shape.rank() == 1 && (2..=WIDEST).contains(&shape.count());
        let is_single = matches!(data.targets(), Targets::Classes { .. } | Targets::Values { .. });
        is_row && is_single && (data.classes().is_some() || data.targets().width() == 1)
    }

    /// The plane around the samples of a part. `None` if the network predicts neither one class nor one number for a
    /// sample, or takes no rows of numbers.
    ///
    /// # Errors
    /// A model without parameters, or samples that do not match it.
    pub fn of(model: &Model, part: &Part) -> Result<Option<Self>, TrainError> {
        let step = part.len().div_ceil(MOST).max(1);
        let data = part.name().to_string();
        let part = part.at((0..part.len()).step_by(step))?;
        let (part, _) = model.prepare_part(&part)?;
        let inputs = part.inputs()?;
        let width = inputs.shape().tail(1).count();
        if !Self::suits(part.data()) || part.len() < 3 {
            return Ok(None);
        }
        let (plane, axes) = plane(&part, &inputs, width)?;
        let points: Vec<[f64; 2]> =
            inputs.data().chunks_exact(width).map(|row| plane.place(row)).collect();
        let range = [0, 1].map(|axis| around(points.iter().map(|point| point[axis])));
        let at = |cell: usize| {
            let part = |place: usize| (place as f64 + 0.5) / CELLS as f64;
            let (across, down) = (part(cell % CELLS), part(cell / CELLS));
            let [[left, right], [bottom, top]] = range;
            [left + across * (right - left), top - down * (top - bottom)]
        };
        let cells: Vec<f32> = (0..CELLS * CELLS).flat_map(|cell| plane.inputs(at(cell))).collect();
        let shape = inputs.shape().without_batch().with_batch(CELLS * CELLS)?;
        let found = predict(model, &Tensor::new(shape, cells)?)?;
        let labels = (0..part.len()).filter_map(|sample| Some(part.class_of(sample)?.0)).collect();
        let mut own = Boundary {
            data,
            axes,
            range,
            columns: CELLS,
            classes: Vec::new(),
            values: Vec::new(),
            names: Vec::new(),
            points,
            labels,
        };
        Ok(own.take(found).then_some(own))
    }

    /// Takes the predictions for the cells, if they are such as can be drawn.
    fn take(&mut self, found: Predictions) -> bool {
        match found.decoded {
            Decoded::Classes(own) => {
                self.classes = own.samples.iter().map(|sample| sample.class).collect();
                self.values = own.samples.iter().map(|sample| margin(&sample.scores)).collect();
                self.names = own.classes;
                true
            }
            Decoded::Numbers(own) => {
                let first = |row: &Vec<f64>| row.first().copied().unwrap_or(f64::NAN);
                self.values = own.samples.iter().map(first).collect();
                self.names = own.names.into_iter().take(1).collect();
                true
            }
            Decoded::Places(_) | Decoded::Transcripts(_) | Decoded::Outputs => false,
        }
    }

    /// The areas of the classes, paler where the network is less sure, or the numbers; over them the samples.
    pub fn figure(&self) -> Figure {
        let [[left, right], [bottom, top]] = self.range;
        let are_classes = !self.classes.is_empty();
        let grid = match are_classes {
            true => Grid::of_classes(&self.classes, &self.values, self.columns, &self.names),
            false => {
                let finite = || self.values.iter().copied().filter(|x| x.is_finite());
                let low = finite().fold(f64::INFINITY, f64::min);
                let high = finite().fold(f64::NEG_INFINITY, f64::max);
                let grid =
                    Grid::of_numbers(&self.values, self.columns, Palette::Sequential, [low, high]);
                let name = self.names.first().map_or("", String::as_str);
                if low < high {
                    grid.with_bar(Palette::Sequential, [low, high], name)
                } else {
                    grid
                }
            }
        };
        let title = format!("What the network says around {}", self.data);
        let axis = |at: usize| {
            let [low, high] = self.range[at];
            Axis::new(&*self.axes[at]).from(low, high)
        };
        let grid = Mark::Grid(grid.over([left, right, bottom, top]));
        let mut panel = Panel::new(title, axis(0), axis(1)).with(grid);
        let count = if are_classes { self.names.len() } else { 1 };
        for class in 0..count {
            let is_own =
                |sample: usize| self.labels.get(sample).is_none_or(|&label| label == class);
            let own = self.points.iter().enumerate().filter(|&(sample, _)| is_own(sample));
            let points = own.map(|(_, &[x, y])| (x, y)).collect();
            let name = if are_classes { &*self.names[class] } else { "" };
            panel = panel.with(Mark::Points(Series::new(name, points)));
        }
        Figure::of(panel)
    }
}

/// The plane of two inputs, or of the main directions of more, and what its axes are called.
fn plane(part: &Part, inputs: &Tensor, width: usize) -> Result<(Plane, [String; 2]), TrainError> {
    if width == 2 {
        let name = |at: usize| {
            let own = part.data().features().get(at).cloned();
            own.unwrap_or_else(|| format!("input {}", at + 1))
        };
        let (shift, scale) = units(part.data().preparation());
        return Ok((Plane::Inputs { shift, scale }, [name(0), name(1)]));
    }
    let found = Principal::of(inputs.data(), width, 2)?;
    let name = |at: usize| {
        let percent = 100.0 * found.shares.get(at).copied().unwrap_or(0.0);
        format!("direction {} of {width} inputs ({percent:.1} % of the variance)", at + 1)
    };
    let axes = [name(0), name(1)];
    Ok((Plane::Directions(found), axes))
}

/// The shift and the scale of two inputs, where the preparation has such for each.
fn units(preparation: Option<&Preparation>) -> ([f64; 2], [f64; 2]) {
    let unchanged = ([0.0; 2], [1.0; 2]);
    let Some(own) = preparation else { return unchanged };
    let is_exact = own.rest.iter().any(Option::is_some);
    match (&own.shift[..], &own.scale[..]) {
        (&[a, b], &[c, d]) if !is_exact && c != 0.0 && d != 0.0 => {
            ([a.into(), b.into()], [c.into(), d.into()])
        }
        _ => unchanged,
    }
}

/// From a little below the smallest to a little above the largest.
fn around(values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    let room = if high > low { (high - low) * 0.08 } else { 1.0 };
    [low - room, high + room]
}

/// How far the largest score is above the next one.
fn margin(scores: &[f32]) -> f64 {
    let (mut first, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for &score in scores {
        if score > first {
            (first, second) = (score, first);
        } else if score > second {
            second = score;
        }
    }
    f64::from(first - second)
}
