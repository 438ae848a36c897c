//! The normal distribution and the error function.

use super::functions::{Reduced, exp, reduce};

/// The normal distribution at |x|: e^(-x^2 / 2), and the probability Q(|x|) of a larger number, both from one
/// exponential.
///
/// Q(a) = e^(-a^2 / 2) R(a), and R (Mills' ratio over sqrt(2 pi)) is a polynomial in (a - 3) / (a + 3), a minimax fit
/// to 2^-26.9. Q is accurate to 8 units in the last place (2 up to |x| = 3), and 0 from |x| = 13 on, near the
/// denormals.
#[inline(always)]
pub fn normal_tail(x: f32) -> (f32, f32) {
    // Above this, Q would be a denormal.
    const END: f32 = 13.0;
    let a = x.abs();
    let a = if a > END { END } else { a };
    let square = a * a;
    let Reduced { n, high, low } = reduce(-0.5 * square);
    let e = (high + low) + 1.0;
    let e = f32::from_bits((e.to_bits() as i32).wrapping_add(n << 23) as u32);
    // The rounding error of the square.
    let rest = a.mul_add(a, -square);
    let e = e.mul_add(-0.5 * rest, e);
    let e = if a >= END { 0.0 } else { e };
    let t = (a - 3.0) / (a + 3.0);
    let (t2, t4) = (t * t, (t * t) * (t * t));
    let p = 5.367_201e-5_f32.mul_add(t, 1.155_439_5e-4);
    let q = (-3.394_85e-4_f32).mul_add(t, -9.837_586e-4);
    let r = 2.904_556_2e-3_f32.mul_add(t, 6.132_071e-3);
    let u = (-4.621_329e-2_f32).mul_add(t, 0.123_225_03);
    let v = (-0.206_402_62_f32).mul_add(t, 0.121_513_95);
    let p = p.mul_add(t4, q.mul_add(t2, r));
    let p = p.mul_add(t4, u.mul_add(t2, v));
    (e, e * p)
}

/// e^(-x^2).
#[inline(always)]
pub fn exp_minus_square(x: f32) -> f32 {
    // Above this the result is 0.
    const END: f32 = 11.0;
    let a = x.abs();
    let a = if a > END { END } else { a };
    let square = a * a;
    let y = exp(-square);
    // The rounding error of the square.
    let rest = a.mul_add(a, -square);
    y.mul_add(-rest, y)
}

/// The error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x. The coefficients are N. Juffa's minimax
/// fits.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let t = x.abs();
    let s = x * x;
    let r = (-1.728_534_7e-5_f32).mul_add(t, 3.831_97e-4);
    let u = (-3.883_964_4e-3_f32).mul_add(t, 2.425_462_2e-2);
    let r = r.mul_add(s, u);
    let r = r.mul_add(t, -1.067_778_8e-1);
    let r = r.mul_add(t, -6.348_467e-1);
    let r = r.mul_add(t, -1.287_175_1e-1);
    let r = r.mul_add(t, -t);
    // Above 4 the result is 1 to the last bit, and the polynomial no longer fits.
    let far = (1.0 - exp(r)).copysign(x);
    let far = if t > 4.0 { 1.0f32.copysign(x) } else { far };
    let p = -5.967_617e-4_f32;
    let p = p.mul_add(s, 4.991_194e-3);
    let p = p.mul_add(s, -2.676_813_5e-2);
    let p = p.mul_add(s, 1.128_199_3e-1);
    let p = p.mul_add(s, -3.761_253_4e-1);
    let p = p.mul_add(s, 1.283_791_7e-1);
    let near = p.mul_add(x, x);
    let y = if t > 0.927_734_4 { far } else { near };
    if x.is_nan() { x } else { y }
}
