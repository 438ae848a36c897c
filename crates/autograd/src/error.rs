//! What can go wrong while recording or walking back.

use relume_tensor::{Shape, TensorError};
use thiserror::Error;

/// An operation that was refused, or a gradient that cannot be had.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum AutogradError {
    /// Shapes that do not go together.
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
    /// Only a single number has a gradient with respect to everything.
    #[error("a gradient starts from a single number, not from a tensor of shape {shape}")]
    NotScalar {
        /// The shape of what was to be differentiated.
        shape: Shape,
    },
    /// The tape was told to record nothing.
    #[error("this tape records nothing, so there is nothing to differentiate")]
    NotRecording,
}
