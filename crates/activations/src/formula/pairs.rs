//! Functions of two numbers in formulas, with their derivatives by both.

use relume_catalog::syntax::Binary;
use relume_tensor::math;
use relume_tensor::simd::{Kernel, dispatch, map2};

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    Add,
    Sub,
    Mul,
    Div,
    /// With the sign of the divisor.
    Rem,
    Pow,
    Minimum,
    Maximum,
    // Comparisons are 1 where they hold and 0 elsewhere; no gradient passes through them.
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// What a gradient becomes by a slope. In a formula with branches a gradient of exactly 0 stays 0, also beside a slope
/// that is infinite or NaN: what the result does not depend on has no part in its gradient. So `where(x > 0, sqrt(x),
/// 0)` has a gradient of 0 at 0 and below, where products of IEEE 754 give NaN.
#[inline(always)]
fn passed_on<const BRANCHES: bool>(gradient: f32, slope: f32) -> f32 {
    if BRANCHES && gradient == 0.0 { 0.0 } else { gradient * slope }
}

/// 1 or 0.
#[inline(always)]
fn truth(holds: bool) -> f32 {
    if holds { 1.0 } else { 0.0 }
}

/// The share of the first number in the larger of both: of equal ones half, and all beside NaN, as in PyTorch.
#[inline(always)]
fn share_of_larger(a: f32, b: f32) -> f32 {
    let unequal = if a < b { 0.0 } else { 1.0 };
    if a == b { 0.5 } else { unequal }
}

impl Pair {
    /// That of an operator, if it is one of two numbers.
    pub fn of(operator: Binary) -> Option<Self> {
        Some(match operator {
            Binary::Add => Pair::Add,
            Binary::Sub => Pair::Sub,
            Binary::Mul => Pair::Mul,
            Binary::Div => Pair::Div,
            Binary::Rem => Pair::Rem,
            Binary::Pow => Pair::Pow,
            Binary::Equal => Pair::Equal,
            Binary::NotEqual => Pair::NotEqual,
            Binary::Less => Pair::Less,
            Binary::LessEqual => Pair::LessEqual,
            Binary::Greater => Pair::Greater,
            Binary::GreaterEqual => Pair::GreaterEqual,
            Binary::MatMul | Binary::In | Binary::NotIn | Binary::And | Binary::Or => return None,
        })
    }

    /// Whether a gradient passes.
    pub fn has_slope(self) -> bool {
        use Pair as P;
        matches!(
            self,
            P::Add | P::Sub | P::Mul | P::Div | P::Rem | P::Pow | P::Minimum | P::Maximum
        )
    }

    /// Its value for two constants, which are doubles.
    pub fn of_numbers(self, a: f64, b: f64) -> f64 {
        let truth = |holds: bool| f64::from(u8::from(holds));
        match self {
            Pair::Add => a + b,
            Pair::Sub => a - b,
            Pair::Mul => a * b,
            Pair::Div => a / b,
            Pair::Rem => {
                let rest = a % b;
                if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
            }
            Pair::Pow => a.powf(b),
            Pair::Minimum => a.min(b),
            Pair::Maximum => a.max(b),
            Pair::Equal => truth(a == b),
            Pair::NotEqual => truth(a != b),
            Pair::Less => truth(a < b),
            Pair::LessEqual => truth(a <= b),
            Pair::Greater => truth(a > b),
            Pair::GreaterEqual => truth(a >= b),
        }
    }

    /// Its values for two slices.
    pub fn values(self, a: &[f32], b: &[f32], to: &mut [f32]) {
        match self {
            Pair::Add => map2(a, b, to, |a, b| a + b),
            Pair::Sub => map2(a, b, to, |a, b| a - b),
            Pair::Mul => map2(a, b, to, |a, b| a * b),
            Pair::Div => map2(a, b, to, |a, b| a / b),
            Pair::Rem => map2(a, b, to, math::remainder),
            Pair::Pow => map2(a, b, to, f32::powf),
            Pair::Minimum => map2(a, b, to, math::minimum),
            Pair::Maximum => map2(a, b, to, math::maximum),
            Pair::Equal => map2(a, b, to, |a, b| truth(a == b)),
            Pair::NotEqual => map2(a, b, to, |a, b| truth(a != b)),
            Pair::Less => map2(a, b, to, |a, b| truth(a < b)),
            Pair::LessEqual => map2(a, b, to, |a, b| truth(a <= b)),
            Pair::Greater => map2(a, b, to, |a, b| truth(a > b)),
            Pair::GreaterEqual => map2(a, b, to, |a, b| truth(a >= b)),
        }
    }

    /// The gradients of the first number, for the gradients `g` of the values.
    pub fn first<const BRANCHES: bool>(
        self,
        mode: Mode,
        g: &[f32],
        a: &[f32],
        b: &[f32],
        to: &mut [f32],
    ) {
        match self {
            Pair::Add | Pair::Sub | Pair::Rem => pass(mode, to, [g, a, b], |g, _, _| g),
            Pair::Mul => pass(mode, to, [g, a, b], |g, _, b| passed_on::<BRANCHES>(g, b)),
            Pair::Div => {
                pass(mode, to, [g, a, b], |g, _, b| if BRANCHES && g == 0.0 { 0.0 } else { g / b });
            }
            Pair::Pow => pass(mode, to, [g, a, b], |g, a, b| {
                passed_on::<BRANCHES>(g, if b == 0.0 { 0.0 } else { b * a.powf(b - 1.0) })
            }),
            Pair::Minimum => {
                pass(mode, to, [g, a, b], |g, a, b| {
                    passed_on::<BRANCHES>(g, share_of_larger(b, a))
                });
            }
            Pair::Maximum => {
                pass(mode, to, [g, a, b], |g, a, b| {
                    passed_on::<BRANCHES>(g, share_of_larger(a, b))
                });
            }
            _ => {}
        }
    }

    /// The gradients of the second number.
    pub fn second<const BRANCHES: bool>(
        self,
        mode: Mode,
        g: &[f32],
        a: &[f32],
        b: &[f32],
        to: &mut [f32],
    ) {
        match self {
            // The first numbers of the same function, or of its counterpart, with the operands in turn.
            Pair::Add | Pair::Mul => self.first::<BRANCHES>(mode, g, b, a, to),
            Pair::Minimum => Pair::Maximum.first::<BRANCHES>(mode, g, a, b, to),
            Pair::Maximum => Pair::Minimum.first::<BRANCHES>(mode, g, a, b, to),
            Pair::Sub => pass(mode, to, [g, a, b], |g, _, _| -g),
            Pair::Div => pass(mode, to, [g, a, b], |g, a, b| {
                if BRANCHES && g == 0.0 { 0.0 } else { -(g / b) * (a / b) }
            }),
            Pair::Rem => {
                pass(mode, to, [g, a, b], |g, a, b| passed_on::<BRANCHES>(g, -(a / b).floor()))
            }
            Pair::Pow => pass(mode, to, [g, a, b], |g, a, b| {
                passed_on::<BRANCHES>(
                    g,
                    if a == 0.0 && b >= 0.0 { 0.0 } else { a.powf(b) * a.ln() },
                )
            }),
            _ => {}
        }
    }
}

/// Whether gradients are the first that a value gets, or are added to those that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Set,
    Add,
}

/// `to[i] = f(g[i], a[i], b[i])`, or `+=`.
struct Pass<'a, F, const ADDS: bool> {
    to: &'a mut [f32],
    operands: [&'a [f32]; 3],
    f: F,
}

impl<F: Fn(f32, f32, f32) -> f32, const ADDS: bool> Kernel for Pass<'_, F, ADDS> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let [g, a, b] = self.operands;
        let operands = g.iter().zip(a).zip(b);
        for (to, ((&g, &a), &b)) in self.to.iter_mut().zip(operands) {
            let own = (self.f)(g, a, b);
            *to = if ADDS { *to + own } else { own };
        }
    }
}

/// `to[i] = f(g[i], a[i], b[i])`, or `+=`, up to the end of the shortest.
fn pass(mode: Mode, to: &mut [f32], operands: [&[f32]; 3], f: impl Fn(f32, f32, f32) -> f32) {
    match mode {
        Mode::Set => dispatch(Pass::<_, false> { to, operands, f }),
        Mode::Add => dispatch(Pass::<_, true> { to, operands, f }),
    }
}

/// The gradients of the number that a condition picks where it holds, or of the other one.
pub(super) fn select_gradients(
    mode: Mode,
    holds: bool,
    g: &[f32],
    condition: &[f32],
    to: &mut [f32],
) {
    match holds {
        true => pass(mode, to, [g, condition, g], |g, c, _| if c != 0.0 { g } else { 0.0 }),
        false => pass(mode, to, [g, condition, g], |g, c, _| if c != 0.0 { 0.0 } else { g }),
    }
}

/// `to[i] = condition[i] != 0 ? a[i] : b[i]`.
pub(super) struct Select<'a> {
    pub condition: &'a [f32],
    pub a: &'a [f32],
    pub b: &'a [f32],
    pub to: &'a mut [f32],
}

impl Kernel for Select<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let operands = self.condition.iter().zip(self.a).zip(self.b);
        for (to, ((&condition, &a), &b)) in self.to.iter_mut().zip(operands) {
            *to = if condition != 0.0 { a } else { b };
        }
    }
}
