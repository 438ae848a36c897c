//! Linear algebra of matrices; with more than two axes there is a problem for each matrix in the last two.

use super::{diag, sum};
use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Eigh, Qr, Tensor, TensorError};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The determinant of a square matrix (`torch.det`). The gradient is right for singular matrices too.
///
/// # Errors
/// What [`Tensor::det`] refuses.
pub fn det(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Det as &'static dyn Op, &[x])
}

/// The inverse of a square matrix (`torch.linalg.inv`).
///
/// # Errors
/// What [`Tensor::inv`] refuses, singular matrices among it.
pub fn inv(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Inv as &'static dyn Op, &[x])
}

/// The x for which `a` times x is `b`, a vector or columns (`torch.linalg.solve`).
///
/// # Errors
/// What [`Tensor::solve`] refuses, singular matrices among it.
pub fn solve(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&Solve as &'static dyn Op, &[a, b])
}

/// The lower triangular factor of a symmetric matrix with positive eigenvalues (`torch.linalg.cholesky`). The gradient
/// is symmetric.
///
/// # Errors
/// What [`Tensor::cholesky`] refuses.
pub fn cholesky(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Cholesky as &'static dyn Op, &[x])
}

/// The sum of the diagonal of a matrix (`torch.trace`).
///
/// # Errors
/// Not a matrix.
pub fn trace(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    let given = tape.get(x)?.shape();
    if given.rank() != 2 {
        let error = TensorError::Rank { operation: "trace", wanted: "a matrix", given };
        return Err(error.into());
    }
    let diagonal = diag(tape, x, 0)?;
    sum(tape, diagonal)
}

/// The eigenvalues of a symmetric matrix, the smallest first, and its eigenvectors in columns (`torch.linalg.eigh`).
/// Both have gradients; the eigenvectors of equal eigenvalues have none, which is an error of the backward pass.
///
/// # Errors
/// What [`Tensor::eigh`] refuses.
pub fn eigh(tape: &mut Tape, x: Var) -> Result<[Var; 2], AutogradError> {
    let found = Arc::new(tape.get(x)?.eigh()?);
    let values = tape.apply(Arc::new(Eigenvalues { found: found.clone() }), &[x])?;
    Ok([values, tape.apply(Arc::new(Eigenvectors { found }), &[x])?])
}

/// The left singular vectors in columns, the singular values, the largest first, and the right singular vectors in rows
/// (`torch.linalg.svd` with `full_matrices=False`). The singular values have a gradient; the vectors have none, and an
/// error of the backward pass says so.
///
/// # Errors
/// What [`Tensor::svd`] refuses.
pub fn svd(tape: &mut Tape, x: Var) -> Result<[Var; 3], AutogradError> {
    let found = tape.get(x)?.svd()?;
    let (u, vh) = (found.u.clone(), found.vh.clone());
    let values = tape.apply(Arc::new(SingularValues { u, vh, s: found.s }), &[x])?;
    let u = without_derivative(tape, x, "svd with its singular vectors", found.u)?;
    Ok([u, values, without_derivative(tape, x, "svd with its singular vectors", found.vh)?])
}

/// The product of an orthogonal and a triangular matrix that a matrix is (`torch.linalg.qr`). Where the first columns
/// of the matrix depend on one another, the backward pass is an error.
///
/// # Errors
/// What [`Tensor::qr`] refuses.
pub fn qr(tape: &mut Tape, x: Var) -> Result<[Var; 2], AutogradError> {
    let found = Arc::new(tape.get(x)?.qr()?);
    let q = tape.apply(Arc::new(Orthogonal { found: found.clone() }), &[x])?;
    Ok([q, tape.apply(Arc::new(Triangular { found }), &[x])?])
}

/// The pseudoinverse of a matrix (`torch.linalg.pinv`). It has no gradient.
///
/// # Errors
/// What [`Tensor::pinv`] refuses.
pub fn pinv(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    let value = tape.get(x)?.pinv()?;
    without_derivative(tape, x, "pinv", value)
}

/// The x for which `a` times x is nearest to `b` (`torch.linalg.lstsq`). It has no gradient.
///
/// # Errors
/// What [`Tensor::lstsq`] refuses.
pub fn lstsq(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    let value = tape.get(a)?.lstsq(tape.get(b)?)?;
    tape.apply(Arc::new(NoDerivative { operation: "lstsq", value }), &[a, b])
}

#[derive(Debug)]
struct Det;

impl Op for Det {
    fn name(&self) -> &'static str {
        "det"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].det()?)
    }

    /// The derivative of a determinant by each number is its cofactor.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let cofactors = pass.inputs[0].cofactors()?;
        let of_each = pass.gradient.unsqueeze(-1)?.unsqueeze(-1)?;
        pass.give(0, (&cofactors * &of_each)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Inv;

impl Op for Inv {
    fn name(&self) -> &'static str {
        "inv"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].inv()?)
    }

    /// Y = A^-1: dA = -Y^T dY Y^T.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let transposed = pass.output.swap_axes(-1, -2)?;
        let mut gradient = transposed.matmul(&pass.gradient)?.matmul(&transposed)?;
        gradient.scale(-1.0);
        pass.give(0, gradient);
        Ok(())
    }
}

#[derive(Debug)]
struct Solve;

impl Op for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].solve(inputs[1])?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [a, b] = [pass.inputs[0], pass.inputs[1]];
        let [of_a, of_b] = a.solve_backward(b, pass.output, &pass.gradient)?;
        pass.give(0, of_a);
        pass.give(1, of_b);
        Ok(())
    }
}

#[derive(Debug)]
struct Cholesky;

impl Op for Cholesky {
    fn name(&self) -> &'static str {
        "cholesky"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].cholesky()?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, pass.output.cholesky_backward(&pass.gradient)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Eigenvalues {
    found: Arc<Eigh>,
}

impl Op for Eigenvalues {
    fn name(&self) -> &'static str {
        "eigh"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, _: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.found.eigenvalues.clone())
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, Tensor::eigh_backward(&self.found, Some(&pass.gradient), None)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Eigenvectors {
    found: Arc<Eigh>,
}

impl Op for Eigenvectors {
    fn name(&self) -> &'static str {
        "eigh"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, _: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.found.eigenvectors.clone())
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, Tensor::eigh_backward(&self.found, None, Some(&pass.gradient))?);
        Ok(())
    }
}

#[derive(Debug)]
struct Orthogonal {
    found: Arc<Qr>,
}

impl Op for Orthogonal {
    fn name(&self) -> &'static str {
        "qr"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, _: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.found.q.clone())
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, self.found.backward(Some(&pass.gradient), None)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Triangular {
    found: Arc<Qr>,
}

impl Op for Triangular {
    fn name(&self) -> &'static str {
        "qr"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, _: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.found.r.clone())
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, self.found.backward(None, Some(&pass.gradient))?);
        Ok(())
    }
}

#[derive(Debug)]
struct SingularValues {
    u: Tensor,
    s: Tensor,
    vh: Tensor,
}

impl Op for SingularValues {
    fn name(&self) -> &'static str {
        "svd"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, _: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.s.clone())
    }

    /// dA = U diag(dS) V^T.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let gradient = pass.gradient.unsqueeze(-2)?;
        let scaled = self.u.broadcast_with(&gradient, "svd", |u, g| u * g)?;
        pass.give(0, scaled.matmul(&self.vh)?);
        Ok(())
    }
}

fn without_derivative(
    tape: &mut Tape,
    x: Var,
    operation: &'static str,
    value: Tensor,
) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(NoDerivative { operation, value }), &[x])
}

/// A value whose gradient is refused, so that none is lost in silence.
#[derive(Debug)]
struct NoDerivative {
    operation: &'static str,
    value: Tensor,
}

impl Op for NoDerivative {
    fn name(&self) -> &'static str {
        self.operation
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=2
    }

    fn forward(&self, _: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.value.clone())
    }

    fn backward(&self, _: &mut Backward<'_>) -> Result<(), AutogradError> {
        Err(AutogradError::NoDerivative { operation: self.operation })
    }
}
