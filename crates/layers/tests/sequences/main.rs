//! Layers of sequences: values and gradients as PyTorch's, gradients as finite differences, lengths, and what is
//! refused.

mod common;
mod gradients;
mod indices;
mod lengths;
mod parity;
mod refusals;
mod steady;
