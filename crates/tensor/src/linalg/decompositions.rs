//! Matrices as products of simpler ones.

use super::MOST_ROUNDS;
use crate::{Tensor, TensorError};
use nalgebra::{DMatrix, SVD, SymmetricEigen};

/// A singular value decomposition, A = U diag(S) V^T.
#[derive(Clone, Debug, PartialEq)]
pub struct Svd {
    /// The left singular vectors in columns: `[m, k]`, where k is the smaller size. The sign of a column is arbitrary.
    pub u: Tensor,
    /// The singular values, the largest first: `[k]`.
    pub s: Tensor,
    /// The right singular vectors in rows: `[k, n]`.
    pub vh: Tensor,
}

/// A product of an orthogonal and a triangular matrix, A = Q R.
#[derive(Clone, Debug, PartialEq)]
pub struct Qr {
    /// Orthonormal columns: `[m, k]`, where k is the smaller size.
    pub q: Tensor,
    /// Zeros below the diagonal: `[k, n]`. The diagonal is not negative; PyTorch's may be.
    pub r: Tensor,
}

/// The eigenvalues and eigenvectors of a symmetric matrix, A = V diag(L) V^T.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigh {
    /// The eigenvalues, the smallest first: `[n]`.
    pub eigenvalues: Tensor,
    /// The eigenvectors in columns: `[n, n]`. The sign of a column is arbitrary.
    pub eigenvectors: Tensor,
}

impl Tensor {
    /// The singular values of a matrix and their vectors (`torch.linalg.svd` with `full_matrices=False`).
    ///
    /// # Errors
    /// Not a matrix, no numbers, numbers that are not finite, or values that are not found.
    pub fn svd(&self) -> Result<Svd, TensorError> {
        let Svd64 { u, values, v_t } = svd64("svd", self.matrix64("svd")?)?;
        let s = Tensor::of_vector64(values.iter());
        Ok(Svd { u: Tensor::of_matrix64(&u), s, vh: Tensor::of_matrix64(&v_t) })
    }

    /// The product of an orthogonal and a triangular matrix that a matrix is (`torch.linalg.qr`).
    ///
    /// # Errors
    /// As [`Tensor::svd`].
    pub fn qr(&self) -> Result<Qr, TensorError> {
        let (q, r) = self.matrix64("qr")?.qr().unpack();
        Ok(Qr { q: Tensor::of_matrix64(&q), r: Tensor::of_matrix64(&r) })
    }

    /// The lower triangular matrix L for which a symmetric matrix with positive eigenvalues is L L^T
    /// (`torch.linalg.cholesky`). Only the numbers on and below the diagonal are read.
    ///
    /// # Errors
    /// As [`Tensor::det`], or an eigenvalue that is not positive.
    pub fn cholesky(&self) -> Result<Tensor, TensorError> {
        let factor = self.square64("cholesky")?.cholesky();
        let factor = factor.ok_or(TensorError::NotPositiveDefinite { operation: "cholesky" })?;
        Ok(Tensor::of_matrix64(&factor.l()))
    }

    /// The eigenvalues and eigenvectors of a symmetric matrix (`torch.linalg.eigh`). Only the numbers on and below the
    /// diagonal are read.
    ///
    /// # Errors
    /// As [`Tensor::det`], or values that are not found.
    pub fn eigh(&self) -> Result<Eigh, TensorError> {
        let mut matrix = self.square64("eigh")?;
        matrix.fill_upper_triangle_with_lower_triangle();
        let found = SymmetricEigen::try_new(matrix, f64::EPSILON, MOST_ROUNDS);
        let found = found.ok_or(TensorError::NoConvergence { operation: "eigh" })?;
        let mut order: Vec<usize> = (0..found.eigenvalues.len()).collect();
        order.sort_by(|&a, &b| found.eigenvalues[a].total_cmp(&found.eigenvalues[b]));
        let values: Vec<f64> = order.iter().map(|&i| found.eigenvalues[i]).collect();
        Ok(Eigh {
            eigenvalues: Tensor::of_vector64(values.iter()),
            eigenvectors: Tensor::of_matrix64(&found.eigenvectors.select_columns(&order)),
        })
    }
}

/// A singular value decomposition in double precision, the largest value first.
pub(super) struct Svd64 {
    pub u: DMatrix<f64>,
    pub values: Vec<f64>,
    pub v_t: DMatrix<f64>,
}

/// U, the singular values and V^T in double precision, the largest value first.
pub(super) fn svd64(operation: &'static str, matrix: DMatrix<f64>) -> Result<Svd64, TensorError> {
    let found = SVD::try_new(matrix, true, true, f64::EPSILON, MOST_ROUNDS);
    match found.map(|found| (found.u, found.singular_values, found.v_t)) {
        Some((Some(u), values, Some(v_t))) => {
            Ok(Svd64 { u, values: values.iter().copied().collect(), v_t })
        }
        _ => Err(TensorError::NoConvergence { operation }),
    }
}
