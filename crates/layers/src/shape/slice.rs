//! A part of each sample.

use crate::shape::flatten::axis_of_sample;
use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Pass, Refusal};
use relume_autograd::{Var, ops::Slice as SliceOp};
use relume_catalog::Spec;
use relume_tensor::{Array, Shape};
use std::ops::Range;
use std::sync::Arc;

/// Takes the indices from start up to end, which is excluded, of an axis of each sample.
///
/// As Python's x[:, start:end]. Inside `concat`, `bilinear` and the like each branch takes its own part of the input: a
/// table's first column with `slice(0, 1)`, all after it with `slice(1)`, the last one with `slice(-1)`. Axis 0 is the
/// batch.
///
/// ```relume
/// net = concat(slice(0, 1) -> embedding(100, 8) -> flatten, slice(1)) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, check = Self::consistent)]
pub struct Slice {
    /// First index; negative ones count from the end.
    pub start: i64,
    /// Index after the last one; the end by default.
    pub end: Option<i64>,
    /// Axis; 1 is the sample's first, -1 its last.
    #[spec(default = 1, range = -5..=5)]
    pub axis: i64,
}

impl Slice {
    fn consistent(&self) -> Result<(), String> {
        match self.axis {
            0 => Err("axis 0 is the batch; the sample's first axis is 1".to_string()),
            _ => Ok(()),
        }
    }
}

impl Slice {
    /// The axis of a sample, and its indices.
    fn range_of(&self, input: Shape) -> Result<(usize, Range<usize>), InputMismatch> {
        let axis = axis_of_sample(self.axis, input)?;
        let size = input[axis];
        let index = |index: i64| {
            let own = if index < 0 { index.checked_add(size as i64) } else { Some(index) };
            own.and_then(|own| usize::try_from(own).ok()).filter(|&own| own <= size)
        };
        let range = index(self.start).zip(self.end.map_or(Some(size), index));
        match range {
            Some((start, end)) if start < end => Ok((axis, start..end)),
            _ => {
                let end = self.end.map_or_else(|| "the end".to_string(), |end| end.to_string());
                let wanted =
                    format!("wants the indices from {} to {end} (there are {size})", self.start);
                Err(InputMismatch::new(wanted)
                    .help(format!("0 <= start < end <= {size}; -1 counts from the end")))
            }
        }
    }
}

impl LayerKind for Slice {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let (axis, range) = self.range_of(input)?;
        Ok(input.with_axis(axis, range.len()))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (axis, range) = self.range_of(input)?;
        let op = SliceOp { axis: axis + 1, start: range.start, end: range.end };
        Ok(Arc::new(Sliced { operation: Operation::new(Arc::new(op), Vec::new()), axis, range }))
    }
}

#[derive(Debug)]
struct Sliced {
    operation: Operation,
    /// Of a sample.
    axis: usize,
    range: Range<usize>,
}

impl Layer for Sliced {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        // A part of the time has other lengths.
        if self.axis == 0 {
            pass.lengths = None;
        }
        match pass.tape.array(x)? {
            Array::Tensor(_) => self.operation.forward(pass, x),
            Array::Indices(_) => pass.slice(x, self.axis + 1, self.range.clone()),
        }
    }

    /// A part of indices is indices.
    fn takes_indices(&self) -> bool {
        true
    }
}
