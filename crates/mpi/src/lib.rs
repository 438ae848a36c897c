#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "mpi"), forbid(unsafe_code))]

#[cfg(feature = "mpi")]
mod calls;
mod error;
mod launcher;
#[cfg(feature = "mpi")]
mod membership;
#[cfg(not(feature = "mpi"))]
mod without;

#[cfg(feature = "mpi")]
mod transport;

pub use error::JoinError;
pub use launcher::is_launched;
#[cfg(feature = "mpi")]
pub use membership::{Membership, join};
#[cfg(not(feature = "mpi"))]
pub use without::{Membership, join};
