//! What a function does far from 0.

use super::ExamineError;
use super::curve::Curve;
use crate::facts::NO_SLOPE;

/// Points further out, at which it is seen what a function approaches.
const FAR: [f32; 3] = [1e2, 1e3, 1e4];
/// How many points there are at each of them, from half of it on: a wave is low at some of them and high at others.
const POINTS: usize = 65;

/// A function far out, below 0 and above: the values and slopes at each distance.
pub(super) struct Beyond {
    values: [[Vec<f32>; 3]; 2],
    slopes: [[Vec<f32>; 3]; 2],
}

impl Beyond {
    pub fn of(curve: &Curve) -> Result<Self, ExamineError> {
        let mut values: [[Vec<f32>; 3]; 2] = Default::default();
        let mut slopes: [[Vec<f32>; 3]; 2] = Default::default();
        for (side, sign) in [-1.0, 1.0].into_iter().enumerate() {
            for (place, far) in FAR.into_iter().enumerate() {
                let fraction = |i: usize| 1.0 - 0.5 * i as f32 / (POINTS - 1) as f32;
                let points: Vec<f32> = (0..POINTS).map(|i| sign * far * fraction(i)).collect();
                [values[side][place], slopes[side][place]] = curve.at(&points)?;
            }
        }
        Ok(Beyond { values, slopes })
    }

    /// What the largest value times `sign` approaches on either side, where the largest one near 0 is `near`.
    pub fn values(&self, sign: f64, near: f64) -> f64 {
        largest(&self.values, sign, near)
    }

    /// The same of the slopes.
    pub fn slopes(&self, sign: f64, near: f64) -> f64 {
        largest(&self.slopes, sign, near)
    }

    /// Whether no gradient passes, below and above.
    pub fn is_flat(&self) -> [bool; 2] {
        self.slopes.each_ref().map(|side| side.iter().flatten().all(|slope| slope.abs() < NO_SLOPE))
    }

    /// Whether there is no value, below and above.
    pub fn is_undefined(&self) -> [bool; 2] {
        self.values.each_ref().map(|side| side.iter().flatten().all(|y| y.is_nan()))
    }
}

fn largest(sides: &[[Vec<f32>; 3]; 2], sign: f64, near: f64) -> f64 {
    let most =
        |numbers: &Vec<f32>| numbers.iter().map(|&y| f64::from(y) * sign).fold(f64::NAN, f64::max);
    let limits = sides.each_ref().map(|side| limit(side.each_ref().map(most), near));
    limits.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// What a function approaches, from its largest values up to 100, 1,000 and 10,000: infinity if it goes on growing
/// beyond `near`, the largest one near 0; of a wave, the largest of them.
fn limit([first, second, third]: [f64; 3], near: f64) -> f64 {
    /// The points hit the tops of a wave more or less well: that much is no growth.
    const GROWTH: f64 = 0.01;
    let (before, last) = (second - first, third - second);
    if !third.is_finite() || last == 0.0 {
        return third;
    }
    let ratio = last / before;
    let grows = third > near && before > 0.0 && last > GROWTH * third.abs();
    match ratio.abs() < 0.5 {
        // As the rest of a geometric series: 1/x comes ten times nearer each time.
        true => third + last * ratio / (1.0 - ratio),
        false if grows => f64::INFINITY,
        false => first.max(second).max(third),
    }
}
