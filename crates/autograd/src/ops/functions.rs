//! Elementary functions of each element.

use crate::{AutogradError, DerivativeOf, Elementwise, Map, Op, Tape, Var};
use relume_tensor::simd;

/// e to the power of each element.
///
/// # Errors
/// A value of another tape. So for all functions of this file.
pub fn exp(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Map(Exp) as &'static dyn Op, &[x])
}

/// The natural logarithm of each element.
pub fn ln(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Map(Ln) as &'static dyn Op, &[x])
}

/// The square root of each element.
pub fn sqrt(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Map(Sqrt) as &'static dyn Op, &[x])
}

/// The absolute value of each element. The derivative at 0 is 0.
pub fn abs(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Map(Abs) as &'static dyn Op, &[x])
}

/// The operations by name.
pub(super) const ALL: &[(&str, &dyn Op)] =
    &[("exp", &Map(Exp)), ("ln", &Map(Ln)), ("sqrt", &Map(Sqrt)), ("abs", &Map(Abs))];

#[derive(Clone, Copy, Debug)]
struct Exp;

impl Elementwise for Exp {
    const NAME: &'static str = "exp";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Output;
    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        simd::exp(x)
    }
    #[inline(always)]
    fn derivative(self, y: f32) -> f32 {
        y
    }
}

#[derive(Clone, Copy, Debug)]
struct Ln;

impl Elementwise for Ln {
    const NAME: &'static str = "ln";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;
    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        simd::ln(x)
    }
    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        1.0 / x
    }
}

#[derive(Clone, Copy, Debug)]
struct Sqrt;

impl Elementwise for Sqrt {
    const NAME: &'static str = "sqrt";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Output;
    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x.sqrt()
    }
    #[inline(always)]
    fn derivative(self, y: f32) -> f32 {
        0.5 / y
    }
}

#[derive(Clone, Copy, Debug)]
struct Abs;

impl Elementwise for Abs {
    const NAME: &'static str = "abs";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;
    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x.abs()
    }
    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        if x == 0.0 || x.is_nan() { 0.0 } else { 1.0f32.copysign(x) }
    }
}
