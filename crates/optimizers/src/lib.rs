#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clip;
mod fused;
mod groups;
mod lbfgs;
mod lr_factors;
mod optimizer;
pub mod rules;
pub mod schedules;
mod state;

pub use clip::{clip_norm, clip_value};
pub use groups::{Group, GroupSpec, OneOrMany, Selection};
pub use lr_factors::{LrFactors, Step};
pub use optimizer::{Optimizer, OptimizerError};
pub use rules::OptimizerSpec;
pub use schedules::ScheduleSpec;
pub use state::OptimizerState;
