//! Why a process cannot join others.

use thiserror::Error;

/// Why a process that was started with others cannot work with them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JoinError {
    /// The program was built without MPI.
    #[error(
        "{processes} processes of this program were started, but it was built without MPI, so that they do not know \
         of each other; build it with `cargo build --release --features mpi`, or start one"
    )]
    Without {
        /// How many were started.
        processes: usize,
    },
    /// MPI did not begin.
    #[error("MPI did not begin: {0}")]
    NotBegun(String),
    /// Calls from several threads are not allowed, not even one after the other.
    #[error(
        "this MPI allows calls from one thread only; an MPI with MPI_THREAD_SERIALIZED is needed, as Open MPI and \
         MPICH are by default"
    )]
    Threads,
    /// The launcher started more processes, or fewer, than MPI knows.
    #[error(
        "{started} processes were started, but MPI knows {known}; start them with the mpirun of the MPI that the \
         program was built with; under Slurm, try `srun --mpi=pmix` (`srun --mpi=list` shows what there is)"
    )]
    Unconnected {
        /// What the launcher says.
        started: usize,
        /// What MPI says.
        known: usize,
    },
}
