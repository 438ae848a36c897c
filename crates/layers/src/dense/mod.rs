//! Fully connected layers: products with all inputs.

pub(crate) mod bilinear;
pub(crate) mod bilinear_op;
pub(crate) mod kan;
pub(crate) mod linear;
pub(crate) mod linear_op;
pub(crate) mod spline_op;

pub use bilinear::Bilinear;
pub use kan::Kan;
pub use linear::Dense;
