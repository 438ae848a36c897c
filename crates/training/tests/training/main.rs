//! Training: stopping and going on, diverging, freezing, warnings, and what is refused.

mod common;
mod divergence;
mod learning;
mod refusals;
mod resume;
mod stopping;
