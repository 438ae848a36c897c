//! The shape of a function: where it is flat, turns, bends, jumps and is zero, and its range.

use super::ExamineError;
use super::beyond::Beyond;
use super::curve::Curve;
use super::cusps::{self, Cusp};
use super::poles::Pole;
use super::sampled::{STEP, Sampled, rounded};
use crate::facts::NO_SLOPE;
use serde::Serialize;

/// A slope is 0 if it is so much smaller than 1, or than the largest: what is left of rounding.
const ROUNDING: f64 = 1e-6;
/// How far beside a bend the slopes are those of its sides: places are known to four decimals.
const BESIDE: f64 = 2e-4;

/// The shape of a function of one number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionShape {
    /// The smallest value, and where it is; a limit, or minus infinity, is nowhere.
    pub low: Extreme,
    /// The largest value.
    pub high: Extreme,
    /// The smallest and the largest slope; infinite if there is no bound.
    pub slopes: [f64; 2],
    /// Whether it rises, falls, or does both.
    pub direction: Direction,
    /// Where it turns from rising to falling or back.
    pub turns: Vec<f64>,
    /// Stretches on which the slope is below 1e-6, so that no gradient passes; the ends may be infinite.
    pub flat: Vec<[f64; 2]>,
    /// Stretches, or points as stretches without length, on which it is 0.
    pub zeros: Vec<[f64; 2]>,
    /// Where its slope jumps.
    pub bends: Vec<f64>,
    /// Where it jumps itself.
    pub jumps: Vec<f64>,
    /// Where its slope grows without bound, though it has a value itself: cusps, and vertical tangents.
    pub cusps: Vec<f64>,
    /// Where it grows without bound.
    pub poles: Vec<f64>,
    /// Stretches on which it has no value.
    pub undefined: Vec<[f64; 2]>,
    /// How far apart the points are at which it was looked at, if it changes faster than they can show, as cos(1000 x)
    /// does: then turns, zeros, bends, jumps, cusps and poles are not known.
    pub too_fast_for: Option<f64>,
}

/// The smallest or largest value of a function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Extreme {
    /// The value; infinite if there is no bound.
    pub value: f64,
    /// Where it is reached, if it is reached at one place.
    pub at: Option<f64>,
}

/// Whether a function rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Nowhere falls.
    Rises,
    /// Nowhere rises.
    Falls,
    /// Rises and falls.
    Both,
    /// Neither: it is flat everywhere.
    Flat,
}

impl FunctionShape {
    pub(super) fn of(curve: &Curve) -> Result<Self, ExamineError> {
        let near = Sampled::of(curve)?;
        let beyond = Beyond::of(curve)?;
        if near.is_too_coarse(curve)? {
            return Ok(Self::too_fast(&near, &beyond));
        }
        let poles = near.poles(curve)?;
        let (bends, jumps) = near.breaks(curve, &poles)?;
        let broken: Vec<f64> =
            poles.iter().map(|pole| f64::from(pole.at)).chain(jumps.iter().copied()).collect();
        let cusps = near.cusps(curve, &broken)?;
        let steep = cusps::places(&cusps);
        let is_bend =
            |bend: &f64| steep.iter().all(|cusp| (bend - cusp).abs() > 2.0 * f64::from(STEP));
        let bends: Vec<f64> = bends.into_iter().filter(is_bend).collect();
        // Beside a bend the slope may be larger than at all points.
        let sides = bends.iter().flat_map(|bend| [bend - BESIDE, bend + BESIDE]);
        let [_, beside] = curve.at(&sides.map(|x| x as f32).collect::<Vec<f32>>())?;
        let turns = near.turns(curve, &poles)?;
        let [at_turns, _] = curve.at(&turns)?;
        let turning: Vec<(f32, f32)> = turns.iter().copied().zip(at_turns).collect();
        Ok(FunctionShape {
            low: near.extreme(&beyond, -1.0, &poles, &turning),
            high: near.extreme(&beyond, 1.0, &poles, &turning),
            slopes: near.slope_range(&beyond, &beside, (&poles, &cusps)),
            direction: near.direction(&jumps),
            turns: turns.into_iter().map(rounded).collect(),
            flat: near.flat(curve, beyond.is_flat())?,
            zeros: near.zeros(curve, beyond.is_flat(), &poles)?,
            bends,
            jumps,
            cusps: steep,
            poles: poles.iter().map(|pole| rounded(pole.at)).collect(),
            undefined: near.undefined(curve, beyond.is_undefined())?,
            too_fast_for: None,
        })
    }

    /// What is known of a function that changes faster than the points can show.
    fn too_fast(near: &Sampled, beyond: &Beyond) -> Self {
        FunctionShape {
            low: near.extreme(beyond, -1.0, &[], &[]).nowhere(),
            high: near.extreme(beyond, 1.0, &[], &[]).nowhere(),
            slopes: near.slope_range(beyond, &[], (&[], &[])),
            direction: near.direction(&[]),
            turns: Vec::new(),
            flat: Vec::new(),
            zeros: Vec::new(),
            bends: Vec::new(),
            jumps: Vec::new(),
            cusps: Vec::new(),
            poles: Vec::new(),
            undefined: Vec::new(),
            too_fast_for: Some(rounded(STEP)),
        }
    }
}

impl Extreme {
    /// The same value without its place.
    fn nowhere(self) -> Self {
        Extreme { at: None, ..self }
    }
}

impl Sampled {
    /// The smallest and the largest slope; beside a pole and at a cusp there is no bound.
    fn slope_range(
        &self,
        beyond: &Beyond,
        beside: &[f32],
        (poles, cusps): (&[Pole], &[Cusp]),
    ) -> [f64; 2] {
        let at_poles = poles.iter().flat_map(|pole| {
            let is_bounded = pole.limits().map(|limit| limit.is_none());
            let sides = pole.slopes.into_iter().zip(is_bounded).filter(|(_, bounded)| !bounded);
            sides.map(|(slope, _)| f64::INFINITY.copysign(f64::from(slope)))
        });
        let at_cusps = cusps.iter().flat_map(|cusp| cusp.slopes).filter(|slope| !slope.is_nan());
        let at_cusps = at_cusps.map(|slope| f64::INFINITY.copysign(f64::from(slope)));
        let own = self.slopes.iter().chain(beside);
        let own = own.map(|&slope| f64::from(slope)).filter(|own| own.is_finite());
        let [low, high] = own
            .chain(at_poles)
            .chain(at_cusps)
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], own| {
                [low.min(own), high.max(own)]
            });
        let low = low.min(-beyond.slopes(-1.0, -low));
        let high = high.max(beyond.slopes(1.0, high));
        let finite = self.slopes.iter().filter(|slope| slope.is_finite());
        let largest = f64::from(finite.fold(0.0f32, |most, slope| most.max(slope.abs())));
        // Beside a pole all others are small, which is no rounding.
        let is_rest = |own: f64| own.abs() < ROUNDING * largest.min(1.0);
        [low, high].map(|own| if is_rest(own) || own == 0.0 { 0.0 } else { own })
    }

    /// The largest value times `sign`: near 0, where it turns, at a pole, or what the function approaches far out.
    fn extreme(
        &self,
        beyond: &Beyond,
        sign: f64,
        poles: &[Pole],
        turning: &[(f32, f32)],
    ) -> Extreme {
        let mut limits = poles.iter().flat_map(Pole::limits).flatten();
        if limits.any(|limit| limit * sign > 0.0) {
            return Extreme { value: f64::INFINITY * sign, at: None };
        }
        let mut best = (f64::NEG_INFINITY, 0, 0);
        for (at, &y) in self.values.iter().enumerate() {
            let y = f64::from(y) * sign;
            match y {
                y if y > best.0 => best = (y, at, at),
                y if y == best.0 => best.2 = at,
                _ => {}
            }
        }
        let furthest = beyond.values(sign, best.0);
        if furthest > best.0 + ROUNDING * best.0.abs() {
            return Extreme { value: furthest * sign + 0.0, at: None };
        }
        // Between the points it may be a little larger; where several turns are equal it has no place.
        let tops = turning
            .iter()
            .filter(|(_, y)| f64::from(*y) * sign >= best.0 - ROUNDING * best.0.abs());
        let tops: Vec<(f32, f32)> = tops.copied().collect();
        match tops.as_slice() {
            [(at, y)] => return Extreme { value: f64::from(*y), at: Some(rounded(*at)) },
            [] => {}
            [first, ..] => {
                let y = tops
                    .iter()
                    .fold(f64::from(first.1) * sign, |most, (_, y)| most.max(f64::from(*y) * sign));
                return Extreme { value: y.max(best.0) * sign, at: None };
            }
        }
        // A stretch of equal values is no place.
        let is_within = best.1 > 0 && best.2 + 1 < self.points.len();
        let is_place = best.2 - best.1 <= 1 && is_within && best.0.is_finite();
        let at = is_place.then(|| rounded(self.points[best.1]));
        Extreme { value: best.0 * sign, at }
    }

    /// By the slopes, and by the jumps: a staircase rises though it is flat between them.
    fn direction(&self, jumps: &[f64]) -> Direction {
        let over = |jump: &f64| {
            let beside = |x: f64| self.points.partition_point(|&point| f64::from(point) < x);
            let [before, after] =
                [-2.0_f64, 1.0].map(|steps| beside(jump + steps * f64::from(STEP)));
            let value = |at: usize| self.values.get(at).copied().unwrap_or(f32::NAN);
            value(after) - value(before)
        };
        let jumps: Vec<f32> = jumps.iter().map(over).collect();
        let rises = self.slopes.iter().chain(&jumps).any(|slope| *slope > NO_SLOPE);
        let falls = self.slopes.iter().chain(&jumps).any(|slope| *slope < -NO_SLOPE);
        match (rises, falls) {
            (true, true) => Direction::Both,
            (true, false) => Direction::Rises,
            (false, true) => Direction::Falls,
            (false, false) => Direction::Flat,
        }
    }

    fn flat(
        &self,
        curve: &Curve,
        is_flat_beyond: [bool; 2],
    ) -> Result<Vec<[f64; 2]>, ExamineError> {
        /// A turn is no flat stretch.
        const SHORTEST: usize = 5;
        let is_flat = |_: f32, slope: f32| slope.abs() < NO_SLOPE;
        let stretches = self.stretches(|at| is_flat(0.0, self.slopes[at])).into_iter();
        let long = stretches.filter(|[first, last]| last - first >= SHORTEST);
        long.map(|stretch| self.ends(curve, stretch, is_flat_beyond, &is_flat)).collect()
    }

    /// Where the function has no value.
    fn undefined(
        &self,
        curve: &Curve,
        is_beyond: [bool; 2],
    ) -> Result<Vec<[f64; 2]>, ExamineError> {
        let has_none = |y: f32, _: f32| y.is_nan();
        let stretches = self.stretches(|at| self.values[at].is_nan()).into_iter();
        stretches.map(|stretch| self.ends(curve, stretch, is_beyond, &has_none)).collect()
    }

    /// Where the function is 0: on stretches of points, and between points of different signs.
    fn zeros(
        &self,
        curve: &Curve,
        is_flat_beyond: [bool; 2],
        poles: &[Pole],
    ) -> Result<Vec<[f64; 2]>, ExamineError> {
        let mut zeros = Vec::new();
        for stretch in self.stretches(|at| self.values[at] == 0.0) {
            let [first, last] = stretch;
            let beside = [first.checked_sub(1), Some(last + 1)].into_iter().flatten();
            let beside = beside.filter_map(|at| self.values.get(at));
            // What only falls below the smallest numbers is not 0.
            let is_underflow = beside.clone().count() > 0 && beside.clone().all(|y| y.abs() < 1e-9);
            if !is_underflow {
                zeros.push(self.ends(curve, stretch, is_flat_beyond, &|y, _| y == 0.0)?);
            }
        }
        let crossing =
            |at: &usize| self.values[*at] * self.values[at + 1] < 0.0 && !self.has_pole(*at, poles);
        let found: Vec<usize> = (0..self.points.len() - 1).filter(crossing).collect();
        let halves = self.halved(curve, &found, |values, _, low, middle, _| {
            (values[low] < 0.0) != (values[middle] < 0.0)
        })?;
        zeros.extend(halves.into_iter().map(|x| [rounded(x), rounded(x)]));
        zeros.sort_by(|a, b| a[0].total_cmp(&b[0]));
        Ok(zeros)
    }

    /// Whether there is a pole between a point and the next one.
    fn has_pole(&self, at: usize, poles: &[Pole]) -> bool {
        poles.iter().any(|pole| pole.is_beside(self.points[at]))
    }

    fn turns(&self, curve: &Curve, poles: &[Pole]) -> Result<Vec<f32>, ExamineError> {
        let sign = |at: usize| match self.slopes[at] {
            slope if slope > NO_SLOPE => 1,
            slope if slope < -NO_SLOPE => -1,
            _ => 0,
        };
        let turning: Vec<usize> = (0..self.points.len() - 1)
            .filter(|&at| sign(at) * sign(at + 1) < 0 && !self.has_pole(at, poles))
            .collect();
        let mut turns = self.halved(curve, &turning, |_, slopes, low, middle, _| {
            (slopes[low] < 0.0) != (slopes[middle] < 0.0)
        })?;
        // One that falls on a point has no slope there.
        let on_points = (1..self.points.len() - 1).filter(|&at| {
            sign(at) == 0 && sign(at - 1) * sign(at + 1) < 0 && !self.has_pole(at, poles)
        });
        turns.extend(on_points.map(|at| self.points[at]));
        turns.sort_by(f32::total_cmp);
        Ok(turns)
    }
}
