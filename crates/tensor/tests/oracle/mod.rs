//! Every elementary function beside its double-precision oracle.

use relume_tensor::simd;

/// How far `found` is from the true value, in units in the last place of single precision.
pub fn ulps(found: f32, truth: f64) -> f64 {
    let nearest = truth as f32;
    if found == nearest || found.is_nan() && nearest.is_nan() {
        return 0.0;
    }
    if !found.is_finite() || !nearest.is_finite() {
        return f64::INFINITY;
    }
    // The distance to the next number away from 0.
    let next = f32::from_bits(nearest.abs().to_bits() + 1);
    let unit = f64::from(next) - f64::from(nearest.abs());
    (f64::from(found) - truth).abs() / unit
}

/// What a test does with each function.
pub trait Visitor {
    /// Ours and the truth, which may differ by so many units in the last place.
    fn visit(
        &mut self,
        name: &str,
        most: f64,
        ours: impl Fn(f32) -> f32 + Copy,
        truth: fn(f64) -> f64,
    );
}

/// Shows every function to a visitor.
pub fn visit_all(visitor: &mut impl Visitor) {
    visitor.visit("exp", 2.0, simd::exp, f64::exp);
    visitor.visit("exp_m1", 2.0, simd::exp_m1, f64::exp_m1);
    visitor.visit("ln", 2.0, simd::ln, f64::ln);
    visitor.visit("ln_1p", 2.0, simd::ln_1p, f64::ln_1p);
    visitor.visit("tanh", 2.0, simd::tanh, f64::tanh);
    visitor.visit("erf", 2.0, simd::erf, libm::erf);
    visitor.visit("sigmoid", 2.0, simd::sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
    visitor.visit("softplus", 2.0, simd::softplus, |x| match x.is_nan() {
        true => x,
        false => x.max(0.0) + (-x.abs()).exp().ln_1p(),
    });
    visitor.visit("sin", 2.0, simd::sin, f64::sin);
    visitor.visit("cos", 2.0, simd::cos, f64::cos);
    visitor.visit("exp_minus_square", 2.0, simd::exp_minus_square, |x| (-x * x).exp());
    // From 13 on ours is 0.
    let tail = |x: f32| simd::normal_tail(x).1;
    visitor.visit("normal_tail", 8.0, tail, |x| match x.abs() >= 13.0 {
        true => 0.0,
        false => 0.5 * libm::erfc(x.abs() / std::f64::consts::SQRT_2),
    });
}
