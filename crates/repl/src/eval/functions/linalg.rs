//! Linear algebra of matrices, and of each matrix in the last two axes.

use super::Function;
use super::call::Call;
use super::operand::Operand;
use crate::{Failure, Value};
use relume_autograd::ops;
use relume_catalog::Spec;

/// Functions of a matrix, each with the operation that it is.
macro_rules! of_a_matrix {
    ($($(#[$($attribute:tt)*])* $name:ident => $operation:path;)*) => {$(
        $(#[$($attribute)*])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(function)]
        pub struct $name {
            /// A matrix, or several in the last two axes.
            pub x: Operand,
        }

        impl Function for $name {
            fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
                call.apply([self.x], |tape, [x]| $operation(tape, x))
            }
        }
    )*};
}

of_a_matrix! {
    /// The determinant of a square matrix.
    ///
    /// ```relume
    /// det([[1, 2], [3, 4]])
    /// ```
    Det => ops::det;

    /// The inverse of a square matrix.
    ///
    /// A singular matrix has none. `solve` is more exact where the inverse is only multiplied with something.
    ///
    /// ```relume
    /// inv([[1, 2], [3, 4]])
    /// ```
    Inv => ops::inv;

    /// The lower triangular matrix L for which a symmetric matrix with positive eigenvalues is L times its transpose.
    ///
    /// Only the numbers on and below the diagonal are read.
    ///
    /// ```relume
    /// cholesky([[4, 2], [2, 3]])
    /// ```
    Cholesky => ops::cholesky;

    /// The sum of the diagonal of a matrix.
    ///
    /// ```relume
    /// trace([[1, 2], [3, 4]])
    /// ```
    Trace => ops::trace;

    /// The pseudoinverse of a matrix.
    ///
    /// Singular values below the largest one times the larger size times the distance of 1 to the next number count as
    /// 0. It has no gradient.
    ///
    /// ```relume
    /// pinv([[1, 2], [3, 4], [5, 6]])
    /// ```
    Pinv => ops::pinv;
}

/// The x for which a square matrix times x is b.
///
/// With more axes there is a system for each matrix of a, `[..., n, n]`. Then b has a vector for each, `[..., n]` with
/// the same leading axes, or columns, `[..., n, k]`, whose leading axes broadcast with those of a.
///
/// ```relume
/// solve([[2, 0], [0, 4]], [2, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Solve {
    /// A matrix with as many rows as columns, or several in the last two axes.
    pub a: Operand,
    /// A vector, or a matrix whose columns are solved for; or one for each matrix.
    pub b: Operand,
}

impl Function for Solve {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.apply([self.a, self.b], |tape, [a, b]| ops::solve(tape, a, b))
    }
}

/// The x of the smallest norm for which a matrix times x is nearest to b: linear least squares.
///
/// It has no gradient.
///
/// ```relume
/// lstsq([[1, 0], [1, 1], [1, 2]], [1, 3, 5])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Lstsq {
    /// A matrix, or several in the last two axes.
    pub a: Operand,
    /// A vector, or a matrix whose columns are solved for; or one for each matrix.
    pub b: Operand,
}

impl Function for Lstsq {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.apply([self.a, self.b], |tape, [a, b]| ops::lstsq(tape, a, b))
    }
}

/// The singular values of a matrix and their vectors, as `U`, `S` and `Vh`: the matrix is U diag(S) Vh.
///
/// U is `[..., m, k]`, S `[..., k]` with the largest first, Vh `[..., k, n]`, where k is the smaller size of the
/// matrix. The signs of the vectors are arbitrary. The singular values have a gradient, the vectors have none.
///
/// ```relume
/// svd([[1, 2], [3, 4], [5, 6]]).S
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Svd {
    /// A matrix, or several in the last two axes.
    pub x: Operand,
}

impl Function for Svd {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.named(self.x, ["U", "S", "Vh"], ops::svd)
    }
}

/// The product of an orthogonal and an upper triangular matrix that a matrix is, as `Q` and `R`.
///
/// Q is `[..., m, k]`, R `[..., k, n]`, where k is the smaller size of the matrix. The diagonal of R is not negative.
///
/// ```relume
/// q, r = qr([[1, 2], [3, 4]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Qr {
    /// A matrix, or several in the last two axes.
    pub x: Operand,
}

impl Function for Qr {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.named(self.x, ["Q", "R"], ops::qr)
    }
}

/// The eigenvalues and eigenvectors of a symmetric matrix, as `eigenvalues` and `eigenvectors`.
///
/// The smallest eigenvalue comes first; its vector is the first column. Only the numbers on and below the diagonal are
/// read.
///
/// ```relume
/// eigh([[2, 1], [1, 2]]).eigenvalues
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Eigh {
    /// A symmetric matrix, or several in the last two axes.
    pub x: Operand,
}

impl Function for Eigh {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.named(self.x, ["eigenvalues", "eigenvectors"], ops::eigh)
    }
}
