//! Options that all optimizers share.

use super::{OptimizerSpec, Rule};
use crate::groups::{GroupSpec, overridden};
use relume_catalog::{Described, Spec};

/// Options of all optimizers.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = CommonOptions)]
pub struct Common {
    /// Strength of the penalty on absolute weights: added to the clipped gradient, times the sign of the weight.
    #[spec(default = 0.0, non_negative, omit_default)]
    pub l1: f64,
    /// Keeps a moving average of the weights, this much of it at each step; evaluation and prediction then use it.
    #[spec(fraction, omit_default)]
    pub ema: Option<f64>,
    /// Parameters with options of their own: group("0.*", lr=0.0001).
    #[spec(default = [], omit_default)]
    pub groups: Vec<GroupSpec>,
}

impl Common {
    /// Whether the options of `spec`, whose common ones these are, go together with them.
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

/// Whether the common options of a rule go together with its own.
pub(super) fn consistent<R: Rule + Described + Clone>(rule: &R) -> Result<(), String>
where
    OptimizerSpec: From<R>,
{
    rule.common().check(rule)
}

/// Checks that betas are below 1, as in PyTorch.
pub(super) fn check_betas(betas: &[f64]) -> Result<(), String> {
    match betas.iter().all(|&beta| beta < 1.0) {
        true => Ok(()),
        false => Err("betas must be below 1".to_string()),
    }
}
