//! The step of a gated recurrent unit (Cho and others, 2014, in the form that PyTorch and cuDNN compute).
//!
//! r = sigmoid(W_ir x + b_ir + W_hr h + b_hr); z = sigmoid(W_iz x + b_iz + W_hz h + b_hz);
//! n = tanh(W_in x + b_in + r (W_hn h + b_hn)); h' = (1 - z) n + z h.

use crate::recurrent::recurrence::{Cell, StepBackward, StepForward, load};
use relume_tensor::simd;

/// The gated recurrent unit; gates in the order reset, update, new.
#[derive(Clone, Copy, Debug)]
pub struct Gru;

/// Keeps r, z, n and the sum that r multiplies.
impl Cell for Gru {
    const NAME: &'static str = "gru";
    const GATES: usize = 3;
    const SAVED: usize = 4;
    const SPLIT: bool = true;

    #[inline(always)]
    fn forward<const N: usize>(self, step: &mut StepForward<'_>, at: usize) {
        let units = step.after.len();
        let [b, c] = step.bias;
        let before: [f32; N] = load(step.before, at);
        let mut saved = [[0.0; N]; 4];
        let mut after = [0.0; N];
        for gate in 0..3 {
            let at = gate * units + at;
            let (x, b): ([f32; N], [f32; N]) = (load(step.input, at), load(b, at));
            let (h, c): ([f32; N], [f32; N]) = (load(step.recurrent, at), load(c, at));
            for l in 0..N {
                let (input, state) = (x[l] + b[l], h[l] + c[l]);
                if gate < 2 {
                    saved[gate][l] = simd::sigmoid(input + state);
                } else {
                    saved[2][l] = simd::tanh(saved[0][l].mul_add(state, input));
                    saved[3][l] = state;
                }
            }
        }
        let [_, z, n, _] = &saved;
        for l in 0..N {
            after[l] = z[l].mul_add(before[l] - n[l], n[l]);
        }
        if !step.saved.is_empty() {
            for (part, numbers) in saved.iter().enumerate() {
                step.saved[part * units + at..][..N].copy_from_slice(numbers);
            }
        }
        step.after[at..at + N].copy_from_slice(&after);
    }

    #[inline(always)]
    fn backward<const N: usize>(self, step: &mut StepBackward<'_>, at: usize) {
        let units = step.after.len();
        let [r, z, n, state]: [[f32; N]; 4] =
            [0, 1, 2, 3].map(|part| load(step.saved, part * units + at));
        let before: [f32; N] = step.before.map_or([0.0; N], |before| load(before, at));
        let [above, later]: [[f32; N]; 2] = step.d_after.map(|d| load(d, at));
        let mut d = [[0.0; N]; 3];
        let (mut d_state, mut d_before) = ([0.0; N], [0.0; N]);
        for l in 0..N {
            let gradient = above[l] + later[l];
            let d_n = gradient * (1.0 - z[l]) * (1.0 - n[l] * n[l]);
            d[0][l] = d_n * state[l] * r[l] * (1.0 - r[l]);
            d[1][l] = gradient * (before[l] - n[l]) * z[l] * (1.0 - z[l]);
            d[2][l] = d_n;
            d_state[l] = d_n * r[l];
            d_before[l] = gradient * z[l];
        }
        let of_products = [&d[0], &d[1], &d_state];
        for (gate, (d, of_product)) in d.iter().zip(of_products).enumerate() {
            let range = gate * units + at..gate * units + at + N;
            step.d_input[range.clone()].copy_from_slice(d);
            step.d_recurrent[range].copy_from_slice(of_product);
        }
        step.d_before[at..at + N].copy_from_slice(&d_before);
    }
}
