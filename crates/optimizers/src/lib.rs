//! Optimizers, learning-rate schedules and gradient clipping.

#![forbid(unsafe_code)]
