//! Training: interrupting and resuming, augmented images, divergence, freezing, warnings, other data than those trained
//! on, files, refusals; trainings that are compared.

mod augmentation;
mod batches;
mod checkpoints;
mod choices;
mod common;
mod comparing;
mod divergence;
mod edit;
mod folds;
mod hardest;
mod learning;
mod misuse;
mod newer;
mod observers;
mod places;
mod ranks;
mod refusals;
mod resume;
mod runs;
mod searching;
mod shards;
mod shift;
mod stopping;
mod sweep;
mod targets;
mod task;
mod trunk;
mod unfinished;
mod watching;
