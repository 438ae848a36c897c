//! Axes made into one.

use crate::{Builder, Layer, LayerError, LayerKind, Operation, Refusal, Unfit, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Some axes of a sample made into one; all of them, where nothing else is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flatten {
    /// The first of the axes, the batch's counted as 0; negative ones count from the last.
    #[serde(default = "one")]
    pub start: i64,
    /// The last of the axes.
    #[serde(default = "last")]
    pub end: i64,
}

fn one() -> i64 {
    1
}

fn last() -> i64 {
    -1
}

impl Described for Flatten {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "flatten",
        aliases: &[],
        summary: "makes one row of features of an image or a sequence",
        details: "`[channels, height, width]` becomes `[channels * height * width]`. With `start` and `end` only these axes are made into one: `flatten(2)` makes `[channels, height * width]`. Axis 0 is the batch, as in PyTorch.",
        arguments: &[
            Argument::new(
                "start",
                Type::Integer { min: -5, max: 5 },
                "first axis; 1 is the sample's first, -1 its last",
            )
            .or_integer(1),
            Argument::new("end", Type::Integer { min: -5, max: 5 }, "last axis").or_integer(-1),
        ],
        example: "net = maxpool2d(2) -> flatten -> dense(10)",
    };

    fn validate(&self) -> Result<(), String> {
        match self.start == 0 || self.end == 0 {
            true => Err("axis 0 is the batch, which stays; the sample's first axis is 1".into()),
            false => Ok(()),
        }
    }
}

/// The place in a sample of an axis that is counted with the batch's, from either end.
pub(crate) fn axis_of_sample(axis: i64, sample: Shape) -> Result<usize, Unfit> {
    let rank = sample.rank() as i64;
    let place = if axis < 0 { axis + rank } else { axis - 1 };
    usize::try_from(place).ok().filter(|&place| place < sample.rank()).ok_or_else(|| {
        Unfit::new(format!("wants an axis {axis}"))
            .help(format!("the axes are 1 to {rank}, or -1 to -{rank} from the last"))
    })
}

impl LayerKind for Flatten {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        if input.rank() == 0 {
            return Ok(1.into());
        }
        let start = axis_of_sample(self.start, input)?;
        let end = axis_of_sample(self.end, input)?;
        if start > end {
            let wanted = format!("wants axis {} before axis {}", self.start, self.end);
            return Err(Unfit::new(wanted).help("exchange start and end").into());
        }
        let merged = input[start..=end].iter().product();
        let rest = (start + 1..=end).fold(input, |shape, _| shape.without_axis(start + 1));
        Ok(rest.with_axis(start, merged))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        view_to(self.output(input), Vec::new())
    }
}

/// A layer that gives samples the shape that it said it would.
pub(crate) fn view_to(
    output: Result<Shape, Refusal>,
    mut before: Vec<Operation>,
) -> Result<Arc<dyn Layer>, LayerError> {
    let shape = output?;
    before.push(Operation::new(Arc::new(ops::View::Sample(shape)), Vec::new()));
    Ok(Arc::new(crate::operation::Steps::new(before)))
}
