//! One pass over a parameter, its gradient and its state together.

use relume_tensor::simd::{Kernel, dispatch};
use relume_tensor::{Tensor, threads};

struct Fused<'a, F, const N: usize> {
    gradient: &'a [f32],
    /// The parameter, then its state.
    slices: [&'a mut [f32]; N],
    rule: &'a F,
}

impl<F: Fn(f32, &mut [f32; N]), const N: usize> Kernel for Fused<'_, F, N> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let length = self.gradient.len();
        let slices = self.slices.map(|slice| &mut slice[..length]);
        for (i, &g) in self.gradient.iter().enumerate() {
            let mut values = [0.0; N];
            for k in 0..N {
                values[k] = slices[k][i];
            }
            (self.rule)(g, &mut values);
            for k in 0..N {
                slices[k][i] = values[k];
            }
        }
    }
}

/// Calls `rule` with each number of the gradient and, for writing, the numbers at its place: the parameter's first, then one of
/// each of the `N - 1` slots of state. Large parameters are spread over threads.
pub(crate) fn update<const N: usize>(
    value: &mut Tensor,
    gradient: &Tensor,
    slots: &mut [Tensor],
    rule: impl Fn(f32, &mut [f32; N]) + Sync,
) {
    let mut slices: [&mut [f32]; N] = std::array::from_fn(|_| Default::default());
    let state = slots.iter_mut().map(Tensor::data_mut);
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
