#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cost;
mod elementwise;
mod error;
mod gradcheck;
mod op;
pub mod ops;
mod slopes;
mod tape;
mod together;

pub use cost::Cost;
pub use elementwise::{DerivativeOf, Elementwise, Map};
pub use error::AutogradError;
pub use gradcheck::{GradcheckOptions, GradcheckReport, Mismatch, gradcheck};
pub use op::{Backward, Input, Inputs, Op, OpRef, Pointwise, Saved};
pub use slopes::values_and_slopes;
pub use tape::{Tape, Var};
pub use together::{Together, TogetherError};
