//! The step of Elman's network: h' = f(W_ih x + b_ih + W_hh h + b_hh) with f = tanh or max(0, .).

use crate::recurrent::recurrence::{Cell, StepBackward, StepForward, load};
use relume_catalog::Choice;
use relume_tensor::simd;

/// The function of an Elman network's step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Rnn {
    /// The hyperbolic tangent.
    Tanh,
    /// max(0, x).
    Relu,
}

impl Cell for Rnn {
    const NAME: &'static str = "rnn";
    const GATES: usize = 1;
    const SAVED: usize = 0;
    const SPLIT: bool = false;

    #[inline(always)]
    fn forward<const N: usize>(self, step: &mut StepForward<'_>, at: usize) {
        let (x, h): ([f32; N], [f32; N]) = (load(step.input, at), load(step.recurrent, at));
        let [b, c]: [[f32; N]; 2] = step.bias.map(|bias| load(bias, at));
        let mut after = [0.0; N];
        for l in 0..N {
            let sum = (x[l] + b[l]) + (h[l] + c[l]);
            after[l] = match self {
                Rnn::Tanh => simd::tanh(sum),
                // NaN stays NaN.
                Rnn::Relu => {
                    if sum <= 0.0 {
                        0.0
                    } else {
                        sum
                    }
                }
            };
        }
        step.after[at..at + N].copy_from_slice(&after);
    }

    #[inline(always)]
    fn backward<const N: usize>(self, step: &mut StepBackward<'_>, at: usize) {
        let y: [f32; N] = load(step.after, at);
        let [above, later]: [[f32; N]; 2] = step.d_after.map(|d| load(d, at));
        let mut d = [0.0; N];
        for l in 0..N {
            let gradient = above[l] + later[l];
            d[l] = match self {
                Rnn::Tanh => gradient * (1.0 - y[l] * y[l]),
                Rnn::Relu => {
                    if y[l] <= 0.0 {
                        0.0
                    } else {
                        gradient
                    }
                }
            };
        }
        step.d_input[at..at + N].copy_from_slice(&d);
        step.d_before[at..at + N].fill(0.0);
    }
}
