//! Pooling to a size that is given: windows that cover the input evenly.

use crate::pool::maxpool::with_space;
use crate::shape::space::{last_two, sizes, space};
use crate::{Builder, Layer, LayerError, LayerKind, Operation, Refusal, Steps, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{AxisMap, AxisMaps, Shape};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const DETAILS: &str = "Window i of an axis goes from i size / output, rounded down, to (i + 1) size / output, rounded up. The output may be larger than the input. So a network takes inputs of any size.";

macro_rules! adaptive {
    ($(#[$doc:meta])* $type:ident, $names:expr, $aliases:expr, $summaries:expr, $examples:expr, $($(#[$alias_doc:meta])* $alias:ident = $axes:literal),*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $type<const D: usize> {
            /// Size of the output along each axis.
            #[serde(with = "sizes")]
            pub output_size: [usize; D],
        }

        $($(#[$alias_doc])* pub type $alias = $type<$axes>;)*

        impl<const D: usize> Described for $type<D> {
            const ENTRY: Entry = Entry {
                kind: Kind::Layer,
                name: $names[D - 1],
                aliases: $aliases[D - 1],
                summary: $summaries[D - 1],
                details: DETAILS,
                arguments: &[Argument::new(
                    "output_size",
                    Type::sizes(D, 1),
                    "size of the output",
                )],
                example: $examples[D - 1],
            };
        }
    };
}

adaptive!(
    /// The means under so many windows along each of `D` axes in space.
    AdaptiveAvgpool,
    ["adaptive_avgpool1d", "adaptive_avgpool2d", "adaptive_avgpool3d"],
    [&["adaptiveavgpool1d"], &["adaptiveavgpool2d"], &["adaptiveavgpool3d"]],
    [
        "the means of so many windows, which cover the line evenly",
        "the means of so many windows down and across, which cover the image evenly",
        "the means of so many windows along each axis, which cover the volume evenly",
    ],
    [
        "net = input(3, 100) -> conv1d(16, 5) -> relu -> adaptive_avgpool1d(4) -> flatten -> dense(10)",
        "net = conv2d(16, 3) -> relu -> adaptive_avgpool2d([2, 3]) -> flatten -> dense(10)",
        "net = input(1, 8, 16, 16) -> conv3d(4, 3) -> relu -> adaptive_avgpool3d(2) -> flatten -> dense(10)",
    ],
    /// Adaptive average pooling of lines `[channels, length]`.
    AdaptiveAvgpool1d = 1,
    /// Adaptive average pooling of images `[channels, height, width]`.
    AdaptiveAvgpool2d = 2,
    /// Adaptive average pooling of volumes `[channels, depth, height, width]`.
    AdaptiveAvgpool3d = 3
);

adaptive!(
    /// The largest numbers under so many windows along each of one or two axes in space.
    AdaptiveMaxpool,
    ["adaptive_maxpool1d", "adaptive_maxpool2d"],
    [&["adaptivemaxpool1d"], &["adaptivemaxpool2d"]],
    [
        "the largest numbers of so many windows, which cover the line evenly",
        "the largest numbers of so many windows down and across, which cover the image evenly",
    ],
    [
        "net = input(3, 100) -> conv1d(16, 5) -> relu -> adaptive_maxpool1d(4) -> flatten -> dense(10)",
        "net = conv2d(16, 3) -> relu -> adaptive_maxpool2d([2, 3]) -> flatten -> dense(10)",
    ],
    /// Adaptive max-pooling of lines `[channels, length]`.
    AdaptiveMaxpool1d = 1,
    /// Adaptive max-pooling of images `[channels, height, width]`.
    AdaptiveMaxpool2d = 2
);

impl<const D: usize> LayerKind for AdaptiveAvgpool<D> {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        space::<D>(input, &self.text())?;
        Ok(with_space(input, self.output_size))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (_, sizes) = space::<D>(input, &self.text())?;
        let map = |axis: usize| AxisMap::adaptive_average(sizes[axis], self.output_size[axis]);
        let maps = AxisMaps::new((0..D).map(map).collect::<Result<_, _>>()?);
        let op = ops::AlongAxes { name: Self::ENTRY.name, maps };
        Ok(Arc::new(Operation::new(Arc::new(op), Vec::new())))
    }
}

impl<const D: usize> LayerKind for AdaptiveMaxpool<D> {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        space::<D>(input, &self.text())?;
        Ok(with_space(input, self.output_size))
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let op = ops::AdaptiveMaxPool2d(last_two(self.output_size, 1));
        let pool = Operation::new(Arc::new(op), Vec::new());
        Ok(match D {
            1 => Arc::new(Steps::between(ops::View::Insert(2), pool, ops::View::Remove(2))),
            _ => Arc::new(pool),
        })
    }
}
