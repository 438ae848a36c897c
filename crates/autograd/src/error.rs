//! Errors of recording operations and of computing gradients.

use crate::TogetherError;
use relume_tensor::{Shape, TensorError};
use thiserror::Error;

/// An operation that was refused, or a gradient that cannot be computed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum AutogradError {
    /// Shapes that do not fit each other.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// A value that the operation cannot take.
    #[error("{operation}: {problem}")]
    Value {
        /// The operation.
        operation: &'static str,
        /// What is wrong, as a sentence.
        problem: String,
    },
    /// A gradient starts from a single number.
    #[error("a gradient starts from a single number, not from a tensor of shape {shape}")]
    NotScalar {
        /// The shape of the target.
        shape: Shape,
    },
    /// The tape was made for inference.
    #[error("this tape records nothing, so there is nothing to differentiate")]
    NotRecording,
    /// A handle of another tape, or one from before the tape was cleared.
    #[error(
        "this value belongs to another tape, or to this one before it was cleared; put its tensor on this tape with \
         `constant` or `variable`"
    )]
    ForeignVar,
    /// A handle of indices where a tensor is wanted.
    #[error("this value holds indices, not a tensor; read it with `Tape::array`")]
    HoldsIndices,
    /// A handle of a tensor where indices are wanted.
    #[error(
        "this value holds a tensor, not indices; `Indices::try_from` converts one of whole numbers"
    )]
    HoldsTensor,
    /// An operation on indices that takes tensors only.
    #[error("{operation} takes numbers, not indices; `Indices::to_tensor` converts them")]
    TakesNoIndices {
        /// The operation.
        operation: &'static str,
    },
    /// A starting gradient whose shape is not that of its value.
    #[error("the gradient of a value of shape {wanted} has that shape too, not {given}")]
    GradientShape {
        /// The shape of the value.
        wanted: Shape,
        /// The shape of the gradient.
        given: Shape,
    },
    /// A backward rule that gave an input a gradient of another shape.
    #[error(
        "the backward rule of {operation} gave input {input}, of shape {wanted}, a gradient of shape {given}"
    )]
    RuleShape {
        /// The operation.
        operation: &'static str,
        /// The index of the input.
        input: usize,
        /// The shape of the input.
        wanted: Shape,
        /// The shape of the gradient.
        given: Shape,
    },
    /// An operation whose derivative is not known here.
    #[error("{operation} has no derivative here: the gradient cannot pass through it")]
    NoDerivative {
        /// The operation.
        operation: &'static str,
    },
    /// An operation applied to another number of inputs than it takes.
    #[error("{operation} takes {}, not {given}", count(*least, *most))]
    InputCount {
        /// The operation.
        operation: &'static str,
        /// The fewest inputs that it takes.
        least: usize,
        /// The most inputs that it takes.
        most: usize,
        /// How many inputs there were.
        given: usize,
    },
    /// An operation over all shards of a batch that another shard did not take part in.
    #[error(transparent)]
    Together(#[from] TogetherError),
}

fn count(least: usize, most: usize) -> String {
    let inputs = if most == 1 { "input" } else { "inputs" };
    match most {
        _ if least == most => format!("{least} {inputs}"),
        usize::MAX => format!("at least {least} inputs"),
        _ => format!("{least} to {most} inputs"),
    }
}
