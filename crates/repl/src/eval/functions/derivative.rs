//! The description of `grad`, which evaluates its arguments itself.

use crate::commands::Expression;
use relume_catalog::Spec;

/// The derivative of an expression that is a single number, with respect to a name.
///
/// ```relume
/// x = 3; grad(x ^ 2, x)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Grad {
    /// A single number.
    pub expression: Expression,
    /// The name of a number or tensor in it, or of a weight of a network that is applied in it.
    pub name: Expression,
}
