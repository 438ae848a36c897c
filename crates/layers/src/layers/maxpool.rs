//! Max-pooling.

use super::{LayerKind, Operation, Refusal, conv2d::unfit};
use crate::{Builder, Layer, LayerError, Tail, Unfit, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{PoolGeometry, Shape};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The largest number under each window of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Maxpool2d {
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Steps between windows; the window's size where it is not given.
    pub stride: Option<[usize; 2]>,
    /// Border that never wins.
    pub padding: [usize; 2],
    /// Steps between neighbouring points of the window.
    pub dilation: [usize; 2],
    /// Whether a last window may reach beyond the border.
    pub ceil_mode: bool,
}

impl Described for Maxpool2d {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "maxpool2d",
        aliases: &[],
        summary: "keeps the largest number under each window of the image",
        details: "Takes `[channels, height, width]`. Output height and width: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down, or up with `ceil_mode`.",
        arguments: &[
            Argument::new("kernel", Type::Pair { min: 1 }, "size of the window"),
            Argument::new(
                "stride",
                Type::Pair { min: 1 },
                "steps between windows; the window's size if not given",
            )
            .optional(),
            Argument::new("padding", Type::Pair { min: 0 }, "border that never wins").or_integer(0),
            Argument::new("dilation", Type::Pair { min: 1 }, "steps between points of the window")
                .or_integer(1),
            Argument::new(
                "ceil_mode",
                Type::Boolean,
                "whether a last window may reach beyond the border",
            )
            .or_boolean(false),
        ],
        example: "net = conv2d(16, 3, padding=1) -> relu -> maxpool2d(2) -> flatten -> dense(10)",
    };
}

impl Maxpool2d {
    fn geometry(&self, input: Shape) -> Result<PoolGeometry, Unfit> {
        let [_, height, width] = *input else {
            return Err(Unfit::new("wants an image, [channels, height, width]"));
        };
        Ok(PoolGeometry {
            input: [height, width],
            kernel: self.kernel,
            stride: self.stride.unwrap_or(self.kernel),
            padding: self.padding,
            dilation: self.dilation,
            ceil_mode: self.ceil_mode,
        })
    }
}

impl LayerKind for Maxpool2d {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        let [height, width] = self.geometry(input)?.output().map_err(unfit)?;
        Ok([input[0], height, width].into())
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let geometry = self.geometry(input).map_err(|unfit| LayerError::Batch(unfit.wanted))?;
        let operation = Operation::new(Arc::new(ops::MaxPool2d(geometry)), Vec::new());
        Ok(Arc::new(Operation { tail: Tail::MaxPool(geometry), ..operation }))
    }
}
