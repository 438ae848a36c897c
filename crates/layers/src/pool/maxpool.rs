//! Max-pooling over one, two and three axes in space.

use super::windows::{Windows, with_space};
use crate::shape::space::{last_two, space};
use crate::{Builder, Layer, LayerError, LayerKind, Operation, Refusal, Steps, Tail, ops};
use relume_catalog::{Described, Spec};
use relume_tensor::Shape;
use std::sync::Arc;

/// Keeps the largest number under each window of the sample.
///
/// Output sizes: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down, or up with `ceil_mode`.
///
/// # maxpool1d
/// Max-pooling over windows of lines `[channels, length]`.
/// ```relume
/// net = input(3, 100) -> conv1d(16, 5) -> relu -> maxpool1d(4) -> flatten -> dense(10)
/// ```
/// # maxpool2d
/// Max-pooling over windows of images `[channels, height, width]`.
/// ```relume
/// net = conv2d(16, 3, padding=1) -> relu -> maxpool2d(2) -> flatten -> dense(10)
/// ```
/// # maxpool3d
/// Max-pooling over windows of volumes `[channels, depth, height, width]`.
/// ```relume
/// net = input(1, 8, 16, 16) -> conv3d(4, 3) -> relu -> maxpool3d(2) -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, names = ["maxpool1d", "maxpool2d", "maxpool3d"])]
pub struct Maxpool<const D: usize> {
    /// Size of the window.
    #[spec(positive)]
    pub kernel: [usize; D],
    /// Steps between windows; the window's size if not given.
    #[spec(positive)]
    pub stride: Option<[usize; D]>,
    /// Padding, which is never the maximum.
    #[spec(default = 0)]
    pub padding: [usize; D],
    /// Steps between points of the window.
    #[spec(default = 1, positive)]
    pub dilation: [usize; D],
    /// Whether a last window may reach beyond the border.
    #[spec(default = false)]
    pub ceil_mode: bool,
}

/// Max-pooling of lines `[channels, length]`.
pub type Maxpool1d = Maxpool<1>;
/// Max-pooling of images `[channels, height, width]`.
pub type Maxpool2d = Maxpool<2>;
/// Max-pooling of volumes `[channels, depth, height, width]`.
pub type Maxpool3d = Maxpool<3>;

impl<const D: usize> Maxpool<D> {
    fn windows(&self) -> Windows<D> {
        Windows {
            kernel: self.kernel,
            stride: self.stride.unwrap_or(self.kernel),
            padding: self.padding,
            dilation: self.dilation,
            ceil_mode: self.ceil_mode,
        }
    }
}

impl<const D: usize> LayerKind for Maxpool<D> {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.windows().output_shape(input, &self.text())
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (channels, sizes) = space::<D>(input, &self.text())?;
        let windows = self.windows();
        let output = windows.output(sizes)?;
        let geometry = windows.last_two(sizes);
        let view = |view: ops::View| Operation::new(Arc::new(view), Vec::new());
        let pool = |geometry| Operation::new(Arc::new(ops::MaxPool2d(geometry)), Vec::new());
        let tail = Tail::MaxPool(geometry);
        Ok(match D {
            1 => {
                let (before, after) = (ops::View::Insert(2), ops::View::Remove(2));
                Arc::new(Steps { tail, ..Steps::between(before, pool(geometry), after) })
            }
            2 => Arc::new(Operation { tail, ..pool(geometry) }),
            // The maximum of a volume is the maximum over the maxima of its images: each image first, then the depth.
            _ => {
                let [height, width] = last_two(output, 1);
                let picture = height * width;
                let along_depth = windows.along_depth([sizes[0], picture]);
                Arc::new(Steps::new(vec![
                    view(ops::View::Merge(1)),
                    pool(geometry),
                    view(ops::View::Sample([channels, sizes[0], picture].into())),
                    pool(along_depth),
                    view(ops::View::Sample(with_space(input, output))),
                ]))
            }
        })
    }
}
