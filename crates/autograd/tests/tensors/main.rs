//! Operations on tensors against PyTorch's values and gradients, and against finite differences.

mod index;
mod parity;
mod reductions;
