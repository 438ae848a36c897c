//! A layer, an activation, a loss and an optimizer from outside: described, registered, and used like the built-in
//! ones.

use relume::extend::*;

#[cfg(test)]
mod tests;

/// Each feature times a trained weight.
///
/// ```relume
/// net = dense(8) -> rescale(start=0.5) -> dense(3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, crate = relume::catalog)]
pub struct Rescale {
    /// The initial value of the weights.
    #[spec(default = 1.0)]
    pub start: f64,
}

impl LayerKind for Rescale {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        Ok(input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let start = Tensor::full(input, self.start as f32);
        Ok(Arc::new(Built { weight: builder.parameter_from("weight", start) }))
    }
}

#[derive(Debug)]
struct Built {
    weight: ParameterId,
}

impl Layer for Built {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let weight = pass.parameter(self.weight);
        Ok(ops::mul(pass.tape, x, weight)?)
    }
}

/// log(1 + exp(x - 1)) - 0.08 x - 0.313261687: never flat, and 0 at 0.
///
/// ```relume
/// swoosh([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation, crate = relume::catalog)]
pub struct Swoosh {}

impl Elementwise for Swoosh {
    const NAME: &'static str = "swoosh";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    fn value(self, x: f32) -> f32 {
        (x - 1.0).max(0.0) + (-(x - 1.0).abs()).exp().ln_1p() - 0.08 * x - 0.313_261_7
    }

    fn derivative(self, x: f32) -> f32 {
        1.0 / (1.0 + (1.0 - x).exp()) - 0.08
    }
}

impl Activation for Swoosh {
    fn op(&self) -> OpRef {
        (&Map(Swoosh {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}

/// The mean of (p - t)^4: large errors count for more than with mse.
///
/// ```relume
/// quartic([1, 2], [1, 4])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(loss, crate = relume::catalog)]
pub struct Quartic {}

impl Pointwise<2> for Quartic {
    const NAME: &'static str = "quartic";

    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        (p - t).powi(4)
    }

    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let slope = 4.0 * (p - t).powi(3);
        [slope, -slope]
    }
}

impl Loss for Quartic {
    fn op(&self) -> OpRef {
        Arc::new(PointwiseLoss { pair: *self, reduction: Reduction::Mean }).into()
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}

/// A step of the learning rate against the sign of each gradient.
///
/// ```relume
/// train net on digits epochs=1 optimizer=signsgd(0.001)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, crate = relume::catalog)]
pub struct Signsgd {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Signsgd {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, _: Shape) -> Vec<(&'static str, Shape)> {
        Vec::new()
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        _: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let lr = step.lr(self.lr) as f32;
        for (w, g) in value.data_mut().iter_mut().zip(gradient.data()) {
            *w -= lr * if *g == 0.0 { 0.0 } else { g.signum() };
        }
        Ok(())
    }
}

/// Registers all four for texts, files and `help`.
///
/// # Errors
/// A name that is taken.
pub fn register() -> Result<(), RegistrationError> {
    LayerSpec::register::<Rescale>()?;
    ActivationSpec::register::<Swoosh>()?;
    LossSpec::register::<Quartic>()?;
    OptimizerSpec::register::<Signsgd>()
}
