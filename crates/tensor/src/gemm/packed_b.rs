//! A matrix B that is packed once and multiplied many times. A is never packed.
//!
//! An LSTM multiplies a few rows of states with the same weights at every time step. `matrixmultiply` packs both sides
//! each time; at these sizes that took two thirds as long as the products themselves.

use super::microkernel::nr;
use super::pack::{Source, pack_b_panel};
use super::packed::Panel;
use super::{MatrixMut, needed, packed};
use crate::half::Halves;
use crate::{Matrix, Precision, Tensor, TensorError};
use std::ops::Range;
use std::sync::Arc;

/// The right-hand matrix of products, packed.
#[derive(Clone, Debug)]
pub struct PackedB {
    panels: Panels,
    rows: usize,
    columns: usize,
}

/// Panels of NR columns, row after row, padded with zeros: `[panels, rows, NR]`.
#[derive(Clone, Debug)]
enum Panels {
    Wide(Tensor),
    /// The bits of numbers in half precision. A block of a panel is widened each time it is used.
    Half(Precision, Arc<Vec<u16>>),
}

impl PackedB {
    /// Packs a matrix.
    pub fn new(matrix: Matrix) -> Self {
        let (rows, columns) = (matrix.rows(), matrix.columns());
        let mut panels = Tensor::uninit([columns.div_ceil(nr()), rows, nr()]);
        pack(matrix.into(), panels.data_mut());
        PackedB { panels: Panels::Wide(panels), rows, columns }
    }

    /// Packs the transpose of a weight `[outputs, inputs]`, stored in any precision. One in half precision stays so:
    /// the block of a panel that is multiplied is widened, and gives the bits that the same numbers in f32 give.
    ///
    /// # Errors
    /// The weight has not two axes.
    pub fn of_weight(weight: &Tensor) -> Result<Self, TensorError> {
        let &[outputs, inputs] = weight.dims() else {
            let (operation, wanted) = ("a packed product", "a weight [outputs, inputs]");
            return Err(TensorError::Rank { operation, wanted, given: weight.shape() });
        };
        let Some(halves) = weight.halves() else {
            return Ok(Self::new(Matrix::new(weight.data(), outputs, inputs)?.t()));
        };
        let (rows, columns) = (inputs, outputs);
        let mut bits = vec![0; columns.div_ceil(nr()) * rows * nr()];
        let data = halves.bits();
        pack(Source { data, rows, columns, row_stride: 1, column_stride: inputs }, &mut bits);
        let panels = Panels::Half(halves.precision(), Arc::new(bits));
        Ok(PackedB { panels, rows, columns })
    }

    /// How many columns the matrix has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Whether panels are in half precision.
    pub(super) fn is_half(&self) -> bool {
        matches!(self.panels, Panels::Half(..))
    }

    /// Some rows of the panel that starts at a column; those in half precision are widened in `scratch`.
    pub(super) fn panel<'a>(
        &'a self,
        column: usize,
        rows: Range<usize>,
        scratch: &'a mut [f32],
    ) -> Panel<'a> {
        let stride = nr();
        let start = column * self.rows;
        let block = start + rows.start * stride..start + rows.end * stride;
        let numbers = match &self.panels {
            Panels::Wide(panels) => &panels.data()[block],
            Panels::Half(precision, bits) => {
                let wide = &mut scratch[..block.len()];
                Halves::new(*precision, bits).widen(block, wide);
                wide
            }
        };
        Panel { numbers, stride }
    }

    /// c = a b on the calling thread, for an `a` of contiguous rows. The rows of `c` start `stride` numbers apart.
    /// Every number of c is summed in the order of a's columns, whatever the other sizes.
    ///
    /// # Errors
    /// The sizes do not fit, or the rows of `a` are not contiguous.
    pub fn multiply(&self, a: Matrix, c: &mut [f32], stride: usize) -> Result<(), TensorError> {
        self.check(a, c.len(), stride)?;
        let mut c = MatrixMut::new(c, stride);
        match self.rows {
            0 => c.for_rows(a.rows(), self.columns, |row| row.fill(0.0)),
            _ => packed::product_with_packed_b(a, self, false, c),
        }
        Ok(())
    }

    /// c += a b, otherwise like [`PackedB::multiply`].
    ///
    /// # Errors
    /// As those of [`PackedB::multiply`].
    pub fn multiply_add(&self, a: Matrix, c: &mut [f32], stride: usize) -> Result<(), TensorError> {
        self.check(a, c.len(), stride)?;
        packed::product_with_packed_b(a, self, true, MatrixMut::new(c, stride));
        Ok(())
    }

    /// Checks the sizes of a product whose result is written to `len` numbers.
    fn check(&self, a: Matrix, len: usize, stride: usize) -> Result<(), TensorError> {
        if a.columns() != self.rows || !a.has_rows() {
            let (left, right) = ([a.rows(), a.columns()].into(), [self.rows, self.columns].into());
            let operation = "the product with a packed matrix";
            return Err(TensorError::Mismatch { operation, left, right });
        }
        let (rows, columns) = (a.rows(), self.columns);
        let overlap = rows > 1 && stride < columns;
        if overlap || needed(rows, columns, stride).is_none_or(|needed| needed > len) {
            return Err(TensorError::MatrixSize { rows, columns, stride, given: len });
        }
        Ok(())
    }
}

/// Packs all panels of a matrix.
fn pack<T: Copy + Default>(matrix: Source<T>, panels: &mut [T]) {
    let width = nr();
    let each = panels.chunks_exact_mut((matrix.rows * width).max(1)).enumerate();
    each.for_each(|(i, panel)| pack_b_panel(matrix, i * width, width, panel));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_weight_in_half_precision_gives_the_bits_of_the_same_numbers_in_f32() {
        // Few and many rows of A, several blocks of K, columns that fill no panel.
        for (rows, inputs, outputs) in [(1, 1, 1), (3, 7, 5), (8, 300, 65), (300, 530, 40)] {
            let a = Tensor::from_fn([rows, inputs], |i| (i as f32 * 0.37).cos());
            let weight = Tensor::from_fn([outputs, inputs], |i| (i as f32 * 0.71).sin());
            for precision in [Precision::F16, Precision::Bf16] {
                let half = weight.to_precision(precision);
                let wide = half.to_precision(Precision::F32);
                let [found, expected] = [&half, &wide].map(|weight| {
                    let packed = PackedB::of_weight(weight).unwrap();
                    assert_eq!(
                        (packed.columns(), packed.is_half()),
                        (outputs, weight.precision() == precision)
                    );
                    let a = Matrix::view(a.data(), rows, inputs);
                    let mut c = vec![0.5; rows * outputs];
                    packed.multiply(a, &mut c, outputs).unwrap();
                    packed.multiply_add(a, &mut c, outputs).unwrap();
                    c
                });
                assert!(found == expected, "{rows} {inputs} {outputs} {precision}");
            }
        }
        assert!(PackedB::of_weight(&Tensor::zeros([2, 3, 4])).is_err());
    }

    #[test]
    fn products_with_a_packed_matrix_follow_the_definition() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 2), (8, 120, 480), (19, 33, 65), (16, 7, 32)] {
            let a = Tensor::from_fn([m, k], |i| (i as f32).cos());
            let b = Tensor::from_fn([k, n], |i| (i as f32 * 0.7).sin());
            let mut c = Tensor::zeros([m, n]);
            let packed = PackedB::new(Matrix::view(b.data(), k, n));
            packed.multiply(Matrix::view(a.data(), m, k), c.data_mut(), n).unwrap();
            for (at, &found) in c.data().iter().enumerate() {
                let (i, j) = (at / n, at % n);
                let terms =
                    (0..k).map(|l| f64::from(a.data()[i * k + l]) * f64::from(b.data()[l * n + j]));
                let expected = terms.sum::<f64>();
                assert!(
                    (f64::from(found) - expected).abs() <= 1e-5 + 1.3e-6 * expected.abs(),
                    "{m} {k} {n} at {at}"
                );
            }
        }
    }
}
