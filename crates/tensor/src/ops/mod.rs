//! Operations on tensors as PyTorch has them: indexing, comparison, reductions along axes, order, and what moves
//! numbers.

mod axes;
mod compare;
mod cumulative;
mod einsum;
mod elementwise;
mod gather;
mod index;
mod lanes;
mod layout;
mod maker;
mod matmul;
mod operators;
mod reduction;
mod set;
mod sort;

pub use axes::Axes;
pub use compare::Comparison;
pub use einsum::Einsum;
pub use index::Index;
pub use set::Unique;
pub use sort::Order;

pub(crate) use axes::resolve_axis;
