//! One LSTM layer over whole sequences, as one operation (Hochreiter and Schmidhuber, 1997; gates as in PyTorch).
//!
//! i = sigmoid(.), f = sigmoid(.), g = tanh(.), o = sigmoid(.) of x W_ih^T + b_ih + h W_hh^T + b_hh;
//! c' = f c + i g; h' = o tanh(c').

mod backward;
mod cell;
mod forward;

use super::operands::RecurrentOperands;
use super::sizes::{Sizes, step_time};
use backward::BackwardThroughTime;
use forward::Forward;
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Matrix, PackedB, Tensor, gemm, threads};
use std::ops::RangeInclusive;

/// Inputs: x `[batch, time, features]`, W_ih `[4 hidden, features]`, W_hh `[4 hidden, hidden]`, and if there are five,
/// b_ih and b_hh `[4 hidden]`; two more are the first h and c `[batch, hidden]`. Output: h at all times `[batch, time,
/// hidden]`.
///
/// Saves the gates after their functions `[batch, time, 4 hidden]` and c at all times.
#[derive(Clone, Copy, Debug)]
pub struct Lstm {
    /// From the last time step to the first; the output stays in the order of time.
    pub reverse: bool,
    /// Whether inputs three and four are biases.
    pub bias: bool,
}

const NAME: &str = "lstm";
/// Rows of the weights for each unit of the state.
const GATES: usize = 4;

impl Lstm {
    fn operands(&self) -> RecurrentOperands {
        RecurrentOperands { operation: self.name(), gates: GATES, bias: self.bias, states: 2 }
    }

    /// The first states, where they are given.
    fn first<'a>(&self, inputs: Inputs<'a>) -> Option<(&'a [f32], &'a [f32])> {
        let at = self.operands().first_place();
        Some((inputs.get(at)?.data(), inputs.get(at + 1)?.data()))
    }

    /// The time index of the step that comes `step`-th.
    fn time(&self, step: usize, time: usize) -> usize {
        step_time(self.reverse, step, time)
    }
}

impl Op for Lstm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        let tensors = self.operands().first_place();
        tensors..=tensors + 2
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        self.operands().check(inputs)?;
        let (x, input_weight, recurrent) = (inputs[0], inputs[1], inputs[2]);
        let sizes = Sizes::of(NAME, GATES, x, recurrent)?;
        let Sizes { batch, time, hidden, samples, .. } = sizes;
        let bias = match self.bias {
            true => inputs[3].zip(inputs[4], NAME, |a, b| a + b)?,
            false => Tensor::zeros(4 * hidden),
        };
        let forward = Forward {
            lstm: *self,
            sizes,
            x: x.data(),
            input_weight: PackedB::of_weight(input_weight)?,
            recurrent: PackedB::of_weight(recurrent)?,
            bias: bias.data(),
            first: self.first(inputs),
        };
        let mut out = Tensor::uninit([batch, time, hidden]);
        let width = samples * time * hidden;
        let failed = threads::FirstError::default();
        if !saved.is_wanted() {
            threads::for_pieces(out.data_mut(), width, |piece, out| {
                failed.keep(forward.run(piece, out));
            });
            failed.into_result()?;
            return Ok(out);
        }
        let mut gates = Tensor::uninit([batch, time, 4 * hidden]);
        let mut cells = Tensor::uninit([batch, time, hidden]);
        threads::for_pieces3(
            threads::Pieces::new(gates.data_mut(), 4 * width),
            threads::Pieces::new(cells.data_mut(), width),
            threads::Pieces::new(out.data_mut(), width),
            |piece, gates, cells, out| {
                failed.keep(forward.run_and_keep(piece, gates, cells, out));
            },
        );
        failed.into_result()?;
        saved.push(gates);
        saved.push(cells);
        Ok(out)
    }

    /// Each step of each sample goes through both weights.
    fn multiply_adds(&self, inputs: Inputs<'_>, _: &Tensor) -> u64 {
        let steps = inputs[0].count() / inputs[0].shape().last().copied().unwrap_or(1).max(1);
        steps as u64 * (inputs[1].count() + inputs[2].count()) as u64
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, input_weight, recurrent) = (pass.inputs[0], pass.inputs[1], pass.inputs[2]);
        let sizes = Sizes::of(NAME, GATES, x, recurrent)?;
        let Sizes { batch, time, features, hidden, samples } = sizes;
        let first = self.first(pass.inputs);
        let gradient = pass.take_gradient();
        let backward = BackwardThroughTime {
            lstm: *self,
            sizes,
            gates: pass.saved[0].data(),
            cells: pass.saved[1].data(),
            gradient: gradient.data(),
            recurrent: PackedB::new(Matrix::new(recurrent.data(), 4 * hidden, hidden)?),
            first,
        };
        let mut d_gates = Tensor::uninit([batch, time, 4 * hidden]);
        let mut d_first = Tensor::uninit([batch, 2 * hidden]);
        let failed = threads::FirstError::default();
        threads::for_pieces2(
            threads::Pieces::new(d_gates.data_mut(), samples * time * 4 * hidden),
            threads::Pieces::new(d_first.data_mut(), samples * 2 * hidden),
            |piece, d_gates, d_first| failed.keep(backward.run(piece, d_gates, d_first)),
        );
        failed.into_result()?;

        let d = Matrix::new(d_gates.data(), sizes.rows(), 4 * hidden)?;
        if pass.wants(0) {
            let mut dx = Tensor::uninit(x.shape());
            let weight = Matrix::new(input_weight.data(), 4 * hidden, features)?;
            gemm(d, weight, 0.0, dx.data_mut())?;
            pass.give(0, dx);
        }
        if pass.wants(1) || pass.wants(2) {
            // Both at once: the gates' gradients are read and packed a single time.
            let width = features + hidden;
            let read = self.what_gates_read(x, pass.output, first.map(|(h0, _)| h0), sizes);
            let mut dw = Tensor::uninit([4 * hidden, width]);
            gemm(d.t(), Matrix::new(read.data(), sizes.rows(), width)?, 0.0, dw.data_mut())?;
            pass.give(1, dw.slice(1, 0, features)?);
            pass.give(2, dw.slice(1, features, width)?);
        }
        if self.bias && (pass.wants(3) || pass.wants(4)) {
            let sum = d_gates.reshape([sizes.rows(), 4 * hidden])?.sum_axis(0)?;
            pass.give(3, sum.clone());
            pass.give(4, sum);
        }
        let at = self.operands().first_place();
        if pass.wants(at) || pass.wants(at + 1) {
            pass.give(at, d_first.slice(1, 0, hidden)?);
            pass.give(at + 1, d_first.slice(1, hidden, 2 * hidden)?);
        }
        Ok(())
    }
}

impl Lstm {
    /// The inputs of the products of each step's gates: the step's input and the previous state, `[batch, time,
    /// features + hidden]`.
    fn what_gates_read(
        &self,
        x: &Tensor,
        out: &Tensor,
        first: Option<&[f32]>,
        sizes: Sizes,
    ) -> Tensor {
        let Sizes { batch, time, features, hidden, .. } = sizes;
        let width = features + hidden;
        let mut read = Tensor::uninit([batch, time, width]);
        threads::for_pieces(read.data_mut(), (time * width).max(1), |sample, to| {
            for (t, to) in to.chunks_exact_mut(width).enumerate() {
                let (input, state) = to.split_at_mut(features);
                let row = sample * time + t;
                input.copy_from_slice(&x.data()[row * features..][..features]);
                let before = match self.reverse {
                    false if t > 0 => Some(row - 1),
                    true if t + 1 < time => Some(row + 1),
                    _ => None,
                };
                match (before, first) {
                    (Some(row), _) => state.copy_from_slice(&out.data()[row * hidden..][..hidden]),
                    (None, Some(h0)) => state.copy_from_slice(&h0[sample * hidden..][..hidden]),
                    (None, None) => state.fill(0.0),
                }
            }
        });
        read
    }
}
