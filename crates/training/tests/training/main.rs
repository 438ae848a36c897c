//! Training: stopping and going on, augmented images, diverging, freezing, warnings, other data than those trained on, and what is refused.

mod augmentation;
mod common;
mod divergence;
mod learning;
mod misuse;
mod refusals;
mod resume;
mod shift;
mod stopping;
mod task;
mod trunk;
