//! The basic operations: arithmetic, products, reductions, and changes of layout.
//!
//! Every function refuses a value of another tape, beside what its own documentation names.

mod along;
mod arithmetic;
mod arrange;
mod cumulative;
mod einsum;
mod extremes;
mod functions;
mod gather;
mod index;
mod layout;
#[cfg(feature = "nalgebra")]
mod linalg;
mod linear;
mod maths;
mod pairs;
mod product;
mod reduction;

use crate::Op;

pub use along::{amax, amin, logsumexp, mean_over, prod, std, sum_over, var, vector_norm};
pub use arithmetic::{add, div, mul, neg, pow, sub};
pub use arrange::{
    broadcast_to, chunk, diag, flatten_axes, flip, pad, repeat, reshape_to, roll, split, squeeze,
    stack, swap_axes, tril, triu, unsqueeze,
};
pub use cumulative::{cumprod, cumsum};
pub use einsum::{einsum, kron, outer};
pub use extremes::{clamp, clamped, max, max_axis};
pub use functions::{abs, exp, ln, sqrt};
pub use gather::{gather, max_along, median, min_along, scatter, scatter_add, sort, topk};
pub use index::{index, set_index, where_else};
pub use layout::{Concat, Permute, Slice, concat, flatten, permute, reshape, slice, transpose};
#[cfg(feature = "nalgebra")]
pub use linalg::{cholesky, det, eigh, inv, lstsq, pinv, qr, solve, svd, trace};
pub use maths::{
    acos, asin, atan, ceil, cos, cosh, erf, expm1, floor, log1p, log2, log10, reciprocal, round,
    sign, sin, sinh, square, tan, tanh, trunc,
};
pub use pairs::{fmod, maximum, minimum, remainder};
pub use product::{dot, matmul};
pub use reduction::{mean, mean_axis, sum, sum_axis};

/// The operation that applies a function to each number, by the function's name here: `exp`, `ln`, `erf`, `square`.
/// Its [`Op::pointwise`] is that function over slices.
pub fn function(name: &str) -> Option<&'static dyn Op> {
    functions().find(|(own, _)| *own == name).map(|(_, op)| op)
}

/// The names of the functions that [`function`] gives.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    functions().map(|(name, _)| name)
}

fn functions() -> impl Iterator<Item = (&'static str, &'static dyn Op)> {
    functions::ALL.iter().chain(maths::ALL).copied()
}
