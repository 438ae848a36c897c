//! The windows of pooling over one, two and three axes in space.

use crate::shape::space::{last_two, mismatch, sides, space};
use crate::{InputMismatch, Refusal};
use relume_tensor::{PoolGeometry, Shape, Window};

/// The sizes and options of the windows, one for each axis.
#[derive(Clone, Copy)]
pub(crate) struct Windows<const D: usize> {
    pub kernel: [usize; D],
    pub stride: [usize; D],
    pub padding: [usize; D],
    pub dilation: [usize; D],
    pub ceil_mode: bool,
}

impl<const D: usize> Windows<D> {
    /// Each axis by itself.
    pub fn along_axes(&self) -> [Window; D] {
        std::array::from_fn(|axis| Window {
            kernel: self.kernel[axis],
            stride: self.stride[axis],
            padding: self.padding[axis],
            dilation: self.dilation[axis],
            ceil_mode: self.ceil_mode,
        })
    }

    /// The shape of a sample after the layer whose text is `layer`.
    pub fn output_shape(&self, input: Shape, layer: &str) -> Result<Shape, Refusal> {
        let (_, sizes) = space::<D>(input, layer)?;
        Ok(with_space(input, self.output(sizes)?))
    }

    /// The sizes in space after the windows.
    pub fn output(&self, sizes: [usize; D]) -> Result<[usize; D], InputMismatch> {
        let windows = self.along_axes();
        let mut output = sizes;
        for axis in 0..D {
            let Window { kernel, padding, dilation, .. } = windows[axis];
            output[axis] = windows[axis].count(sizes[axis], sides(D)[axis]).map_err(|error| {
                let padded = sizes[axis].saturating_add(padding.saturating_mul(2));
                let most = padded.saturating_sub(1) / dilation.max(1) + 1;
                mismatch(error).help(match padding > kernel / 2 {
                    true => format!("take padding={} at most, or a larger kernel", kernel / 2),
                    false => {
                        format!(
                            "take a kernel of at most {most}, or less pooling and stride before it"
                        )
                    }
                })
            })?;
        }
        Ok(output)
    }

    /// The geometry over the last two axes.
    pub fn last_two(&self, sizes: [usize; D]) -> PoolGeometry {
        PoolGeometry {
            input: last_two(sizes, 1),
            kernel: last_two(self.kernel, 1),
            stride: last_two(self.stride, 1),
            padding: last_two(self.padding, 0),
            dilation: last_two(self.dilation, 1),
            ceil_mode: self.ceil_mode,
        }
    }

    /// The geometry over the first axis alone, of planes `[depth, picture]`.
    pub fn along_depth(&self, input: [usize; 2]) -> PoolGeometry {
        PoolGeometry {
            input,
            kernel: [self.kernel[0], 1],
            stride: [self.stride[0], 1],
            padding: [self.padding[0], 0],
            dilation: [self.dilation[0], 1],
            ceil_mode: self.ceil_mode,
        }
    }
}

/// The shape with other sizes in space.
pub(crate) fn with_space<const D: usize>(shape: Shape, space: [usize; D]) -> Shape {
    space.iter().enumerate().fold(shape, |shape, (axis, &size)| shape.with_axis(axis + 1, size))
}
