//! Average pooling over one, two and three axes in space.

use super::windows::Windows;
use crate::shape::space::space;
use crate::{Builder, Layer, LayerError, LayerKind, Operation, Refusal, ops};
use relume_catalog::{Described, Spec};
use relume_tensor::{AxisMap, AxisMaps, Divisor, Shape};
use std::sync::Arc;

/// The mean under each window of the sample.
///
/// Output sizes: (size + 2 padding - kernel) / stride + 1, rounded down, or up with `ceil_mode`.
///
/// # avgpool1d
/// Average pooling over windows of lines `[channels, length]`.
/// ```relume
/// net = input(3, 100) -> conv1d(16, 5) -> relu -> avgpool1d(4) -> flatten -> dense(10)
/// ```
/// # avgpool2d
/// Average pooling over windows of images `[channels, height, width]`.
/// ```relume
/// net = conv2d(16, 3, padding=1) -> relu -> avgpool2d(2) -> flatten -> dense(10)
/// ```
/// # avgpool3d
/// Average pooling over windows of volumes `[channels, depth, height, width]`.
/// ```relume
/// net = input(1, 8, 16, 16) -> conv3d(4, 3) -> relu -> avgpool3d(2) -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, names = ["avgpool1d", "avgpool2d", "avgpool3d"])]
pub struct Avgpool<const D: usize> {
    /// Size of the window.
    #[spec(positive)]
    pub kernel: [usize; D],
    /// Steps between windows; the window's size if not given.
    #[spec(positive)]
    pub stride: Option<[usize; D]>,
    /// Zeros around the input.
    #[spec(default = 0)]
    pub padding: [usize; D],
    /// Whether a last window may reach beyond the border.
    #[spec(default = false)]
    pub ceil_mode: bool,
    /// Whether the padding counts in the mean.
    #[spec(default = true)]
    pub count_include_pad: bool,
    /// The divisor of sums, instead of the window's size.
    #[spec(positive)]
    pub divisor_override: Option<usize>,
}

/// Average pooling of lines `[channels, length]`.
pub type Avgpool1d = Avgpool<1>;
/// Average pooling of images `[channels, height, width]`.
pub type Avgpool2d = Avgpool<2>;
/// Average pooling of volumes `[channels, depth, height, width]`.
pub type Avgpool3d = Avgpool<3>;

impl<const D: usize> Avgpool<D> {
    fn windows(&self) -> Windows<D> {
        Windows {
            kernel: self.kernel,
            stride: self.stride.unwrap_or(self.kernel),
            padding: self.padding,
            dilation: [1; D],
            ceil_mode: self.ceil_mode,
        }
    }
}

impl<const D: usize> LayerKind for Avgpool<D> {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.windows().output_shape(input, &self.text())
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (_, sizes) = space::<D>(input, &self.text())?;
        let divisor = match (self.divisor_override, self.count_include_pad) {
            (Some(_), _) => Divisor::One,
            (None, true) => Divisor::Padded,
            (None, false) => Divisor::Inside,
        };
        let windows = self.windows().along_axes();
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
