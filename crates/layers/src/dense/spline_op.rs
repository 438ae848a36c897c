//! B-splines of equal distances, as a network with spline units sums them.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::threads::{for_pieces, rows_per_piece};
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;

/// The largest order.
pub(crate) const MOST_ORDER: usize = 5;

/// The values of the B-splines over `low` to `high` at each number, one after the other: `[..., inputs]` becomes `[...,
/// inputs (grid + order)]`.
///
/// There are `grid` intervals of equal length, and `order` splines more than intervals. Far outside all are 0.
#[derive(Clone, Copy, Debug)]
pub struct Spline {
    /// The beginning of the first interval.
    pub low: f32,
    /// The end of the last one.
    pub high: f32,
    /// How many there are.
    pub grid: usize,
    /// The degree of the polynomials, from 1 to 5.
    pub order: usize,
}

/// The splines that are not 0 at a number: the first one's place, which may lie before all, and their values.
struct Local {
    first: isize,
    values: [f32; MOST_ORDER + 1],
    /// Those of one degree less, at the same place.
    lower: [f32; MOST_ORDER + 1],
}

impl Spline {
    /// How many splines there are for each number.
    pub fn count(self) -> usize {
        self.grid + self.order
    }

    /// One over the length of an interval.
    fn scale(self) -> f32 {
        self.grid as f32 / (self.high - self.low)
    }

    /// By the recursion of Cox and de Boor, for knots of distance 1.
    fn local(self, x: f32) -> Option<Local> {
        let place = (x - self.low) * self.scale();
        let (order, cell) = (self.order as isize, place.floor());
        if !(cell >= -(order as f32) && cell < (self.grid as isize + order) as f32) {
            return None;
        }
        let u = place - cell;
        let mut values = [0.0; MOST_ORDER + 1];
        let mut lower = values;
        values[0] = 1.0;
        for degree in 1..=self.order {
            lower = values;
            let mut carried = 0.0;
            for (at, value) in values[..degree].iter_mut().enumerate() {
                let share = *value / degree as f32;
                *value = carried + ((at + 1) as f32 - u) * share;
                carried = (u + (degree - 1 - at) as f32) * share;
            }
            values[degree] = carried;
        }
        Some(Local { first: cell as isize, values, lower })
    }

    /// Calls `work` with the place of each spline that is not 0 at a number, its value and its slope.
    fn visit(self, x: f32, mut work: impl FnMut(usize, f32, f32)) {
        let Some(Local { first, values, lower }) = self.local(x) else { return };
        for at in 0..=self.order {
            let before = if at == 0 { 0.0 } else { lower[at - 1] };
            let own = if at == self.order { 0.0 } else { lower[at] };
            if let Some(place) = usize::try_from(first + at as isize).ok()
                && place < self.count()
            {
                work(place, values[at], (before - own) * self.scale());
            }
        }
    }

    fn output(self, x: Shape) -> Shape {
        let last = x.rank().saturating_sub(1);
        x.with_axis(last, x.last().copied().unwrap_or(1) * self.count())
    }
}

impl Op for Spline {
    fn name(&self) -> &'static str {
        "spline"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, count) = (inputs[0].data(), self.count());
        let mut out = Tensor::zeros(self.output(inputs[0].shape()));
        let rows = rows_per_piece(count, 8);
        for_pieces(out.data_mut(), rows * count, |i, part| {
            for (to, &x) in part.chunks_exact_mut(count).zip(&x[i * rows..]) {
                // A number that is none has no place among the splines, and stays none.
                if x.is_nan() {
                    to.fill(x);
                }
                self.visit(x, |place, value, _| to[place] = value);
            }
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, count) = (pass.inputs[0], self.count());
        let gradient = pass.take_gradient();
        let mut dx = Tensor::uninit(x.shape());
        let rows = rows_per_piece(count, 8);
        for_pieces(dx.data_mut(), rows, |i, part| {
            let x = &x.data()[i * rows..];
            let gradients = gradient.data()[i * rows * count..].chunks_exact(count);
            for ((to, &x), gradients) in part.iter_mut().zip(x).zip(gradients) {
                *to = if x.is_nan() { x } else { 0.0 };
                self.visit(x, |place, _, slope| *to += gradients[place] * slope);
            }
        });
        pass.give(0, dx);
        Ok(())
    }
}
