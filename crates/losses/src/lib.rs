//! Loss functions with their gradients.

#![forbid(unsafe_code)]
