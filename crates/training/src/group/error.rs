//! What can go wrong between processes.

use thiserror::Error;

/// Why processes cannot go on together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GroupError {
    /// Another rank told that it cannot go on.
    #[error("rank {rank} failed: {text}")]
    Failed {
        /// Which.
        rank: usize,
        /// Why.
        text: String,
    },
    /// A message cannot be carried.
    #[error("rank {rank} cannot be reached: {problem}")]
    Lost {
        /// The rank on the other side.
        rank: usize,
        /// What the transport says.
        problem: String,
    },
    /// A message that is not what this rank takes: the ranks are not at the same place of the same program.
    #[error("a message of another rank cannot be read: {0}")]
    Message(String),
}
