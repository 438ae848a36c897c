//! Tests of every activation function.

mod common;
mod gradients;
mod parity;
mod specifications;
