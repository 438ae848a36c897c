//! Losses of the numbers at the same position of several tensors: prediction, target, and optionally a third.

use crate::Reduction;
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::simd::{Kernel, dispatch};
use relume_tensor::threads::{PIECE, for_pieces};
use relume_tensor::{Shape, Tensor};
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// A loss of `N` numbers, two or three: a prediction, its target, and optionally a third.
///
/// `loss` and `gradients` should be `#[inline(always)]`, so that their loops vectorise.
pub trait Pointwise<const N: usize>: Copy + Debug + Send + Sync + 'static {
    /// The name in error messages.
    const NAME: &'static str;
    /// Whether there are numbers that [`Pointwise::refuse`] refuses.
    const CHECKS: bool = false;
    /// The loss.
    fn loss(self, x: [f32; N]) -> f32;
    /// Its derivative with respect to each number. Only the one in use is computed: the compiler drops the others.
    fn gradients(self, x: [f32; N]) -> [f32; N];
    /// A sentence about numbers that the loss cannot take.
    fn refuse(self, _: [f32; N]) -> Option<String> {
        None
    }
}

/// The numbers at position `i`.
#[inline(always)]
fn at<const N: usize>(inputs: &[&[f32]; N], i: usize) -> [f32; N] {
    let mut x = [0.0; N];
    for (x, input) in x.iter_mut().zip(inputs) {
        *x = input[i];
    }
    x
}

struct Losses<'a, P, const N: usize>(P, [&'a [f32]; N], &'a mut [f32]);

impl<P: Pointwise<N>, const N: usize> Kernel for Losses<'_, P, N> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (i, out) in self.2.iter_mut().enumerate() {
            *out = self.0.loss(at(&self.1, i));
        }
    }
}

/// Multiplies what `out` holds by the derivatives with respect to input `WHICH`.
struct Derivatives<'a, P, const N: usize, const WHICH: usize>(P, [&'a [f32]; N], &'a mut [f32]);

impl<P: Pointwise<N>, const N: usize, const WHICH: usize> Kernel for Derivatives<'_, P, N, WHICH> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (i, out) in self.2.iter_mut().enumerate() {
            *out *= self.0.gradients(at(&self.1, i))[WHICH % N];
        }
    }
}

/// The parts of all inputs for a piece of the result.
fn parts<const N: usize>(inputs: [&Tensor; N], piece: usize, count: usize) -> [&[f32]; N] {
    inputs.map(|input| &input.data()[piece * PIECE..][..count])
}

/// The loss at each position.
pub(crate) fn losses<P: Pointwise<N>, const N: usize>(pair: P, inputs: [&Tensor; N]) -> Tensor {
    let mut out = Tensor::uninit(inputs[0].shape());
    for_pieces(out.data_mut(), PIECE, |i, out| {
        dispatch(Losses(pair, parts(inputs, i, out.len()), out));
    });
    out
}

/// Multiplies `gradient` by the derivative with respect to one of the inputs.
pub(crate) fn derivatives<P: Pointwise<N>, const N: usize>(
    pair: P,
    inputs: [&Tensor; N],
    which: usize,
    gradient: &mut Tensor,
) {
    for_pieces(gradient.data_mut(), PIECE, |i, out| {
        let inputs = parts(inputs, i, out.len());
        match which {
            0 => dispatch(Derivatives::<P, N, 0>(pair, inputs, out)),
            1 => dispatch(Derivatives::<P, N, 1>(pair, inputs, out)),
            _ => dispatch(Derivatives::<P, N, 2>(pair, inputs, out)),
        }
    });
}

/// Refuses numbers that a loss cannot take, with their row.
pub(crate) fn check<P: Pointwise<N>, const N: usize>(
    pair: P,
    inputs: [&Tensor; N],
) -> Result<(), AutogradError> {
    if !P::CHECKS {
        return Ok(());
    }
    let slices = inputs.map(Tensor::data);
    let refused = |i: usize| Some((i, pair.refuse(at(&slices, i))?));
    match (0..inputs[0].count()).find_map(refused) {
        None => Ok(()),
        Some((i, problem)) => {
            let row = i / inputs[0].shape().tail(1).count().max(1);
            let problem = format!("row {row}: {problem}");
            Err(AutogradError::Value { operation: P::NAME, problem })
        }
    }
}

/// Refuses targets whose shape is not that of the predictions.
pub(crate) fn same_shape(
    operation: &'static str,
    prediction: Shape,
    target: Shape,
) -> Result<(), AutogradError> {
    match prediction == target {
        true => Ok(()),
        false => Err(AutogradError::Value {
            operation,
            problem: format!(
                "predictions are of shape {prediction} but targets of {target}; they must be the same, nothing is \
                stretched"
            ),
        }),
    }
}

/// The operation over whole tensors.
///
/// The first two must have one shape; a third is broadcast to it.
#[derive(Clone, Debug)]
pub struct PointwiseLoss<P, const N: usize> {
    /// The loss of the numbers at one position.
    pub pair: P,
    /// The reduction of the losses of all positions.
    pub reduction: Reduction,
}

impl<P: Pointwise<N>, const N: usize> PointwiseLoss<P, N> {
    /// The inputs, the third broadcast; it is shared if it already has the shape.
    fn stretched(&self, inputs: Inputs<'_>) -> Result<[Tensor; N], AutogradError> {
        let shape = inputs[0].shape();
        same_shape(P::NAME, shape, inputs[1].shape())?;
        let mut all = [0; N].map(|_| inputs[0].clone());
        for (to, from) in all.iter_mut().zip(inputs.tensors()).skip(1) {
            *to = match from.shape() == shape {
                true => (*from).clone(),
                // [batch] against [batch, outputs] is ambiguous, so it is refused.
                false if from.rank() == shape.rank() || from.count() == 1 => {
                    from.broadcast_to(shape)?
                }
                false => {
                    let problem = format!(
                        "shape {} does not go with {shape}: give one number, or as many axes",
                        from.shape()
                    );
                    return Err(AutogradError::Value { operation: P::NAME, problem });
                }
            };
        }
        Ok(all)
    }
}

impl<P: Pointwise<N>, const N: usize> Op for PointwiseLoss<P, N> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        N..=N
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        const { assert!(N == 2 || N == 3, "a pointwise loss takes two or three numbers") };
        let inputs = self.stretched(inputs)?;
        let inputs = inputs.each_ref();
        check(self.pair, inputs)?;
        let losses = losses(self.pair, inputs);
        let divisor = self.reduction.divisor(losses.shape());
        Ok(self.reduction.apply(losses, divisor))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let inputs = self.stretched(pass.inputs)?;
        let shape = inputs[0].shape();
        for which in 0..N {
            if !pass.wants(which) {
                continue;
            }
            let mut out = self.reduction.spread(&pass.gradient, shape);
            derivatives(self.pair, inputs.each_ref(), which, &mut out);
            let own = pass.inputs[which].shape();
            pass.give(which, if own == shape { out } else { out.sum_to(own)? });
        }
        Ok(())
    }
}
