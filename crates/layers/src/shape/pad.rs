//! Padding as a layer.

use crate::shape::space::{mismatch, space};
use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, ops};
use relume_catalog::{Choice, Described, Spec};
use relume_tensor::{AxisMap, AxisMaps, PadMode, Shape, TensorError};
use std::sync::Arc;

/// Pads the sample with zeros, another constant, or its own numbers.
///
/// PyTorch's ZeroPad, ConstantPad, ReflectionPad, ReplicationPad and CircularPad. `reflect` mirrors at the outermost
/// numbers without repeating them, `replicate` repeats them, `circular` continues from the other end. Negative numbers
/// crop, with a constant only.
///
/// # pad1d
/// Padding of lines `[channels, length]`.
/// ```relume
/// net = input(3, 20) -> pad1d([2, 0]) -> conv1d(8, 3) -> flatten -> dense(2)
/// ```
/// # pad2d
/// Padding of images `[channels, height, width]`.
/// ```relume
/// net = input(3, 20, 20) -> pad2d(1, mode="reflect") -> conv2d(8, 3) -> flatten -> dense(2)
/// ```
/// # pad3d
/// Padding of volumes `[channels, depth, height, width]`.
/// ```relume
/// net = input(1, 8, 8, 8) -> pad3d(1, mode="replicate") -> conv3d(4, 3) -> flatten -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, names = ["pad1d", "pad2d", "pad3d"], check = Self::consistent)]
#[spec(aliases = [["zero_pad1d"], ["zero_pad2d"], ["zero_pad3d"]])]
pub struct Pad<const D: usize> {
    /// The padding: one number, or two for each axis, the last axis first: `[left, right, top, bottom, front, back]`.
    pub padding: Borders,
    /// The values of the padding.
    #[spec(default = PadWith::Constant)]
    pub mode: PadWith,
    /// The number of the constant mode.
    #[spec(default = 0.0)]
    pub value: f64,
}

/// The amount of padding.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Borders {
    /// The same everywhere.
    #[spec(range = -1_000_000..=1_000_000)]
    All(isize),
    /// Two for each axis, the last axis first: left, right, top, bottom, front, back.
    #[spec(range = -1_000_000..=1_000_000)]
    Each(Vec<isize>),
}

/// The values of the padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum PadWith {
    /// One number.
    Constant,
    /// The input mirrored at its first and last numbers, which are not repeated.
    Reflect,
    /// The first and the last number, repeated.
    Replicate,
    /// The input, continued from its other end.
    Circular,
}

/// Padding of lines `[channels, length]`.
pub type Pad1d = Pad<1>;
/// Padding of images `[channels, height, width]`.
pub type Pad2d = Pad<2>;
/// Padding of volumes `[channels, depth, height, width]`.
pub type Pad3d = Pad<3>;

impl<const D: usize> Pad<D> {
    fn consistent(&self) -> Result<(), String> {
        match &self.padding {
            Borders::Each(list) if list.len() != 2 * D => {
                Err(format!("padding wants one number or {}, not {}", 2 * D, list.len()))
            }
            _ if self.mode != PadWith::Constant && self.value != 0.0 => {
                Err("value goes with mode=\"constant\" only".to_string())
            }
            _ => Ok(()),
        }
    }
}

impl<const D: usize> Pad<D> {
    /// What `of` makes of each axis in space, of its size and what is put before and after it.
    fn each<T>(
        &self,
        input: Shape,
        of: impl Fn(PadMode, usize, [isize; 2]) -> Result<T, TensorError>,
    ) -> Result<Vec<T>, InputMismatch> {
        let (_, sizes) = space::<D>(input, &self.text())?;
        let mode = match self.mode {
            PadWith::Constant => PadMode::Constant(self.value as f32),
            PadWith::Reflect => PadMode::Reflect,
            PadWith::Replicate => PadMode::Replicate,
            PadWith::Circular => PadMode::Circular,
        };
        let axis = |axis: usize| {
            let pad = match &self.padding {
                Borders::All(pad) => Some([*pad; 2]),
                Borders::Each(list) => {
                    let at = 2 * (D - 1 - axis);
                    list.get(at).zip(list.get(at + 1)).map(|(&before, &after)| [before, after])
                }
            };
            let pad = pad.ok_or_else(|| InputMismatch::new(format!("needs {} numbers", 2 * D)))?;
            of(mode, sizes[axis], pad).map_err(|error| {
                mismatch(error).help("pad less, or with mode=\"constant\" or mode=\"replicate\"")
            })
        };
        (0..D).map(axis).collect()
    }
}

impl<const D: usize> LayerKind for Pad<D> {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        // The sizes alone: what has no place in memory is refused before a map is made of it.
        let sizes = self.each(input, |mode, size, pad| mode.output(size, pad))?;
        let sizes = sizes.into_iter().enumerate();
        Ok(sizes.fold(input, |shape, (axis, size)| shape.with_axis(axis + 1, size)))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let maps = self.each(input, |mode, size, pad| AxisMap::padded(size, pad, mode))?;
        let op = ops::AlongAxes { name: Self::ENTRY.name, maps: AxisMaps::new(maps) };
        Ok(Arc::new(Operation::new(Arc::new(op), Vec::new())))
    }
}
