//! Where the slope grows without bound though the function has a value: cusps, and vertical tangents.

use super::ExamineError;
use super::curve::Curve;
use super::sampled::{STEP, Sampled, apart, merged};

/// The most places that are looked at, those with the steepest slopes.
const MOST: usize = 64;
/// By how much the slope grows at least from one distance to a tenth of it. That of |x|^p grows 10^(1 - p) times.
const GROWTH: f32 = 1.12;
/// Distances at which it is seen whether the slope grows.
const DISTANCES: [f32; 4] = [1e-2, 1e-3, 1e-4, 2e-5];
/// Points of a search.
const POINTS: i32 = 20;

/// A place at which the slope has no bound, with the slopes on its left and on its right.
pub(super) struct Cusp {
    pub at: f32,
    pub slopes: [f32; 2],
}

/// The size of a slope; one that is no number is beyond all others.
fn size(slope: f32) -> f32 {
    if slope.is_nan() { f32::INFINITY } else { slope.abs() }
}

impl Sampled {
    /// The places, away from poles and jumps.
    pub fn cusps(&self, curve: &Curve, breaks: &[f64]) -> Result<Vec<Cusp>, ExamineError> {
        let has_value = |at: usize| self.values[at].is_finite();
        let steepness = |at: usize| if has_value(at) { size(self.slopes[at]) } else { 0.0 };
        let last = self.points.len() - 1;
        let is_peak = |at: &usize| {
            let own = steepness(*at);
            own > 0.1 && own > steepness(at - 1) && own >= steepness(at + 1)
        };
        let is_away =
            |x: f32| breaks.iter().all(|own| (f64::from(x) - own).abs() > 2.0 * f64::from(STEP));
        let mut peaks: Vec<usize> =
            (1..last).filter(is_peak).filter(|&at| is_away(self.points[at])).collect();
        peaks.sort_by(|&a, &b| steepness(b).total_cmp(&steepness(a)));
        peaks.truncate(MOST);
        let mut found = Vec::new();
        for peak in peaks {
            let at = steepest(curve, self.points[peak])?;
            found.extend(at.map(|at| grown(curve, at)).transpose()?.flatten());
        }
        found.sort_by(|a, b| a.at.total_cmp(&b.at));
        found.dedup_by(|a, b| (a.at - b.at).abs() < STEP);
        Ok(found)
    }
}

/// The place near a point where the function is steepest, if it has a value there.
fn steepest(curve: &Curve, near: f32) -> Result<Option<f32>, ExamineError> {
    let (mut best, mut width) = (near, STEP);
    while width > apart(near) / 10.0 {
        let points: Vec<f32> =
            (-POINTS..=POINTS).map(|i| best + width * i as f32 / POINTS as f32).collect();
        let [values, slopes] = curve.at(&points)?;
        let places = points.iter().zip(values.iter().zip(&slopes));
        let steep = places.filter(|(_, (y, _))| y.is_finite()).map(|(&x, (_, &s))| (x, size(s)));
        // Of several points without a slope the middle one, which comes first.
        let nearest = |x: f32| (x - best).abs();
        let next = steep.reduce(|a, b| match a.1 == b.1 {
            true if nearest(b.0) < nearest(a.0) => b,
            true => a,
            false if b.1 > a.1 => b,
            false => a,
        });
        let Some((next, _)) = next else { return Ok(None) };
        best = next;
        width /= 8.0;
    }
    Ok(Some(best))
}

/// Whether the slope grows towards a place at which the function has a value.
fn grown(curve: &Curve, at: f32) -> Result<Option<Cusp>, ExamineError> {
    let points: Vec<f32> =
        DISTANCES.iter().flat_map(|distance| [at - distance, at + distance]).collect();
    let [values, slopes] = curve.at(&points)?;
    let [own, _] = curve.at(&[at])?;
    let sizes = |side: usize| -> Vec<f32> {
        slopes.iter().skip(side).step_by(2).map(|slope| slope.abs()).collect()
    };
    let grows = |side: usize| sizes(side).windows(2).all(|pair| pair[1] > GROWTH * pair[0]);
    let is_continuous = own[0].is_finite() && {
        let nearest = &values[values.len() - 2..];
        let furthest = &values[..2];
        let change = |values: &[f32]| {
            let sides = values.iter().map(|y| (y - own[0]).abs()).filter(|y| !y.is_nan());
            sides.fold(0.0f32, f32::max)
        };
        change(nearest) < change(furthest)
    };
    let nearest = [slopes[slopes.len() - 2], slopes[slopes.len() - 1]];
    let is_cusp = is_continuous && (grows(0) || grows(1));
    Ok(is_cusp.then_some(Cusp { at, slopes: nearest }))
}

/// The places alone.
pub(super) fn places(cusps: &[Cusp]) -> Vec<f64> {
    merged(cusps.iter().map(|cusp| cusp.at).collect())
}
