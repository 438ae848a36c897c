#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batching;
mod best;
mod checkpoint;
mod checkpoint_writer;
mod closure_step;
mod compare;
mod crossvalidate;
mod diagnose;
mod edit;
mod error;
mod evaluate;
mod fit;
mod fresh;
mod hardest;
mod history;
mod lr_find;
mod memory;
pub mod metrics;
mod model;
mod observer;
mod plan;
mod predict;
mod prepare;
mod search;
mod start;
mod step;
pub mod task;
mod unfinished;

pub use checkpoint::{RunFile, load, save};
pub use checkpoint_writer::{CheckpointWriter, Every, beside};
pub use compare::{
    ComparedRun, Comparison, Curve, Grid, KnownRuns, McNemar, RightClasses, Summary, Variant,
    suiting_initializer, with_activation, with_argument, with_initializer,
    with_suiting_initializer,
};
pub use crossvalidate::{CrossValidation, FoldFigure, Folds, cross_validate};
pub use error::{Divergence, StepTrace, TrainError};
pub use evaluate::{EvaluateOptions, Evaluation, MetricResult, evaluate, evaluate_with};
pub use fit::{Moment, NotSaved, Outcome, Saver, fit, fit_saving, training_part};
pub use hardest::{HardSample, Hardest, hardest};
pub use history::{EpochRecord, History};
pub use lr_find::{RateCurve, Sweep, lr_find};
pub use memory::{check_pass, pass_bytes};
pub use metrics::{
    InputKind, Metric, MetricError, MetricInput, MetricSpec, MetricValue, argmax, format_metric,
};
pub use model::{BestEpoch, Model, Run, Weights};
pub use observer::{Observer, Progress, Silent};
pub use plan::{EarlyStop, Keep, Plan};
pub use predict::{outputs, predict, predict_batches, predict_part};
pub use prepare::InputPreparation;
pub use relume_serialization::Newer;
pub use relume_tensor::Interrupt;
pub use search::{Distribution, DistributionSpec, Method, Search, distributions};
pub use start::RunStart;
pub use task::{Baseline, Baselines, Predictions, Task};
pub use unfinished::Unfinished;
