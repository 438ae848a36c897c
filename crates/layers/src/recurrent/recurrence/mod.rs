//! One recurrent layer with a single state over whole sequences, as one operation; its [`Cell`] computes a step.
//!
//! The products of the inputs are taken for many time steps at once; each thread takes its own samples through time;
//! weight gradients are one product each at the end.

mod cell;
mod lanes;
mod unroll;

pub use cell::{Cell, StepBackward, StepForward};
pub(crate) use lanes::load;

use super::operands::RecurrentOperands;
use super::sizes::Sizes;
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Matrix, PackedB, Tensor, TensorError, gemm, threads};
use std::ops::RangeInclusive;

/// Inputs: x `[batch, time, features]`, W_ih `[gates hidden, features]`, W_hh `[gates hidden, hidden]`, and if there is
/// a `bias`, b_ih and b_hh `[gates hidden]`; one more is the first state `[batch, hidden]`. Output: the states at all
/// times `[batch, time, hidden]`.
#[derive(Clone, Copy, Debug)]
pub struct Recurrent<C> {
    /// The computation of a step.
    pub cell: C,
    /// From the last time step to the first; the output stays in the order of time.
    pub reverse: bool,
    /// Whether inputs three and four are biases.
    pub bias: bool,
}

/// The sizes of the operation, which wants a state and a step at least.
fn sizes<C: Cell>(x: &Tensor, recurrent: &Tensor) -> Result<Sizes, TensorError> {
    let sizes = Sizes::of(C::NAME, C::GATES, x, recurrent)?;
    match sizes.hidden * sizes.time {
        0 => {
            let (left, right) = (x.shape(), recurrent.shape());
            Err(TensorError::Mismatch { operation: C::NAME, left, right })
        }
        _ => Ok(sizes),
    }
}

impl<C: Cell> Recurrent<C> {
    fn operands(&self) -> RecurrentOperands {
        RecurrentOperands { operation: C::NAME, gates: C::GATES, bias: self.bias, states: 1 }
    }

    /// The place of the first state among the inputs.
    fn first_place(&self) -> usize {
        self.operands().first_place()
    }

    /// The first state, if it is given.
    fn first<'a>(&self, inputs: Inputs<'a>) -> Option<&'a [f32]> {
        Some(inputs.get(self.first_place())?.data())
    }
}

impl<C: Cell> Op for Recurrent<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        self.first_place()..=self.first_place() + 1
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        self.operands().check(inputs)?;
        let (x, input_weight, recurrent) = (inputs[0], inputs[1], inputs[2]);
        let sizes = sizes::<C>(x, recurrent)?;
        let Sizes { batch, time, hidden, samples, .. } = sizes;
        let width = C::GATES * hidden;
        let nothing = Tensor::zeros(if self.bias { 0 } else { width });
        let bias = match self.bias {
            true => [inputs[3].data(), inputs[4].data()],
            false => [nothing.data(); 2],
        };
        let forward = unroll::Forward {
            cell: self.cell,
            reverse: self.reverse,
            sizes,
            x: x.data(),
            input_weight: PackedB::of_weight(input_weight)?,
            recurrent: PackedB::of_weight(recurrent)?,
            bias,
            first: self.first(inputs),
        };
        let mut out = Tensor::uninit([batch, time, hidden]);
        let piece = samples * time * hidden;
        let failed = threads::FirstError::default();
        if saved.is_wanted() && C::SAVED > 0 {
            let mut to_save = Tensor::uninit([batch, time, C::SAVED * hidden]);
            threads::for_pieces2(
                threads::Pieces::new(to_save.data_mut(), C::SAVED * piece),
                threads::Pieces::new(out.data_mut(), piece),
                |i, to_save, out| failed.keep(forward.run(i, to_save, out)),
            );
            saved.push(to_save);
        } else {
            threads::for_pieces(out.data_mut(), piece, |i, out| {
                failed.keep(forward.run(i, &mut [], out));
            });
        }
        failed.into_result()?;
        Ok(out)
    }

    /// Each step of each sample goes through both weights.
    fn multiply_adds(&self, inputs: Inputs<'_>, _: &Tensor) -> u64 {
        let steps = inputs[0].count() / inputs[0].shape().last().copied().unwrap_or(1).max(1);
        steps as u64 * (inputs[1].count() + inputs[2].count()) as u64
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, recurrent) = (pass.inputs[0], pass.inputs[2]);
        let sizes = sizes::<C>(x, recurrent)?;
        let Sizes { batch, time, hidden, samples, .. } = sizes;
        let width = C::GATES * hidden;
        let gradient = pass.take_gradient();
        let backward = unroll::Backward {
            cell: self.cell,
            reverse: self.reverse,
            sizes,
            saved: pass.saved.first().map_or(&[], Tensor::data),
            states: pass.output.data(),
            gradient: gradient.data(),
            recurrent: PackedB::new(Matrix::new(recurrent.data(), width, hidden)?),
            first: self.first(pass.inputs),
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
                |i, d_input, apart, d_first| failed.keep(backward.run(i, d_input, apart, d_first)),
            ),
            None => threads::for_pieces2(
                threads::Pieces::new(d_input.data_mut(), piece),
                threads::Pieces::new(d_first.data_mut(), first_piece),
                |i, d_input, d_first| failed.keep(backward.run(i, d_input, &mut [], d_first)),
            ),
        }
        failed.into_result()?;

        self.give_weights(pass, sizes, &d_input, apart.as_ref().unwrap_or(&d_input))?;
        pass.give(self.first_place(), d_first);
        Ok(())
    }
}

impl<C: Cell> Recurrent<C> {
    /// Gives the gradients of x, of the weights and of the biases: from those of the sums with the input, and of the
    /// products with the state.
    fn give_weights(
        &self,
        pass: &mut Backward<'_>,
        sizes: Sizes,
        d_input: &Tensor,
        d_products: &Tensor,
    ) -> Result<(), AutogradError> {
        let (x, input_weight, recurrent) = (pass.inputs[0], pass.inputs[1], pass.inputs[2]);
        let Sizes { features, hidden, .. } = sizes;
        let (rows, width) = (sizes.rows(), C::GATES * hidden);
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
            let before = self.states_before(pass.output, self.first(pass.inputs), sizes);
            let d = Matrix::new(d_products.data(), rows, width)?;
            let mut dw = Tensor::uninit(recurrent.shape());
            gemm(d.t(), Matrix::new(before.data(), rows, hidden)?, 0.0, dw.data_mut())?;
            pass.give(2, dw);
        }
        if self.bias {
            for (place, d) in [(3, d_input), (4, d_products)] {
                if pass.wants(place) {
                    pass.give(place, d.reshape([rows, width])?.sum_axis(0)?);
                }
            }
        }
        Ok(())
    }

    /// The state before each step, `[batch, time, hidden]`.
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
