//! Rotary positions (Su and others, "RoFormer: enhanced transformer with rotary position embedding", 2021).
//!
//! Neighbouring numbers (x_2i, x_2i+1) of a head at step t are rotated by the angle t base^(-2i / size), as in the
//! paper.

use relume_tensor::{Tensor, threads};

/// cos and sin of each pair's angle, `[steps, size]`: pair i of a step at 2i and 2i + 1.
pub fn rotation_angles(steps: usize, size: usize, base: f64) -> Tensor {
    Tensor::from_fn([steps, size], |at| {
        let (t, i) = (at / size, at % size);
        let angle = t as f64 * base.powf(-((i - i % 2) as f64) / size as f64);
        (if i % 2 == 0 { angle.cos() } else { angle.sin() }) as f32
    })
}

/// Rotates the first `columns` numbers of each row (rows lie `stride` apart, `steps` for each sample), heads of the
/// angles' size one after another; with `back`, in the opposite direction.
pub(crate) fn rotate(
    numbers: &mut [f32],
    [stride, columns, steps]: [usize; 3],
    angles: &Tensor,
    back: bool,
) {
    let size = angles.shape().tail(1).count();
    let sample = steps * stride;
    if sample == 0 {
        return;
    }
    let samples = threads::rows_per_piece(sample, 4);
    threads::for_pieces(numbers, samples * sample, |_, part| {
        for (row, numbers) in part.chunks_exact_mut(stride).enumerate() {
            let angles = &angles.data()[(row % steps) * size..][..size];
            for head in numbers[..columns].chunks_exact_mut(size) {
                for (pair, angle) in head.chunks_exact_mut(2).zip(angles.chunks_exact(2)) {
                    let (cos, sin) = (angle[0], if back { -angle[1] } else { angle[1] });
                    let (a, b) = (pair[0], pair[1]);
                    pair[0] = a.mul_add(cos, -b * sin);
                    pair[1] = a.mul_add(sin, b * cos);
                }
            }
        }
    });
}
