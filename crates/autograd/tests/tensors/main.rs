//! Operations on tensors against PyTorch's values and gradients, and against finite differences.

mod functions;
mod index;
mod layout;
#[cfg(feature = "nalgebra")]
mod linalg;
mod parity;
mod products;
mod reductions;
