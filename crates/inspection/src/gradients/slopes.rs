//! Slopes of a function of one number by differences, where single precision and bends allow them.

use super::ALLOWED;

/// How the step becomes smaller from one difference to the next.
const RATIO: f64 = 2.0;
/// How many steps there are.
const STEPS: usize = 4;

/// What differences say about the slope of a function at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slope {
    /// The slope.
    pub value: f64,
    /// What the rounding of the function's values may add to it.
    pub rounding: f64,
    /// Whether the slopes on both sides differ, by more than rounding: a bend is near, and the differences are a
    /// mixture; or whether the edge of where the function is finite is near.
    pub is_bent: bool,
}

impl Slope {
    /// The slope at 0 of a function whose values are rounded by about `noise`, from steps of up to `largest` on both
    /// sides, halved three times. The differences are extrapolated to a step of 0: Ridders, "Accurate computation of
    /// F'(x) and F'(x)F''(x)", Advances in Engineering Software 4, 1982.
    ///
    /// `value` gives the function's value at a step, and the step that was made, which single precision may round.
    pub fn of<E>(
        mut value: impl FnMut(f64) -> Result<(f64, f64), E>,
        largest: f64,
        noise: f64,
        share: f64,
    ) -> Result<Self, E> {
        let (middle, _) = value(0.0)?;
        let (mut central, mut bends) = ([0.0; STEPS], [0.0; STEPS]);
        let mut step = largest;
        for level in 0..STEPS {
            let ((above, up), (below, down)) = (value(step)?, value(-step)?);
            central[level] = (above - below) / (up - down);
            bends[level] = (above - middle) / up - (below - middle) / down;
            if level + 1 < STEPS {
                step /= RATIO;
            }
        }
        let (value, spread) = extrapolated(&central);
        let rounding = noise / step;
        // The slopes of both sides come together as the step becomes smaller, unless there is a bend.
        let bend = (RATIO * bends[STEPS - 1] - bends[STEPS - 2]).abs();
        let is_bent = !value.is_finite()
            || bend > share * value.abs() + 4.0 * rounding
            || spread > share * value.abs() + rounding;
        Ok(Slope { value, rounding, is_bent })
    }
}

impl Slope {
    /// Whether a gradient is this slope, but for what is allowed and for rounding. NaN is not.
    pub fn agrees(&self, gradient: f64) -> bool {
        let size = gradient.abs().max(self.value.abs());
        (gradient - self.value).abs() <= ALLOWED * size + self.rounding
    }
}

/// Central differences at halved steps extrapolated to a step of 0, and by how much the last two estimates differ.
fn extrapolated(central: &[f64; STEPS]) -> (f64, f64) {
    let mut row = *central;
    let mut spread = f64::INFINITY;
    let mut best = row[STEPS - 1];
    let mut factor = 1.0;
    for order in 1..STEPS {
        factor *= RATIO * RATIO;
        for at in (order..STEPS).rev() {
            row[at] = (row[at] * factor - row[at - 1]) / (factor - 1.0);
        }
        let change = (row[STEPS - 1] - best).abs();
        // Where noise grows again with the order, the estimate before was better.
        if change < spread {
            (best, spread) = (row[STEPS - 1], change);
        }
    }
    (best, spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slope(f: impl Fn(f64) -> f64, largest: f64) -> Slope {
        let value = |step: f64| Ok::<_, ()>((f(step), step));
        Slope::of(value, largest, 1e-12, 0.01).unwrap()
    }

    #[test]
    fn the_slope_of_a_smooth_function_is_exact_to_many_digits() {
        // d/dx exp(sin(3 x)) at 0.4: 3 cos(1.2) exp(sin(1.2)).
        let found = slope(|h| (3.0 * (0.4 + h)).sin().exp(), 0.1);
        let exact = 3.0 * 1.2_f64.cos() * 1.2_f64.sin().exp();
        assert!((found.value - exact).abs() < 1e-6 && !found.is_bent, "{found:?} {exact}");
    }

    #[test]
    fn a_bend_between_the_steps_is_seen_wherever_it_is() {
        for bend in [-0.09, -0.02, -0.001, 0.0, 0.004, 0.011, 0.03] {
            let found = slope(|h| h + (h - bend).max(0.0), 0.1);
            let side = if bend > 0.0 { 1.0 } else { 2.0 };
            assert!(found.is_bent || (found.value - side).abs() < 0.02, "{bend}: {found:?}");
        }
        assert!(slope(f64::abs, 0.1).is_bent);
        assert!(!slope(|h| 2.0 * h + 1.0, 0.1).is_bent);
    }
}
