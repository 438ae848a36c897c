//! The position of a mask along an axis.

use relume_tensor::{Rng, Shape};
use std::ops::Range;

/// A mask's position among `axis` indices, as torchaudio's `mask_along_axis` draws it: a uniform width below `size`,
/// and a uniform start at which it fits. A mask is never wider than the axis.
pub(super) fn span(size: usize, axis: usize, rng: &mut Rng) -> Range<usize> {
    let width = f64::from(rng.uniform()) * size.min(axis) as f64;
    let start = f64::from(rng.uniform()) * (axis as f64 - width);
    start as usize..start as usize + width as usize
}

/// Checks that the samples are sequences whose axis takes a mask of this size; the axis and its items are named.
pub(super) fn fits(
    stage: &str,
    size: usize,
    shape: &Shape,
    (axis, what): (usize, &str),
) -> Result<(), String> {
    match shape.rank() {
        2 if size > shape[axis] => Err(format!(
            "{stage}({size}) is wider than the samples, which have {} {what}",
            shape[axis]
        )),
        2 => Ok(()),
        _ => Err(format!("{stage} wants sequences [time, features], not samples of {shape}")),
    }
}
