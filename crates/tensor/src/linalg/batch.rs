//! Leading axes: one problem for each matrix in the last two axes.

use crate::interrupt::waiting_for;
use crate::{Shape, Tensor, TensorError, interrupt};
use std::sync::Arc;

/// Numbers of an operand up to which a problem takes a few milliseconds at most, and is not worth a thread.
const SMALL: usize = 128 * 128;

/// An operand of problems.
pub(super) struct Operand<'a> {
    pub tensor: &'a Tensor,
    /// How many of its last axes belong to one problem.
    pub axes: usize,
}

impl<'a> Operand<'a> {
    pub fn matrix(tensor: &'a Tensor) -> Self {
        Operand { tensor, axes: 2 }
    }

    pub fn vector(tensor: &'a Tensor) -> Self {
        Operand { tensor, axes: 1 }
    }

    /// The axes before those of one problem; none if there are fewer than one problem has.
    fn leading(&self) -> Option<&'a [usize]> {
        let count = self.tensor.rank().checked_sub(self.axes)?;
        Some(&self.tensor.dims()[..count])
    }

    /// The operand of the problem at a place.
    fn at(&self, place: usize) -> Result<Tensor, TensorError> {
        let shape = self.tensor.shape().tail(self.tensor.rank() - self.axes);
        let width = shape.count();
        Tensor::new(shape, self.tensor.data()[place * width..][..width].to_vec())
    }
}

/// The results of each problem, stacked along the leading axes, which all operands have in common. Operands without
/// leading axes are one problem as they are; so are those with too few axes, which `one` refuses.
pub(super) fn each<const N: usize>(
    operation: &'static str,
    operands: &[Operand<'_>],
    one: impl Fn(&[Tensor]) -> Result<[Tensor; N], TensorError> + Send + Sync + 'static,
) -> Result<[Tensor; N], TensorError> {
    let one = Arc::new(one);
    let one = |problem: Vec<Tensor>| {
        let is_small = problem.iter().all(|own| own.count() <= SMALL);
        let one = Arc::clone(&one);
        match is_small {
            true => one(&problem),
            false => waiting_for(move || one(&problem)),
        }
    };
    let whole: Vec<Tensor> = operands.iter().map(|own| own.tensor.clone()).collect();
    let leading = operands.first().and_then(Operand::leading).unwrap_or_default();
    if leading.is_empty() {
        return one(whole);
    }
    if let Some(other) = operands.iter().find(|own| own.leading() != Some(leading)) {
        let (left, right) = (whole[0].shape(), other.tensor.shape());
        return Err(TensorError::Mismatch { operation, left, right });
    }
    let count = leading.iter().product();
    if count == 0 {
        return Err(TensorError::Empty { operation });
    }
    let mut numbers: [Vec<f32>; N] = std::array::from_fn(|_| Vec::new());
    let mut shapes = [Shape::SCALAR; N];
    for place in 0..count {
        let problem: Vec<Tensor> =
            operands.iter().map(|own| own.at(place)).collect::<Result<_, _>>()?;
        interrupt::check();
        for (at, result) in one(problem)?.iter().enumerate() {
            numbers[at].extend_from_slice(result.data());
            shapes[at] = result.shape();
        }
    }
    let mut stacked = Vec::with_capacity(N);
    for (shape, numbers) in shapes.iter().zip(numbers) {
        let shape = Shape::new(&[leading, &shape[..]].concat())?;
        stacked.push(Tensor::new(shape, numbers)?);
    }
    stacked.try_into().map_err(|_| TensorError::Empty { operation })
}

/// The two sides of equations, their leading axes as those of both.
pub(super) struct Sides {
    pub matrix: Tensor,
    pub right: Tensor,
    /// How many axes of the right side belong to one problem.
    pub axes: usize,
}

impl Sides {
    /// The right side is a vector for each matrix, `[..., m]`, if its sizes are the matrices' without their last, or a
    /// single vector; otherwise it has columns, `[..., m, k]`. So `torch.linalg.solve` tells them apart.
    ///
    /// # Errors
    /// Leading axes that do not broadcast.
    pub fn new(
        operation: &'static str,
        matrix: &Tensor,
        right: &Tensor,
    ) -> Result<Self, TensorError> {
        let (whole, own) = (matrix.dims(), right.dims());
        let is_vector = own.len() == 1 || whole.split_last().is_some_and(|(_, rows)| rows == own);
        let axes = if is_vector { 1 } else { 2 };
        let (Some(first), Some(second)) =
            (Operand::matrix(matrix).leading(), Operand { tensor: right, axes }.leading())
        else {
            return Ok(Sides { matrix: matrix.clone(), right: right.clone(), axes });
        };
        let mismatch =
            |_| TensorError::Mismatch { operation, left: matrix.shape(), right: right.shape() };
        let both =
            Shape::new(first)?.broadcast(&Shape::new(second)?, operation).map_err(mismatch)?;
        let spread = |tensor: &Tensor, axes: usize| {
            let inner = &tensor.dims()[tensor.rank() - axes..];
            tensor.broadcast_to(Shape::new(&[&both[..], inner].concat())?)
        };
        Ok(Sides { matrix: spread(matrix, 2)?, right: spread(right, axes)?, axes })
    }

    /// The operands of each problem.
    pub fn operands(&self) -> [Operand<'_>; 2] {
        [Operand::matrix(&self.matrix), Operand { tensor: &self.right, axes: self.axes }]
    }
}
