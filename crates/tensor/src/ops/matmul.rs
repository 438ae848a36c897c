//! Products: matrices in batches, outer and Kronecker products.

use crate::gemm::{Matrix, gemm, gemm_serial};
use crate::threads::{FirstError, for_pieces};
use crate::{Shape, Tensor, TensorError};

/// Multiplications in one product from which on its own threads are worth more than a thread for each product.
const LARGE: usize = 1 << 20;

/// The two axes of a matrix at the end of a shape, and the axes before them.
struct Batched {
    batch: Shape,
    rows: usize,
    columns: usize,
}

impl Batched {
    fn new(shape: Shape) -> Result<Self, TensorError> {
        match *shape {
            [ref batch @ .., rows, columns] => {
                Ok(Batched { batch: Shape::new(batch)?, rows, columns })
            }
            _ => Err(TensorError::Rank {
                operation: "the matrix product",
                wanted: "matrices",
                given: shape,
            }),
        }
    }
}

impl Tensor {
    /// Products of matrices in batches, whose axes before the last two broadcast, for operands of which one has more
    /// than two axes.
    pub(crate) fn batched_matmul(&self, other: &Tensor) -> Result<Tensor, TensorError> {
        let mismatch = || TensorError::Mismatch {
            operation: "the matrix product",
            left: self.shape(),
            right: other.shape(),
        };
        let left = if self.rank() == 1 { self.unsqueeze(0)? } else { self.clone() };
        let right = if other.rank() == 1 { other.unsqueeze(-1)? } else { other.clone() };
        let (a, b) = (Batched::new(left.shape())?, Batched::new(right.shape())?);
        if a.columns != b.rows {
            return Err(mismatch());
        }
        let batch = a.batch.broadcast(&b.batch, "the matrix product").map_err(|_| mismatch())?;
        let shape = Shape::new(&[&*batch, &[a.rows, b.columns]].concat())?;
        let out = match b.batch.rank() {
            // The rows of all matrices of the batch meet the same columns: one product.
            0 => {
                left.reshape([a.batch.count().saturating_mul(a.rows), a.columns])?.matmul(&right)?
            }
            _ => product_of_batches(&left, &right, shape)?,
        };
        let mut sizes = shape.to_vec();
        if other.rank() == 1 {
            sizes.pop();
        }
        if self.rank() == 1 {
            sizes.remove(batch.rank());
        }
        out.reshape(Shape::new(&sizes)?)
    }

    /// The matrix of the products of all numbers of two vectors (`torch.outer`).
    ///
    /// # Errors
    /// An operand that is not a vector, or a result that does not fit into memory.
    pub fn outer(&self, other: &Tensor) -> Result<Tensor, TensorError> {
        for given in [self.shape(), other.shape()] {
            if given.rank() != 1 {
                return Err(TensorError::Rank { operation: "outer", wanted: "two vectors", given });
            }
        }
        self.unsqueeze(-1)?.broadcast_with(other, "outer", |a, b| a * b)
    }

    /// The Kronecker product: each number of this tensor times all of the other (`torch.kron`).
    ///
    /// # Errors
    /// More axes together than a tensor can have, or a result that does not fit into memory.
    pub fn kron(&self, other: &Tensor) -> Result<Tensor, TensorError> {
        let [left, right, joined] = Shape::kron(self.shape(), other.shape())?;
        let (left, right) = (self.reshape(left)?, other.reshape(right)?);
        left.broadcast_with(&right, "kron", |a, b| a * b)?.reshape(joined)
    }
}

/// The products of the matrices of two batches, broadcast to the batch of `shape`.
fn product_of_batches(left: &Tensor, right: &Tensor, shape: Shape) -> Result<Tensor, TensorError> {
    let (a, b) = (Batched::new(left.shape())?, Batched::new(right.shape())?);
    let batch = Shape::new(&shape[..shape.rank() - 2])?;
    let mut out = Tensor::try_uninit(shape)?;
    if out.count() == 0 {
        return Ok(out);
    }
    let (a_size, b_size, size) = (a.rows * a.columns, b.rows * b.columns, a.rows * b.columns);
    let operands = |i: usize| {
        let (a_at, b_at) = (a.batch.place_of(i, batch), b.batch.place_of(i, batch));
        Ok((
            Matrix::new(&left.data()[a_at * a_size..][..a_size], a.rows, a.columns)?,
            Matrix::new(&right.data()[b_at * b_size..][..b_size], b.rows, b.columns)?,
        ))
    };
    // The choice depends on sizes alone, so that any number of threads gives the same bits.
    if size.saturating_mul(a.columns) >= LARGE {
        for (i, to) in out.data_mut().chunks_exact_mut(size).enumerate() {
            let (a, b) = operands(i)?;
            gemm(a, b, 0.0, to)?;
        }
        return Ok(out);
    }
    let error = FirstError::default();
    for_pieces(out.data_mut(), size, |i, to| {
        error.keep(operands(i).and_then(|(a, b)| gemm_serial(a, b, 0.0, to)));
    });
    error.into_result()?;
    Ok(out)
}

impl Shape {
    /// The shapes in which the factors of a Kronecker product broadcast to the product of all numbers, and the shape of
    /// the result.
    ///
    /// # Errors
    /// More axes together than a tensor can have.
    pub fn kron(a: Shape, b: Shape) -> Result<[Shape; 3], TensorError> {
        let rank = a.rank().max(b.rank());
        let padded = |shape: Shape| [vec![1; rank - shape.rank()], shape.to_vec()].concat();
        let (mut left, mut right, mut joined) = (Vec::new(), Vec::new(), Vec::new());
        for (a, b) in padded(a).into_iter().zip(padded(b)) {
            left.extend([a, 1]);
            right.extend([1, b]);
            joined.push(a.saturating_mul(b));
        }
        Ok([Shape::new(&left)?, Shape::new(&right)?, Shape::new(&joined)?])
    }

    /// The position, in a tensor of this shape, that broadcasting puts at position `i` of a larger shape.
    pub(super) fn place_of(&self, mut i: usize, large: Shape) -> usize {
        let strides = self.strides();
        let mut place = 0;
        for back in 1..=large.rank() {
            let size = large[large.rank() - back];
            if let Some(axis) = self.rank().checked_sub(back).filter(|&axis| self[axis] != 1) {
                place += i % size * strides[axis];
            }
            i /= size;
        }
        place
    }
}
