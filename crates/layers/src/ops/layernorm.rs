//! Layer normalisation (Ba, Kiros and Hinton, 2016): each row to mean 0 and variance 1, then scaled and shifted.

use relume_autograd::{AutogradError, Backward, Op, Saved};
use relume_tensor::simd::{self, Kernel, dispatch};
use relume_tensor::{Tensor, TensorError, threads};

/// y = (x - mean) / sqrt(variance + eps) * weight + bias over the last axes; the variance is the biased one.
///
/// Inputs: x `[..., features]`, and perhaps a weight and a bias `[features]` (any shape of so many numbers: as many last axes of x
/// as these make up are normalised together). Saves mean and 1 / sqrt(variance + eps) of each row.
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm {
    /// Added to the variance.
    pub eps: f32,
    /// Numbers that are normalised together.
    pub features: usize,
}

/// Sums of f(a, b) over two rows, in sixteen lanes.
struct RowSum<'a, F>(&'a [f32], &'a [f32], F);

impl<F: Fn(f32, f32) -> f32> Kernel for RowSum<'_, F> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        const LANES: usize = 16;
        let RowSum(a, b, of) = self;
        let mut lanes = [0.0; LANES];
        let (blocks_a, rest_a) = a.as_chunks::<LANES>();
        let (blocks_b, rest_b) = b.as_chunks::<LANES>();
        for (a, b) in blocks_a.iter().zip(blocks_b) {
            for l in 0..LANES {
                lanes[l] += of(a[l], b[l]);
            }
        }
        let rest: f32 = rest_a.iter().zip(rest_b).map(|(&a, &b)| of(a, b)).sum();
        lanes.iter().sum::<f32>() + rest
    }
}

fn row_sum(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    dispatch(RowSum(a, b, of))
}

impl LayerNorm {
    /// Rows of x, once weight and bias are known to fit them.
    fn rows(&self, inputs: &[&Tensor]) -> Result<usize, TensorError> {
        let x = inputs[0];
        for other in &inputs[1..] {
            if other.count() != self.features {
                let (left, right) = (x.shape(), other.shape());
                return Err(TensorError::Mismatch { operation: self.name(), left, right });
            }
        }
        match self.features > 0 && x.count().is_multiple_of(self.features) {
            true => Ok(x.count() / self.features),
            false => {
                let (left, right) = (x.shape(), self.features.into());
                Err(TensorError::Mismatch { operation: self.name(), left, right })
            }
        }
    }

    /// Rows that one thread works on at a time.
    fn rows_per_piece(&self) -> usize {
        threads::rows_per_piece(self.features, 8)
    }
}

impl Op for LayerNorm {
    fn name(&self) -> &'static str {
        "layernorm"
    }

    fn forward(&self, inputs: &[&Tensor], saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let rows = self.rows(inputs)?;
        let (x, features) = (inputs[0].data(), self.features);
        let [weight, bias] = [inputs.get(1), inputs.get(2)].map(|t| t.map(|t| t.data()));
        let mut statistics = Tensor::stale([rows, 2]);
        let mut out = Tensor::stale(inputs[0].shape());
        let piece = self.rows_per_piece();
        threads::for_pieces2(
            (out.data_mut(), piece * features),
            (statistics.data_mut(), piece * 2),
            |i, out, statistics| {
                let x = &x[i * piece * features..][..out.len()];
                let lines = out.chunks_exact_mut(features).zip(x.chunks_exact(features));
                for ((y, x), of_row) in lines.zip(statistics.chunks_exact_mut(2)) {
                    let mean = row_sum(x, x, |x, _| x) / features as f32;
                    let squares = row_sum(x, x, |x, _| (x - mean) * (x - mean));
                    let factor = 1.0 / (squares / features as f32 + self.eps).sqrt();
                    of_row.copy_from_slice(&[mean, factor]);
                    simd::map(x, y, |x| (x - mean) * factor);
                    if let Some(weight) = weight {
                        simd::map2_in_place(y, weight, |y, w| y * w);
                    }
                    if let Some(bias) = bias {
                        simd::map2_in_place(y, bias, |y, b| y + b);
                    }
                }
            },
        );
        saved.push(statistics);
        Ok(out)
    }

    /// With z = (x - mean) f and g = dy weight: dx = f (g - mean(g) - z mean(g z)); dweight = sum of dy z; dbias = sum of dy.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let rows = self.rows(pass.inputs)?;
        let (x, features, piece) = (pass.inputs[0], self.features, self.rows_per_piece());
        let weight = pass.inputs.get(1).map(|weight| weight.data());
        let statistics = pass.saved[0].data();
        let gradient = pass.take_gradient();
        let mut dx = Tensor::stale(x.shape());
        // For each piece: of the weight, of the bias, and a row for g.
        let mut sums = Tensor::stale([rows.div_ceil(piece), 3, features]);
        threads::for_pieces2(
            (dx.data_mut(), piece * features),
            (sums.data_mut(), 3 * features),
            |i, dx, sums| {
                let (of_weight, rest) = sums.split_at_mut(features);
                let (of_bias, g) = rest.split_at_mut(features);
                of_weight.fill(0.0);
                of_bias.fill(0.0);
                for (j, dx) in dx.chunks_exact_mut(features).enumerate() {
                    let row = i * piece + j;
                    let dy = &gradient.data()[row * features..][..features];
                    let x = &x.data()[row * features..][..features];
                    let [mean, factor] = [statistics[2 * row], statistics[2 * row + 1]];
                    // z stands in dx until it is used up.
                    simd::map(x, dx, |x| (x - mean) * factor);
                    simd::map2_in_place(of_bias, dy, |sum, dy| sum + dy);
                    simd::map2(dy, dx, g, |dy, z| dy * z);
                    simd::map2_in_place(of_weight, g, |sum, x| sum + x);
                    match weight {
                        Some(weight) => simd::map2(dy, weight, g, |dy, w| dy * w),
                        None => g.copy_from_slice(dy),
                    }
                    let mean_g = row_sum(g, g, |g, _| g) / features as f32;
                    let mean_gz = row_sum(g, dx, |g, z| g * z) / features as f32;
                    simd::map2_in_place(dx, g, |z, g| factor * (g - mean_g - z * mean_gz));
                }
            },
        );
        pass.give(0, dx);
        if pass.wants(1) || pass.wants(2) {
            let sums = sums.sum_axis(0)?;
            for (place, row) in [(1, 0), (2, 1)] {
                if pass.wants(place) {
                    let shape = pass.inputs[place].shape();
                    pass.give(place, sums.slice(0, row, row + 1)?.reshape(shape)?);
                }
            }
        }
        Ok(())
    }
}
