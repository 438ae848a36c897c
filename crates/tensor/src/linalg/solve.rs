//! Determinants, inverses and systems of equations.

use super::check_regular;
use super::decompositions::{Svd64, svd64};
use crate::{Tensor, TensorError};
use nalgebra::DMatrix;

impl Tensor {
    /// The determinant of a square matrix (`torch.det`).
    ///
    /// # Errors
    /// Not a square matrix, no numbers, or numbers that are not finite. So for all methods of linear algebra.
    pub fn det(&self) -> Result<Tensor, TensorError> {
        Ok(Tensor::scalar(self.square64("det")?.determinant() as f32))
    }

    /// The determinants of what is left of a square matrix without the row and the column of each place, with the signs
    /// of a chessboard: the derivative of [`Tensor::det`]. It exists for singular matrices too.
    ///
    /// With A = U S V^T the matrix of cofactors is det(U) det(V) U S' V^T, where S' has the products of all other
    /// singular values.
    ///
    /// # Errors
    /// As [`Tensor::det`], or singular values that are not found.
    pub fn cofactors(&self) -> Result<Tensor, TensorError> {
        let Svd64 { u, values, v_t } = svd64("det", self.square64("det")?)?;
        let sign = (u.determinant() * v_t.determinant()).signum();
        let others = DMatrix::from_fn(values.len(), values.len(), |i, j| match i == j {
            true => {
                sign * (0..values.len()).filter(|&k| k != i).map(|k| values[k]).product::<f64>()
            }
            false => 0.0,
        });
        Ok(Tensor::of_matrix64(&(u * others * v_t)))
    }

    /// The inverse of a square matrix (`torch.linalg.inv`).
    ///
    /// # Errors
    /// As [`Tensor::det`], or a singular matrix.
    pub fn inv(&self) -> Result<Tensor, TensorError> {
        let matrix = self.square64("inv")?;
        check_regular(&matrix, "inv")?;
        let inverse = matrix.try_inverse().ok_or(TensorError::Singular { operation: "inv" })?;
        Ok(Tensor::of_matrix64(&inverse))
    }

    /// The x for which this square matrix times x is `b`, a vector `[n]` or columns `[n, k]` (`torch.linalg.solve`).
    ///
    /// # Errors
    /// As [`Tensor::inv`], or a `b` of other rows or with numbers that are not finite.
    pub fn solve(&self, b: &Tensor) -> Result<Tensor, TensorError> {
        let matrix = self.square64("solve")?;
        let right = b.columns64("solve", self)?;
        check_regular(&matrix, "solve")?;
        let x = matrix.lu().solve(&right).ok_or(TensorError::Singular { operation: "solve" })?;
        Tensor::of_matrix64(&x).reshape(b.shape())
    }

    /// The x of the smallest norm for which this matrix times x is nearest to `b`, a vector `[m]` or columns `[m, k]`
    /// (`torch.linalg.lstsq` by its driver "gelsd").
    ///
    /// # Errors
    /// As [`Tensor::solve`], but for singular matrices.
    pub fn lstsq(&self, b: &Tensor) -> Result<Tensor, TensorError> {
        let matrix = self.matrix64("lstsq")?;
        let right = b.columns64("lstsq", self)?;
        let columns = matrix.ncols();
        let x = self.pinv64("lstsq", matrix)? * right;
        let shape = b.shape().with_axis(0, columns);
        Tensor::of_matrix64(&x).reshape(shape)
    }

    /// The pseudoinverse of a matrix (`torch.linalg.pinv`). Singular values below the largest one times the larger size
    /// times the distance of 1 to the next f32 count as 0.
    ///
    /// # Errors
    /// As [`Tensor::det`] for any matrix, or singular values that are not found.
    pub fn pinv(&self) -> Result<Tensor, TensorError> {
        Ok(Tensor::of_matrix64(&self.pinv64("pinv", self.matrix64("pinv")?)?))
    }

    /// How many rows of a matrix are independent (`torch.linalg.matrix_rank`), with the threshold of [`Tensor::pinv`].
    ///
    /// # Errors
    /// As [`Tensor::pinv`].
    pub fn matrix_rank(&self) -> Result<usize, TensorError> {
        let Svd64 { values, .. } = svd64("matrix_rank", self.matrix64("matrix_rank")?)?;
        let least = threshold(&values, self.dims());
        Ok(values.iter().filter(|&&value| value > least).count())
    }

    fn pinv64(
        &self,
        operation: &'static str,
        matrix: DMatrix<f64>,
    ) -> Result<DMatrix<f64>, TensorError> {
        let Svd64 { mut u, values, v_t } = svd64(operation, matrix)?;
        let least = threshold(&values, self.dims());
        for (mut column, &value) in u.column_iter_mut().zip(&values) {
            column.scale_mut(if value > least { 1.0 / value } else { 0.0 });
        }
        Ok((u * v_t).transpose())
    }

    /// A right side in columns, with as many rows as the matrix.
    fn columns64(
        &self,
        operation: &'static str,
        matrix: &Tensor,
    ) -> Result<DMatrix<f64>, TensorError> {
        let mismatch =
            TensorError::Mismatch { operation, left: matrix.shape(), right: self.shape() };
        if !matches!(self.rank(), 1 | 2) || self.dims().first() != matrix.dims().first() {
            return Err(mismatch);
        }
        let columns = if self.rank() == 1 { self.unsqueeze(-1)? } else { self.clone() };
        columns.matrix64(operation)
    }
}

/// The singular value below which all count as 0.
fn threshold(values: &[f64], sizes: &[usize]) -> f64 {
    let largest = values.iter().copied().fold(0.0, f64::max);
    let size = sizes.iter().copied().max().unwrap_or(0);
    largest * size as f64 * f64::from(f32::EPSILON)
}
