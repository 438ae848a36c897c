//! Poles: where a function grows without bound at a finite number.

use super::ExamineError;
use super::curve::Curve;
use super::sampled::{STEP, Sampled, apart};
use crate::facts::NO_SLOPE;

/// The most neighbouring points with infinite values that are one pole: longer stretches are overflow.
const WIDEST: usize = 5;
/// How many times larger a function is next to a pole than at the points around it, at least.
const GROWTH: f32 = 10.0;

/// A pole, with the slopes on its left and on its right.
pub(super) struct Pole {
    pub at: f32,
    pub slopes: [f32; 2],
}

impl Pole {
    /// What the function goes to on the left and on the right, infinite; `None` where it is bounded or undefined.
    pub fn limits(&self) -> [Option<f64>; 2] {
        let [left, right] = self.slopes;
        [left, -right]
            .map(|slope| (slope.abs() > NO_SLOPE).then(|| f64::INFINITY.copysign(f64::from(slope))))
    }

    /// Whether it lies between a point and the next one, or on one of them.
    pub fn is_beside(&self, point: f32) -> bool {
        self.at > point - STEP / 2.0 && self.at < point + 1.5 * STEP
    }
}

impl Sampled {
    /// Where the function is infinite at single points, and where it grows between two points.
    pub fn poles(&self, curve: &Curve) -> Result<Vec<Pole>, ExamineError> {
        let last = self.points.len() - 1;
        let mut poles: Vec<Pole> = Vec::new();
        for [from, to] in self.stretches(|at| self.values[at].is_infinite()) {
            if from > 0 && to < last && to - from < WIDEST {
                let slopes = [self.slopes[from - 1], self.slopes[to + 1]];
                poles.push(Pole { at: self.points[(from + to) / 2], slopes });
            }
        }
        let is_finite = |at: usize| self.values[at].is_finite() && self.values[at + 1].is_finite();
        for own in [&self.values, &self.slopes] {
            let changes = |at: &usize| is_finite(*at) && own[*at] * own[*at + 1] < 0.0;
            let starts: Vec<usize> = (0..last).filter(changes).collect();
            let is_of_slopes = std::ptr::eq(own, &self.slopes);
            let middles = self.halved(curve, &starts, |values, slopes, low, middle, _| {
                let own = if is_of_slopes { slopes } else { values };
                (own[low] < 0.0) != (own[middle] < 0.0)
            })?;
            poles.extend(self.grown(curve, &starts, middles)?);
        }
        poles.sort_by(|a, b| a.at.total_cmp(&b.at));
        poles.dedup_by(|a, b| (a.at - b.at).abs() < STEP);
        Ok(poles)
    }

    /// Those places between points and the next ones that are poles: there the function is larger than at the points
    /// around, and so steep that it grows further; a jump is not steep, and at a zero it is small.
    fn grown(
        &self,
        curve: &Curve,
        starts: &[usize],
        middles: Vec<f32>,
    ) -> Result<Vec<Pole>, ExamineError> {
        let sides: Vec<f32> = middles.iter().flat_map(|&x| [x - apart(x), x + apart(x)]).collect();
        let [values, slopes] = curve.at(&sides)?;
        let mut poles = Vec::new();
        for (i, (&start, &at)) in starts.iter().zip(&middles).enumerate() {
            let own = [2 * i, 2 * i + 1];
            let least =
                own.map(|side| values[side].abs()).into_iter().fold(f32::INFINITY, f32::min);
            let around = self.values[start].abs().max(self.values[start + 1].abs());
            let is_steep = own.iter().all(|&side| {
                let size = values[side].abs();
                size.is_infinite() || slopes[side].abs() * apart(at) >= 0.3 * size
            });
            if least > GROWTH * around && is_steep {
                poles.push(Pole { at, slopes: own.map(|side| slopes[side]) });
            }
        }
        Ok(poles)
    }
}
