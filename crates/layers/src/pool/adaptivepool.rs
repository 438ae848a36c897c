//! Pooling to a given size: windows that cover the input evenly.

use crate::pool::windows::with_space;
use crate::shape::space::{last_two, space};
use crate::{Builder, Layer, LayerError, LayerKind, Operation, Refusal, Steps, ops};
use relume_catalog::{Described, Spec};
use relume_tensor::{AxisMap, AxisMaps, Shape};
use std::sync::Arc;

/// The means of so many windows along each axis in space, which cover the sample evenly.
///
/// Window i of an axis goes from i size / output, rounded down, to (i + 1) size / output, rounded up. The output may be
/// larger than the input. With it a network takes inputs of any size.
///
/// # adaptive_avgpool1d
/// Average pooling of lines `[channels, length]` to a given size.
/// ```relume
/// net = input(3, 100) -> conv1d(16, 5) -> relu -> adaptive_avgpool1d(4) -> flatten -> dense(10)
/// ```
/// # adaptive_avgpool2d
/// Average pooling of images `[channels, height, width]` to a given size.
/// ```relume
/// net = conv2d(16, 3) -> relu -> adaptive_avgpool2d([2, 3]) -> flatten -> dense(10)
/// ```
/// # adaptive_avgpool3d
/// Average pooling of volumes `[channels, depth, height, width]` to a given size.
/// ```relume
/// net = input(1, 8, 16, 16) -> conv3d(4, 3) -> relu -> adaptive_avgpool3d(2) -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, names = ["adaptive_avgpool1d", "adaptive_avgpool2d", "adaptive_avgpool3d"])]
#[spec(aliases = [["adaptiveavgpool1d"], ["adaptiveavgpool2d"], ["adaptiveavgpool3d"]])]
pub struct AdaptiveAvgpool<const D: usize> {
    /// Size of the output.
    #[spec(positive)]
    pub output_size: [usize; D],
}

/// Adaptive average pooling of lines `[channels, length]`.
pub type AdaptiveAvgpool1d = AdaptiveAvgpool<1>;
/// Adaptive average pooling of images `[channels, height, width]`.
pub type AdaptiveAvgpool2d = AdaptiveAvgpool<2>;
/// Adaptive average pooling of volumes `[channels, depth, height, width]`.
pub type AdaptiveAvgpool3d = AdaptiveAvgpool<3>;

/// The largest numbers of so many windows along each axis in space, which cover the sample evenly.
///
/// Window i of an axis goes from i size / output, rounded down, to (i + 1) size / output, rounded up. The output may be
/// larger than the input. With it a network takes inputs of any size.
///
/// # adaptive_maxpool1d
/// Max-pooling of lines `[channels, length]` to a given size.
/// ```relume
/// net = input(3, 100) -> conv1d(16, 5) -> relu -> adaptive_maxpool1d(4) -> flatten -> dense(10)
/// ```
/// # adaptive_maxpool2d
/// Max-pooling of images `[channels, height, width]` to a given size.
/// ```relume
/// net = conv2d(16, 3) -> relu -> adaptive_maxpool2d([2, 3]) -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, names = ["adaptive_maxpool1d", "adaptive_maxpool2d"])]
#[spec(aliases = [["adaptivemaxpool1d"], ["adaptivemaxpool2d"]])]
pub struct AdaptiveMaxpool<const D: usize> {
    /// Size of the output.
    #[spec(positive)]
    pub output_size: [usize; D],
}

/// Adaptive max-pooling of lines `[channels, length]`.
pub type AdaptiveMaxpool1d = AdaptiveMaxpool<1>;
/// Adaptive max-pooling of images `[channels, height, width]`.
pub type AdaptiveMaxpool2d = AdaptiveMaxpool<2>;

impl<const D: usize> LayerKind for AdaptiveAvgpool<D> {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
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
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
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
