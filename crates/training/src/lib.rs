#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batching;
mod checkpoint;
mod checkpoint_writer;
mod closure_step;
mod crossvalidate;
mod diagnose;
mod edit;
mod error;
mod evaluate;
mod fit;
mod history;
mod memory;
pub mod metrics;
mod model;
mod observer;
mod plan;
mod predict;
mod prepare;
mod start;
mod step;
pub mod task;

pub use checkpoint::{RunFile, load, save};
pub use checkpoint_writer::{CheckpointWriter, Every, beside};
pub use crossvalidate::{CrossValidation, FoldFigure, Folds, cross_validate};
pub use error::{Divergence, StepTrace, TrainError};
pub use evaluate::{EvaluateOptions, Evaluation, MetricResult, evaluate, evaluate_with};
pub use fit::{Moment, NotSaved, Outcome, Saver, fit, fit_saving, training_part};
pub use history::{EpochRecord, History};
pub use memory::{check_pass, pass_bytes};
pub use metrics::{
    InputKind, Metric, MetricError, MetricInput, MetricSpec, MetricValue, format_metric,
};
pub use model::{BestEpoch, Model, Run, Weights};
pub use observer::{Observer, Progress, Silent};
pub use plan::{EarlyStop, Keep, Plan};
pub use predict::{outputs, predict, predict_batches, predict_part};
pub use prepare::InputPreparation;
pub use relume_serialization::Newer;
pub use relume_tensor::Interrupt;
pub use start::RunStart;
pub use task::{Baseline, Baselines, Predictions, Task};
