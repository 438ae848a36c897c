//! Training: stopping and going on, augmented images, diverging, freezing, warnings, and what is refused.

mod augmentation;
mod common;
mod divergence;
mod learning;
mod misuse;
mod refusals;
mod resume;
mod stopping;
mod task;
