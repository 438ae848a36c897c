//! Where the slope of a function jumps, and where the function itself does.

use super::ExamineError;
use super::curve::Curve;
use super::poles::Pole;
use super::sampled::{STEP, Sampled, apart, merged};

/// A jump of the slope that is smaller is no bend.
const BEND: f32 = 1e-3;

impl Sampled {
    /// Where the slope jumps, and where the function itself does: halving the distance of two points does not make the
    /// difference between them smaller.
    pub fn breaks(
        &self,
        curve: &Curve,
        poles: &[Pole],
    ) -> Result<(Vec<f64>, Vec<f64>), ExamineError> {
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
}
