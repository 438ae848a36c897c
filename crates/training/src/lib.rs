#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod checkpoint;
mod collect;
mod diagnose;
mod error;
mod evaluate;
mod fit;
mod history;
mod metric;
pub mod metrics;
mod model;
mod observer;
mod plan;
mod step;
mod together;

pub use checkpoint::{load, save};
pub use error::{Divergence, TrainError};
pub use evaluate::{Evaluation, Further, Measured, evaluate, evaluate_with, predict};
pub use fit::{Outcome, fit};
pub use history::{EpochRecord, History};
pub use metric::{Metric, predicted};
pub use metrics::{Answers, ClassAnswers, Figure, Measure, MetricError, MetricSpec, Reads};
pub use model::{Model, Run};
pub use observer::{Interrupt, Observer, Progress, Silent};
pub use plan::{EarlyStop, Plan};
pub use step::loss_on;
