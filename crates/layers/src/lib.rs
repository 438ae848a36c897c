#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activation;
pub mod attention;
mod build;
pub mod containers;
pub mod conv;
pub mod dense;
pub mod embedding;
mod error;
pub mod initializers;
mod kind;
mod map;
mod nesting;
mod network;
pub mod noise;
pub mod norm;
mod notation;
mod operation;
pub mod ops;
mod parameters;
mod pass;
mod place;
pub mod pool;
pub mod recurrent;
mod renamed;
mod replace;
pub mod shape;
mod spec;
mod state;
mod table;
mod watch;

pub use build::{Builder, Layer, Tail};
pub use error::{LayerError, ShapeError};
pub use initializers::{Initializer, InitializerSpec};
pub use kind::{InnerNetwork, LayerKind};
pub use network::{Chain as BuiltChain, Network};
pub use notation::NotationError;
pub use parameters::{Parameter, ParameterId, Parameters, Role};
pub use pass::{Lengths, Memory, Mode, Pass, Workspace};
pub use place::StagePlace;
pub use replace::{Origin, Replaced, Replacement};
pub use spec::{NetworkSpec, Refusal, Stage};
pub use state::{ShapeMismatch, StateDict, StateReport};
pub use table::LayerSpec;
pub use watch::{FusedStages, RecurrentPart, Watch, Watched, WatchedAttention, WatchedKind};

pub use relume_activations::InputMismatch;

use operation::{Operation, Steps};
