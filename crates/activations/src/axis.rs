//! The axis that a function works along.

use crate::InputMismatch;
use relume_tensor::{Shape, TensorError};

/// The axis of a tensor, counted from 0.
pub(crate) fn place(axis: i64, shape: Shape) -> Result<usize, TensorError> {
    let counted = if axis < 0 { axis + shape.rank() as i64 } else { axis };
    match usize::try_from(counted) {
        Ok(place) if place < shape.rank() => Ok(place),
        _ => Err(TensorError::Axis { axis: axis.unsigned_abs() as usize, shape }),
    }
}

/// The axis of a sample, whose batch counts as axis 0 before its own ones; `None` for the batch itself.
fn in_sample(axis: i64, sample: Shape) -> Result<Option<usize>, InputMismatch> {
    let rank = sample.rank() as i64;
    match if axis < 0 { axis + rank } else { axis - 1 } {
        -1 => Ok(None),
        place if (0..rank).contains(&place) => Ok(Some(place as usize)),
        _ => Err(InputMismatch::new(format!("wants samples that have axis {axis}"))
            .help(format!("axis=-1 is the last; counted from the batch, it is axis={rank}"))),
    }
}

/// Refuses an axis that the sample does not have, and that is not the batch either.
pub(crate) fn check(axis: i64, sample: Shape) -> Result<(), InputMismatch> {
    in_sample(axis, sample).map(|_| ())
}

/// The shape of a sample in which each `parts` numbers along the axis become one.
pub(crate) fn shrunk(axis: i64, parts: usize, sample: Shape) -> Result<Shape, InputMismatch> {
    let Some(place) = in_sample(axis, sample)? else {
        return Err(InputMismatch::new("works along an axis of each sample, not of the batch")
            .help("axis=-1 is the last axis, axis=1 the first one of a sample"));
    };
    let size = sample[place];
    if size.is_multiple_of(parts) && size > 0 {
        return Ok(sample.with_axis(place, size / parts));
    }
    let wanted = match parts {
        2 => format!("wants an even number along axis {axis}"),
        _ => format!("wants a multiple of {parts} along axis {axis}"),
    };
    let more = (size / parts).saturating_add(1).saturating_mul(parts);
    let help = match sample.rank() {
        1 => format!("put dense({more}) before it"),
        _ => format!("have the layer before it give {more} instead of {size} there"),
    };
    Err(InputMismatch::new(wanted).help(help))
}
