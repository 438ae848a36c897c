//! What is left without MPI: several processes are refused.

use crate::JoinError;
use crate::launcher::started;
use relume_training::group::Group;
use std::convert::Infallible;

/// Membership in a group of processes: without MPI there is none.
#[derive(Debug)]
pub struct Membership {
    none: Infallible,
}

impl Membership {
    /// The group.
    pub fn group(&self) -> &Group {
        match self.none {}
    }

    /// Says how it is known that this process is to end.
    pub fn end_when(&self, _: impl Fn() -> bool + Send + Sync + 'static) {
        match self.none {}
    }

    /// Ends the membership, after the same statements on all ranks.
    pub fn leave(self) {
        match self.none {}
    }

    /// Ends all processes with code 1.
    pub fn abort(&self) -> ! {
        match self.none {}
    }
}

/// Without MPI, a process works by itself.
///
/// # Errors
/// mpirun or srun started several processes: they would not know of each other.
pub fn join() -> Result<Option<Membership>, JoinError> {
    match started() {
        Some(processes) if processes > 1 => Err(JoinError::Without { processes }),
        _ => Ok(None),
    }
}
