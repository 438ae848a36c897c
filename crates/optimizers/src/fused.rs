//! One pass over a parameter, its gradient and its state together.

use relume_tensor::simd::{Kernel, dispatch};
use relume_tensor::{Tensor, threads};

struct Fused<'a, F, const N: usize> {
    gradient: &'a [f32],
    /// The parameter, then its state.
    slices: [&'a mut [f32]; N],
    rule: &'a F,
}

/// Numbers that are processed at once. They are copied into arrays first, so that the compiler knows that none overlaps
/// another and vectorises the loop (slices ran number by number, fifteen times slower).
const BLOCK: usize = 64;

impl<F: Fn(f32, &mut [f32; N]), const N: usize> Kernel for Fused<'_, F, N> {
    type Output = ();
    #[inline(always)]
    fn run(mut self) {
        for start in (0..self.gradient.len()).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.gradient.len());
            let mut gradient = [0.0; BLOCK];
            let mut blocks = [[0.0; BLOCK]; N];
            gradient[..end - start].copy_from_slice(&self.gradient[start..end]);
            for (block, slice) in blocks.iter_mut().zip(&self.slices) {
                block[..end - start].copy_from_slice(&slice[start..end]);
            }
            for i in 0..BLOCK {
                let mut values = [0.0; N];
                for k in 0..N {
                    values[k] = blocks[k][i];
                }
                (self.rule)(gradient[i], &mut values);
                for k in 0..N {
                    blocks[k][i] = values[k];
                }
            }
            for (block, slice) in blocks.iter().zip(&mut self.slices) {
                slice[start..end].copy_from_slice(&block[..end - start]);
            }
        }
    }
}

/// Calls `rule` with each number of the gradient and, for writing, the numbers at the same position: the parameter's
/// first, then one of each of the `N - 1` slots of state. Large parameters are spread over threads.
pub(crate) fn update<'a, const N: usize>(
    value: &'a mut Tensor,
    gradient: &Tensor,
    slots: impl IntoIterator<Item = &'a mut Tensor>,
    rule: impl Fn(f32, &mut [f32; N]) + Sync,
) {
    let mut slices: [&mut [f32]; N] = std::array::from_fn(|_| Default::default());
    let state = slots.into_iter().map(Tensor::data_mut);
    for (slice, numbers) in slices.iter_mut().zip(std::iter::once(value.data_mut()).chain(state)) {
        *slice = numbers;
    }
    let gradient = gradient.data();
    threads::for_aligned_pieces(slices, threads::PIECE, |piece, slices| {
        let start = piece * threads::PIECE;
        let length = slices.first().map_or(0, |slice| slice.len());
        dispatch(Fused { gradient: &gradient[start..start + length], slices, rule: &rule });
    });
}

/// The sign of a number as -1, 0 or 1.
#[inline(always)]
pub(crate) fn sign(x: f32) -> f32 {
    f32::from(i8::from(x > 0.0) - i8::from(x < 0.0))
}
