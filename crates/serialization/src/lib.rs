#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod atomic;
mod checkpoint;
pub mod container;
mod endings;
mod error;
mod lookalike;
pub mod message;
mod newer;
pub mod safetensors;

pub use atomic::write_atomically;
pub use checkpoint::{
    Checkpoint, Generator, NamedTensor, OptimizerState, RunState, Series, TensorKind, from_bytes,
    load, save, to_bytes,
};
pub use error::{FormatError, LoadError, Part, SaveError};
pub use lookalike::Lookalike;
pub use newer::Newer;
