//! Reductions along one axis, several, or all.

use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Axes, Tensor, math};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The sum along axes.
///
/// # Errors
/// An axis that there is not, or twice the same. So for all operations of this file.
pub fn sum_over(tape: &mut Tape, x: Var, axes: impl Into<Axes>) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::Sum)
}

/// The mean along axes; NaN over none.
pub fn mean_over(tape: &mut Tape, x: Var, axes: impl Into<Axes>) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::Mean)
}

/// The product along axes; 1 over none. The gradients are right with zeros among the numbers.
pub fn prod(tape: &mut Tape, x: Var, axes: impl Into<Axes>) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::Product)
}

/// The largest number along axes. Equal largest numbers share the gradient evenly, as in `torch.amax`;
/// [`max_along`](super::max_along) gives it to the first.
pub fn amax(tape: &mut Tape, x: Var, axes: impl Into<Axes>) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::Largest)
}

/// The smallest number along axes. Equal smallest numbers share the gradient evenly, as in `torch.amin`.
pub fn amin(tape: &mut Tape, x: Var, axes: impl Into<Axes>) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::Smallest)
}

/// The variance along axes, over the count less `correction` (PyTorch's default is 1).
pub fn var(
    tape: &mut Tape,
    x: Var,
    axes: impl Into<Axes>,
    correction: f32,
) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::Variance { correction })
}

/// The standard deviation along axes, with the variance over the count less `correction` (PyTorch's default is 1).
/// Where it is 0, the gradient is 0.
pub fn std(
    tape: &mut Tape,
    x: Var,
    axes: impl Into<Axes>,
    correction: f32,
) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::Deviation { correction })
}

/// The norm (sum |x|^p)^(1/p) along axes; for an infinite p the largest or smallest magnitude, for 0 the count of
/// numbers that are not 0. Where it is 0, the gradient is 0.
pub fn vector_norm(
    tape: &mut Tape,
    x: Var,
    p: f32,
    axes: impl Into<Axes>,
) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::Norm { p })
}

/// ln(sum e^x) along axes, computed without overflow.
pub fn logsumexp(tape: &mut Tape, x: Var, axes: impl Into<Axes>) -> Result<Var, AutogradError> {
    apply(tape, x, axes, Kind::LogSumExp)
}

fn apply(tape: &mut Tape, x: Var, axes: impl Into<Axes>, kind: Kind) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Over { axes: axes.into(), kind }), &[x])
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Sum,
    Mean,
    Product,
    Largest,
    Smallest,
    Variance { correction: f32 },
    Deviation { correction: f32 },
    Norm { p: f32 },
    LogSumExp,
}

#[derive(Debug)]
struct Over {
    axes: Axes,
    kind: Kind,
}

impl Op for Over {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Sum => "sum",
            Kind::Mean => "mean",
            Kind::Product => "prod",
            Kind::Largest => "amax",
            Kind::Smallest => "amin",
            Kind::Variance { .. } => "var",
            Kind::Deviation { .. } => "std",
            Kind::Norm { .. } => "norm",
            Kind::LogSumExp => "logsumexp",
        }
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, axes) = (inputs[0], self.axes.clone());
        Ok(match self.kind {
            Kind::Sum => x.sum_over(axes)?,
            Kind::Mean => x.mean_over(axes)?,
            Kind::Product => x.prod(axes)?,
            Kind::Largest => x.amax(axes)?,
            Kind::Smallest => x.amin(axes)?,
            Kind::Variance { correction } => x.var(axes, correction)?,
            Kind::Deviation { correction } => x.std(axes, correction)?,
            Kind::Norm { p } => x.vector_norm(p, axes)?,
            Kind::LogSumExp => x.logsumexp(axes)?,
        })
    }

    /// The gradient of each result, broadcast to its numbers, times the derivative by each of them.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let x = pass.inputs[0];
        let mut gradient = self.axes.expand(&pass.gradient, x.shape())?;
        if let Some(derivative) = self.derivative(x, pass.output)? {
            gradient.zip_in_place(&derivative, self.name(), |g, slope| g * slope)?;
        }
        pass.give(0, gradient);
        Ok(())
    }
}

impl Over {
    /// The derivative of each result by each of its numbers; none where it is 1.
    fn derivative(&self, x: &Tensor, output: &Tensor) -> Result<Option<Tensor>, AutogradError> {
        let count = self.axes.count(x.shape())? as f32;
        Ok(match self.kind {
            Kind::Sum => None,
            Kind::Mean => Some(Tensor::full(x.shape(), 1.0 / count)),
            Kind::Product => Some(self.products_of_others(x)?),
            Kind::Largest | Kind::Smallest => Some(self.shares(x, output)?),
            Kind::Variance { correction } => {
                Some(self.deviations(x, 2.0 / (count - correction).max(0.0))?)
            }
            Kind::Deviation { correction } => {
                let deviations = self.deviations(x, 1.0 / (count - correction).max(0.0))?;
                let std = self.axes.expand(output, x.shape())?;
                let over = |d: f32, std: f32| if std == 0.0 { 0.0 } else { d / std };
                Some(deviations.zip(&std, "std", over)?)
            }
            Kind::Norm { p } => Some(self.norm_derivative(x, output, p)?),
            Kind::LogSumExp => {
                let total = self.axes.expand(output, x.shape())?;
                let softmax = |x: f32, total: f32| {
                    if x == f32::NEG_INFINITY { 0.0 } else { (x - total).exp() }
                };
                Some(x.zip(&total, "logsumexp", softmax)?)
            }
        })
    }

    /// The deviation of each number from the mean, times a factor.
    fn deviations(&self, x: &Tensor, factor: f32) -> Result<Tensor, AutogradError> {
        let mean = self.axes.expand(&x.mean_over(self.axes.clone())?, x.shape())?;
        Ok(x.zip(&mean, "var", |x, mean| factor * (x - mean))?)
    }

    /// 1 over the number of extremes where a number is one, and 0 elsewhere.
    fn shares(&self, x: &Tensor, output: &Tensor) -> Result<Tensor, AutogradError> {
        let extremes = self.axes.expand(output, x.shape())?;
        let is_extreme = |x: f32, extreme: f32| {
            if x == extreme || x.is_nan() && extreme.is_nan() { 1.0 } else { 0.0 }
        };
        let chosen = x.zip(&extremes, "amax", is_extreme)?;
        let counts = self.axes.expand(&chosen.sum_over(self.axes.clone())?, x.shape())?;
        Ok(chosen.zip(&counts, "amax", |chosen, count| chosen / count)?)
    }

    /// The product of all numbers that are reduced with each one.
    fn products_of_others(&self, x: &Tensor) -> Result<Tensor, AutogradError> {
        // With the reduced axes last they are one axis, whose lanes are the products' factors.
        let shape = x.shape();
        let ones = self.axes.with_ones(shape)?;
        let mut order: Vec<usize> = (0..shape.rank()).collect();
        // A stable order: an axis of size 1 is not changed by the reduction, wherever it stands.
        order.sort_by_key(|&axis| ones[axis] != shape[axis]);
        let width = self.axes.count(shape)?;
        let rows = x.permute(&order)?;
        let moved = rows.shape();
        let others = match width {
            0 => rows,
            _ => {
                rows.reshape([x.count() / width, width])?.products_of_others(-1)?.reshape(moved)?
            }
        };
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(to, &from)| back[from] = to);
        Ok(others.permute(&back)?)
    }

    /// The derivative of a norm: sign(x) (|x| / norm)^(p - 1).
    fn norm_derivative(
        &self,
        x: &Tensor,
        output: &Tensor,
        p: f32,
    ) -> Result<Tensor, AutogradError> {
        if p == 0.0 {
            return Ok(Tensor::zeros(x.shape()));
        }
        if p.is_infinite() {
            let shares = self.shares(&x.map(f32::abs), output)?;
            return Ok(x.zip(&shares, "norm", |x, share| math::sign(x) * share)?);
        }
        let norm = self.axes.expand(output, x.shape())?;
        let slope = move |x: f32, norm: f32| match x == 0.0 || norm == 0.0 {
            true => 0.0,
            false => math::sign(x) * (x.abs() / norm).powf(p - 1.0),
        };
        Ok(x.zip(&norm, "norm", slope)?)
    }
}
