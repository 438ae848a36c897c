#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clip;
mod fused;
mod optimizer;
pub mod optimizers;
pub mod schedules;

pub use clip::{clip_norm, clip_value};
pub use optimizer::{Optimizer, OptimizerState};
pub use optimizers::OptimizerSpec;
pub use schedules::ScheduleSpec;
