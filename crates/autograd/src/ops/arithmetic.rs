//! Sums, differences, products, quotients and powers, with broadcasting.

use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::Tensor;
use std::ops::RangeInclusive;

/// `a + b`.
///
/// # Errors
/// Shapes that do not broadcast. So for all operations of this file but [`neg`].
pub fn add(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&Add as &'static dyn Op, &[a, b])
}

/// `a - b`.
pub fn sub(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&Sub as &'static dyn Op, &[a, b])
}

/// `a b`, element by element.
pub fn mul(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&Mul as &'static dyn Op, &[a, b])
}

/// `a / b`, element by element.
pub fn div(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&Div as &'static dyn Op, &[a, b])
}

/// `a` to the power of `b`, element by element.
pub fn pow(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&Pow as &'static dyn Op, &[a, b])
}

/// `-a`.
pub fn neg(tape: &mut Tape, a: Var) -> Result<Var, AutogradError> {
    tape.apply(&Neg as &'static dyn Op, &[a])
}

#[derive(Debug)]
struct Add;

impl Op for Add {
    fn name(&self) -> &'static str {
        "addition"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].broadcast_with(inputs[1], "addition", |a, b| a + b)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [a, b] = [pass.inputs[0].shape(), pass.inputs[1].shape()];
        pass.give(0, pass.gradient.sum_to(a)?);
        pass.give(1, pass.gradient.sum_to(b)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Sub;

impl Op for Sub {
    fn name(&self) -> &'static str {
        "subtraction"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].broadcast_with(inputs[1], "subtraction", |a, b| a - b)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [a, b] = [pass.inputs[0].shape(), pass.inputs[1].shape()];
        pass.give(0, pass.gradient.sum_to(a)?);
        if pass.wants(1) {
            let mut gradient = pass.gradient.sum_to(b)?;
            gradient.scale(-1.0);
            pass.give(1, gradient);
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Mul;

impl Op for Mul {
    fn name(&self) -> &'static str {
        "multiplication"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].broadcast_with(inputs[1], "multiplication", |a, b| a * b)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        for (i, other) in [(0, 1), (1, 0)] {
            if pass.wants(i) {
                let product = pass.gradient.broadcast_with(
                    pass.inputs[other],
                    "multiplication",
                    |g, x| g * x,
                )?;
                pass.give(i, product.sum_to(pass.inputs[i].shape())?);
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Div;

impl Op for Div {
    fn name(&self) -> &'static str {
        "division"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].broadcast_with(inputs[1], "division", |a, b| a / b)?)
    }

    /// d(a/b) = da / b - (a/b) db / b.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let over_b = pass.gradient.broadcast_with(pass.inputs[1], "division", |g, b| g / b)?;
        if pass.wants(1) {
            let product = over_b.zip(pass.output, "division", |g, quotient| -g * quotient)?;
            pass.give(1, product.sum_to(pass.inputs[1].shape())?);
        }
        pass.give(0, over_b.sum_to(pass.inputs[0].shape())?);
        Ok(())
    }
}

#[derive(Debug)]
struct Pow;

impl Op for Pow {
    fn name(&self) -> &'static str {
        "power"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].broadcast_with(inputs[1], "power", f32::powf)?)
    }

    /// d(a^b) = b a^(b-1) da + a^b ln(a) db, each 0 where its factor b or a^b is.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [a, b] = [pass.inputs[0], pass.inputs[1]];
        if pass.wants(0) {
            let slope = |a: f32, b: f32| if b == 0.0 { 0.0 } else { b * a.powf(b - 1.0) };
            let product =
                a.broadcast_with(b, "power", slope)?
                    .zip(&pass.gradient, "power", |slope, g| slope * g)?;
            pass.give(0, product.sum_to(a.shape())?);
        }
        if pass.wants(1) {
            let slope =
                |a: f32, b: f32| if a == 0.0 && b >= 0.0 { 0.0 } else { a.powf(b) * a.ln() };
            let product =
                a.broadcast_with(b, "power", slope)?
                    .zip(&pass.gradient, "power", |slope, g| slope * g)?;
            pass.give(1, product.sum_to(b.shape())?);
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Neg;

impl Op for Neg {
    fn name(&self) -> &'static str {
        "negation"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].map(|x| -x))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let mut gradient = pass.take_gradient();
        gradient.scale(-1.0);
        pass.give(0, gradient);
        Ok(())
    }
}
