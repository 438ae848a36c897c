//! Joining the other processes, and leaving them.

use crate::JoinError;
use crate::calls;
use crate::launcher::{is_launched, started};
use crate::transport::{MpiTransport, Shared};
use mpi::Threading;
use mpi::environment::Universe;
use relume_training::group::Group;
use std::sync::Arc;

/// Membership in a group of processes. It owns MPI: the thread that joined is the one that leaves.
///
/// One that is dropped without [`Membership::leave`], as by a panic, ends all processes: they would wait for this one.
pub struct Membership {
    group: Group,
    shared: Arc<Shared>,
    /// Ends MPI when it is dropped.
    universe: Option<Universe>,
}

impl std::fmt::Debug for Membership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Membership").field("group", &self.group).finish_non_exhaustive()
    }
}

/// Joins the other processes that mpirun or srun started; `None` if none of them started this one.
///
/// Errors of MPI are returned by the calls of the group, as far as MPI returns after them.
///
/// # Errors
/// An MPI that does not begin, that allows calls from one thread only, or that knows another number of processes than
/// the launcher. The process must then end.
pub fn join() -> Result<Option<Membership>, JoinError> {
    if !is_launched() {
        return Ok(None);
    }
    let (universe, threading) = mpi::initialize_with_threading(Threading::Serialized)
        .ok_or_else(|| JoinError::NotBegun("it has begun already".to_string()))?;
    if threading < Threading::Serialized {
        return Err(JoinError::Threads);
    }
    calls::return_errors().map_err(JoinError::NotBegun)?;
    let (rank, size) = calls::rank_and_size().map_err(JoinError::NotBegun)?;
    if let Some(started) = started().filter(|&started| started != size) {
        return Err(JoinError::Unconnected { started, known: size });
    }
    let shared = Arc::new(Shared::default());
    let group = Group::new(MpiTransport::new(rank, size, shared.clone()));
    Ok(Some(Membership { group, shared, universe: Some(universe) }))
}

impl Membership {
    /// The group.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Says how it is known that this process is to end: it then waits for others for a few seconds at most.
    pub fn end_when(&self, is_ending: impl Fn() -> bool + Send + Sync + 'static) {
        self.shared.end_when(Box::new(is_ending));
    }

    /// Ends the membership, after the same statements on all ranks: it waits for the others.
    pub fn leave(mut self) {
        self.shared.close();
        drop(self.universe.take());
    }

    /// Ends all processes with code 1.
    pub fn abort(&self) -> ! {
        calls::abort()
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        if self.universe.is_some() {
            calls::abort();
        }
    }
}
