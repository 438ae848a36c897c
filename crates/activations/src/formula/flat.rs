//! Where a formula is flat, found from its values and derivatives.

use super::op::FormulaOp;
use crate::Facts;
use relume_autograd::values_and_slopes;
use relume_tensor::Tensor;
use std::sync::Arc;

/// Numbers that are far out: what a function approaches it has reached there.
const FAR: [f32; 2] = [1e3, 1e4];

/// The flat places of a formula with these values of its trained constants.
pub(super) fn facts(op: Arc<FormulaOp>, constants: &[Tensor]) -> Facts {
    // Further out, numbers such as e^(-x^2) are flat because they are too small.
    let near = (-320..=320).map(|i| i as f32 * 0.025);
    let points: Vec<f32> = FAR.iter().map(|x| -x).rev().chain(near).chain(FAR).collect();
    let Some([values, slopes]) = sampled(op, constants, &points) else { return Facts::OPEN };
    let last = points.len() - 1;
    let [low, high] = values
        .iter()
        .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &y| [low.min(y), high.max(y)]);
    let has_arrived = |far: usize, less: usize| {
        (values[far] - values[less]).abs() <= 1e-3 * (high - low) && slopes[far].abs() < 1e-4
    };
    let range = high - low;
    if range.is_finite() && range > 0.0 && has_arrived(0, 1) && has_arrived(last, last - 1) {
        let [left, right] = [values[0].min(values[last]), values[0].max(values[last])];
        // A function that goes beyond its ends, or comes back to where it began, approaches no ends of its range.
        if left - low <= 1e-3 * range && high - right <= 1e-3 * range {
            return Facts { ends: Some((left, right)), ..Facts::OPEN };
        }
    }
    Facts { off: off(&values, &slopes), ..Facts::OPEN }
}

/// The output over a stretch of inputs on which no gradient passes at all.
fn off(values: &[f32], slopes: &[f32]) -> Option<f32> {
    /// Half a unit of the input.
    const STRETCH: usize = 20;
    let is_flat = |from: usize| {
        let slopes = slopes[from..from + STRETCH].iter();
        slopes.zip(&values[from..]).all(|(&slope, &y)| slope == 0.0 && y == values[from])
    };
    let starts = 0..values.len().saturating_sub(STRETCH);
    starts.into_iter().find(|&from| is_flat(from)).map(|from| values[from])
}

/// Values and derivatives at points; constants of several numbers are taken by their first.
fn sampled(op: Arc<FormulaOp>, constants: &[Tensor], points: &[f32]) -> Option<[Vec<f32>; 2]> {
    let x = Tensor::new([points.len(), 1], points.to_vec()).ok()?;
    let first = |own: &Tensor| Some(Tensor::vector(&[own.data().first().copied()?]));
    let constants: Vec<Tensor> = constants.iter().map(first).collect::<Option<_>>()?;
    let found = values_and_slopes(&op.into(), &x, &constants).ok()?;
    Some(found.map(|own| own.data().to_vec()))
}
