//! Weights: how they are distributed, their singular values, and filters.

use super::pictures::{bare, labelled, pictures};
use crate::Histogram;
use crate::plot::{Axis, Bars, Figure, Grid, Mark, Palette, Panel, Series};
use relume_layers::Network;
use relume_tensor::Tensor;
use relume_training::TrainError;
use serde::Serialize;

/// How the numbers of each parameter are distributed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightHistograms {
    /// The parameters.
    pub parameters: Vec<NamedHistogram>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedHistogram {
    /// Its name: `0.weight`.
    pub name: String,
    /// How many numbers it has.
    pub count: usize,
    /// How they are distributed.
    pub histogram: Histogram,
}

impl WeightHistograms {
    /// Those of a network's parameters.
    pub fn of(network: &Network, bins: usize) -> Self {
        let own = |(_, parameter): (_, &relume_layers::Parameter)| NamedHistogram {
            name: parameter.name.clone(),
            count: parameter.value.count(),
            histogram: Histogram::of(&parameter.value, bins),
        };
        WeightHistograms { parameters: network.parameters().iter().map(own).collect() }
    }

    /// Those of a single tensor.
    pub fn of_tensor(name: &str, values: &Tensor, bins: usize) -> Self {
        let histogram = Histogram::of(values, bins);
        let own = NamedHistogram { name: name.to_string(), count: values.count(), histogram };
        WeightHistograms { parameters: vec![own] }
    }

    /// A panel for each.
    pub fn figure(&self) -> Figure {
        let panel = |own: &NamedHistogram| {
            let title = format!("{} ({} numbers)", own.name, relume_catalog::count_text(own.count));
            let bars = Mark::Bars(Bars::of_histogram("", &own.histogram));
            Panel::new(title, Axis::new("value"), Axis::new("count")).with(bars)
        };
        Figure::several("", self.parameters.iter().map(panel).collect())
    }
}

/// The singular values of a weight as a matrix: a row for each output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spectrum {
    /// What it is of.
    pub name: String,
    /// The sizes of the matrix.
    pub shape: [usize; 2],
    /// The singular values, the largest first.
    pub values: Vec<f64>,
    /// Their squares' sum by the largest square: 1 if all rows are multiples of one. Rudelson and Vershynin, "Sampling
    /// from large matrices", 2007.
    pub stable_rank: f64,
    /// The largest by the smallest; `None` if that is 0.
    pub condition: Option<f64>,
}

/// Numbers of a matrix at most whose singular values are computed.
const MOST: usize = 1 << 22;

impl Spectrum {
    /// The singular values of a weight `[outputs, ...]`, of which all axes but the first are one. `None` of what is no
    /// matrix, or has more than four million numbers.
    ///
    /// # Errors
    /// Numbers that are not finite.
    pub fn of(name: &str, weight: &Tensor) -> Result<Option<Self>, TrainError> {
        let Some((&rows, rest)) = weight.dims().split_first() else { return Ok(None) };
        let columns: usize = rest.iter().product();
        if rest.is_empty() || rows * columns == 0 || rows * columns > MOST {
            return Ok(None);
        }
        let found = weight.reshape([rows, columns])?.svd()?.s;
        let values: Vec<f64> = found.data().iter().map(|&x| f64::from(x)).collect();
        let largest = values.first().copied().unwrap_or(0.0);
        let smallest = values.last().copied().unwrap_or(0.0);
        let squares = values.iter().map(|x| x * x).sum::<f64>();
        let stable_rank = if largest > 0.0 { squares / (largest * largest) } else { 0.0 };
        let condition = (smallest > 0.0).then(|| largest / smallest);
        Ok(Some(Spectrum {
            name: name.to_string(),
            shape: [rows, columns],
            values,
            stable_rank,
            condition,
        }))
    }

    /// The values in their order.
    pub fn figure(&self) -> Figure {
        let [rows, columns] = self.shape;
        let title = format!(
            "{} ({rows} x {columns}): singular values, stable rank {:.1}",
            self.name, self.stable_rank
        );
        let points = self.values.iter().enumerate().map(|(at, &x)| ((at + 1) as f64, x)).collect();
        let y = Axis::new("singular value");
        let line = Mark::Line(Series::new("", points));
        // From 0, so that small ones are seen as small.
        let most = self.values.first().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
        Figure::of(Panel::new(title, Axis::new("order"), y.from(0.0, most * 1.04)).with(line))
    }
}

/// The kernels of a convolution `[outputs, inputs, height, width]` as pictures: in colour for three inputs, and
/// otherwise a picture for each output and each input, below 0 in blue and above in red. `None` of another shape.
pub fn filters(name: &str, weight: &Tensor) -> Option<Figure> {
    let &[outputs, inputs, height, width] = weight.dims() else { return None };
    let (data, size) = (weight.data(), height * width);
    if size == 0 || inputs == 0 || outputs == 0 {
        return None;
    }
    let title = format!("{name}: {outputs} filters of {height} x {width}, {inputs} inputs");
    if inputs == 3 {
        let each = data.chunks_exact(3 * size);
        let all = each.map(|own| Grid::of_picture(own, [3, height, width]));
        return Some(pictures(&title, "filter", all, outputs));
    }
    if inputs == 1 {
        let all = data.chunks_exact(size).map(|own| Grid::of_signed(own, width));
        return Some(pictures(&title, "filter", all, outputs));
    }
    // One sheet with a row for each output and a gap between kernels.
    let (down, across) = (outputs.min(16), inputs.min(16));
    let (high, wide) = (down * (height + 1) - 1, across * (width + 1) - 1);
    let number = |at: usize| {
        let (y, x) = (at / wide, at % wide);
        let (output, row) = (y / (height + 1), y % (height + 1));
        let (input, column) = (x / (width + 1), x % (width + 1));
        let is_gap = row == height || column == width;
        let place = ((output * inputs + input) * height + row.min(height - 1)) * width;
        if is_gap { 0.0 } else { data[place + column.min(width - 1)] }
    };
    let sheet: Vec<f32> = (0..high * wide).map(number).collect();
    let grid = labelled(Grid::of_signed(&sheet, wide), &sheet, "weight", Palette::Diverging);
    let shown = format!("outputs 0 to {} down, inputs 0 to {} across", down - 1, across - 1);
    let mut figure = Figure::of(bare(shown, grid));
    figure.title = title;
    Some(figure)
}

/// A matrix of numbers, the first row on top.
pub fn matrix(name: &str, values: &Tensor) -> Option<Figure> {
    let (&columns, rest) = values.dims().split_last()?;
    let rows: usize = rest.iter().product();
    if rest.is_empty() || rows * columns == 0 || rows * columns > MOST {
        return None;
    }
    let grid = Grid::of_signed(values.data(), columns);
    let grid = labelled(grid, values.data(), "value", Palette::Diverging);
    // The first row is on top, and an axis is read from below.
    let rows_axis = Axis::new("row").named((0..rows).rev().map(|at| at.to_string()).collect());
    let panel = Panel::new(format!("{name} ({rows} x {columns})"), Axis::new("column"), rows_axis);
    Some(Figure::of(panel.with(Mark::Grid(grid))))
}

/// A picture `[channels, height, width]` of one or three channels, or `[height, width]`.
pub fn picture(name: &str, values: &Tensor) -> Option<Figure> {
    let shape = match *values.dims() {
        [height, width] => [1, height, width],
        [channels @ (1 | 3), height, width] => [channels, height, width],
        _ => return None,
    };
    (values.count() > 0).then(|| Figure::of(bare(name, Grid::of_picture(values.data(), shape))))
}
