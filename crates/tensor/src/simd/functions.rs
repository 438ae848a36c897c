//! The exponential function and its relatives: polynomials without branches, accurate to about one unit in the last
//! place.
//!
//! The coefficients of exp, ln and tanh are Cephes' for single precision (S. L. Moshier, netlib.org/cephes). All
//! functions are `#[inline(always)]`, so that loops over them vectorise.

use std::f32::consts::LOG2_E;

const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Adding 1.5 * 2^23 leaves the nearest whole number in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

/// `value` unless it is below `low` or above `high`; a NaN stays one.
#[inline(always)]
pub fn clamp(value: f32, low: f32, high: f32) -> f32 {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}

/// 2^n for a whole n from -126 to 127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits(((n + 127) as u32) << 23)
}

/// x = n ln 2 + r with |r| at most ln 2 / 2, and e^r - 1 in two parts.
pub(super) struct Reduced {
    pub n: i32,
    /// x less n times the first bits of ln 2: exact.
    pub high: f32,
    /// The rest of e^r - 1.
    pub low: f32,
}

#[inline(always)]
pub(super) fn reduce(x: f32) -> Reduced {
    let shifted = x.mul_add(LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let high = whole.mul_add(-LN2_HIGH, x);
    let rest = whole * -LN2_LOW;
    let r = high + rest;
    // In pairs of terms, which are independent of one another.
    let square = r * r;
    let p = 1.987_569_1e-4_f32.mul_add(r, 1.398_199_9e-3);
    let p = p.mul_add(square, 8.333_452e-3_f32.mul_add(r, 4.166_579_6e-2));
    let p = p.mul_add(square, 1.666_666_5e-1_f32.mul_add(r, 0.5));
    Reduced { n, high, low: p.mul_add(square, rest) }
}

/// e^x.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Outside of these bounds the result is 0 or infinite.
    let x = clamp(x, -104.0, 89.0);
    let Reduced { n, high, low } = reduce(x);
    // The rounding error of the sum with 1 is added back, so that only the last addition rounds.
    let sum = 1.0 + high;
    let y = sum + ((high - (sum - 1.0)) + low);
    // In two steps, so that denormal results come out right.
    let half = n >> 1;
    y * power_of_two(half) * power_of_two(n - half)
}

/// e^x - 1, accurate near 0 too.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    let x = clamp(x, -20.0, 89.0);
    let Reduced { n, high, low } = reduce(x);
    let e = high + low;
    let half = n >> 1;
    let (small, large) = (power_of_two(half), power_of_two(n - half));
    // 2^n e + (2^n - 1): both halves are exact where they nearly cancel.
    let scale = small * large;
    let near = e.mul_add(scale, scale - 1.0);
    if n > 126 { (e + 1.0) * small * large - 1.0 } else { near }
}

/// The natural logarithm.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    const SMALLEST_NORMAL: f32 = f32::MIN_POSITIVE;
    const TWO_TO_23: f32 = 8_388_608.0;
    let denormal = x < SMALLEST_NORMAL;
    let scaled = if denormal { x * TWO_TO_23 } else { x };
    // scaled = m 2^e with m in [sqrt(1/2), sqrt(2)).
    let bits = scaled.to_bits() as i32;
    let e = (bits.wrapping_sub(0x3f35_04f3)) >> 23;
    let m = f32::from_bits(bits.wrapping_sub(e << 23) as u32);
    let e = if denormal { e - 23 } else { e } as f32;
    let r = m - 1.0;
    let z = r * r;
    let p = 7.037_683_6e-2_f32;
    let p = p.mul_add(r, -1.151_461e-1);
    let p = p.mul_add(r, 1.167_699_9e-1);
    let p = p.mul_add(r, -1.242_014_1e-1);
    let p = p.mul_add(r, 1.424_932_3e-1);
    let p = p.mul_add(r, -1.666_805_7e-1);
    let p = p.mul_add(r, 2.000_071_5e-1);
    let p = p.mul_add(r, -2.499_999_4e-1);
    let p = p.mul_add(r, 0.333_333_3);
    let y = e.mul_add(LN2_LOW, r * z * p);
    let y = z.mul_add(-0.5, y);
    let y = e.mul_add(LN2_HIGH, r + y);
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    let y = if x == f32::INFINITY { x } else { y };
    if x < 0.0 || x.is_nan() { f32::NAN } else { y }
}

/// ln(1 + x), accurate near 0 too (by Kahan's correction of the rounding of 1 + x).
#[inline(always)]
pub fn ln_1p(x: f32) -> f32 {
    let u = 1.0 + x;
    let rounded_off = x - (u - 1.0);
    let y = ln(u) + rounded_off / u;
    if u == f32::INFINITY || u <= 0.0 { ln(u) } else { y }
}

/// 1 / (1 + e^-x), accurate for very negative x too.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    let sum = 1.0 + e;
    let y = numerator / sum;
    // The rounding error of the sum, divided by the sum (about 1 - e/2 times it), is subtracted.
    let rounded_off = (e - (sum - 1.0)) * e.mul_add(-0.5, 1.0);
    y.mul_add(-rounded_off, y)
}

/// ln(1 + e) for e from 0 to 1, by one division and a short polynomial, where [`ln_1p`] needs a whole logarithm.
///
/// With s = e / (2 + e) it is 2 artanh(s), and 2 s = e - e s. So a correction of e is computed, which keeps the digits
/// of e.
#[inline(always)]
fn ln_1p_of_fraction(e: f32) -> f32 {
    let s = e / (2.0 + e);
    let z = s * s;
    let p = 0.280_119_9_f32;
    let p = p.mul_add(z, 0.280_018_06);
    let p = p.mul_add(z, 0.400_215_27);
    let p = p.mul_add(z, 0.666_664_2);
    s.mul_add(z.mul_add(p, -e), e)
}

/// ln(1 + e^x), without overflow and accurate for very negative x.
#[inline(always)]
pub fn softplus(x: f32) -> f32 {
    let positive = if x > 0.0 { x } else { 0.0 };
    positive + ln_1p_of_fraction(exp(-x.abs()))
}

/// The hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let a = x.abs();
    let z = x * x;
    let p = -5.704_988_7e-3_f32;
    let p = p.mul_add(z, 0.020_639_088);
    let p = p.mul_add(z, -5.373_971_6e-2);
    let p = p.mul_add(z, 1.333_144_2e-1);
    let p = p.mul_add(z, -0.333_332_8);
    let near = (p * z).mul_add(x, x);
    let far = (1.0 - 2.0 / (exp(2.0 * a) + 1.0)).copysign(x);
    if a < 0.625 { near } else { far }
}
