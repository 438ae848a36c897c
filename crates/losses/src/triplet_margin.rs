//! The triplet margin loss: an anchor should be nearer to a positive example than to a negative one.

use crate::mae::sign;
use crate::pointwise::same_shape;
use crate::reduction::{Reduced, ReductionOptions};
use crate::rows::{rows, sum};
use crate::{Expects, Loss, Reduction};
use relume_activations::checked_op;
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::{Tensor, simd};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// An anchor should be nearer to a positive than to a negative example by a margin: for learning similarity.
///
/// Applied to anchors, positives and negatives `[batch, features]`: L = max(0, margin + d(a, p) - d(a, n)) with the
/// distance d(x, y) = (sum |x - y + eps|^p)^(1/p). With swap, d(p, n) is used instead of d(a, n) if it is smaller. V.
/// Balntas and others, Learning shallow convolutional feature descriptors with triplet losses, 2016.
///
/// ```relume
/// triplet_margin([[0, 0]], [[1, 0]], [[0, 2]], margin=2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct TripletMargin {
    /// The margin between the distances.
    #[spec(default = 1.0, positive)]
    pub margin: f64,
    /// The power of the distance.
    #[spec(default = 2.0, positive)]
    pub p: f64,
    /// Added to each difference.
    #[spec(default = 1e-6, non_negative)]
    pub eps: f64,
    /// Whether the distance between positive and negative is used if it is smaller.
    #[spec(default = false)]
    pub swap: bool,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

const NAME: &str = "triplet_margin";

#[derive(Debug)]
struct TripletOp {
    margin: f32,
    p: f32,
    eps: f32,
    swap: bool,
    reduction: Reduction,
}

/// The pairs of inputs whose distances count: anchor and positive, anchor and negative, positive and negative.
const PAIRS: [[usize; 2]; 3] = [[0, 1], [0, 2], [1, 2]];

impl TripletOp {
    fn distance(&self, x: [&[f32]; 2]) -> f32 {
        let (p, eps) = (self.p, self.eps);
        match p {
            2.0 => {
                let squares = sum(x, |[a, b]| {
                    let d = a - b + eps;
                    d * d
                });
                squares.sqrt()
            }
            1.0 => sum(x, |[a, b]| (a - b + eps).abs()),
            _ => sum(x, |[a, b]| (a - b + eps).abs().powf(p)).powf(1.0 / p),
        }
    }

    /// Adds g times the derivative of a distance to the gradients of its two vectors.
    fn slopes(&self, [a, b]: [&[f32]; 2], distance: f32, g: f32, to: [Option<&mut [f32]>; 2]) {
        let (p, eps) = (self.p, self.eps);
        // A distance of 0 has gradient 0.
        if distance == 0.0 || g == 0.0 {
            return;
        }
        let slope = move |d: f32| match p {
            2.0 => d / distance,
            1.0 => sign(d),
            _ if d == 0.0 => 0.0,
            _ => sign(d) * (d.abs() / distance).powf(p - 1.0),
        };
        let mut difference = Tensor::uninit(a.len());
        simd::map2(a, b, difference.data_mut(), |a, b| g * slope(a - b + eps));
        let [to_a, to_b] = to;
        if let Some(to) = to_a {
            simd::map2_in_place(to, difference.data(), |sum, d| sum + d);
        }
        if let Some(to) = to_b {
            simd::map2_in_place(to, difference.data(), |sum, d| sum - d);
        }
    }

    /// The distances of a triplet, by [`PAIRS`], and the loss before it is clipped at 0.
    fn measure(&self, triplet: [&[f32]; 3]) -> ([f32; 3], f32) {
        let distance = |[a, b]: [usize; 2]| self.distance([triplet[a], triplet[b]]);
        let mut distances = [distance(PAIRS[0]), distance(PAIRS[1]), f32::INFINITY];
        if self.swap {
            distances[2] = distance(PAIRS[2]);
        }
        let [near, far, others] = distances;
        // A NaN is kept.
        let far = if others < far || others.is_nan() { others } else { far };
        (distances, self.margin + near - far)
    }

    /// The length of the vectors.
    fn width(inputs: Inputs<'_>) -> Result<usize, AutogradError> {
        let shape = inputs[0].shape();
        for other in &inputs[1..] {
            same_shape(NAME, shape, other.shape())?;
        }
        shape.last().copied().ok_or_else(|| AutogradError::Value {
            operation: NAME,
            problem: "wants vectors [batch, features], not single numbers".to_string(),
        })
    }
}

impl Op for TripletOp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        3..=3
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let width = Self::width(inputs)?;
        let shape = inputs[0].shape();
        let all = [0, 1, 2].map(|i| inputs[i].data());
        let mut losses = Tensor::uninit(shape.without_axis(shape.rank() - 1));
        for (row, loss) in losses.data_mut().iter_mut().enumerate() {
            let (_, value) = self.measure(rows(all, width, row));
            *loss = if value < 0.0 { 0.0 } else { value };
        }
        let divisor = self.reduction.divisor(losses.shape());
        Ok(self.reduction.apply(losses, divisor))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let width = Self::width(pass.inputs)?;
        let shape = pass.inputs[0].shape();
        let all = [0, 1, 2].map(|i| pass.inputs[i].data());
        let gradient = self.reduction.spread(&pass.gradient, shape.without_axis(shape.rank() - 1));
        let mut out = [0, 1, 2].map(|i| pass.wants(i).then(|| Tensor::zeros(shape)));
        for (row, &g) in gradient.data().iter().enumerate() {
            let triplet = rows(all, width, row);
            let (distances, value) = self.measure(triplet);
            if value <= 0.0 {
                continue;
            }
            // Of two equal distances each takes half, as in PyTorch.
            let shares = match distances[1].partial_cmp(&distances[2]) {
                Some(std::cmp::Ordering::Less) | None => [1.0, -1.0, 0.0],
                Some(std::cmp::Ordering::Equal) => [1.0, -0.5, -0.5],
                Some(std::cmp::Ordering::Greater) => [1.0, 0.0, -1.0],
            };
            let mut places = out
                .each_mut()
                .map(|out| out.as_mut().map(|out| &mut out.data_mut()[row * width..][..width]));
            for (([a, b], distance), share) in PAIRS.into_iter().zip(distances).zip(shares) {
                let (before, after) = places.split_at_mut(b);
                let to = [before[a].as_deref_mut(), after[0].as_deref_mut()];
                self.slopes([triplet[a], triplet[b]], distance, share * g, to);
            }
        }
        for (i, out) in out.into_iter().enumerate() {
            if let Some(out) = out {
                pass.give(i, out);
            }
        }
        Ok(())
    }
}

impl Loss for TripletMargin {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(TripletOp {
                margin: self.margin as f32,
                p: self.p as f32,
                eps: self.eps as f32,
                swap: self.swap,
                reduction: self.reduced.reduction,
            })
            .into()
        })
    }

    fn operands(&self) -> &'static [&'static str] {
        &["anchors", "positives", "negatives"]
    }

    fn in_training(&self) -> Option<OpRef> {
        None
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
