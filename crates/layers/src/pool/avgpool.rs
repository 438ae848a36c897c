//! Average pooling over one, two and three axes in space.

use crate::pool::maxpool::{PoolArguments, pooled, with_space};
use crate::shape::space::{optional_sizes, sizes, space};
use crate::{Builder, Layer, LayerError, LayerKind, Operation, Refusal, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{AxisMap, AxisMaps, Divisor, Shape, Window};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The mean under each window of a sample `[channels, ...space]` with `D` axes in space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Avgpool<const D: usize> {
    /// Size of the window along each axis.
    #[serde(with = "sizes")]
    pub kernel: [usize; D],
    /// Steps between windows; the window's size where it is not given.
    #[serde(with = "optional_sizes")]
    pub stride: Option<[usize; D]>,
    /// Zeros around the input.
    #[serde(with = "sizes")]
    pub padding: [usize; D],
    /// Whether a last window may reach beyond the border.
    pub ceil_mode: bool,
    /// Whether the zeros around the input count in the mean.
    pub count_include_pad: bool,
    /// What sums are divided by instead of the window's size.
    pub divisor_override: Option<usize>,
}

/// Average pooling of lines `[channels, length]`.
pub type Avgpool1d = Avgpool<1>;
/// Average pooling of images `[channels, height, width]`.
pub type Avgpool2d = Avgpool<2>;
/// Average pooling of volumes `[channels, depth, height, width]`.
pub type Avgpool3d = Avgpool<3>;

impl<const D: usize> Described for Avgpool<D> {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: ["avgpool1d", "avgpool2d", "avgpool3d"][D - 1],
        aliases: &[],
        summary: [
            "the mean under each window of the line",
            "the mean under each window of the image",
            "the mean under each window of the volume",
        ][D - 1],
        details: [
            "Takes `[channels, length]`. Output length: (length + 2 padding - kernel) / stride + 1, rounded down, or up with `ceil_mode`.",
            "Takes `[channels, height, width]`. Output height and width: (size + 2 padding - kernel) / stride + 1, rounded down, or up with `ceil_mode`.",
            "Takes `[channels, depth, height, width]`. Output sizes: (size + 2 padding - kernel) / stride + 1, rounded down, or up with `ceil_mode`.",
        ][D - 1],
        arguments: &[
            PoolArguments::<D>::KERNEL,
            PoolArguments::<D>::STRIDE,
            Argument::new("padding", Type::sizes(D, 0), "zeros around the input").or_integer(0),
            PoolArguments::<D>::CEIL_MODE,
            Argument::new(
                "count_include_pad",
                Type::Boolean,
                "whether the zeros around the input count in the mean",
            )
            .or_boolean(true),
            Argument::new(
                "divisor_override",
                Type::COUNT,
                "what sums are divided by instead of the window's size",
            )
            .optional(),
        ],
        example: [
            "net = input(3, 100) -> conv1d(16, 5) -> relu -> avgpool1d(4) -> flatten -> dense(10)",
            "net = conv2d(16, 3, padding=1) -> relu -> avgpool2d(2) -> flatten -> dense(10)",
            "net = input(1, 8, 16, 16) -> conv3d(4, 3) -> relu -> avgpool3d(2) -> flatten -> dense(10)",
        ][D - 1],
    };
}

impl<const D: usize> Avgpool<D> {
    fn windows(&self) -> [Window; D] {
        let stride = self.stride.unwrap_or(self.kernel);
        std::array::from_fn(|axis| Window {
            kernel: self.kernel[axis],
            stride: stride[axis],
            padding: self.padding[axis],
            dilation: 1,
            ceil_mode: self.ceil_mode,
        })
    }
}

impl<const D: usize> LayerKind for Avgpool<D> {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        let (_, sizes) = space::<D>(input, &self.text())?;
        Ok(with_space(input, pooled(sizes, self.windows())?))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (_, sizes) = space::<D>(input, &self.text())?;
        let divisor = match (self.divisor_override, self.count_include_pad) {
            (Some(_), _) => Divisor::One,
            (None, true) => Divisor::Padded,
            (None, false) => Divisor::Inside,
        };
        let windows = self.windows();
        let map = |axis: usize| AxisMap::average(sizes[axis], &windows[axis], divisor);
        let mut maps = (0..D).map(map).collect::<Result<Vec<_>, _>>()?;
        if let Some(divisor) = self.divisor_override {
            maps[0] = maps[0].clone().scaled(1.0 / divisor as f32);
        }
        let name = Self::ENTRY.name;
        let op = ops::AlongAxes { name, maps: AxisMaps::new(maps) };
        Ok(Arc::new(Operation::new(Arc::new(op), Vec::new())))
    }
}
