#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cures;
mod detail;
mod examination;
mod explain;
pub mod facts;
pub mod figures;
mod finding;
mod gradients;
mod histogram;
mod inspection;
mod lint;
mod names;
pub mod plot;
mod prepared;
mod profile;
pub mod rules;
mod statistics;
mod summary;
mod training_watch;
mod trial;
mod units_table;

pub use detail::{Detail, UnitDetail};
pub use examination::{
    Depth, Direction, Examination, ExamineError, Extreme, Fault, FunctionShape, Moments, OwnFault,
    TrainedActivation, curves, examine, fault_of_own_activation, function_shape,
};
pub use explain::{
    AttentionLayer, AttentionMaps, Attribution, ExplainOptions, ExplanationLayout, Importance,
    InputImportance, Method, Reference, SampleParts, explain, importance, importance_svg,
    svg as explanation_svg,
};
pub use finding::{Change, Cure, Finding, Place, Severity, Trial};
pub use gradients::{ALLOWED, Gradcheck, GradcheckOptions, GradcheckRow, gradcheck};
pub use histogram::Histogram;
pub use inspection::{Inspection, Options, ParameterReport, inspect};
pub use lint::lint;
pub(crate) use names::one_digit;
pub use names::{Names, notation, train_words};
pub use profile::{Memory, Profile, ProfileOptions, StageCost, profile};
pub use rules::{Check, Needs, RuleSpec};
pub use statistics::Statistics;
pub use summary::{Summary, SummaryRow, summarise};
pub use training_watch::{TrainingWatch, WatchEvery};
pub use trial::try_cures;
pub use units_table::{UNITS_HEAD, units_table};
