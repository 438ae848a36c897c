//! A matrix B that is packed once and multiplied many times. A is never packed.
//!
//! An LSTM multiplies a few rows of states with the same weights at every time step. `matrixmultiply` packs both sides
//! each time; at these sizes that took two thirds as long as the products themselves.

use super::microkernel::nr;
use super::pack::pack_b_panel;
use super::packed::Panel;
use super::{MatrixMut, needed, packed};
use crate::{Matrix, Tensor, TensorError};
use std::ops::Range;

/// The right-hand matrix of products, packed.
#[derive(Clone, Debug)]
pub struct PackedB {
    /// Panels of NR columns, row after row, padded with zeros: `[panels, rows, NR]`.
    panels: Tensor,
    rows: usize,
    columns: usize,
}

impl PackedB {
    /// Packs a matrix.
    pub fn new(matrix: Matrix) -> Self {
        let (rows, columns) = (matrix.rows(), matrix.columns());
        let width = nr();
        let mut panels = Tensor::uninit([columns.div_ceil(width), rows, width]);
        if rows > 0 {
            let each = panels.data_mut().chunks_exact_mut(rows * width).enumerate();
            each.for_each(|(i, panel)| pack_b_panel(matrix, i * width, width, panel));
        }
        PackedB { panels, rows, columns }
    }

    /// How many columns the matrix has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Some rows of the panel that starts at a column.
    pub(super) fn panel(&self, column: usize, rows: Range<usize>) -> Panel<'_> {
        let stride = nr();
        let panel = &self.panels.data()[column * self.rows..][..self.rows * stride];
        Panel { numbers: &panel[rows.start * stride..rows.end * stride], stride }
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

#[cfg(test)]
mod tests {
    use super::*;

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
