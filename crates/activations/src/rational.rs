//! Rational functions with trained coefficients: Padé activation units.

use crate::{Activation, Facts};
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::simd::{Kernel, dispatch};
use relume_tensor::threads::{PIECE, Pieces, for_pieces, for_pieces2};
use relume_tensor::{Shape, Tensor, TensorError};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A quotient of polynomials whose coefficients are trained, so that the function's shape is learned.
///
/// f(x) = P(x) / Q(x) with P(x) = n_0 + n_1 x + ... + n_5 x^5 and Q(x) = 1 + |d_1 x| + ... + |d_4 x^4|, which is never
/// 0 (the safe version A). It begins as leaky_relu, to 0.03 between -3 and 3. Range: all numbers. Parameters:
/// `numerator` `[6]` and `denominator` `[4]`. Molina and others, "Padé activation units: end-to-end learning of
/// flexible activation functions in deep networks", 2020.
///
/// ```relume
/// net = dense(16) -> rational -> dense(2)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Rational {}

/// The least-squares fit of version A to leaky_relu(slope=0.01) at 601 points from -3 to 3.
const NUMERATOR: [f32; 6] =
    [0.029_797_41, 0.618_462_3, 2.320_968_5, 3.044_6, 1.479_629_5, 0.249_658_48];
const DENOMINATOR: [f32; 4] = [1.141_173_8, 4.382_270_5, 0.868_195_7, 0.345_291_08];

/// The coefficients of x, of which those of the denominator are absolute.
#[derive(Clone, Copy, Debug)]
struct Coefficients {
    n: [f32; 6],
    d: [f32; 4],
}

/// P and Q at a number, and their derivatives: beyond 1 divided by powers of x, which would overflow.
struct Parts {
    /// x^5 and x^4 are divided out.
    is_far: bool,
    p: f32,
    q: f32,
    dp: f32,
    dq: f32,
}

impl Coefficients {
    fn of(numerator: &Tensor, denominator: &Tensor) -> Result<Self, AutogradError> {
        match (<[f32; 6]>::try_from(numerator.data()), <[f32; 4]>::try_from(denominator.data())) {
            (Ok(n), Ok(d)) => Ok(Coefficients { n, d: d.map(f32::abs) }),
            _ => {
                let (left, right) = (numerator.shape(), denominator.shape());
                Err(TensorError::Mismatch { operation: "rational", left, right }.into())
            }
        }
    }

    #[inline(always)]
    fn parts(self, x: f32) -> Parts {
        let Coefficients { n, d } = self;
        let a = x.abs();
        let is_far = a > 1.0;
        // In u = 1/x beyond 1, and in x up to it: with a reversed order of coefficients the same sums.
        let u = if is_far { 1.0 / x } else { x };
        let v = if is_far { 1.0 / a } else { a };
        let pick = |near: f32, far: f32| if is_far { far } else { near };
        let sum = |c: [f32; 6], u: f32| {
            let high = c[5].mul_add(u, c[4]).mul_add(u, c[3]);
            high.mul_add(u, c[2]).mul_add(u, c[1]).mul_add(u, c[0])
        };
        let p = sum(std::array::from_fn(|k| pick(n[k], n[5 - k])), u);
        let q = [1.0, d[0], d[1], d[2], d[3]];
        let q = sum(std::array::from_fn(|k| if k == 5 { 0.0 } else { pick(q[k], q[4 - k]) }), v);
        let dn = [n[1], 2.0 * n[2], 3.0 * n[3], 4.0 * n[4], 5.0 * n[5]];
        let dp = sum(std::array::from_fn(|k| if k == 5 { 0.0 } else { pick(dn[k], dn[4 - k]) }), u);
        let dd = [d[0], 2.0 * d[1], 3.0 * d[2], 4.0 * d[3]];
        let dq = sum(std::array::from_fn(|k| if k > 3 { 0.0 } else { pick(dd[k], dd[3 - k]) }), v);
        Parts { is_far, p, q, dp, dq }
    }

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let Parts { is_far, p, q, .. } = self.parts(x);
        let quotient = p / q;
        if is_far { quotient * x } else { quotient }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let Parts { is_far, p, q, dp, dq } = self.parts(x);
        // Q' has the sign of x, and is 0 at 0; beyond 1 the quotient p / q has it too, and they cancel.
        let sign = if x > 0.0 { 1.0 } else { 0.0 } - if x < 0.0 { 1.0 } else { 0.0 };
        let dq = if is_far { dq } else { dq * sign };
        dp / q - (p / q) * (dq / q)
    }

    /// Adds the derivatives by all coefficients, times g; by those of the denominator for positive ones.
    fn add_slopes(self, x: f32, g: f32, sums: &mut [f64]) {
        let Parts { is_far, p, q, .. } = self.parts(x);
        // In double precision, for a huge x over a small q.
        let [x, p, q, g] = [x, p, q, g].map(f64::from);
        let quotient = if is_far { (p / q) * x } else { p / q };
        // x^k / x^4 beyond 1.
        let first = if is_far { x.powi(-4) } else { 1.0 };
        let (numerator, denominator) = sums.split_at_mut(6);
        let mut slope = g / q * first;
        for sum in numerator {
            *sum += slope;
            slope *= x;
        }
        let mut slope = -g / q * quotient * first;
        for sum in denominator {
            slope *= x.abs();
            *sum += slope;
        }
    }
}

struct Values<'a>(Coefficients, &'a [f32], &'a mut [f32]);

impl Kernel for Values<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.2.iter_mut().zip(self.1) {
            *y = self.0.value(x);
        }
    }
}

/// Multiplies gradients by the derivative.
struct Derivatives<'a>(Coefficients, &'a [f32], &'a mut [f32]);

impl Kernel for Derivatives<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (g, &x) in self.2.iter_mut().zip(self.1) {
            *g *= self.0.derivative(x);
        }
    }
}

/// The operation on x, numerator `[6]` and denominator `[4]`.
#[derive(Debug)]
struct RationalOp;

impl Op for RationalOp {
    fn name(&self) -> &'static str {
        "rational"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        3..=3
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let coefficients = Coefficients::of(inputs[1], inputs[2])?;
        let x = inputs[0].data();
        let mut out = Tensor::uninit(inputs[0].shape());
        for_pieces(out.data_mut(), PIECE, |i, part| {
            dispatch(Values(coefficients, &x[i * PIECE..][..part.len()], part));
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        const COUNT: usize = 10;
        let coefficients = Coefficients::of(pass.inputs[1], pass.inputs[2])?;
        let is_trained = pass.wants(1) || pass.wants(2);
        let x = pass.inputs[0].data();
        let mut gradient = pass.take_gradient();
        let mut sums = vec![0.0; gradient.count().div_ceil(PIECE) * COUNT];
        let parts = Pieces::new(gradient.data_mut(), PIECE);
        for_pieces2(parts, Pieces::new(&mut sums, COUNT), |i, part, sums: &mut [f64]| {
            let x = &x[i * PIECE..][..part.len()];
            if is_trained {
                x.iter().zip(&*part).for_each(|(&x, &g)| coefficients.add_slopes(x, g, sums));
            }
            dispatch(Derivatives(coefficients, x, part));
        });
        let total = |k: usize| sums.chunks_exact(COUNT).map(|sums| sums[k]).sum::<f64>() as f32;
        let denominator = pass.inputs[2].data();
        pass.give(1, Tensor::from_fn(6, total));
        let sign = |d: f32| if d == 0.0 { 0.0 } else { d.signum() };
        pass.give(2, Tensor::from_fn(4, |k| total(6 + k) * sign(denominator[k])));
        pass.give(0, gradient);
        Ok(())
    }
}

impl Activation for Rational {
    fn op(&self) -> OpRef {
        (&RationalOp as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn parameters(&self, _: Shape) -> Vec<(Cow<'static, str>, Tensor)> {
        let [n, d] = [Tensor::vector(&NUMERATOR), Tensor::vector(&DENOMINATOR)];
        vec![("numerator".into(), n), ("denominator".into(), d)]
    }
}
