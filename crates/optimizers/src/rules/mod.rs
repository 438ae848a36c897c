//! The rules, simplest first.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod amsgrad;
mod lamb;
mod lbfgs;
mod lion;
mod moments;
mod muon;
mod nadam;
mod radam;
mod rmsprop;
mod rprop;
mod sgd;
mod shared;
mod yogi;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::Adamw;
pub use amsgrad::Amsgrad;
pub use lamb::Lamb;
pub use lbfgs::{Lbfgs, LineSearch};
pub use lion::Lion;
pub use moments::{Moments, MomentsOptions};
pub use muon::{AdjustLr, Muon};
pub use nadam::Nadam;
pub use radam::Radam;
pub use rmsprop::Rmsprop;
pub use rprop::Rprop;
pub use sgd::Sgd;
pub use shared::{Common, CommonOptions};
pub use yogi::Yogi;

use crate::{OptimizerError, Step};
use relume_catalog::table;
use relume_tensor::{Shape, Tensor};

/// The update of one parameter by its gradient.
pub trait Rule {
    /// The learning rate in the options.
    fn learning_rate(&self) -> f64;

    /// The options that all rules share.
    fn common(&self) -> &Common;

    /// PyTorch's names, and the shapes, of the state of a parameter of this shape; all start at 0.
    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)>;

    /// Updates a parameter.
    ///
    /// # Errors
    /// State that is not [`Rule::slots`] of the parameter, or a product that is refused.
    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError>;

    /// The optimizer of the parameters that the rule does not update itself.
    fn fallback_optimizer(&self) -> Option<OptimizerSpec> {
        None
    }
}

/// How an optimizer works.
pub enum UpdateKind<'a> {
    /// One parameter after the other, by its gradient.
    Each(&'a dyn Rule),
    /// All parameters together, evaluating the loss at several points.
    Together(&'a Lbfgs),
}

/// An optimizer's options.
pub trait Method {
    /// The learning rate in the options.
    fn learning_rate(&self) -> f64;

    /// How it works.
    fn update_kind(&self) -> UpdateKind<'_>;

    /// The optimizer of the parameters that it does not update itself.
    fn fallback_optimizer(&self) -> Option<OptimizerSpec>;
}

impl<R: Rule> Method for R {
    fn learning_rate(&self) -> f64 {
        Rule::learning_rate(self)
    }

    fn update_kind(&self) -> UpdateKind<'_> {
        UpdateKind::Each(self)
    }

    fn fallback_optimizer(&self) -> Option<OptimizerSpec> {
        Rule::fallback_optimizer(self)
    }
}

table! {
    /// Every optimizer.
    pub enum OptimizerSpec: dyn Method as Optimizer {
        Sgd, Rprop, Adagrad, Adadelta, Rmsprop, Adam, Adamw, Amsgrad, Adamax, Nadam, Radam, Yogi,
        Lion, Lamb, Muon, Lbfgs,
    }
}

/// A slot of the parameter's own shape for each name.
fn alike<const N: usize>(names: [&'static str; N], shape: Shape) -> Vec<(&'static str, Shape)> {
    names.into_iter().map(|name| (name, shape)).collect()
}
