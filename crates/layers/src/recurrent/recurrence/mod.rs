//! One recurrent layer with a single state over whole sequences, as one operation; what a step does is its [`Cell`].
//!
//! The products of the inputs are taken for many time steps at once; each thread walks its own samples through time; weight
//! gradients are one product each at the end.

mod cell;
mod lanes;
mod walk;

pub use cell::{Cell, StepBackward, StepForward};
pub(crate) use lanes::load;

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Matrix, PackedB, Tensor, TensorError, gemm, threads};

/// Inputs: x `[batch, time, features]`, W_ih `[gates hidden, features]`, W_hh `[gates hidden, hidden]`, and if there is a
/// `bias`, b_ih and b_hh `[gates hidden]`; one more is the first state `[batch, hidden]`. Output: the states at all times
/// `[batch, time, hidden]`.
#[derive(Clone, Copy, Debug)]
pub struct Recurrent<C> {
    /// What a step does.
    pub cell: C,
    /// From the last time step to the first; the output stays in the order of time.
    pub reverse: bool,
    /// Whether inputs three and four are biases.
    pub bias: bool,
}

#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    time: usize,
    features: usize,
    hidden: usize,
    /// Samples that walk through time together.
    samples: usize,
}

impl Sizes {
    fn of<C: Cell>(x: &Tensor, recurrent: &Tensor) -> Result<Self, TensorError> {
        match (x.dims(), recurrent.dims()) {
            (&[batch, time, features], &[gates, hidden])
                if gates == C::GATES * hidden && gates * time > 0 =>
            {
                // At least eight, for a product worth its packing; at most 32, to stay in cache.
                let samples = batch.div_ceil(2).next_multiple_of(8).clamp(8, 32).min(batch.max(1));
                Ok(Sizes { batch, time, features, hidden, samples })
            }
            _ => {
                let (left, right) = (x.shape(), recurrent.shape());
                Err(TensorError::Mismatch { operation: C::NAME, left, right })
            }
        }
    }

    fn rows(&self) -> usize {
        self.batch * self.time
    }
}

/// The time of the step that comes `step`-th.
fn step_time(reverse: bool, step: usize, time: usize) -> usize {
    if reverse { time - 1 - step } else { step }
}

impl<C: Cell> Recurrent<C> {
    /// The place of the first state among the inputs.
    fn first_place(&self) -> usize {
        if self.bias { 5 } else { 3 }
    }

    /// The first state, where it is given.
    fn first<'a>(&self, inputs: Inputs<'a>) -> Option<&'a [f32]> {
        Some(inputs.get(self.first_place())?.data())
    }
}

impl<C: Cell> Op for Recurrent<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, input_weight, recurrent) = (inputs[0], inputs[1], inputs[2]);
        let sizes = Sizes::of::<C>(x, recurrent)?;
        let Sizes { batch, time, features, hidden, samples } = sizes;
        let width = C::GATES * hidden;
        let nothing = Tensor::zeros(if self.bias { 0 } else { width });
        let bias = match self.bias {
            true => [inputs[3].data(), inputs[4].data()],
            false => [nothing.data(); 2],
        };
        let walk = walk::Forward {
            cell: self.cell,
            reverse: self.reverse,
            sizes,
            x: x.data(),
            input_weight: PackedB::new(Matrix::new(input_weight.data(), width, features)?.t()),
            recurrent: PackedB::new(Matrix::new(recurrent.data(), width, hidden)?.t()),
            bias,
            first: self.first(inputs),
        };
        let mut out = Tensor::uninit([batch, time, hidden]);
        let piece = samples * time * hidden;
        let failed = threads::FirstError::default();
        if saved.is_wanted() && C::KEPT > 0 {
            let mut kept = Tensor::uninit([batch, time, C::KEPT * hidden]);
            threads::for_pieces2(
                threads::Pieces::new(kept.data_mut(), C::KEPT * piece),
                threads::Pieces::new(out.data_mut(), piece),
                |i, kept, out| failed.keep(walk.run(i, kept, out)),
            );
            saved.push(kept);
        } else {
            threads::for_pieces(out.data_mut(), piece, |i, out| {
                failed.keep(walk.run(i, &mut [], out));
            });
        }
        failed.into_result()?;
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, input_weight, recurrent) = (pass.inputs[0], pass.inputs[1], pass.inputs[2]);
        let sizes = Sizes::of::<C>(x, recurrent)?;
        let Sizes { batch, time, features, hidden, samples } = sizes;
        let width = C::GATES * hidden;
        let first = self.first(pass.inputs);
        let gradient = pass.take_gradient();
        let walk = walk::Backward {
            cell: self.cell,
            reverse: self.reverse,
            sizes,
            kept: pass.saved.first().map_or(&[], Tensor::data),
            states: pass.output.data(),
            gradient: gradient.data(),
            recurrent: PackedB::new(Matrix::new(recurrent.data(), width, hidden)?),
            first,
        };
        let mut d_input = Tensor::uninit([batch, time, width]);
        let mut apart = C::SPLIT.then(|| Tensor::uninit([batch, time, width]));
        let mut d_first = Tensor::uninit([batch, hidden]);
        let (piece, first_piece) = (samples * time * width, samples * hidden);
        let failed = threads::FirstError::default();
        match &mut apart {
            Some(apart) => threads::for_pieces3(
                threads::Pieces::new(d_input.data_mut(), piece),
                threads::Pieces::new(apart.data_mut(), piece),
                threads::Pieces::new(d_first.data_mut(), first_piece),
                |i, d_input, apart, d_first| failed.keep(walk.run(i, d_input, apart, d_first)),
            ),
            None => threads::for_pieces2(
                threads::Pieces::new(d_input.data_mut(), piece),
                threads::Pieces::new(d_first.data_mut(), first_piece),
                |i, d_input, d_first| failed.keep(walk.run(i, d_input, &mut [], d_first)),
            ),
        }
        failed.into_result()?;

        let rows = sizes.rows();
        let d_products = apart.as_ref().unwrap_or(&d_input);
        let d = Matrix::new(d_input.data(), rows, width)?;
        if pass.wants(0) {
            let mut dx = Tensor::uninit(x.shape());
            gemm(d, Matrix::new(input_weight.data(), width, features)?, 0.0, dx.data_mut())?;
            pass.give(0, dx);
        }
        if pass.wants(1) {
            let mut dw = Tensor::uninit(input_weight.shape());
            gemm(d.t(), Matrix::new(x.data(), rows, features)?, 0.0, dw.data_mut())?;
            pass.give(1, dw);
        }
        if pass.wants(2) {
            let before = self.states_before(pass.output, first, sizes);
            let d = Matrix::new(d_products.data(), rows, width)?;
            let mut dw = Tensor::uninit(recurrent.shape());
            gemm(d.t(), Matrix::new(before.data(), rows, hidden)?, 0.0, dw.data_mut())?;
            pass.give(2, dw);
        }
        if self.bias {
            for (place, d) in [(3, &d_input), (4, d_products)] {
                if pass.wants(place) {
                    pass.give(place, d.reshape([rows, width])?.sum_axis(0)?);
                }
            }
        }
        pass.give(self.first_place(), d_first);
        Ok(())
    }
}

impl<C: Cell> Recurrent<C> {
    /// The state that each step started from, `[batch, time, hidden]`.
    fn states_before(&self, out: &Tensor, first: Option<&[f32]>, sizes: Sizes) -> Tensor {
        let Sizes { time, hidden, .. } = sizes;
        let mut before = Tensor::uninit(out.shape());
        let width = (time * hidden).max(1);
        let rest = (time.max(1) - 1) * hidden;
        let samples = before.data_mut().chunks_exact_mut(width).zip(out.data().chunks_exact(width));
        for (sample, (to, from)) in samples.enumerate() {
            let (start, to, from) = match self.reverse {
                false => {
                    let (start, to) = to.split_at_mut(hidden);
                    (start, to, &from[..rest])
                }
                true => {
                    let (to, start) = to.split_at_mut(rest);
                    (start, to, &from[hidden..])
                }
            };
            to.copy_from_slice(from);
            match first {
                Some(first) => start.copy_from_slice(&first[sample * hidden..][..hidden]),
                None => start.fill(0.0),
            }
        }
        before
    }
}
