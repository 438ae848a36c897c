//! What ranks tell each other about runs.

use super::failure::Failure;
use serde::{Deserialize, Serialize};

/// A run that a rank is given.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task {
    pub number: usize,
    pub carried: Vec<u8>,
}

/// What a rank tells rank 0, which tells itself the same.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Event {
    /// A thread of the rank is free.
    Free,
    /// A run was done.
    Done { number: usize, result: Vec<u8>, carried: Vec<u8> },
    /// A run was interrupted, or not begun.
    Skipped,
    /// A run failed.
    Failed { number: usize, failure: Failure },
    /// The rank was interrupted.
    Interrupted,
    /// The rank has the end, and tells no more.
    Left,
}

/// What rank 0 tells a rank.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// A run.
    Task(Task),
    /// Runs are interrupted, and no more are given.
    Stop,
    /// No run goes on anywhere: the end is broadcast.
    End,
}

/// How all runs ended.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct End {
    /// By number.
    pub results: Vec<Option<Vec<u8>>>,
    /// The run with the smallest number that failed.
    pub failure: Option<(usize, Failure)>,
    /// Whether an interrupt stopped them.
    pub is_stopped: bool,
}
