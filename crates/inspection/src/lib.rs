#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cures;
mod detail;
mod examination;
pub mod facts;
mod finding;
mod histogram;
mod inspection;
mod lint;
mod names;
pub mod plot;
mod prepared;
pub mod rules;
mod statistics;
mod summary;
mod trial;

pub use detail::{Detail, UnitDetail};
pub use examination::{
    Depth, Direction, Examination, ExamineError, Extreme, FunctionShape, Moments, curves, examine,
};
pub use finding::{Change, Cure, Finding, Place, Severity, Trial};
pub use histogram::Histogram;
pub use inspection::{Inspection, Options, ParameterReport, inspect};
pub use lint::lint;
pub(crate) use names::one_digit;
pub use names::{Names, notation, train_words};
pub use rules::{Check, Needs, RuleSpec};
pub use statistics::Statistics;
pub use summary::{Summary, SummaryRow, summarise};
pub use trial::try_cures;
