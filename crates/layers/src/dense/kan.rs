//! Layers of trained functions: Kolmogorov-Arnold networks.

use super::Dense;
use super::spline_op::MOST_ORDER;
use crate::{
    Builder, InitializerSpec, Layer, LayerError, LayerKind, Operation, ParameterId, Pass, Refusal,
    ops,
};
use relume_activations::{Activation, Silu};
use relume_autograd::{Op, Var, ops as basic};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Each output is a sum of trained functions, one of each input: a layer of a Kolmogorov-Arnold network.
///
/// y_j = sum over i of (base_weight_ji silu(x_i) + sum over k of spline_weight_jik B_k(x_i)), where B are B-splines
/// over a grid of equal intervals; outside of it they fade to 0, and silu remains. Takes `[features]`, or a sequence
/// `[time, features]` step by step. Parameters: `base_weight` `[units, inputs]`, `spline_weight` `[units, inputs, grid
/// + order]`. Liu and others, "KAN: Kolmogorov-Arnold networks", 2024.
///
/// ```relume
/// net = input(4) -> kan(8) -> kan(3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, positional = 1, check = Self::has_grid)]
pub struct Kan {
    /// Number of outputs.
    #[spec(positive)]
    pub units: usize,
    /// Intervals of the splines.
    #[spec(default = 5, range = 1..=1000)]
    pub grid: usize,
    /// The degree of their polynomials.
    #[spec(default = 3, range = 1..=5)]
    pub order: usize,
    /// Where the grid begins.
    #[spec(default = -1.0)]
    pub low: f64,
    /// Where it ends.
    #[spec(default = 1.0)]
    pub high: f64,
    /// Initial values of both weights.
    #[spec(default = crate::initializers::Default)]
    pub init: InitializerSpec,
}

impl Kan {
    fn has_grid(&self) -> Result<(), String> {
        match (self.low as f32) < (self.high as f32) {
            true => Ok(()),
            false => Err(format!("low={} must lie below high={}", self.low, self.high)),
        }
    }

    fn spline(&self) -> ops::Spline {
        let Kan { low, high, grid, order, .. } = *self;
        ops::Spline { low: low as f32, high: high as f32, grid, order: order.min(MOST_ORDER) }
    }
}

impl LayerKind for Kan {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        Dense::new(self.units).output_shape(input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (inputs, units) = (input.last().copied().unwrap_or(1), self.units);
        let spline = self.spline();
        let base = builder.parameter("base_weight", [units, inputs], &self.init, [inputs, units]);
        let fans = [inputs * spline.count(), units];
        let splines =
            builder.parameter("spline_weight", [units, inputs, spline.count()], &self.init, fans);
        Ok(Arc::new(KanLayer {
            silu: Operation::new(Silu {}.op(), Vec::new()),
            basis: Operation::new(Arc::new(spline), Vec::new()),
            base: Operation::new(&ops::Linear as &'static dyn Op, vec![base]),
            splines,
        }))
    }

    fn initializers(&self) -> Vec<&InitializerSpec> {
        vec![&self.init]
    }
}

#[derive(Debug)]
struct KanLayer {
    silu: Operation,
    basis: Operation,
    base: Operation,
    splines: ParameterId,
}

impl Layer for KanLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let base = self.silu.forward(pass, x)?;
        let base = self.base.forward(pass, base)?;
        let basis = self.basis.forward(pass, x)?;
        let weight = pass.parameter(self.splines);
        // As a matrix [units, inputs (grid + order)].
        let weight = pass.tape.apply(&ops::View::Merge(1) as &'static dyn Op, &[weight])?;
        let splines = pass.tape.apply(&ops::Linear as &'static dyn Op, &[basis, weight])?;
        Ok(basic::add(pass.tape, base, splines)?)
    }
}
