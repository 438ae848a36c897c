#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod health;
pub mod plot;
mod statistics;
mod summary;
mod verdict;

pub use health::{Health, ParameterHealth, StageHealth, inspect};
pub use statistics::{Statistics, UnitStatistics};
pub use summary::{Summary, SummaryRow, summarise};
pub use verdict::{Finding, Severity, findings};
