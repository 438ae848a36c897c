//! Rows of a table by their indices, and sums, means and maxima of them.

use crate::recurrent::lengths::{check_lengths, length};
use relume_autograd::{AutogradError, Backward, Op, Saved};
use relume_tensor::{Indices, Shape, Tensor, TensorError, simd, threads};

/// Refuses indices that are no rows of a table of `rows`, with the sample and its step named.
fn check_indices(operation: &'static str, x: &Tensor, rows: usize) -> Result<(), AutogradError> {
    let is_row = |&index: &f32| index >= 0.0 && index < rows as f32 && index.fract() == 0.0;
    let Some(at) = x.data().iter().position(|index| !is_row(index)) else { return Ok(()) };
    let width = x.shape().tail(1).count().max(1);
    let problem = format!(
        "sample {}, step {}: {} is no index of a table of {rows} rows, which are counted from 0",
        at / width,
        at % width,
        x.data()[at],
    );
    Err(AutogradError::Value { operation, problem })
}

/// The sizes of a table of rows.
fn table_sizes(
    operation: &'static str,
    x: &Tensor,
    table: &Tensor,
) -> Result<[usize; 2], AutogradError> {
    let &[rows, width] = table.dims() else {
        let given = table.shape();
        let wanted = "a table [rows, features]";
        return Err(TensorError::Rank { operation, wanted, given }.into());
    };
    check_indices(operation, x, rows)?;
    Ok([rows, width])
}

/// The gradient of a table: row `index` is the sum of `factor` times the gradients that [`Scatter::source`] names for the places
/// where it stands.
struct Scatter<'a> {
    indices: &'a [f32],
    /// A row that is left out.
    padding: Option<usize>,
    gradient: &'a [f32],
    /// How often each row stands among the indices, where that divides its gradient.
    counts: Option<Tensor>,
}

impl Scatter<'_> {
    /// `source` gives the row of the gradient that comes to a place, and what it is multiplied by; None for none.
    fn table(&self, shape: Shape, source: impl Fn(usize) -> Option<(usize, f32)> + Sync) -> Tensor {
        let (rows, width) = (shape[0], shape[1].max(1));
        let mut table = Tensor::uninit(shape);
        // Each piece owns some rows and looks for them among all indices: sums are in the order of the indices.
        let piece = rows.div_ceil(8).max(threads::rows_per_piece(width, 4)).max(1);
        threads::for_pieces(table.data_mut(), piece * width, |i, part| {
            part.fill(0.0);
            let own = i * piece..(i + 1) * piece;
            for (place, &index) in self.indices.iter().enumerate() {
                let row = index as usize;
                if !own.contains(&row) || self.padding == Some(row) {
                    continue;
                }
                let Some((from, factor)) = source(place) else { continue };
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
    /// Whether a row's gradient is divided by how often it stands in the batch.
    pub scale_by_frequency: bool,
}

impl Op for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn forward(&self, inputs: &[&Tensor], _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, table) = (inputs[0], inputs[1]);
        let [_, width] = table_sizes(self.name(), x, table)?;
        let mut sizes = [width; Shape::MAX_RANK + 1];
        sizes[..x.rank()].copy_from_slice(x.dims());
        let mut out = Tensor::uninit(Shape::new(&sizes[..=x.rank()])?);
        let width = width.max(1);
        let rows = threads::rows_per_piece(width, 1);
        threads::for_pieces(out.data_mut(), rows * width, |piece, part| {
            let indices = x.data()[piece * rows..].iter();
            for (to, &index) in part.chunks_exact_mut(width).zip(indices) {
                to.copy_from_slice(&table.data()[index as usize * width..][..width]);
            }
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, table) = (pass.inputs[0], pass.inputs[1].shape());
        if pass.wants(1) {
            let scatter = Scatter {
                indices: x.data(),
                padding: self.padding,
                gradient: pass.gradient.data(),
                counts: self
                    .scale_by_frequency
                    .then(|| counts(x.data().iter().map(|&index| index as usize), table[0])),
            };
            let gradient = scatter.table(table, |place| Some((place, 1.0)));
            pass.give(1, gradient);
        }
        Ok(())
    }
}

/// Indices `[batch, length]`, a table `[rows, features]` and perhaps lengths `[batch]` to one row for each sample,
/// `[batch, features]`: the sum, mean or largest numbers of the rows that are named. Without any, zeros.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddingBag {
    /// What becomes of the rows.
    pub mode: crate::ops::OverTime,
    /// The row that does not count and gets no gradient.
    pub padding: Option<usize>,
    /// Whether a row's gradient is divided by how often it stands in the batch.
    pub scale_by_frequency: bool,
}

/// Stands for no row of a table.
const NO_ROW: u32 = u32::MAX;

impl EmbeddingBag {
    /// The rows of a sample that count.
    fn bag<'a>(
        &self,
        x: &'a Tensor,
        lengths: Option<&Tensor>,
        sample: usize,
    ) -> impl Iterator<Item = usize> + Clone + use<'a> {
        let time = x.dims()[1];
        let own = &x.data()[sample * time..][..length(lengths, sample, time)];
        let padding = self.padding;
        own.iter().map(|&index| index as usize).filter(move |&row| Some(row) != padding)
    }

    fn check(&self, inputs: &[&Tensor]) -> Result<[usize; 2], AutogradError> {
        let x = inputs[0];
        if x.rank() != 2 {
            let (wanted, given) = ("indices [batch, length]", x.shape());
            return Err(TensorError::Rank { operation: self.name(), wanted, given }.into());
        }
        check_lengths(self.name(), inputs.get(2).copied(), x)?;
        table_sizes(self.name(), x, inputs[1])
    }
}

impl Op for EmbeddingBag {
    fn name(&self) -> &'static str {
        "embedding_bag"
    }

    /// Saves, for the largest, the row that each number comes from, or [`NO_ROW`].
    fn forward(&self, inputs: &[&Tensor], saved: &mut Saved) -> Result<Tensor, AutogradError> {
        use crate::ops::OverTime::{Max, Mean};
        let [_, width] = self.check(inputs)?;
        let (x, table, lengths) = (inputs[0], inputs[1], inputs.get(2).copied());
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
        if !pass.wants(1) {
            return Ok(());
        }
        let (x, table) = (pass.inputs[0], pass.inputs[1].shape());
        let lengths = pass.inputs.get(2).copied();
        let (time, width) = (x.dims()[1].max(1), table[1]);
        if self.mode == Max {
            let mut gradient = Tensor::zeros(table);
            let numbers =
                pass.gradient.data().iter().zip(pass.saved.indices()[0].data()).enumerate();
            for (at, (g, &row)) in numbers.filter(|(_, (_, row))| **row != NO_ROW) {
                gradient.data_mut()[row as usize * width + at % width] += g;
            }
            pass.give(1, gradient);
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
        let gradient = scatter.table(table, |place| {
            let sample = place / time;
            let inside = place % time < length(lengths, sample, time);
            inside.then(|| (sample, factors.data()[sample]))
        });
        pass.give(1, gradient);
        Ok(())
    }
}

/// How many steps each sample of indices `[batch, time]` has up to its last one that is not padding, `[batch]`.
pub fn lengths_by_padding(x: &Tensor, padding: usize) -> Tensor {
    let time = x.shape().tail(1).count();
    let sample = |i: usize| x.data()[i * time..][..time].iter();
    let last = |i: usize| sample(i).rposition(|&index| index != padding as f32);
    Tensor::from_fn(x.dims()[0], |i| last(i).map_or(0, |last| last + 1) as f32)
}
