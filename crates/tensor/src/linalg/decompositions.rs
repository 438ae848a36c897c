//! Matrices as products of simpler ones.

use super::MOST_ROUNDS;
use super::batch::{Operand, each};
use crate::{Tensor, TensorError};
use nalgebra::{DMatrix, SVD, SymmetricEigen};

/// A singular value decomposition, A = U diag(S) V^T.
#[derive(Clone, Debug, PartialEq)]
pub struct Svd {
    /// The left singular vectors in columns: `[..., m, k]`, where k is the smaller size. The sign of a column is
    /// arbitrary.
    pub u: Tensor,
    /// The singular values, the largest first: `[..., k]`.
    pub s: Tensor,
    /// The right singular vectors in rows: `[..., k, n]`.
    pub vh: Tensor,
}

/// A product of an orthogonal and a triangular matrix, A = Q R.
#[derive(Clone, Debug, PartialEq)]
pub struct Qr {
    /// Orthonormal columns: `[..., m, k]`, where k is the smaller size.
    pub q: Tensor,
    /// Zeros below the diagonal: `[..., k, n]`. The diagonal is not negative; PyTorch's may be.
    pub r: Tensor,
}

/// The eigenvalues and eigenvectors of a symmetric matrix, A = V diag(L) V^T.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigh {
    /// The eigenvalues, the smallest first: `[..., n]`.
    pub eigenvalues: Tensor,
    /// The eigenvectors in columns: `[..., n, n]`. The sign of a column is arbitrary.
    pub eigenvectors: Tensor,
}

impl Tensor {
    /// The singular values of a matrix, or of each one in the last two axes, and their vectors (`torch.linalg.svd` with
    /// `full_matrices=False`).
    ///
    /// # Errors
    /// Not a matrix, no numbers, numbers that are not finite, or values that are not found.
    pub fn svd(&self) -> Result<Svd, TensorError> {
        let [u, s, vh] = each("svd", &[Operand::matrix(self)], |x| {
            let Svd64 { u, values, v_t } = svd64("svd", x[0].matrix64("svd")?)?;
            let s = Tensor::of_vector64(values.iter());
            Ok([Tensor::of_matrix64(&u), s, Tensor::of_matrix64(&v_t)])
        })?;
        Ok(Svd { u, s, vh })
    }

    /// The product of an orthogonal and a triangular matrix that a matrix is (`torch.linalg.qr`).
    ///
    /// # Errors
    /// As [`Tensor::svd`].
    pub fn qr(&self) -> Result<Qr, TensorError> {
        let [q, r] = each("qr", &[Operand::matrix(self)], |x| {
            let (q, r) = x[0].matrix64("qr")?.qr().unpack();
            Ok([Tensor::of_matrix64(&q), Tensor::of_matrix64(&r)])
        })?;
        Ok(Qr { q, r })
    }

    /// The lower triangular matrix L for which a symmetric matrix with positive eigenvalues is L L^T
    /// (`torch.linalg.cholesky`). Only the numbers on and below the diagonal are read.
    ///
    /// # Errors
    /// As [`Tensor::det`], or an eigenvalue that is not positive.
    pub fn cholesky(&self) -> Result<Tensor, TensorError> {
        let [all] = each("cholesky", &[Operand::matrix(self)], |x| {
            let factor = x[0].square64("cholesky")?.cholesky();
            let factor =
                factor.ok_or(TensorError::NotPositiveDefinite { operation: "cholesky" })?;
            Ok([Tensor::of_matrix64(&factor.l())])
        })?;
        Ok(all)
    }

    /// The eigenvalues and eigenvectors of a symmetric matrix (`torch.linalg.eigh`). Only the numbers on and below the
    /// diagonal are read.
    ///
    /// # Errors
    /// As [`Tensor::det`], or values that are not found.
    pub fn eigh(&self) -> Result<Eigh, TensorError> {
        let [eigenvalues, eigenvectors] =
            each("eigh", &[Operand::matrix(self)], |x| x[0].eigh_of_one())?;
        Ok(Eigh { eigenvalues, eigenvectors })
    }

    fn eigh_of_one(&self) -> Result<[Tensor; 2], TensorError> {
        let mut matrix = self.square64("eigh")?;
        matrix.fill_upper_triangle_with_lower_triangle();
        let found = SymmetricEigen::try_new(matrix, f64::EPSILON, MOST_ROUNDS);
        let found = found.ok_or(TensorError::NoConvergence { operation: "eigh" })?;
        let mut order: Vec<usize> = (0..found.eigenvalues.len()).collect();
        order.sort_by(|&a, &b| found.eigenvalues[a].total_cmp(&found.eigenvalues[b]));
        let values: Vec<f64> = order.iter().map(|&i| found.eigenvalues[i]).collect();
        let vectors = found.eigenvectors.select_columns(&order);
        Ok([Tensor::of_vector64(values.iter()), Tensor::of_matrix64(&vectors)])
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
