#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod build;
mod error;
pub mod initializers;
pub mod layers;
mod network;
pub mod ops;
mod parameters;
mod pass;
mod spec;

pub use build::{Builder, Layer, Tail};
pub use error::{LayerError, ShapeError, Unfit};
pub use initializers::{Initializer, InitializerSpec};
pub use layers::{LayerKind, LayerSpec};
pub use network::Network;
pub use parameters::{Parameter, ParameterId, Parameters, Role};
pub use pass::{Lengths, Memory, Mode, Pass, Workspace};
pub use spec::{NetworkSpec, Stage};
