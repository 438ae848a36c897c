//! Max-pooling over one, two and three axes in space.

use crate::shape::space::{last_two, mismatch, sides, space};
use crate::{
    Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, Steps, Tail, ops,
};
use relume_catalog::{Described, Spec};
use relume_tensor::{PoolGeometry, Shape, Window};
use std::sync::Arc;

/// Keeps the largest number under each window of the sample.
///
/// Output sizes: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down, or up with `ceil_mode`.
///
/// # maxpool1d
/// Takes `[channels, length]`.
/// ```relume
/// net = input(3, 100) -> conv1d(16, 5) -> relu -> maxpool1d(4) -> flatten -> dense(10)
/// ```
/// # maxpool2d
/// Takes `[channels, height, width]`.
/// ```relume
/// net = conv2d(16, 3, padding=1) -> relu -> maxpool2d(2) -> flatten -> dense(10)
/// ```
/// # maxpool3d
/// Takes `[channels, depth, height, width]`.
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
    /// Border that never wins.
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

/// The sizes in space behind windows, one for each axis.
pub(crate) fn pooled<const D: usize>(
    sizes: [usize; D],
    windows: [Window; D],
) -> Result<[usize; D], InputMismatch> {
    let mut output = sizes;
    for axis in 0..D {
        let Window { kernel, padding, dilation, .. } = windows[axis];
        output[axis] = windows[axis].count(sizes[axis], sides(D)[axis]).map_err(|error| {
            let most = (sizes[axis] + 2 * padding).saturating_sub(1) / dilation + 1;
            mismatch(error).help(match padding > kernel / 2 {
                true => format!("take padding={} at most, or a larger kernel", kernel / 2),
                false => {
                    format!("take a kernel of at most {most}, or less pooling and stride before it")
                }
            })
        })?;
    }
    Ok(output)
}

/// The shape with other sizes in space.
pub(crate) fn with_space<const D: usize>(shape: Shape, space: [usize; D]) -> Shape {
    space.iter().enumerate().fold(shape, |shape, (axis, &size)| shape.with_axis(axis + 1, size))
}

impl<const D: usize> Maxpool<D> {
    fn windows(&self) -> [Window; D] {
        let stride = self.stride.unwrap_or(self.kernel);
        std::array::from_fn(|axis| Window {
            kernel: self.kernel[axis],
            stride: stride[axis],
            padding: self.padding[axis],
            dilation: self.dilation[axis],
            ceil_mode: self.ceil_mode,
        })
    }
}

impl<const D: usize> LayerKind for Maxpool<D> {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let (_, sizes) = space::<D>(input, &self.text())?;
        Ok(with_space(input, pooled(sizes, self.windows())?))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (channels, sizes) = space::<D>(input, &self.text())?;
        let output = pooled(sizes, self.windows())?;
        let geometry = PoolGeometry {
            input: last_two(sizes, 1),
            kernel: last_two(self.kernel, 1),
            stride: last_two(self.stride.unwrap_or(self.kernel), 1),
            padding: last_two(self.padding, 0),
            dilation: last_two(self.dilation, 1),
            ceil_mode: self.ceil_mode,
        };
        let view = |view: ops::View| Operation::new(Arc::new(view), Vec::new());
        let pool = |geometry| Operation::new(Arc::new(ops::MaxPool2d(geometry)), Vec::new());
        let tail = Tail::MaxPool(geometry);
        Ok(match D {
            1 => {
                let (before, after) = (ops::View::Insert(2), ops::View::Remove(2));
                Arc::new(Steps { tail, ..Steps::between(before, pool(geometry), after) })
            }
            2 => Arc::new(Operation { tail, ..pool(geometry) }),
            // The largest number of a volume is the largest of the largest of its pictures: each picture by itself, then their depth.
            _ => {
                let [height, width] = last_two(output, 1);
                let picture = height * width;
                let along_depth = PoolGeometry {
                    input: [sizes[0], picture],
                    kernel: [self.kernel[0], 1],
                    stride: [self.stride.unwrap_or(self.kernel)[0], 1],
                    padding: [self.padding[0], 0],
                    dilation: [self.dilation[0], 1],
                    ceil_mode: self.ceil_mode,
                };
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
