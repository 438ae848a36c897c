#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batching;
mod best;
mod calibrated;
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
pub mod group;
mod hardest;
mod history;
mod history_table;
mod lr_find;
mod memory;
pub mod metrics;
mod model;
mod observer;
mod observers;
mod plan;
mod predict;
mod prepare;
mod results;
pub mod runs;
mod search;
mod start;
pub mod statistics;
mod step;
mod step_view;
pub mod task;
mod trace;
mod unfinished;
mod watched;

pub use calibrated::Calibrated;
pub use checkpoint::{RunFile, load, save};
pub use checkpoint_writer::{CheckpointWriter, Every, beside};
pub use compare::{
    ComparedRun, Comparison, Curve, Grid, KnownRuns, McNemar, RightClasses, Summary, Variant,
    argument_paths, suiting_initializer, with_activation, with_argument, with_initializer,
    with_suiting_initializer,
};
pub use crossvalidate::{CrossValidation, FoldFigure, Folds, cross_validate};
pub use error::{Divergence, StepTrace, TrainError};
pub use evaluate::{EvaluateOptions, Evaluation, MetricResult, evaluate, evaluate_with};
pub use fit::{Moment, NotSaved, Outcome, Saver, fit, fit_saving, held_out_part, training_part};
pub use hardest::{HardSample, Hardest, hardest};
pub use history::{EpochRecord, History};
pub use history_table::HISTORY_HEAD;
pub use lr_find::{RateCurve, Sweep, lr_find};
pub use memory::{check_pass, pass_bytes};
pub use metrics::{
    InputKind, Metric, MetricError, MetricInput, MetricSpec, MetricValue, argmax, format_metric,
};
pub use model::{BestEpoch, Model, Run, Weights};
pub use observer::{Observer, Progress, Silent};
pub use observers::Observers;
pub use plan::{EarlyStop, Keep, Plan};
pub use predict::{outputs, predict, predict_batches, predict_part};
pub use prepare::InputPreparation;
pub use relume_serialization::Newer;
pub use relume_tensor::Interrupt;
pub use results::results;
pub use search::{Distribution, DistributionSpec, Method, Search, distributions};
pub use start::RunStart;
pub use step_view::{NextStep, PassView, StepNotes, StepView};
pub use task::{Baseline, Baselines, Predictions, Task};
pub use trace::BatchTrace;
pub use unfinished::Unfinished;
pub use watched::{Bins, WatchRecord, WatchedParameter, WatchedPlace};
