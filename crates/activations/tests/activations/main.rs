//! Tests of every activation function.

mod common;
mod formulas;
mod gradients;
mod parity;
mod specifications;
