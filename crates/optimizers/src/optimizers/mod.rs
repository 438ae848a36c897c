//! The rules, in the order in which one learns them.

mod adam;
mod adamw;
mod rmsprop;
mod sgd;

pub use adam::Adam;
pub use adamw::Adamw;
pub use rmsprop::Rmsprop;
pub use sgd::Sgd;

use relume_catalog::{Argument, Type, table};
use relume_tensor::Tensor;

/// What an optimizer does to one parameter.
pub trait Rule {
    /// The learning rate in the options.
    fn lr(&self) -> f64;

    /// PyTorch's names of what is remembered of each number; all start at 0.
    fn slots(&self) -> Vec<&'static str>;

    /// Updates a parameter; `step` counts its updates from 1.
    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: u64,
        lr: f64,
    );
}

table! {
    /// Every optimizer.
    pub enum OptimizerSpec: dyn Rule { Sgd, Rmsprop, Adam, Adamw }
}

const fn learning_rate(default: f64) -> Argument {
    Argument::new("lr", Type::NON_NEGATIVE, "learning rate").or_number(default)
}

const fn epsilon(default: f64) -> Argument {
    Argument::new("eps", Type::NON_NEGATIVE, "added to the divisor").or_number(default)
}

const fn weight_decay(default: f64) -> Argument {
    Argument::new("weight_decay", Type::NON_NEGATIVE, "how strongly weights are pulled towards 0")
        .or_number(default)
}
