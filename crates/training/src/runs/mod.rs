//! Runs that are kept: a folder for each training, with what it began with, its figures and its weights.
//!
//! A folder such as `runs/2026-11-30T16-20-03-net` holds
//!
//! - `run.json`: network, plan, data, seed, environment, status ([`RunRecord`]), replaced as a whole at the end;
//! - `steps.jsonl`: a line for each batch, and `epochs.jsonl`: a line for each epoch, which only grow;
//! - `last.rlm`: the state that the run has got to, from which it can go on;
//! - `best.rlm`: the weights that are best on the validation part, if there is one;
//! - `note.txt`: what a person noted.
//!
//! [`RunWriter`] is the observer that writes it, [`stored_runs`] reads all folders again.

mod clock;
mod difference;
mod environment;
mod lines;
mod record;
mod sorted;
mod store;
mod writer;

pub use difference::{Difference, RunDifferences};
pub use environment::Environment;
pub use record::{Place, RunData, RunRecord, RunStatus};
pub use sorted::sort_runs;
pub use store::{StoredRun, StoredRuns, stored_runs};
pub use writer::{RunOptions, RunWriter, run_name};
