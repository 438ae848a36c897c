//! Activation functions of one's own that make numbers which are not finite.

use super::{FunctionShape, function_shape};
use relume_activations::ActivationSpec;
use relume_layers::NetworkSpec;
use serde::Serialize;
use std::fmt;

/// Where a formula of a network has a value or a slope that is not finite.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnFault {
    /// The function as a table names it.
    pub name: String,
    /// The formula.
    pub formula: String,
    /// What is not finite.
    pub what: Fault,
    /// An input at which it is not; where there is a stretch of them, the end that is nearest to 0.
    pub at: f64,
}

/// What is not finite of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It has no value on a stretch.
    Undefined,
    /// It grows without bound at a point.
    Pole,
    /// Its slope does, though it has a value there.
    Slope,
}

impl fmt::Display for OwnFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            Fault::Undefined => "has no value next to",
            Fault::Pole => "grows without bound at",
            Fault::Slope => "has a slope that is not finite at",
        };
        write!(f, "{} {what} x = {}: {}", self.name, self.at, self.formula)
    }
}

/// The first formula of a network, with the values with which its constants begin, of which a value or a slope is not
/// finite at some input within 20 of 0: a gradient that is not finite may come of it.
pub fn fault_of_own_activation(network: &NetworkSpec) -> Option<OwnFault> {
    network.formulas().into_iter().find_map(|formula| {
        let activation = ActivationSpec::from(formula.clone());
        let shape = function_shape(&activation.clone().into()).ok()?;
        let (what, at) = first(&shape)?;
        let name = relume_layers::Stage::from(activation).label();
        Some(OwnFault { name, formula: formula.text(), what, at })
    })
}

fn first(shape: &FunctionShape) -> Option<(Fault, f64)> {
    let nearest = |places: &[f64]| {
        places.iter().copied().filter(|x| x.is_finite()).min_by(|a, b| a.abs().total_cmp(&b.abs()))
    };
    let undefined: Vec<f64> = shape.undefined.iter().flatten().copied().collect();
    None.or_else(|| nearest(&undefined).map(|at| (Fault::Undefined, at)))
        .or_else(|| nearest(&shape.poles).map(|at| (Fault::Pole, at)))
        .or_else(|| nearest(&shape.cusps).map(|at| (Fault::Slope, at)))
}
