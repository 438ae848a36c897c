//! Sine and cosine of every float.
//!
//! An angle is reduced to [-pi/2, pi/2] in double precision; the rest is a polynomial. Angles of 2^30 and more need
//! more bits of pi than a double has (Payne and Hanek, "Radian reduction for trigonometric functions", 1983). That does
//! not vectorise, so loops use [`sin_of_moderate`] if all angles are smaller.

use std::f64::consts::{FRAC_1_PI, PI};

/// The difference of pi and [`PI`].
const PI_LOW: f64 = 1.224_646_799_147_353_2e-16;
/// Adding 1.5 * 2^52 leaves the nearest whole number in the low bits of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// [`sin_of_moderate`] and [`cos_of_moderate`] are accurate for angles whose absolute value is below this.
pub const MODERATE_ANGLE: f32 = 1_073_741_824.0;

/// sin(r) for |r| up to pi/2, negated if the lowest bit of `half_turns` is set.
#[inline(always)]
fn sin_of_rest(r: f64, half_turns: u64) -> f32 {
    let r = f64::from_bits(r.to_bits() ^ (half_turns << 63));
    let z = r * r;
    // A minimax fit of (sin(r) - r) / r^3 to 2^-35 of sin(r).
    let p = -2.388_891_001_39e-8_f64;
    let p = p.mul_add(z, 2.752_538_448_01e-6);
    let p = p.mul_add(z, -1.984_086_821_13e-4);
    let p = p.mul_add(z, 8.333_331_108_62e-3);
    let p = p.mul_add(z, -0.166_666_666_262);
    (p * z).mul_add(r, r) as f32
}

/// sin(x) for |x| below [`MODERATE_ANGLE`], branch-free; NaN for infinities.
#[inline(always)]
pub fn sin_of_moderate(x: f32) -> f32 {
    let x = f64::from(x);
    let shifted = x.mul_add(FRAC_1_PI, ROUND);
    let n = shifted - ROUND;
    let r = (-n).mul_add(PI_LOW, (-n).mul_add(PI, x));
    sin_of_rest(r, shifted.to_bits())
}

/// cos(x) for |x| below [`MODERATE_ANGLE`], branch-free; NaN for infinities.
#[inline(always)]
pub fn cos_of_moderate(x: f32) -> f32 {
    let x = f64::from(x);
    // cos(x) = sin(x + pi/2).
    let shifted = x.mul_add(FRAC_1_PI, 0.5) + ROUND;
    let n = (shifted - ROUND) - 0.5;
    let r = (-n).mul_add(PI_LOW, (-n).mul_add(PI, x));
    sin_of_rest(r, shifted.to_bits())
}

/// sin(x).
#[inline]
pub fn sin(x: f32) -> f32 {
    if x.abs() < MODERATE_ANGLE || !x.is_finite() {
        return sin_of_moderate(x);
    }
    let y = sin_of_turns(turns(x));
    if x < 0.0 { -y } else { y }
}

/// cos(x).
#[inline]
pub fn cos(x: f32) -> f32 {
    const QUARTER: u128 = 1 << 126;
    if x.abs() < MODERATE_ANGLE || !x.is_finite() {
        return cos_of_moderate(x);
    }
    sin_of_turns(turns(x).wrapping_add(QUARTER))
}

/// |x| modulo whole turns, in units of 2^-128 turns. |x| is at least [`MODERATE_ANGLE`].
fn turns(x: f32) -> u128 {
    /// The bits of 1 / (2 pi) after the point.
    const TURNS_PER_RADIAN: [u64; 4] = [
        0x28be_60db_9391_054a,
        0x7f09_d5f4_7d4d_3770,
        0x36d8_a566_4f10_e410,
        0x7f94_58ea_f7ae_f158,
    ];
    let bits = x.abs().to_bits();
    // |x| = mantissa * 2^exponent with an exponent from 7 to 104.
    let (mantissa, exponent) = ((bits & 0x007f_ffff) | 0x0080_0000, (bits >> 23) as usize - 150);
    let word = |i: usize| u128::from(TURNS_PER_RADIAN[exponent / 64 + i]);
    let first = word(0) << 64 | word(1);
    let window = match exponent % 64 {
        0 => first,
        shift => first << shift | word(2) >> (64 - shift),
    };
    // The bits of whole turns overflow and are lost.
    (window >> 32).wrapping_mul(u128::from(mantissa)) << 32
}

/// The sine of an angle in units of 2^-128 turns.
fn sin_of_turns(turns: u128) -> f32 {
    const HALF: f64 = 1.701_411_834_604_692_3e38;
    let half_turns = turns.wrapping_add(1 << 126) >> 127;
    let rest = turns.wrapping_sub(half_turns << 127) as i128;
    sin_of_rest(rest as f64 * (PI / HALF), half_turns as u64)
}
