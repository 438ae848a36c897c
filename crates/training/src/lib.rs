//! The training loop: metrics, observers, interruption and exact resume.

#![forbid(unsafe_code)]
