//! Joining axes.

use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, ops};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Joins all axes of an image or a sequence to one row of features.
///
/// `[channels, height, width]` becomes `[channels * height * width]`. With `start` and `end` only these axes are
/// joined: `flatten(2)` makes `[channels, height * width]`. Axis 0 is the batch, as in PyTorch.
///
/// ```relume
/// net = maxpool2d(2) -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, check = Self::consistent)]
pub struct Flatten {
    /// First axis; 1 is the sample's first, -1 its last.
    #[spec(default = 1, range = -5..=5)]
    pub start: i64,
    /// Last axis.
    #[spec(default = -1, range = -5..=5)]
    pub end: i64,
}

impl Flatten {
    fn consistent(&self) -> Result<(), String> {
        match self.start == 0 || self.end == 0 {
            true => Err("axis 0 is the batch, which stays; the sample's first axis is 1".into()),
            false => Ok(()),
        }
    }
}

/// The position in a sample of an axis that is counted with the batch's, from either end.
pub(crate) fn axis_of_sample(axis: i64, sample: Shape) -> Result<usize, InputMismatch> {
    let rank = sample.rank() as i64;
    let place = if axis < 0 { axis + rank } else { axis - 1 };
    usize::try_from(place).ok().filter(|&place| place < sample.rank()).ok_or_else(|| {
        InputMismatch::new(format!("wants an axis {axis}"))
            .help(format!("the axes are 1 to {rank}, or -1 to -{rank} from the last"))
    })
}

impl LayerKind for Flatten {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        if input.rank() == 0 {
            return Ok(1.into());
        }
        let start = axis_of_sample(self.start, input)?;
        let end = axis_of_sample(self.end, input)?;
        if start > end {
            let wanted = format!("wants axis {} before axis {}", self.start, self.end);
            return Err(InputMismatch::new(wanted).help("exchange start and end").into());
        }
        let merged = input[start..=end].iter().product();
        let rest = (start + 1..=end).fold(input, |shape, _| shape.without_axis(start + 1));
        Ok(rest.with_axis(start, merged))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        view_to(self.output_shape(input), Vec::new())
    }
}

/// A layer that reshapes samples to a known shape.
pub(crate) fn view_to(
    output: Result<Shape, Refusal>,
    mut before: Vec<Operation>,
) -> Result<Arc<dyn Layer>, LayerError> {
    let shape = output?;
    before.push(Operation::new(Arc::new(ops::View::Sample(shape)), Vec::new()));
    Ok(Arc::new(crate::operation::Steps::new(before)))
}
