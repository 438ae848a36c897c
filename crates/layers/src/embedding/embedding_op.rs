//! Rows of a table by their indices, and sums, means and maxima of them.

use crate::recurrent::lengths::{check_lengths, length};
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Indices, Shape, Tensor, TensorError, simd, threads};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// The error of a number that is not a row of a table of `rows`, with the sample and its step named.
fn no_row(
    operation: &'static str,
    shape: Shape,
    at: usize,
    number: impl Display,
    rows: usize,
) -> AutogradError {
    let width = shape.tail(1).count().max(1);
    let problem = format!(
        "sample {}, step {}: {number} is not an index of a table of {rows} rows, which are counted from 0",
        at / width,
        at % width,
    );
    AutogradError::Value { operation, problem }
}

/// Numbers as indices of a table of `rows`.
///
/// # Errors
/// A number that is not a row of the table, or one of 2^24 or more, which may have been rounded when it became f32.
pub fn rows_of(operation: &'static str, x: &Tensor, rows: usize) -> Result<Indices, AutogradError> {
    let is_row = |&x: &f32| x >= 0.0 && x < rows as f32 && x.fract() == 0.0;
    if let Some(at) = x.data().iter().position(|x| !is_row(x)) {
        return Err(no_row(operation, x.shape(), at, x.data()[at], rows));
    }
    Ok(x.try_into()?)
}

/// The indices, and the sizes of the table of rows.
fn table_sizes<'a>(
    operation: &'static str,
    inputs: Inputs<'a>,
) -> Result<(&'a Indices, [usize; 2]), AutogradError> {
    let (Some(x), &[table]) = (inputs.indices(0), inputs.tensors()) else {
        let problem = "wants indices and a table [rows, features]".to_string();
        return Err(AutogradError::Value { operation, problem });
    };
    let &[rows, width] = table.dims() else {
        let given = table.shape();
        let wanted = "a table [rows, features]";
        return Err(TensorError::Rank { operation, wanted, given }.into());
    };
    if let Some(at) = x.data().iter().position(|&index| index as usize >= rows) {
        return Err(no_row(operation, x.shape(), at, x.data()[at], rows));
    }
    Ok((x, [rows, width]))
}

/// The gradient of a table: row `index` is the sum of `factor` times the gradients that [`Scatter::source`] names for
/// the positions of the index.
struct Scatter<'a> {
    indices: &'a [u32],
    /// A row that is left out.
    padding: Option<usize>,
    gradient: &'a [f32],
    /// How often each row's index occurs, if its gradient is divided by that.
    counts: Option<Tensor>,
}

impl Scatter<'_> {
    /// `source` gives the row of the gradient that comes to a position, and what it is multiplied by; None for none.
    fn table(&self, shape: Shape, source: impl Fn(usize) -> Option<(usize, f32)> + Sync) -> Tensor {
        let (rows, width) = (shape[0], shape[1].max(1));
        let mut table = Tensor::uninit(shape);
        // Each piece owns some rows and finds them among all indices: sums are in the order of the indices.
        let piece = rows.div_ceil(8).max(threads::rows_per_piece(width, 4)).max(1);
        threads::for_pieces(table.data_mut(), piece * width, |i, part| {
            part.fill(0.0);
            let own = i * piece..(i + 1) * piece;
            for (position, &index) in self.indices.iter().enumerate() {
                let row = index as usize;
                if !own.contains(&row) || self.padding == Some(row) {
                    continue;
                }
                let Some((from, factor)) = source(position) else { continue };
                let count = self.counts.as_ref().map_or(1.0, |counts| counts.data()[row]);
                let factor = factor / count;
                let to = &mut part[(row - own.start) * width..][..width];
                simd::map2_in_place(to, &self.gradient[from * width..][..width], |sum, g| {
                    g.mul_add(factor, sum)
                });
            }
        });
        table
    }
}

/// How often each row of a table is named.
fn counts(named: impl Iterator<Item = usize>, rows: usize) -> Tensor {
    let mut counts = Tensor::zeros(rows);
    named.for_each(|row| counts.data_mut()[row] += 1.0);
    counts
}

/// Indices `[batch, ...]` and a table `[rows, features]` to the rows that they name, `[batch, ..., features]`.
#[derive(Clone, Copy, Debug)]
pub struct Embedding {
    /// The row that gets no gradient.
    pub padding: Option<usize>,
    /// Whether a row's gradient is divided by how often its index occurs in the batch.
    pub scale_by_frequency: bool,
}

impl Op for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn takes_indices(&self, place: usize) -> bool {
        place == 0
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, [_, width]) = table_sizes(self.name(), inputs)?;
        let table = inputs[0];
        let mut sizes = [width; Shape::MAX_RANK + 1];
        sizes[..x.rank()].copy_from_slice(x.dims());
        let mut out = Tensor::uninit(Shape::new(&sizes[..=x.rank()])?);
        let (width, halves) = (width.max(1), table.halves());
        let rows = threads::rows_per_piece(width, 1);
        threads::for_pieces(out.data_mut(), rows * width, |piece, part| {
            let indices = x.data()[piece * rows..].iter().map(|&index| index as usize * width);
            for (to, start) in part.chunks_exact_mut(width).zip(indices) {
                match halves {
                    None => to.copy_from_slice(&table.data()[start..start + width]),
                    Some(halves) => halves.widen(start..start + width, to),
                }
            }
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, _) = table_sizes(self.name(), pass.inputs)?;
        let table = pass.inputs[0].shape();
        if pass.wants(0) {
            let scatter = Scatter {
                indices: x.data(),
                padding: self.padding,
                gradient: pass.gradient.data(),
                counts: self
                    .scale_by_frequency
                    .then(|| counts(x.data().iter().map(|&index| index as usize), table[0])),
            };
            let gradient = scatter.table(table, |position| Some((position, 1.0)));
            pass.give(0, gradient);
        }
        Ok(())
    }
}

/// Indices `[batch, length]`, a table `[rows, features]` and optionally lengths `[batch]` to one row for each sample,
/// `[batch, features]`: the sum, mean or maximum of the indexed rows. Zeros if there are none.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddingBag {
    /// How the rows are combined.
    pub mode: crate::ops::OverTime,
    /// The row that does not count and gets no gradient.
    pub padding: Option<usize>,
    /// Whether a row's gradient is divided by how often its index occurs in the batch.
    pub scale_by_frequency: bool,
}

/// Stands for no row of the table.
const NO_ROW: u32 = u32::MAX;

impl EmbeddingBag {
    /// The rows of a sample that count.
    fn bag<'a>(
        &self,
        x: &'a Indices,
        lengths: Option<&Indices>,
        sample: usize,
    ) -> impl Iterator<Item = usize> + Clone + use<'a> {
        let time = x.dims()[1];
        let own = &x.data()[sample * time..][..length(lengths, sample, time)];
        let padding = self.padding;
        own.iter().map(|&index| index as usize).filter(move |&row| Some(row) != padding)
    }

    fn check<'a>(&self, inputs: Inputs<'a>) -> Result<(&'a Indices, [usize; 2]), AutogradError> {
        let (x, sizes) = table_sizes(self.name(), inputs)?;
        if x.rank() != 2 {
            let (wanted, given) = ("indices [batch, length]", x.shape());
            return Err(TensorError::Rank { operation: self.name(), wanted, given }.into());
        }
        check_lengths(self.name(), inputs, 2, x.shape())?;
        Ok((x, sizes))
    }
}

impl Op for EmbeddingBag {
    fn name(&self) -> &'static str {
        "embedding_bag"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=3
    }

    fn takes_indices(&self, place: usize) -> bool {
        place != 1
    }

    /// Saves, for the maximum, the row of each number, or `NO_ROW`.
    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        use crate::ops::OverTime::{Max, Mean};
        let (x, [_, width]) = self.check(inputs)?;
        let (table, lengths) = (inputs[0], inputs.indices(1));
        let batch = x.dims()[0];
        let mut out = Tensor::zeros([batch, width]);
        let mut from = Indices::full([batch, if self.mode == Max { width } else { 0 }], NO_ROW);
        for (sample, to) in out.data_mut().chunks_exact_mut(width.max(1)).enumerate() {
            let bag = self.bag(x, lengths, sample);
            if self.mode != Max {
                for row in bag.clone() {
                    let from = &table.data()[row * width..][..width];
                    simd::map2_in_place(to, from, |sum, x| sum + x);
                }
                if self.mode == Mean {
                    let factor = 1.0 / bag.count().max(1) as f32;
                    simd::map_in_place(to, |sum| sum * factor);
                }
                continue;
            }
            let from = &mut from.data_mut()[sample * width..][..width];
            for (i, row) in bag.enumerate() {
                let numbers = &table.data()[row * width..][..width];
                for ((most, from), &x) in to.iter_mut().zip(&mut *from).zip(numbers) {
                    if i == 0 || x > *most {
                        (*most, *from) = (x, row as u32);
                    }
                }
            }
        }
        saved.push_indices(from);
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        use crate::ops::OverTime::{Max, Mean};
        if !pass.wants(0) {
            return Ok(());
        }
        let (x, _) = self.check(pass.inputs)?;
        let (table, lengths) = (pass.inputs[0].shape(), pass.inputs.indices(1));
        let (time, width) = (x.dims()[1].max(1), table[1]);
        if self.mode == Max {
            let mut gradient = Tensor::zeros(table);
            let numbers =
                pass.gradient.data().iter().zip(pass.saved.indices()[0].data()).enumerate();
            for (at, (g, &row)) in numbers.filter(|(_, (_, row))| **row != NO_ROW) {
                gradient.data_mut()[row as usize * width + at % width] += g;
            }
            pass.give(0, gradient);
            return Ok(());
        }
        let factors = Tensor::from_fn(x.dims()[0], |sample| match self.mode {
            Mean => 1.0 / self.bag(x, lengths, sample).count().max(1) as f32,
            _ => 1.0,
        });
        let scatter = Scatter {
            indices: x.data(),
            padding: self.padding,
            gradient: pass.gradient.data(),
            counts: self.scale_by_frequency.then(|| {
                let samples = 0..x.dims()[0];
                counts(samples.flat_map(|sample| self.bag(x, lengths, sample)), table[0])
            }),
        };
        let gradient = scatter.table(table, |position| {
            let sample = position / time;
            let inside = position % time < length(lengths, sample, time);
            inside.then(|| (sample, factors.data()[sample]))
        });
        pass.give(0, gradient);
        Ok(())
    }
}

/// How many steps each sample of indices `[batch, time]` has up to its last one that is not padding, `[batch]`.
pub fn lengths_by_padding(x: &Indices, padding: usize) -> Indices {
    let time = x.shape().tail(1).count();
    let sample = |i: usize| x.data()[i * time..][..time].iter();
    let last = |i: usize| sample(i).rposition(|&index| index as usize != padding);
    Indices::from_fn(x.dims()[0], |i| last(i).map_or(0, |last| last + 1) as u32)
}
