//! The gradients of decompositions.

use crate::{Tensor, TensorError};
use nalgebra::DMatrix;

impl Tensor {
    /// The gradient of a symmetric matrix from that of its Cholesky factor L, this tensor (Murray, 2016,
    /// arXiv:1602.07527): the symmetric part of L^-T P L^-1, where P is the lower triangle of L^T G with half its
    /// diagonal.
    ///
    /// # Errors
    /// Not two square matrices of one size, numbers that are not finite, or a factor with a 0 on its diagonal.
    pub fn cholesky_backward(&self, gradient: &Tensor) -> Result<Tensor, TensorError> {
        let operation = "cholesky";
        let (l, g) = (self.square64(operation)?, gradient.square64(operation)?);
        if l.shape() != g.shape() {
            return Err(TensorError::Mismatch {
                operation,
                left: self.shape(),
                right: gradient.shape(),
            });
        }
        let mut p = (l.transpose() * g).lower_triangle();
        for i in 0..p.nrows() {
            p[(i, i)] /= 2.0;
        }
        let singular = TensorError::Singular { operation };
        // L^-T P L^-1 is the transpose of L^-T (L^-T P)^T.
        let left = l.tr_solve_lower_triangular(&p).ok_or(singular.clone())?;
        let both = l.tr_solve_lower_triangular(&left.transpose()).ok_or(singular)?;
        Ok(Tensor::of_matrix64(&((&both + both.transpose()) / 2.0)))
    }

    /// The gradient of a symmetric matrix from those of its eigenvalues and eigenvectors, as `torch.linalg.eigh` has
    /// it: V (diag(G_L) + P / E) V^T, where P is the antisymmetric part of V^T G_V, and E_ij is L_j - L_i beside the
    /// diagonal.
    ///
    /// # Errors
    /// Gradients of other shapes, numbers that are not finite, or equal eigenvalues, whose eigenvectors have no
    /// derivative.
    pub fn eigh_backward(
        eigen: &super::Eigh,
        of_values: Option<&Tensor>,
        of_vectors: Option<&Tensor>,
    ) -> Result<Tensor, TensorError> {
        let operation = "eigh";
        let v = eigen.eigenvectors.square64(operation)?;
        let size = v.nrows();
        let mut inner = DMatrix::zeros(size, size);
        if let Some(gradient) = of_vectors {
            let g = gradient.square64(operation)?;
            if g.nrows() != size {
                let (left, right) = (eigen.eigenvectors.shape(), gradient.shape());
                return Err(TensorError::Mismatch { operation, left, right });
            }
            let values: Vec<f64> = eigen.eigenvalues.data().iter().map(|&x| f64::from(x)).collect();
            if values.windows(2).any(|pair| pair[0] == pair[1]) {
                let problem =
                    "the eigenvectors of equal eigenvalues have no derivative".to_string();
                return Err(TensorError::Argument { operation, problem });
            }
            // Only its antisymmetric part turns the eigenvectors.
            let projected = v.transpose() * g;
            let projected = (&projected - projected.transpose()) / 2.0;
            inner = DMatrix::from_fn(size, size, |i, j| match i == j {
                true => 0.0,
                false => projected[(i, j)] / (values[j] - values[i]),
            });
        }
        if let Some(gradient) = of_values {
            if gradient.dims() != [size] {
                let (left, right) = (eigen.eigenvalues.shape(), gradient.shape());
                return Err(TensorError::Mismatch { operation, left, right });
            }
            gradient.data().iter().enumerate().for_each(|(i, &g)| inner[(i, i)] += f64::from(g));
        }
        Ok(Tensor::of_matrix64(&(&v * inner * v.transpose())))
    }
}
