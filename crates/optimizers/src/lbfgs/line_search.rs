//! The line search for the strong Wolfe conditions, with PyTorch's interpolation and limits.

use super::Point;
use crate::rules::Lbfgs;
use relume_tensor::{Tensor, TensorError};

/// The loss must have fallen by this part of what the slope promised.
const ENOUGH: f64 = 1e-4;
/// The slope must have fallen to this part of what it was.
const FLATTER: f64 = 0.9;

/// What a search has found.
pub(super) struct Found {
    pub point: Point,
    pub t: f64,
    pub evaluations: u64,
}

/// A point on the line.
struct Trial {
    t: f64,
    loss: f64,
    slope: f64,
    gradient: Tensor,
}

/// Where a cubic through two points with their slopes is least, within bounds; the middle of the bounds if it has no such place.
fn cubic(a: [f64; 3], b: [f64; 3], bounds: Option<[f64; 2]>) -> f64 {
    let ([x1, f1, g1], [x2, f2, g2]) = (a, b);
    let [least, most] = bounds.unwrap_or(if x1 <= x2 { [x1, x2] } else { [x2, x1] });
    let d1 = g1 + g2 - 3.0 * (f1 - f2) / (x1 - x2);
    let square = d1 * d1 - g1 * g2;
    if square.is_nan() || square < 0.0 {
        return (least + most) / 2.0;
    }
    let d2 = square.sqrt();
    let place = match x1 <= x2 {
        true => x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2.0 * d2)),
        false => x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2.0 * d2)),
    };
    place.max(least).min(most)
}

impl Trial {
    fn numbers(&self) -> [f64; 3] {
        [self.t, self.loss, self.slope]
    }
}

/// Finds a length `t` of the step `direction` after which loss and slope have fallen enough.
///
/// `at` evaluates at a length; `start` is where the line begins and `slope` its slope there.
pub(super) fn strong_wolfe<E: From<TensorError>>(
    at: &mut dyn FnMut(f64) -> Result<Point, E>,
    direction: &Tensor,
    first: f64,
    start: Point,
    slope: f64,
    options: &Lbfgs,
    most: u64,
) -> Result<Found, E> {
    let mut evaluations = 0;
    let mut trial = |t: f64| -> Result<Trial, E> {
        let Point { loss, gradient } = at(t)?;
        let slope = f64::from(gradient.dot(direction)?);
        evaluations += 1;
        Ok(Trial { t, loss, slope, gradient })
    };
    let begin =
        |gradient: &Tensor| Trial { t: 0.0, loss: start.loss, slope, gradient: gradient.clone() };
    let too_high = |trial: &Trial| trial.loss > start.loss + ENOUGH * trial.t * slope;
    let flat_enough = |trial: &Trial| trial.slope.abs() <= -FLATTER * slope;

    // Ever further, until a good place or a stretch with one inside is found.
    let mut before = begin(&start.gradient);
    let mut now = trial(first)?;
    let mut rounds = 0;
    let mut done = false;
    let mut stretch = loop {
        if rounds >= most {
            break [begin(&start.gradient), now];
        }
        if too_high(&now) || (rounds > 1 && now.loss >= before.loss) {
            break [before, now];
        }
        if flat_enough(&now) {
            done = true;
            break [begin(&start.gradient), now];
        }
        if now.slope >= 0.0 {
            break [before, now];
        }
        let bounds = [now.t + 0.01 * (now.t - before.t), now.t * 10.0];
        let t = cubic(before.numbers(), now.numbers(), Some(bounds));
        before = std::mem::replace(&mut now, trial(t)?);
        rounds += 1;
    };
    // A good place is alone in PyTorch's bracket: here it is the lower end, whatever the other one is.
    let mut low = if done { 1 } else { usize::from(stretch[0].loss > stretch[1].loss) };

    // The stretch shrinks around a good place.
    let size = super::largest(direction);
    let mut hardly_moved = false;
    while !done && rounds < most {
        let [a, b] = [stretch[0].t, stretch[1].t];
        if (b - a).abs() * size < options.tolerance_change {
            break;
        }
        let mut t = cubic(stretch[0].numbers(), stretch[1].numbers(), None);
        // Too near to an end twice, or beyond it: a tenth of the stretch away from it.
        let (least, largest) = (a.min(b), a.max(b));
        let margin = 0.1 * (largest - least);
        if (largest - t).min(t - least) < margin {
            if hardly_moved || t >= largest || t <= least {
                t = match (t - largest).abs() < (t - least).abs() {
                    true => largest - margin,
                    false => least + margin,
                };
                hardly_moved = false;
            } else {
                hardly_moved = true;
            }
        } else {
            hardly_moved = false;
        }
        let now = trial(t)?;
        rounds += 1;
        let high = 1 - low;
        if too_high(&now) || now.loss >= stretch[low].loss {
            stretch[high] = now;
            low = usize::from(stretch[0].loss > stretch[1].loss);
        } else {
            if flat_enough(&now) {
                done = true;
            } else if now.slope * (stretch[high].t - stretch[low].t) >= 0.0 {
                // The low end becomes the high one.
                stretch.swap(0, 1);
            }
            stretch[low] = now;
        }
    }
    let [a, b] = stretch;
    let best = if low == 0 { a } else { b };
    let point = Point { loss: best.loss, gradient: best.gradient };
    Ok(Found { point, t: best.t, evaluations })
}
