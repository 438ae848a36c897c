//! A part of each sample.

use crate::shape::flatten::axis_of_sample;
use crate::{Builder, Layer, LayerError, LayerKind, Operation, Pass, Refusal, Unfit};
use relume_autograd::{Var, ops::Slice as SliceOp};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// The indices `start..end` of an axis of each sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// The first index; negative ones count from the end.
    pub start: i64,
    /// The index behind the last one; negative ones count from the end. All that follow where it is not given.
    pub end: Option<i64>,
    /// The axis, the batch's counted as 0; negative ones count from the last.
    pub axis: i64,
}

const INDEX: Type = Type::Integer { min: i64::MIN, max: i64::MAX };

impl Described for Slice {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "slice",
        aliases: &[],
        summary: "takes the part from index start up to end, which is left out, of an axis of each sample",
        details: "As Python's x[:, start:end]. Inside `concat`, `bilinear` and the like each branch takes its own part of the input: a table's first column by `slice(0, 1)`, all behind it by `slice(1)`, the last one by `slice(-1)`. Axis 0 is the batch.",
        arguments: &[
            Argument::new("start", INDEX, "first index; negative ones count from the end"),
            Argument::new("end", INDEX, "index behind the last one; all that follow if not given")
                .optional(),
            Argument::new(
                "axis",
                Type::Integer { min: -5, max: 5 },
                "axis; 1 is the sample's first, -1 its last",
            )
            .or_integer(1),
        ],
        example: "net = concat(slice(0, 1) -> embedding(100, 8) -> flatten, slice(1)) -> dense(2)",
    };

    fn validate(&self) -> Result<(), String> {
        match self.axis {
            0 => Err("axis 0 is the batch; the sample's first axis is 1".to_string()),
            _ => Ok(()),
        }
    }
}

impl Slice {
    /// The axis of a sample, and its indices.
    fn place(&self, input: Shape) -> Result<(usize, Range<usize>), Unfit> {
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
                Err(Unfit::new(wanted)
                    .help(format!("0 <= start < end <= {size}; -1 counts from the end")))
            }
        }
    }
}

impl LayerKind for Slice {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        let (axis, range) = self.place(input)?;
        Ok(input.with_axis(axis, range.len()))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (axis, Range { start, end }) = self.place(input)?;
        let op = SliceOp { axis: axis + 1, start, end };
        Ok(Arc::new(Sliced { operation: Operation::new(Arc::new(op), Vec::new()), axis }))
    }
}

#[derive(Debug)]
struct Sliced {
    operation: Operation,
    axis: usize,
}

impl Layer for Sliced {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        // A part of the time has other lengths.
        if self.axis == 0 {
            pass.lengths = None;
        }
        self.operation.forward(pass, x)
    }
}
