//! The line search for the strong Wolfe conditions, with PyTorch's interpolation and limits.

use super::Point;
use crate::rules::Lbfgs;
use relume_tensor::{Tensor, TensorError};

/// The loss must fall by this part of the decrease that the slope predicts.
const ENOUGH: f64 = 1e-4;
/// The slope must fall to this part of its first value.
const FLATTER: f64 = 0.9;

/// What the line has at its beginning, by which its other points are judged.
struct Conditions {
    loss: f64,
    slope: f64,
}

impl Conditions {
    fn too_high(&self, trial: &Trial) -> bool {
        trial.loss > self.loss + ENOUGH * trial.t * self.slope
    }

    fn flat_enough(&self, trial: &Trial) -> bool {
        trial.slope.abs() <= -FLATTER * self.slope
    }
}

/// The result of a search.
pub(super) struct Found {
    pub point: Point,
    pub t: f64,
    pub evaluations: u64,
}

/// A point on the line.
#[derive(Clone)]
struct Trial {
    t: f64,
    loss: f64,
    slope: f64,
    gradient: Tensor,
}

/// The minimum of a cubic through two points with their slopes, within bounds; the middle of the bounds if there is
/// none.
fn cubic(a: [f64; 3], b: [f64; 3], bounds: Option<[f64; 2]>) -> f64 {
    let ([x1, f1, g1], [x2, f2, g2]) = (a, b);
    let [least, most] = bounds.unwrap_or(if x1 <= x2 { [x1, x2] } else { [x2, x1] });
    let d1 = g1 + g2 - 3.0 * (f1 - f2) / (x1 - x2);
    let square = d1 * d1 - g1 * g2;
    if square.is_nan() || square < 0.0 {
        return (least + most) / 2.0;
    }
    let d2 = square.sqrt();
    let least_at = match x1 <= x2 {
        true => x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2.0 * d2)),
        false => x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2.0 * d2)),
    };
    least_at.max(least).min(most)
}

impl Trial {
    fn numbers(&self) -> [f64; 3] {
        [self.t, self.loss, self.slope]
    }
}

/// A stretch of the line with a good point inside, or at its lower end.
struct Stretch {
    ends: [Trial; 2],
    /// The end with the lower loss.
    low: usize,
    /// Whether the lower end is good enough.
    done: bool,
    /// How many points were tried after the first.
    rounds: u64,
}

/// The end with the lower loss.
fn lower([a, b]: &[Trial; 2]) -> usize {
    usize::from(a.loss > b.loss)
}

/// Goes ever further, until a good point or a stretch with one inside is found.
fn bracket<E>(
    trial: &mut dyn FnMut(f64) -> Result<Trial, E>,
    conditions: &Conditions,
    start: Trial,
    first: f64,
    most: u64,
) -> Result<Stretch, E> {
    let mut before = start.clone();
    let mut now = trial(first)?;
    let mut rounds = 0;
    let mut done = false;
    let ends = loop {
        if rounds >= most {
            break [start, now];
        }
        if conditions.too_high(&now) || (rounds > 1 && now.loss >= before.loss) {
            break [before, now];
        }
        if conditions.flat_enough(&now) {
            done = true;
            break [start, now];
        }
        if now.slope >= 0.0 {
            break [before, now];
        }
        let bounds = [now.t + 0.01 * (now.t - before.t), now.t * 10.0];
        let t = cubic(before.numbers(), now.numbers(), Some(bounds));
        before = std::mem::replace(&mut now, trial(t)?);
        rounds += 1;
    };
    // A good point is alone in PyTorch's bracket: here it is the lower end, whatever the other one is.
    let low = if done { 1 } else { lower(&ends) };
    Ok(Stretch { ends, low, done, rounds })
}

impl Stretch {
    /// Shrinks around a good point, until it is found or the stretch is shorter than `shortest`.
    fn zoom<E>(
        &mut self,
        trial: &mut dyn FnMut(f64) -> Result<Trial, E>,
        conditions: &Conditions,
        shortest: impl Fn(f64) -> bool,
        most: u64,
    ) -> Result<(), E> {
        let mut hardly_moved = false;
        while !self.done && self.rounds < most {
            if shortest((self.ends[1].t - self.ends[0].t).abs()) {
                break;
            }
            let now = trial(self.inside(&mut hardly_moved))?;
            self.rounds += 1;
            self.narrow(now, conditions);
        }
        Ok(())
    }

    /// The next point to try. Where it is too near to an end twice, or beyond it: a tenth of the stretch away from it.
    fn inside(&self, hardly_moved: &mut bool) -> f64 {
        let [first, second] = &self.ends;
        let t = cubic(first.numbers(), second.numbers(), None);
        let (least, largest) = (first.t.min(second.t), first.t.max(second.t));
        let margin = 0.1 * (largest - least);
        let is_near = (largest - t).min(t - least) < margin;
        let is_moved = is_near && (*hardly_moved || t >= largest || t <= least);
        *hardly_moved = is_near && !is_moved;
        match is_moved {
            true if (t - largest).abs() < (t - least).abs() => largest - margin,
            true => least + margin,
            false => t,
        }
    }

    /// Puts a point in the place of one of the ends.
    fn narrow(&mut self, now: Trial, conditions: &Conditions) {
        let (low, high) = (self.low, 1 - self.low);
        if conditions.too_high(&now) || now.loss >= self.ends[low].loss {
            self.ends[high] = now;
            self.low = lower(&self.ends);
            return;
        }
        if conditions.flat_enough(&now) {
            self.done = true;
        } else if now.slope * (self.ends[high].t - self.ends[low].t) >= 0.0 {
            // The low end becomes the high one.
            self.ends.swap(0, 1);
        }
        self.ends[low] = now;
    }
}

/// Finds a length `t` of the step `direction` after which loss and slope have fallen enough.
///
/// `at` evaluates at a length; `start` is the start of the line and `slope` its slope there.
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
    let conditions = Conditions { loss: start.loss, slope };
    let start = Trial { t: 0.0, loss: start.loss, slope, gradient: start.gradient };
    let mut stretch = bracket(&mut trial, &conditions, start, first, most)?;
    let size = super::largest(direction);
    let shortest = |length: f64| length * size < options.tolerance_change;
    stretch.zoom(&mut trial, &conditions, shortest, most)?;
    let [a, b] = stretch.ends;
    let best = if stretch.low == 0 { a } else { b };
    let point = Point { loss: best.loss, gradient: best.gradient };
    Ok(Found { point, t: best.t, evaluations })
}
