//! Bytes as the numbers that a network takes.

use crate::Preparation;
use relume_tensor::simd::{Kernel, dispatch};

struct Convert<'a> {
    bytes: &'a [u8],
    out: &'a mut [f32],
    shift: f32,
    scale: f32,
}

impl Kernel for Convert<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (out, &byte) in self.out.iter_mut().zip(self.bytes) {
            *out = (f32::from(byte) - self.shift) * self.scale;
        }
    }
}

/// An image's bytes as numbers, prepared: each channel (plane of `plane` pixels) by its own shift and scale, or all by
/// one.
pub(crate) fn convert(bytes: &[u8], plane: usize, preparation: &Preparation, out: &mut [f32]) {
    let Preparation { shift, scale, .. } = preparation;
    let planes = bytes.chunks(plane).zip(out.chunks_mut(plane)).enumerate();
    for (channel, (bytes, out)) in planes {
        let at = channel % shift.len().max(1);
        dispatch(Convert { bytes, out, shift: shift[at], scale: scale[at] });
    }
}
