//! A function at many points near 0, and places between them by bisection.

use super::ExamineError;
use super::curve::Curve;

/// How far from 0 a function is looked at point by point, and how far apart the points are.
pub(super) const NEAR: f32 = 20.0;
pub(super) const STEP: f32 = 0.01;
/// Halvings by which a place between two points is found: to a thousandth of their distance.
const HALVINGS: usize = 10;

/// The points near 0 with the values and slopes there.
pub(super) struct Sampled {
    pub points: Vec<f32>,
    pub values: Vec<f32>,
    pub slopes: Vec<f32>,
}

/// Which side of a property a number is on.
pub(super) type Holds<'a> = dyn Fn(f32, f32) -> bool + 'a;

impl Sampled {
    pub fn of(curve: &Curve) -> Result<Self, ExamineError> {
        let count = (NEAR / STEP) as i32;
        let points: Vec<f32> = (-count..=count).map(|i| i as f32 * STEP).collect();
        let [values, slopes] = curve.at(&points)?;
        Ok(Sampled { points, values, slopes })
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

    /// The ends of a stretch on which something holds of values and slopes; those at the last points are open where it
    /// holds beyond.
    pub fn ends(
        &self,
        curve: &Curve,
        [first, last]: [usize; 2],
        is_open: [bool; 2],
        holds: &Holds<'_>,
    ) -> Result<[f64; 2], ExamineError> {
        let most = self.points.len() - 1;
        let low = match first.checked_sub(1) {
            None if is_open[0] => f64::NEG_INFINITY,
            None => rounded(self.points[0]),
            Some(before) => self.edge(curve, [first, before], holds)?,
        };
        let high = match last {
            last if last < most => self.edge(curve, [last, last + 1], holds)?,
            _ if is_open[1] => f64::INFINITY,
            last => rounded(self.points[last]),
        };
        Ok([low, high])
    }

    /// The place between a point of which something holds and a neighbour of which it does not.
    fn edge(
        &self,
        curve: &Curve,
        [inside, outside]: [usize; 2],
        holds: &Holds<'_>,
    ) -> Result<f64, ExamineError> {
        let [mut inside, mut outside] = [self.points[inside], self.points[outside]];
        for _ in 0..HALVINGS + 4 {
            let middle = inside + (outside - inside) / 2.0;
            let [values, slopes] = curve.at(&[middle])?;
            match holds(values[0], slopes[0]) {
                true => inside = middle,
                false => outside = middle,
            }
        }
        // A point of the grid is often the place itself.
        Ok(rounded(inside))
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

    /// Whether the function changes faster than the points can show, as cos(1000 x): between many of them it is not
    /// where values and slopes of the neighbours say (Hermite's interpolation).
    pub fn is_too_coarse(&self, curve: &Curve) -> Result<bool, ExamineError> {
        /// The fraction of the intervals: the steps of a staircase are fewer.
        const MANY: f64 = 0.25;
        /// The error by the change between the points, and by the values, from which on it counts.
        const ERROR: f32 = 0.1;
        const ROUNDING: f32 = 4e-6;
        let middles: Vec<f32> =
            self.points.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0).collect();
        let [found, _] = curve.at(&middles)?;
        let is_off = |at: &usize| {
            let own = [self.values[*at], found[*at], self.values[at + 1]];
            let low = own.into_iter().fold(f32::INFINITY, f32::min);
            let high = own.into_iter().fold(f32::NEG_INFINITY, f32::max);
            let slopes = STEP / 8.0 * (self.slopes[*at] - self.slopes[at + 1]);
            let expected = own[0] / 2.0 + own[2] / 2.0 + slopes;
            let least = (ERROR * (high - low)).max(ROUNDING * low.abs().max(high.abs()));
            (own[1] - expected).abs() > least
        };
        let off = (0..middles.len()).filter(is_off).count();
        Ok(off as f64 > MANY * middles.len() as f64)
    }
}

/// How far apart the ends of the last halves are: no less than neighbouring floats.
pub(super) fn apart(x: f32) -> f32 {
    (STEP / 1024.0).max(x.abs() * 4.0 * f32::EPSILON)
}

/// Places that lie together are one.
pub(super) fn merged(places: Vec<f32>) -> Vec<f64> {
    let mut kept: Vec<f64> = Vec::new();
    for place in places.into_iter().map(rounded) {
        if kept.last().is_none_or(|last| place - last > 1.5 * f64::from(STEP)) {
            kept.push(place);
        }
    }
    kept
}

/// A place to four decimals: it is not known better.
pub(super) fn rounded(x: f32) -> f64 {
    let x = (f64::from(x) * 1e4).round() / 1e4;
    // No -0.
    x + 0.0
}
