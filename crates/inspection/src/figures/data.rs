//! What a data set is like: how many samples of each class, its numbers, some of its samples.

use super::pictures::bare;
use crate::Histogram;
use crate::plot::{Axis, Bars, Figure, Grid, Mark, Panel};
use relume_datasets::{Dataset, Part, Targets};
use relume_training::TrainError;
use serde::Serialize;

/// How many samples each class has in each part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassCounts {
    /// The data set, or a part of it.
    pub data: String,
    /// The classes' names.
    pub classes: Vec<String>,
    /// The parts that have samples.
    pub parts: Vec<PartCounts>,
}

/// The counts of one part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartCounts {
    /// Its name.
    pub part: String,
    /// The samples of each class.
    pub counts: Vec<usize>,
}

/// The parts of a data set that have samples.
pub fn parts(data: &Dataset) -> Vec<(&'static str, Part)> {
    let all = [("train", data.train()), ("validation", data.validation()), ("test", data.test())];
    all.into_iter().filter(|(_, part)| !part.is_empty()).collect()
}

impl ClassCounts {
    /// The counts of the parts of a data set; `None` if its targets are not one class for each sample.
    pub fn of(name: &str, parts: &[(&str, Part)]) -> Option<Self> {
        let (_, first) = parts.first()?;
        let Targets::Classes { names, .. } = first.data().targets() else { return None };
        let counts = |(name, part): &(&str, Part)| {
            let mut counts = vec![0; names.len()];
            let classes = (0..part.len()).filter_map(|at| Some(part.class_of(at)?.0));
            classes.for_each(|class| counts[class] += 1);
            PartCounts { part: (*name).to_string(), counts }
        };
        let parts = parts.iter().map(counts).collect();
        Some(ClassCounts { data: name.to_string(), classes: names.clone(), parts })
    }

    /// A column for each class and part.
    pub fn figure(&self) -> Figure {
        let x = Axis::new("class").named(self.classes.clone());
        let mut panel =
            Panel::new(format!("{}: samples of each class", self.data), x, Axis::new("samples"));
        let places = self.parts.len();
        for (place, own) in self.parts.iter().enumerate() {
            let heights: Vec<f64> = own.counts.iter().map(|&count| count as f64).collect();
            panel = panel.with(Mark::Bars(Bars::beside(&*own.part, &heights, place, places)));
        }
        Figure::of(panel)
    }
}

/// How numbers are distributed: those to predict, or the columns of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Columns {
    /// The samples' name.
    pub data: String,
    /// How many there are.
    pub samples: usize,
    /// Each column.
    pub columns: Vec<ColumnHistogram>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnHistogram {
    /// Its name.
    pub name: String,
    /// How its values are distributed.
    pub histogram: Histogram,
}

/// Columns at most.
const MOST: usize = 24;

impl Columns {
    /// The numbers to predict, in their own units; `None` if there are none.
    pub fn of_targets(part: &Part, bins: usize) -> Option<Self> {
        let numbers = part.numbers()?;
        let names = part.data().targets().numbers();
        let column = |(at, name): (usize, &String)| {
            let values: Vec<f32> =
                numbers.iter().filter_map(|row| row.get(at)).map(|&x| x as f32).collect();
            let histogram = Histogram::of_numbers(&values, bins);
            ColumnHistogram { name: name.clone(), histogram }
        };
        let columns: Vec<_> = names.iter().take(MOST).enumerate().map(column).collect();
        let (data, samples) = (part.name().to_string(), part.len());
        (!columns.is_empty()).then_some(Columns { data, samples, columns })
    }

    /// The columns of rows of numbers, in their own units where the preparation only shifts and scales; `None` for
    /// samples of another kind.
    ///
    /// # Errors
    /// Samples that cannot be read.
    pub fn of_inputs(part: &Part, bins: usize) -> Result<Option<Self>, TrainError> {
        if part.data().sample_shape().rank() != 1 || part.is_empty() {
            return Ok(None);
        }
        let inputs = part.inputs()?;
        let width = inputs.shape().tail(1).count().max(1);
        let own = part.data().preparation();
        let factors = own.filter(|own| own.shift.len() == width && own.scale.len() == width);
        let raw = |at: usize, x: f32| match factors {
            Some(own) if own.scale[at] != 0.0 => x / own.scale[at] + own.shift[at],
            _ => x,
        };
        let names = part.data().features();
        let column = |at: usize| {
            let values: Vec<f32> =
                inputs.data().iter().skip(at).step_by(width).map(|&x| raw(at, x)).collect();
            let name = names.get(at).cloned().unwrap_or_else(|| format!("column {at}"));
            ColumnHistogram { name, histogram: Histogram::of_numbers(&values, bins) }
        };
        let columns = (0..width.min(MOST)).map(column).collect();
        Ok(Some(Columns { data: part.name().to_string(), samples: part.len(), columns }))
    }

    /// A panel for each column.
    pub fn figure(&self) -> Figure {
        let panel = |own: &ColumnHistogram| {
            let bars = Mark::Bars(Bars::of_histogram("", &own.histogram));
            Panel::new(&*own.name, Axis::new(&*own.name), Axis::new("samples")).with(bars)
        };
        let title = format!("{}: {} samples", self.data, relume_catalog::count_text(self.samples));
        Figure::several(title, self.columns.iter().map(panel).collect())
    }
}

/// Pictures at most.
const PICTURES: usize = 25;

/// The first pictures of a part with their classes; `None` of samples that are no pictures.
///
/// # Errors
/// Samples that cannot be read.
pub fn samples(part: &Part) -> Result<Option<Figure>, TrainError> {
    let Some([channels, height, width]) = picture_shape(part.data()) else { return Ok(None) };
    let few = part.slice(0, part.len().min(PICTURES))?;
    let inputs = few.inputs()?;
    let size = (channels * height * width).max(1);
    let panel = |(at, own): (usize, &[f32])| {
        let title = few.class_of(at).map_or_else(|| at.to_string(), |(_, name)| name.to_string());
        bare(title, Grid::of_picture(own, [channels, height, width]))
    };
    let panels = inputs.data().chunks_exact(size).enumerate().map(panel).collect();
    let title = format!("{}: the first {} of {} samples", part.name(), few.len(), part.len());
    Ok(Some(Figure::several(title, panels)))
}

/// The shape of samples that are pictures: `[channels, height, width]`, or rows of a square's pixels, which have no
/// names.
pub fn picture_shape(data: &Dataset) -> Option<[usize; 3]> {
    let shape = data.sample_shape();
    let is_named_row = shape.rank() == 1 && !data.features().is_empty();
    if is_named_row { None } else { relume_datasets::picture_shape(&shape) }
}
