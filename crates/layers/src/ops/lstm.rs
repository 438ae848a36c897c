//! One LSTM layer over whole sequences, as one operation (Hochreiter and Schmidhuber, 1997; gates as in PyTorch).
//!
//! i = sigmoid(.), f = sigmoid(.), g = tanh(.), o = sigmoid(.) of x W_ih^T + b_ih + h W_hh^T + b_hh;
//! c' = f c + i g; h' = o tanh(c').

use relume_autograd::{AutogradError, Backward, Op, Saved};
use relume_tensor::simd::{self, Kernel, dispatch};
use relume_tensor::{Matrix, Prepared, Tensor, TensorError, gemm, threads};

/// Inputs: x `[batch, time, features]`, W_ih `[4 hidden, features]`, W_hh `[4 hidden, hidden]`, and if there are five, b_ih and
/// b_hh `[4 hidden]`; two more are the first h and c `[batch, hidden]`. Output: h at all times `[batch, time, hidden]`.
///
/// Saves the gates after their functions `[batch, time, 4 hidden]` and c at all times.
#[derive(Clone, Copy, Debug)]
pub struct Lstm {
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
    fn of(x: &Tensor, recurrent: &Tensor) -> Result<Self, TensorError> {
        match (x.dims(), recurrent.dims()) {
            (&[batch, time, features], &[gates, hidden]) if gates == 4 * hidden => {
                // At least eight, for a product worth its packing; at most 32, to stay in cache.
                let samples = batch.div_ceil(2).next_multiple_of(8).clamp(8, 32).min(batch.max(1));
                Ok(Sizes { batch, time, features, hidden, samples })
            }
            _ => {
                let (left, right) = (x.shape(), recurrent.shape());
                Err(TensorError::Mismatch { operation: "lstm", left, right })
            }
        }
    }

    fn rows(&self) -> usize {
        self.batch * self.time
    }
}

impl Lstm {
    /// The first states, where they are given.
    fn first<'a>(&self, inputs: &[&'a Tensor]) -> Option<(&'a [f32], &'a [f32])> {
        let at = if self.bias { 5 } else { 3 };
        Some((inputs.get(at)?.data(), inputs.get(at + 1)?.data()))
    }

    /// The time index of the step that comes `step`-th.
    fn time(&self, step: usize, time: usize) -> usize {
        if self.reverse { time - 1 - step } else { step }
    }
}

impl Op for Lstm {
    fn name(&self) -> &'static str {
        "lstm"
    }

    fn forward(&self, inputs: &[&Tensor], saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, input_weight, recurrent) = (inputs[0], inputs[1], inputs[2]);
        let sizes = Sizes::of(x, recurrent)?;
        let Sizes { batch, time, features, hidden, samples } = sizes;
        let bias = match self.bias {
            true => inputs[3].zip(inputs[4], "lstm", |a, b| a + b)?,
            false => Tensor::zeros(4 * hidden),
        };
        let mut gates = Tensor::stale([batch, time, 4 * hidden]);
        let input_weight =
            Prepared::new(Matrix::new(input_weight.data(), 4 * hidden, features).t());
        let mut cells = Tensor::stale([batch, time, hidden]);
        let mut out = Tensor::stale([batch, time, hidden]);
        let first = self.first(inputs);
        let recurrent = Prepared::new(Matrix::new(recurrent.data(), 4 * hidden, hidden).t());
        threads::for_pieces3(
            (gates.data_mut(), samples * time * 4 * hidden),
            (cells.data_mut(), samples * time * hidden),
            (out.data_mut(), samples * time * hidden),
            |piece, gates, cells, out| {
                let count = out.len() / (time * hidden).max(1);
                // The input products of all time steps, sample by sample.
                let x = &x.data()[piece * samples * time * features..][..count * time * features];
                let of_samples = x.chunks_exact((time * features).max(1));
                for (x, gates) in of_samples.zip(gates.chunks_exact_mut(time * 4 * hidden)) {
                    input_weight.multiply(x, gates);
                }
                let mut h = Tensor::zeros([count, hidden]);
                let mut c = Tensor::zeros([count, hidden]);
                if let Some((h0, c0)) = first {
                    let at = piece * samples * hidden;
                    h.data_mut().copy_from_slice(&h0[at..at + count * hidden]);
                    c.data_mut().copy_from_slice(&c0[at..at + count * hidden]);
                }
                let mut products = Tensor::stale([count, 4 * hidden]);
                for step in 0..time {
                    let t = self.time(step, time);
                    recurrent.multiply(h.data(), products.data_mut());
                    for sample in 0..count {
                        let row = sample * time + t;
                        let own = sample * hidden..(sample + 1) * hidden;
                        dispatch(CellForward {
                            gates: &mut gates[row * 4 * hidden..][..4 * hidden],
                            products: &products.data()[sample * 4 * hidden..][..4 * hidden],
                            bias: bias.data(),
                            c: &mut c.data_mut()[own.clone()],
                            h: &mut h.data_mut()[own],
                        });
                        let at = row * hidden..(row + 1) * hidden;
                        let own = sample * hidden..(sample + 1) * hidden;
                        cells[at.clone()].copy_from_slice(&c.data()[own.clone()]);
                        out[at].copy_from_slice(&h.data()[own]);
                    }
                }
            },
        );
        saved.push(gates);
        saved.push(cells);
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, input_weight, recurrent) = (pass.inputs[0], pass.inputs[1], pass.inputs[2]);
        let sizes = Sizes::of(x, recurrent)?;
        let Sizes { batch, time, features, hidden, samples } = sizes;
        let first = self.first(pass.inputs);
        let (gates, cells) = (pass.saved[0].data(), pass.saved[1].data());
        let gradient = pass.take_gradient();
        let mut d_gates = Tensor::stale([batch, time, 4 * hidden]);
        let mut d_first = Tensor::stale([batch, 2 * hidden]);
        let weight = Prepared::new(Matrix::new(recurrent.data(), 4 * hidden, hidden));
        threads::for_pieces2(
            (d_gates.data_mut(), samples * time * 4 * hidden),
            (d_first.data_mut(), samples * 2 * hidden),
            |piece, d_gates, d_first| {
                let count = d_first.len() / (2 * hidden);
                let start = piece * samples;
                let mut d_h = Tensor::zeros([count, hidden]);
                let mut d_c = Tensor::zeros([count, hidden]);
                let mut d_now = Tensor::stale([count, 4 * hidden]);
                for step in (0..time).rev() {
                    let t = self.time(step, time);
                    for sample in 0..count {
                        let row = (start + sample) * time + t;
                        let own = sample * hidden..(sample + 1) * hidden;
                        let c_before = match step.checked_sub(1) {
                            Some(before) => {
                                let row = (start + sample) * time + self.time(before, time);
                                Some(&cells[row * hidden..][..hidden])
                            }
                            None => first.map(|(_, c0)| &c0[(start + sample) * hidden..][..hidden]),
                        };
                        let d_now = &mut d_now.data_mut()[sample * 4 * hidden..][..4 * hidden];
                        dispatch(CellBackward {
                            gates: &gates[row * 4 * hidden..][..4 * hidden],
                            c: &cells[row * hidden..][..hidden],
                            c_before,
                            d_out: &gradient.data()[row * hidden..][..hidden],
                            d_h: &d_h.data()[own.clone()],
                            d_c: &mut d_c.data_mut()[own],
                            d_gates: d_now,
                        });
                        let at = (sample * time + t) * 4 * hidden;
                        d_gates[at..at + 4 * hidden].copy_from_slice(d_now);
                    }
                    weight.multiply(d_now.data(), d_h.data_mut());
                }
                let states = d_h.data().chunks_exact(hidden).zip(d_c.data().chunks_exact(hidden));
                for (to, (d_h, d_c)) in d_first.chunks_exact_mut(2 * hidden).zip(states) {
                    to[..hidden].copy_from_slice(d_h);
                    to[hidden..].copy_from_slice(d_c);
                }
            },
        );

        let d = Matrix::new(d_gates.data(), sizes.rows(), 4 * hidden);
        if pass.wants(0) {
            let mut dx = Tensor::stale(x.shape());
            let weight = Matrix::new(input_weight.data(), 4 * hidden, features);
            gemm(d, weight, 0.0, dx.data_mut());
            pass.give(0, dx);
        }
        if pass.wants(1) {
            let mut dw = Tensor::stale(input_weight.shape());
            gemm(d.t(), Matrix::new(x.data(), sizes.rows(), features), 0.0, dw.data_mut());
            pass.give(1, dw);
        }
        if pass.wants(2) {
            let before = self.states_before(pass.output, first.map(|(h0, _)| h0), sizes);
            let mut dw = Tensor::stale(recurrent.shape());
            gemm(d.t(), Matrix::new(before.data(), sizes.rows(), hidden), 0.0, dw.data_mut());
            pass.give(2, dw);
        }
        if self.bias && (pass.wants(3) || pass.wants(4)) {
            let sum = d_gates.reshape([sizes.rows(), 4 * hidden])?.sum_axis(0)?;
            pass.give(3, sum.clone());
            pass.give(4, sum);
        }
        let at = if self.bias { 5 } else { 3 };
        if pass.wants(at) || pass.wants(at + 1) {
            pass.give(at, d_first.slice(1, 0, hidden)?);
            pass.give(at + 1, d_first.slice(1, hidden, 2 * hidden)?);
        }
        Ok(())
    }
}

impl Lstm {
    /// The state that each step started from, `[batch, time, hidden]`.
    fn states_before(&self, out: &Tensor, first: Option<&[f32]>, sizes: Sizes) -> Tensor {
        let Sizes { time, hidden, .. } = sizes;
        let mut before = Tensor::stale(out.shape());
        let width = (time * hidden).max(1);
        let samples = out.data().chunks_exact(width);
        for (sample, (to, from)) in
            before.data_mut().chunks_exact_mut(width).zip(samples).enumerate()
        {
            let rest = (time - 1) * hidden;
            let start = match self.reverse {
                false => {
                    to[hidden..].copy_from_slice(&from[..rest]);
                    &mut to[..hidden]
                }
                true => {
                    to[..rest].copy_from_slice(&from[hidden..]);
                    &mut to[rest..]
                }
            };
            match first {
                Some(h0) => start.copy_from_slice(&h0[sample * hidden..][..hidden]),
                None => start.fill(0.0),
            }
        }
        before
    }
}

/// One step of one sample: the gates' functions, the new cell and the new state.
struct CellForward<'a> {
    gates: &'a mut [f32],
    products: &'a [f32],
    bias: &'a [f32],
    c: &'a mut [f32],
    h: &'a mut [f32],
}

impl Kernel for CellForward<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let n = self.h.len();
        let (i, rest) = self.gates.split_at_mut(n);
        let (f, rest) = rest.split_at_mut(n);
        let (g, o) = rest.split_at_mut(n);
        let (pi, rest) = self.products.split_at(n);
        let (pf, rest) = rest.split_at(n);
        let (pg, po) = rest.split_at(n);
        let (bi, rest) = self.bias.split_at(n);
        let (bf, rest) = rest.split_at(n);
        let (bg, bo) = rest.split_at(n);
        let (o, po, bo) = (&mut o[..n], &po[..n], &bo[..n]);
        for k in 0..n {
            i[k] = simd::sigmoid(i[k] + pi[k] + bi[k]);
            f[k] = simd::sigmoid(f[k] + pf[k] + bf[k]);
            g[k] = simd::tanh(g[k] + pg[k] + bg[k]);
            o[k] = simd::sigmoid(o[k] + po[k] + bo[k]);
            let c = f[k].mul_add(self.c[k], i[k] * g[k]);
            self.c[k] = c;
            self.h[k] = o[k] * simd::tanh(c);
        }
    }
}

/// One step of one sample backwards: from the state's gradient to the gates' and the cell's before.
struct CellBackward<'a> {
    gates: &'a [f32],
    c: &'a [f32],
    c_before: Option<&'a [f32]>,
    d_out: &'a [f32],
    d_h: &'a [f32],
    d_c: &'a mut [f32],
    d_gates: &'a mut [f32],
}

impl Kernel for CellBackward<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let n = self.c.len();
        let (i, rest) = self.gates.split_at(n);
        let (f, rest) = rest.split_at(n);
        let (g, o) = rest.split_at(n);
        let (di, rest) = self.d_gates.split_at_mut(n);
        let (df, rest) = rest.split_at_mut(n);
        let (dg, d_o) = rest.split_at_mut(n);
        let (o, d_o) = (&o[..n], &mut d_o[..n]);
        let (d_out, d_h, d_c) = (&self.d_out[..n], &self.d_h[..n], &mut self.d_c[..n]);
        for k in 0..n {
            let d_h = d_out[k] + d_h[k];
            let tanh_c = simd::tanh(self.c[k]);
            let c_gradient = (d_h * o[k]).mul_add(1.0 - tanh_c * tanh_c, d_c[k]);
            di[k] = c_gradient * g[k] * i[k] * (1.0 - i[k]);
            dg[k] = c_gradient * i[k] * (1.0 - g[k] * g[k]);
            d_o[k] = d_h * tanh_c * o[k] * (1.0 - o[k]);
            d_c[k] = c_gradient * f[k];
            df[k] = c_gradient * f[k] * (1.0 - f[k]);
        }
        match self.c_before {
            Some(c) => df.iter_mut().zip(c).for_each(|(df, &c)| *df *= c),
            None => df.fill(0.0),
        }
    }
}
