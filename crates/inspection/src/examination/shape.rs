//! The shape of a function: where it is flat, turns, bends, jumps and is zero, and its range.

use super::ExamineError;
use super::curve::Curve;
use super::poles::Pole;
use crate::facts::NO_SLOPE;
use serde::Serialize;

/// How far from 0 a function is looked at point by point, and how far apart the points are.
const NEAR: f32 = 20.0;
pub(super) const STEP: f32 = 0.01;
/// Halvings by which a place between two points is found: to a thousandth of their distance.
const HALVINGS: usize = 10;
/// A jump of the slope that is smaller is no bend.
const BEND: f32 = 1e-3;
/// Points further out, at which it is seen what a function approaches.
const FAR: [f32; 3] = [1e2, 1e3, 1e4];

/// The shape of a function of one number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionShape {
    /// The smallest value, and where it is; a limit, or minus infinity, is nowhere.
    pub low: Extreme,
    /// The largest value.
    pub high: Extreme,
    /// The smallest and the largest slope within 20 of 0; infinite at a pole.
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
    /// Where it grows without bound.
    pub poles: Vec<f64>,
    /// Stretches on which it has no value.
    pub undefined: Vec<[f64; 2]>,
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

/// The points near 0 with the values and slopes there.
pub(super) struct Sampled {
    pub points: Vec<f32>,
    pub values: Vec<f32>,
    pub slopes: Vec<f32>,
}

impl FunctionShape {
    pub(super) fn of(curve: &Curve) -> Result<Self, ExamineError> {
        let count = (NEAR / STEP) as i32;
        let points: Vec<f32> = (-count..=count).map(|i| i as f32 * STEP).collect();
        let [values, slopes] = curve.at(&points)?;
        let near = Sampled { points, values, slopes };
        let poles = near.poles(curve)?;
        let (bends, jumps) = near.breaks(curve, &poles)?;
        let far = FAR.map(|x| -x).into_iter().rev().chain(FAR);
        let [far, far_slopes] = curve.at(&far.collect::<Vec<f32>>())?;
        let ends =
            [[far[2], far[1], far[0]], [far[3], far[4], far[5]]].map(|side| side.map(f64::from));
        let is_flat_beyond = [&far_slopes[..3], &far_slopes[3..]]
            .map(|side| side.iter().all(|slope| slope.abs() < NO_SLOPE));
        Ok(FunctionShape {
            low: near.extreme(ends, -1.0, &poles),
            high: near.extreme(ends, 1.0, &poles),
            slopes: near.slope_range(&poles),
            direction: near.direction(&jumps),
            turns: near.turns(curve, &poles)?,
            flat: near.flat(is_flat_beyond),
            zeros: near.zeros(curve, is_flat_beyond, &poles)?,
            bends,
            jumps,
            poles: poles.iter().map(|pole| to_decimals(pole.at)).collect(),
            undefined: near.undefined([ends[0][0], ends[1][2]].map(f64::is_nan)),
        })
    }
}

impl Sampled {
    /// The smallest and the largest slope; beside a pole there is no bound.
    fn slope_range(&self, poles: &[Pole]) -> [f64; 2] {
        let own = self.slopes.iter().map(|&slope| f64::from(slope)).filter(|own| own.is_finite());
        let unbounded = poles.iter().flat_map(|pole| {
            let is_bounded = pole.limits().map(|limit| limit.is_none());
            let sides = pole.slopes.into_iter().zip(is_bounded).filter(|(_, bounded)| !bounded);
            sides.map(|(slope, _)| f64::INFINITY.copysign(f64::from(slope)))
        });
        let each = own.chain(unbounded);
        each.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], own| {
            [low.min(own), high.max(own)]
        })
    }

    /// The largest value times `sign`: near 0, at a pole, or what the function approaches far out.
    fn extreme(&self, ends: [[f64; 3]; 2], sign: f64, poles: &[Pole]) -> Extreme {
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
        let beyond = ends.map(|side| limit(side.map(|y| y * sign), best.0));
        let furthest = beyond.into_iter().fold(f64::NEG_INFINITY, f64::max);
        if furthest > best.0 {
            return Extreme { value: furthest * sign + 0.0, at: None };
        }
        // A stretch of equal values is no place.
        let is_within = best.1 > 0 && best.2 + 1 < self.points.len();
        let is_place = best.2 - best.1 <= 1 && is_within && best.0.is_finite();
        let at = is_place.then(|| to_decimals(self.points[best.1]));
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

    /// The stretches of points of which something holds, as their first and last index.
    pub fn stretches(&self, holds: impl Fn(usize) -> bool) -> Vec<[usize; 2]> {
        let mut found: Vec<[usize; 2]> = Vec::new();
        for at in (0..self.points.len()).filter(|&at| holds(at)) {
            match found.last_mut() {
                Some([_, last]) if *last + 1 == at => *last = at,
                _ => found.push([at, at]),
            }
        }
        found
    }

    fn ends(&self, [first, last]: [usize; 2], is_open: [bool; 2]) -> [f64; 2] {
        let most = self.points.len() - 1;
        [
            if first == 0 && is_open[0] {
                f64::NEG_INFINITY
            } else {
                to_decimals(self.points[first])
            },
            if last == most && is_open[1] { f64::INFINITY } else { to_decimals(self.points[last]) },
        ]
    }

    fn flat(&self, is_flat_beyond: [bool; 2]) -> Vec<[f64; 2]> {
        /// A turn is no flat stretch.
        const SHORTEST: usize = 5;
        let stretches = self.stretches(|at| self.slopes[at].abs() < NO_SLOPE).into_iter();
        let long = stretches.filter(|[first, last]| last - first >= SHORTEST);
        long.map(|stretch| self.ends(stretch, is_flat_beyond)).collect()
    }

    /// Where the function has no value.
    fn undefined(&self, is_beyond: [bool; 2]) -> Vec<[f64; 2]> {
        let stretches = self.stretches(|at| self.values[at].is_nan()).into_iter();
        stretches.map(|stretch| self.ends(stretch, is_beyond)).collect()
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
                zeros.push(self.ends(stretch, is_flat_beyond));
            }
        }
        let crossing =
            |at: &usize| self.values[*at] * self.values[at + 1] < 0.0 && !self.has_pole(*at, poles);
        let found: Vec<usize> = (0..self.points.len() - 1).filter(crossing).collect();
        let halves = self.halved(curve, &found, |values, _, low, middle, _| {
            (values[low] < 0.0) != (values[middle] < 0.0)
        })?;
        zeros.extend(halves.into_iter().map(|x| [to_decimals(x), to_decimals(x)]));
        zeros.sort_by(|a, b| a[0].total_cmp(&b[0]));
        Ok(zeros)
    }

    /// Whether there is a pole between a point and the next one.
    fn has_pole(&self, at: usize, poles: &[Pole]) -> bool {
        poles.iter().any(|pole| pole.is_beside(self.points[at]))
    }

    fn turns(&self, curve: &Curve, poles: &[Pole]) -> Result<Vec<f64>, ExamineError> {
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
        Ok(turns.into_iter().map(to_decimals).collect())
    }

    /// Where the slope jumps, and where the function itself does: halving the distance of two points does not make the
    /// difference between them smaller.
    fn breaks(&self, curve: &Curve, poles: &[Pole]) -> Result<(Vec<f64>, Vec<f64>), ExamineError> {
        let all: Vec<usize> = (0..self.points.len() - 1).collect();
        let difference = |numbers: &[f32], a: usize, b: usize| (numbers[a] - numbers[b]).abs();
        let find = |of_slopes: bool| -> Result<Vec<f32>, ExamineError> {
            let own = if of_slopes { &self.slopes } else { &self.values };
            let steep: Vec<usize> =
                all.iter().copied().filter(|&at| difference(own, at, at + 1) > BEND).collect();
            let places = self.halved(curve, &steep, |values, slopes, low, middle, high| {
                let own = if of_slopes { slopes } else { values };
                difference(own, low, middle) >= difference(own, middle, high)
            })?;
            let sides: Vec<f32> =
                places.iter().flat_map(|&x| [x - apart(x), x + apart(x)]).collect();
            let [values, slopes] = curve.at(&sides)?;
            let own_sides = if of_slopes { slopes } else { values };
            let pairs = own_sides.chunks_exact(2).zip(&steep).zip(places);
            let kept = pairs.filter_map(|((pair, &at), x)| {
                let (left, first) = ((pair[0] - pair[1]).abs(), difference(own, at, at + 1));
                (left > 0.3 * first && left > BEND).then_some(x)
            });
            Ok(kept.collect())
        };
        let mut jumps = merged(find(false)?);
        let mut bends = merged(find(true)?);
        let is_away = |place: f64, from: f64| (place - from).abs() > 2.0 * f64::from(STEP);
        jumps.retain(|&jump| poles.iter().all(|pole| is_away(jump, f64::from(pole.at))));
        bends.retain(|&bend| {
            let is_of_pole = poles.iter().any(|pole| !is_away(bend, f64::from(pole.at)));
            !is_of_pole && jumps.iter().all(|&jump| is_away(bend, jump))
        });
        Ok((bends, jumps))
    }

    /// Halves the distances between points and those after them, by the half that `is_first` picks of values, slopes
    /// and three places among them; the middles in the end.
    pub fn halved(
        &self,
        curve: &Curve,
        starts: &[usize],
        is_first: impl Fn(&[f32], &[f32], usize, usize, usize) -> bool,
    ) -> Result<Vec<f32>, ExamineError> {
        let mut pairs: Vec<[f32; 2]> =
            starts.iter().map(|&at| [self.points[at], self.points[at + 1]]).collect();
        for _ in 0..HALVINGS {
            let middle = |[low, high]: [f32; 2]| low + (high - low) / 2.0;
            let all: Vec<f32> =
                pairs.iter().flat_map(|&pair| [pair[0], middle(pair), pair[1]]).collect();
            let [values, slopes] = curve.at(&all)?;
            for (i, pair) in pairs.iter_mut().enumerate() {
                let middle = middle(*pair);
                match is_first(&values, &slopes, 3 * i, 3 * i + 1, 3 * i + 2) {
                    true => pair[1] = middle,
                    false => pair[0] = middle,
                }
            }
        }
        Ok(pairs.into_iter().map(|[low, high]| low + (high - low) / 2.0).collect())
    }
}

/// What a function approaches, from its values at 100, 1,000 and 10,000: infinity if it goes on growing beyond `near`,
/// the largest value near 0, and minus infinity if that is not known, as of a wave.
fn limit([first, second, third]: [f64; 3], near: f64) -> f64 {
    let (before, last) = (second - first, third - second);
    if !third.is_finite() || last == 0.0 {
        return third;
    }
    let ratio = last / before;
    let grows = third > near + 1e-4 * near.abs().max(1e-3);
    match ratio.abs() < 0.5 {
        // As the rest of a geometric series: 1/x comes ten times nearer each time.
        true => third + last * ratio / (1.0 - ratio),
        false if grows => f64::INFINITY,
        false => f64::NEG_INFINITY,
    }
}

/// How far apart the ends of the last halves are: no less than neighbouring floats.
pub(super) fn apart(x: f32) -> f32 {
    (STEP / 1024.0).max(x.abs() * 4.0 * f32::EPSILON)
}

/// Places that lie together are one.
fn merged(places: Vec<f32>) -> Vec<f64> {
    let mut kept: Vec<f64> = Vec::new();
    for place in places.into_iter().map(to_decimals) {
        if kept.last().is_none_or(|last| place - last > 1.5 * f64::from(STEP)) {
            kept.push(place);
        }
    }
    kept
}

/// A place to four decimals: it is not known better.
fn to_decimals(x: f32) -> f64 {
    let x = (f64::from(x) * 1e4).round() / 1e4;
    // No -0.
    x + 0.0
}
