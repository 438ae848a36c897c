//! Errors of tensors and their operations.

use crate::Shape;
use crate::storage::shortage;
use thiserror::Error;

/// An operation that the shapes, axes or options do not allow.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TensorError {
    /// The number of values is not the product of the shape's sizes.
    #[error("a tensor of shape {shape} holds {} numbers, not {given}", shape.count())]
    Count {
        /// The shape asked for.
        shape: Shape,
        /// How many values were given.
        given: usize,
    },
    /// Two shapes that do not fit each other.
    #[error("{operation} cannot combine {left} with {right}")]
    Mismatch {
        /// The operation.
        operation: &'static str,
        /// The left operand's shape.
        left: Shape,
        /// The right operand's shape.
        right: Shape,
    },
    /// A tensor with the wrong number of axes.
    #[error("{operation} wants {wanted}, not a tensor of shape {given}")]
    Rank {
        /// The operation.
        operation: &'static str,
        /// What it takes, in words.
        wanted: &'static str,
        /// The shape of the tensor.
        given: Shape,
    },
    /// An axis that the tensor does not have.
    #[error("there is no axis {axis} in a tensor of shape {shape}")]
    Axis {
        /// The axis asked for.
        axis: usize,
        /// The tensor's shape.
        shape: Shape,
    },
    /// A negative axis that reaches beyond the first one.
    #[error("there is no axis {axis} in a tensor of shape {shape}: -1 is the last one")]
    NegativeAxis {
        /// The axis asked for.
        axis: i64,
        /// The tensor's shape.
        shape: Shape,
    },
    /// An axis that is named twice.
    #[error("the axis {axis} is named twice")]
    AxisTwice {
        /// The axis, as it was named the second time.
        axis: i64,
    },
    /// A matrix view of more numbers than there are.
    #[error(
        "a matrix of {rows} x {columns} with rows {stride} apart does not fit into {given} numbers"
    )]
    MatrixSize {
        /// The rows.
        rows: usize,
        /// The columns.
        columns: usize,
        /// Numbers from the start of one row to the next.
        stride: usize,
        /// How many numbers were given.
        given: usize,
    },
    /// An index outside of an axis.
    #[error("index {index} is outside of an axis of {size}")]
    Index {
        /// The index asked for.
        index: usize,
        /// The size of the axis.
        size: usize,
    },
    /// A negative index that reaches beyond the first position.
    #[error("index {index} is outside of an axis of {size}: -1 is the last position")]
    NegativeIndex {
        /// The index asked for.
        index: i64,
        /// The size of the axis.
        size: usize,
    },
    /// A result that does not exist without numbers.
    #[error("{operation} has no result without numbers")]
    Empty {
        /// The operation.
        operation: &'static str,
    },
    /// A matrix whose rows depend on one another.
    #[error(
        "{operation}: the matrix is singular: its rows depend on one another; `pinv` and `lstsq` take such matrices"
    )]
    Singular {
        /// The operation.
        operation: &'static str,
    },
    /// A matrix with an eigenvalue that is not positive.
    #[error("{operation}: not all eigenvalues of the matrix are positive")]
    NotPositiveDefinite {
        /// The operation.
        operation: &'static str,
    },
    /// An iteration that did not end.
    #[error("{operation} did not converge")]
    NoConvergence {
        /// The operation.
        operation: &'static str,
    },
    /// An argument that the operation cannot take.
    #[error("{operation}: {problem}")]
    Argument {
        /// The operation.
        operation: &'static str,
        /// What is wrong, as a sentence.
        problem: String,
    },
    /// A number that is not an index.
    #[error(
        "row {row}: {value} is not an index: indices in f32 are whole numbers from 0 to 16777215 (2^24 - 1)"
    )]
    NoIndex {
        /// The row of the tensor, counted from 0.
        row: usize,
        /// The number.
        value: f32,
    },
    /// An index that f32 does not hold exactly.
    #[error("the index {index} has no exact f32: those hold whole numbers up to 2^24")]
    InexactIndex {
        /// The index.
        index: u32,
    },
    /// An index above the largest one.
    #[error("the index {index} is above 4294967295 (2^32 - 1), the largest one")]
    LargeIndex {
        /// The index.
        index: usize,
    },
    /// More axes than a shape can have.
    #[error("a tensor has at most {} axes, not {rank}", Shape::MAX_RANK)]
    TooManyAxes {
        /// The number of axes asked for.
        rank: usize,
    },
    /// Options of a convolution or pooling that do not fit its input.
    #[error("{operation}: {problem}")]
    Geometry {
        /// The operation.
        operation: &'static str,
        /// What does not fit.
        problem: String,
    },
    /// An order of axes that leaves one out or names one twice.
    #[error("the order {order:?} does not name each axis of a tensor of shape {shape} once")]
    Order {
        /// The order of axes.
        order: Vec<usize>,
        /// The shape of the tensor.
        shape: Shape,
    },
    /// A result that does not fit into memory.
    #[error("a tensor of shape {shape} does not fit into memory: {}", shortage(*wanted, *free))]
    TooLarge {
        /// The shape of the result.
        shape: Shape,
        /// The bytes that it takes; the largest number if they cannot be counted.
        wanted: u64,
        /// The bytes that are free, if the system tells.
        free: Option<u64>,
    },
}
