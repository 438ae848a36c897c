//! The basic operations: arithmetic, products, reductions, and changes of layout.
//!
//! Every function refuses a value of another tape, beside what its own documentation names.

mod along;
mod arithmetic;
mod cumulative;
mod extremes;
mod functions;
mod gather;
mod index;
mod layout;
mod product;
mod reduction;

pub use along::{amax, amin, logsumexp, mean_over, prod, std, sum_over, var, vector_norm};
pub use arithmetic::{add, div, mul, neg, pow, sub};
pub use cumulative::{cumprod, cumsum};
pub use extremes::{clamp, max, max_axis};
pub use functions::{abs, exp, ln, sqrt};
pub use gather::{gather, max_along, median, min_along, scatter, scatter_add, sort, topk};
pub use index::{index, set_index, where_else};
pub use layout::{Concat, Permute, Slice, concat, flatten, permute, reshape, slice, transpose};
pub use product::{dot, matmul};
pub use reduction::{mean, mean_axis, sum, sum_axis};
