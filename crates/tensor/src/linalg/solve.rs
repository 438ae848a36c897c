//! Determinants, inverses and systems of equations.

use super::batch::{Operand, Sides, each};
use super::check_regular;
use super::decompositions::{Svd64, svd64};
use crate::interrupt::waiting_for;
use crate::{Tensor, TensorError};
use nalgebra::DMatrix;

impl Tensor {
    /// The determinant of a square matrix, or of each one in the last two axes (`torch.linalg.det`).
    ///
    /// # Errors
    /// Not square matrices, no numbers, or numbers that are not finite. So for all methods of linear algebra.
    pub fn det(&self) -> Result<Tensor, TensorError> {
        let [det] = each("det", &[Operand::matrix(self)], |x| {
            Ok([Tensor::scalar(x[0].square64("det")?.determinant() as f32)])
        })?;
        Ok(det)
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
        let [all] = each("det", &[Operand::matrix(self)], |x| Ok([x[0].cofactors_of_one()?]))?;
        Ok(all)
    }

    fn cofactors_of_one(&self) -> Result<Tensor, TensorError> {
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

    /// The inverse of a square matrix, or of each one in the last two axes (`torch.linalg.inv`).
    ///
    /// # Errors
    /// As [`Tensor::det`], or a singular matrix.
    pub fn inv(&self) -> Result<Tensor, TensorError> {
        let [all] = each("inv", &[Operand::matrix(self)], |x| Ok([x[0].inv_of_one()?]))?;
        Ok(all)
    }

    fn inv_of_one(&self) -> Result<Tensor, TensorError> {
        let matrix = self.square64("inv")?;
        check_regular(&matrix, "inv")?;
        let inverse = matrix.try_inverse().ok_or(TensorError::Singular { operation: "inv" })?;
        Ok(Tensor::of_matrix64(&inverse))
    }

    /// The x for which this square matrix times x is `b`, a vector `[n]` or columns `[n, k]` (`torch.linalg.solve`).
    /// With more axes there is a problem for each matrix `[..., n, n]`: `b` is `[..., n]` with the leading axes of the
    /// matrices, or `[..., n, k]`, whose leading axes broadcast with theirs.
    ///
    /// # Errors
    /// As [`Tensor::inv`], or a `b` of other rows or with numbers that are not finite.
    pub fn solve(&self, b: &Tensor) -> Result<Tensor, TensorError> {
        let sides = Sides::new("solve", self, b)?;
        let [x] = each("solve", &sides.operands(), |x| Ok([x[0].solve_one(&x[1])?]))?;
        Ok(x)
    }

    /// The gradients of the two operands of [`Tensor::solve`], from its result and the gradient of that: A X = B, so
    /// dB = A^-T dX and dA = -dB X^T, summed where the operands were broadcast.
    ///
    /// # Errors
    /// As [`Tensor::solve`].
    pub fn solve_backward(
        &self,
        b: &Tensor,
        x: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Tensor; 2], TensorError> {
        let Sides { matrix, axes, .. } = Sides::new("solve", self, b)?;
        let operands = [
            Operand::matrix(&matrix),
            Operand { tensor: x, axes },
            Operand { tensor: gradient, axes },
        ];
        let [of_a, of_b] = each("solve", &operands, |own| {
            let of_b = own[0].transpose()?.solve_one(&own[2])?;
            let rows = own[0].dims()[0];
            let in_columns = |x: &Tensor| x.reshape([rows, x.count() / rows.max(1)]);
            let mut of_a = in_columns(&of_b)?.matmul(&in_columns(&own[1])?.transpose()?)?;
            of_a.scale(-1.0);
            Ok([of_a, of_b])
        })?;
        Ok([of_a.sum_to(self.shape())?, of_b.sum_to(b.shape())?])
    }

    fn solve_one(&self, b: &Tensor) -> Result<Tensor, TensorError> {
        let matrix = self.square64("solve")?;
        let right = b.columns64("solve", self)?;
        check_regular(&matrix, "solve")?;
        let x = matrix.lu().solve(&right).ok_or(TensorError::Singular { operation: "solve" })?;
        Tensor::of_matrix64(&x).reshape(b.shape())
    }

    /// The x of the smallest norm for which this matrix times x is nearest to `b`, a vector `[m]` or columns `[m, k]`
    /// (`torch.linalg.lstsq` by its driver "gelsd"). Leading axes are as in [`Tensor::solve`].
    ///
    /// # Errors
    /// As [`Tensor::solve`], but for singular matrices.
    pub fn lstsq(&self, b: &Tensor) -> Result<Tensor, TensorError> {
        let sides = Sides::new("lstsq", self, b)?;
        let [x] = each("lstsq", &sides.operands(), |x| Ok([x[0].lstsq_one(&x[1])?]))?;
        Ok(x)
    }

    fn lstsq_one(&self, b: &Tensor) -> Result<Tensor, TensorError> {
        let matrix = self.matrix64("lstsq")?;
        let right = b.columns64("lstsq", self)?;
        let columns = matrix.ncols();
        let x = self.pinv64("lstsq", matrix)? * right;
        let shape = b.shape().with_axis(0, columns);
        Tensor::of_matrix64(&x).reshape(shape)
    }

    /// The pseudoinverse of a matrix, or of each one in the last two axes (`torch.linalg.pinv`). Singular values below
    /// the largest one times the larger size times the distance of 1 to the next f32 count as 0.
    ///
    /// # Errors
    /// As [`Tensor::det`] for any matrix, or singular values that are not found.
    pub fn pinv(&self) -> Result<Tensor, TensorError> {
        let [all] = each("pinv", &[Operand::matrix(self)], |x| {
            Ok([Tensor::of_matrix64(&x[0].pinv64("pinv", x[0].matrix64("pinv")?)?)])
        })?;
        Ok(all)
    }

    /// How many rows of a matrix are independent (`torch.linalg.matrix_rank`), with the threshold of [`Tensor::pinv`].
    ///
    /// # Errors
    /// As [`Tensor::pinv`].
    pub fn matrix_rank(&self) -> Result<usize, TensorError> {
        let matrix = self.matrix64("matrix_rank")?;
        let Svd64 { values, .. } = waiting_for(move || svd64("matrix_rank", matrix))?;
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
