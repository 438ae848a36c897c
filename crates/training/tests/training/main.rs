//! Training: interrupting and resuming, augmented images, divergence, freezing, warnings, other data than those trained
//! on, files, and refusals.

mod augmentation;
mod batches;
mod checkpoints;
mod choices;
mod common;
mod divergence;
mod edit;
mod folds;
mod learning;
mod misuse;
mod newer;
mod places;
mod refusals;
mod resume;
mod shift;
mod stopping;
mod targets;
mod task;
mod trunk;
