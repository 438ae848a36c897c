//! The gradients of decompositions.

use super::batch::{Operand, each};
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
        let operands = [Operand::matrix(self), Operand::matrix(gradient)];
        let [all] = each("cholesky", &operands, |x| Ok([x[0].cholesky_backward_of_one(&x[1])?]))?;
        Ok(all)
    }

    fn cholesky_backward_of_one(&self, gradient: &Tensor) -> Result<Tensor, TensorError> {
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
        let mut operands =
            vec![Operand::vector(&eigen.eigenvalues), Operand::matrix(&eigen.eigenvectors)];
        operands.extend(of_values.map(Operand::vector));
        operands.extend(of_vectors.map(Operand::matrix));
        let given = [of_values.is_some(), of_vectors.is_some()];
        let [all] = each("eigh", &operands, move |own| {
            let mut gradients = own[2..].iter();
            let [of_values, of_vectors] =
                given.map(|is_given| if is_given { gradients.next() } else { None });
            let (eigenvalues, eigenvectors) = (own[0].clone(), own[1].clone());
            let one = super::Eigh { eigenvalues, eigenvectors };
            Ok([one.backward_of_one(of_values, of_vectors)?])
        })?;
        Ok(all)
    }
}

impl super::Eigh {
    fn backward_of_one(
        &self,
        of_values: Option<&Tensor>,
        of_vectors: Option<&Tensor>,
    ) -> Result<Tensor, TensorError> {
        let operation = "eigh";
        let v = self.eigenvectors.square64(operation)?;
        let size = v.nrows();
        let mut inner = DMatrix::zeros(size, size);
        if let Some(gradient) = of_vectors {
            let g = gradient.square64(operation)?;
            if g.nrows() != size {
                let (left, right) = (self.eigenvectors.shape(), gradient.shape());
                return Err(TensorError::Mismatch { operation, left, right });
            }
            let values: Vec<f64> = self.eigenvalues.data().iter().map(|&x| f64::from(x)).collect();
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
                let (left, right) = (self.eigenvalues.shape(), gradient.shape());
                return Err(TensorError::Mismatch { operation, left, right });
            }
            gradient.data().iter().enumerate().for_each(|(i, &g)| inner[(i, i)] += f64::from(g));
        }
        Ok(Tensor::of_matrix64(&(&v * inner * v.transpose())))
    }
}

impl super::Qr {
    /// The gradient of a matrix from those of its factors Q and R. With R = (U | V), where U is square, and
    /// M = dU U^T - Q^T (dQ + Q V dV^T), it is ((dQ + Q V dV^T + Q S) U^-T | Q dV), where S is symmetric and has the
    /// upper triangle of M: as `torch.linalg.qr` has it (Walter and Lehmann, 2012, arXiv:1009.6112).
    ///
    /// # Errors
    /// Gradients of other shapes, numbers that are not finite, or a matrix whose first columns depend on one another.
    pub fn backward(
        &self,
        of_q: Option<&Tensor>,
        of_r: Option<&Tensor>,
    ) -> Result<Tensor, TensorError> {
        let mut operands = vec![Operand::matrix(&self.q), Operand::matrix(&self.r)];
        operands.extend([of_q, of_r].into_iter().flatten().map(Operand::matrix));
        let given = [of_q.is_some(), of_r.is_some()];
        let [all] = each("qr", &operands, move |own| {
            let mut gradients = own[2..].iter();
            let [of_q, of_r] = given.map(|is_given| if is_given { gradients.next() } else { None });
            let one = super::Qr { q: own[0].clone(), r: own[1].clone() };
            Ok([one.backward_of_one(of_q, of_r)?])
        })?;
        Ok(all)
    }

    fn backward_of_one(
        &self,
        of_q: Option<&Tensor>,
        of_r: Option<&Tensor>,
    ) -> Result<Tensor, TensorError> {
        let operation = "qr";
        let (q, r) = (self.q.matrix64(operation)?, self.r.matrix64(operation)?);
        let gradient = |given: Option<&Tensor>, factor: &Tensor| match given {
            None => Tensor::zeros(factor.shape()).matrix64(operation),
            Some(given) if given.shape() == factor.shape() => given.matrix64(operation),
            Some(given) => {
                let (left, right) = (factor.shape(), given.shape());
                Err(TensorError::Mismatch { operation, left, right })
            }
        };
        let (of_q, of_r) = (gradient(of_q, &self.q)?, gradient(of_r, &self.r)?);
        let (size, rest) = (q.ncols(), r.ncols() - q.ncols());
        let (u, of_u) = (r.columns(0, size), of_r.columns(0, size));
        let (v, of_v) = (r.columns(size, rest), of_r.columns(size, rest));
        let of_q = of_q + &q * v * of_v.transpose();
        let inner = of_u * u.transpose() - q.transpose() * &of_q;
        let symmetric =
            DMatrix::from_fn(size, size, |i, j| inner[if i <= j { (i, j) } else { (j, i) }]);
        let left = (of_q + &q * symmetric).transpose();
        let first = u.solve_upper_triangular(&left).ok_or(TensorError::Singular { operation })?;
        let mut whole = DMatrix::zeros(q.nrows(), size + rest);
        whole.columns_mut(0, size).copy_from(&first.transpose());
        whole.columns_mut(size, rest).copy_from(&(&q * of_v));
        Ok(Tensor::of_matrix64(&whole))
    }
}
