//! The basic operations: arithmetic, products, reductions, and changes of layout.
//!
//! Every function refuses a value of another tape, beside what its own documentation names.

mod arithmetic;
mod extremes;
mod functions;
mod layout;
mod product;
mod reduction;

pub use arithmetic::{add, div, mul, neg, pow, sub};
pub use extremes::{clamp, max, max_axis};
pub use functions::{abs, exp, ln, sqrt};
pub use layout::{Concat, Permute, Slice, concat, flatten, permute, reshape, slice, transpose};
pub use product::{dot, matmul};
pub use reduction::{mean, mean_axis, sum, sum_axis};
