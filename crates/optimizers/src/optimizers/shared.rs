//! Arguments that several optimizers share.

use super::OptimizerSpec;
use crate::groups::{GroupSpec, overridden};
use relume_catalog::{Argument, Described, Kind, Type};
use serde::{Deserialize, Serialize};

/// What all rules can do, whatever their step is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Common {
    /// Added to the gradient, times the sign of the weight: the gradient of this many times the sum of absolute weights.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub l1: f64,
    /// How much of the moving average of the weights is kept at each step, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ema: Option<f64>,
    /// Parameters with options of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupSpec>,
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

impl Common {
    /// Checks the options of `spec`, whose common ones these are.
    pub(super) fn check<T: Described + Clone>(&self, spec: &T) -> Result<(), String>
    where
        OptimizerSpec: From<T>,
    {
        if self.ema == Some(1.0) {
            return Err("ema must be below 1: the average would never move".to_string());
        }
        if self.groups.is_empty() {
            return Ok(());
        }
        let spec = OptimizerSpec::from(spec.clone());
        self.groups.iter().try_for_each(|group| overridden(&spec, group).map(drop))
    }
}

/// Betas keep less than everything, as PyTorch wants them.
pub(super) fn check_betas(betas: &[f64]) -> Result<(), String> {
    match betas.iter().all(|&beta| beta < 1.0) {
        true => Ok(()),
        false => Err("betas must be below 1".to_string()),
    }
}

pub(super) const fn learning_rate(default: f64) -> Argument {
    Argument::new("lr", Type::NON_NEGATIVE, "learning rate").or_number(default)
}

pub(super) const fn epsilon(default: f64) -> Argument {
    Argument::new("eps", Type::NON_NEGATIVE, "added to the divisor").or_number(default)
}

pub(super) const fn weight_decay(default: f64) -> Argument {
    Argument::new("weight_decay", Type::NON_NEGATIVE, "how strongly weights are pulled towards 0")
        .or_number(default)
}

pub(super) const fn momentum(default: f64) -> Argument {
    Argument::new("momentum", Type::NON_NEGATIVE, "how much of the last step is kept")
        .or_number(default)
}

pub(super) const fn betas(defaults: &'static [f64]) -> Argument {
    Argument::new(
        "betas",
        Type::List(&Type::FRACTION),
        "how much of the mean, and of the mean of squares, is kept",
    )
    .or_numbers(defaults)
}

pub(super) const AMSGRAD: Argument =
    Argument::new("amsgrad", Type::Boolean, "whether the largest mean of squares so far divides")
        .or_boolean(false);

pub(super) const DECOUPLED: Argument = Argument::new(
    "decoupled_weight_decay",
    Type::Boolean,
    "whether weight decay is kept apart from the gradient, as in adamw",
)
.or_boolean(false);

pub(super) const L1: Argument = Argument::new(
    "l1",
    Type::NON_NEGATIVE,
    "strength of the penalty on absolute weights: added to the clipped gradient, times the sign of the weight",
)
.or_number(0.0);

pub(super) const EMA: Argument = Argument::new(
    "ema",
    Type::FRACTION,
    "keeps a moving average of the weights, this much of it at each step; it is what evaluates and predicts then",
)
.optional();

pub(super) const GROUPS: Argument = Argument::new(
    "groups",
    Type::List(&Type::Spec(Kind::Group)),
    "parameters with options of their own: group(\"0.*\", lr=0.0001)",
)
.or_numbers(&[]);
