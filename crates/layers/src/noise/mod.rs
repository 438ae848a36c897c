//! Random layers, active only in training: dropout in all forms, and noise.

pub(crate) mod dropout;
pub(crate) mod random_layers;

pub use dropout::Dropout;
pub use random_layers::{AlphaDropout, Dropout1d, Dropout2d, Dropout3d, DropoutNd, GaussianNoise};
