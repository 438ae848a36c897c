//! Convolutions over one, two and three axes in space.

use crate::conv::convolution_layer::ConvolutionLayer;
use crate::shape::space::{Axis, PaddingMode, divisors, last_two, mismatch, sides, space};
use crate::{Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, Refusal, ops};
use relume_autograd::OpRef;
use relume_catalog::{Choice, Described, Spec};
use relume_tensor::{AxisMap, AxisMaps, ConvGeometry, Convolution, Shape};
use std::sync::Arc;

/// A kernel moves over the sample; each output channel has its own.
///
/// Output sizes: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down. Parameters: `weight`
/// `[out_channels, channels / groups, ...kernel]`, `bias` `[out_channels]`. With `groups` equal to the channels it is a
/// depthwise convolution.
///
/// # conv1d
/// Convolution over lines `[channels, length]`.
///
/// For a sequence `[time, features]`, put `permute([2, 1])` before it.
/// ```relume
/// net = input(3, 100) -> conv1d(16, 5, padding="same") -> relu -> maxpool1d(2) -> flatten -> dense(10)
/// ```
/// # conv2d
/// Convolution over images `[channels, height, width]`.
/// ```relume
/// net = conv2d(16, 3, padding=1) -> relu -> maxpool2d(2) -> flatten -> dense(10)
/// ```
/// # conv3d
/// Convolution over volumes `[channels, depth, height, width]`.
/// ```relume
/// net = input(1, 8, 16, 16) -> conv3d(4, 3, padding=1) -> relu -> maxpool3d(2) -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, names = ["conv1d", "conv2d", "conv3d"], positional = 2, check = Self::consistent)]
pub struct Conv<const D: usize> {
    /// Channels of the output.
    #[spec(positive)]
    pub out_channels: usize,
    /// Size of the kernel.
    #[spec(positive)]
    pub kernel: [usize; D],
    /// Steps between two positions of the kernel.
    #[spec(default = 1, positive)]
    pub stride: [usize; D],
    /// Zeros around the input; "same" keeps its size.
    #[spec(default = 0)]
    pub padding: Padding<D>,
    /// Steps between points of the kernel.
    #[spec(default = 1, positive)]
    pub dilation: [usize; D],
    /// How channels are connected.
    #[spec(flatten = ConvOptions)]
    pub channels: ConvChannels,
    /// The values of the padding.
    #[spec(default = PaddingMode::Zeros)]
    pub padding_mode: PaddingMode,
    /// Initial values.
    #[spec(flatten = ConvInitOptions)]
    pub initial: ConvInit,
}

/// How a convolution connects channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Spec)]
#[spec(block = ConvOptions)]
pub struct ConvChannels {
    /// Groups of channels that are convolved independently.
    #[spec(default = 1, positive)]
    pub groups: usize,
    /// Whether a bias is added.
    #[spec(default = true)]
    pub bias: bool,
}

/// How a convolution's parameters start.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = ConvInitOptions)]
pub struct ConvInit {
    /// Initial values of the weight.
    #[spec(default = crate::initializers::Default)]
    pub init: InitializerSpec,
    /// Initial values of the bias.
    #[spec(default = crate::initializers::Default)]
    pub bias_init: InitializerSpec,
}

/// A convolution over lines `[channels, length]`.
pub type Conv1d = Conv<1>;
/// A convolution over images `[channels, height, width]`.
pub type Conv2d = Conv<2>;
/// A convolution over volumes `[channels, depth, height, width]`.
pub type Conv3d = Conv<3>;

/// Padding around a sample.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Padding<const D: usize> {
    /// So many numbers on both sides of each axis.
    By([usize; D]),
    /// The output is as large as the input; only with a stride of 1.
    Same,
    /// No padding.
    Valid,
}

impl<const D: usize> From<usize> for Padding<D> {
    fn from(size: usize) -> Self {
        Padding::By([size; D])
    }
}

impl<const D: usize> Conv<D> {
    fn consistent(&self) -> Result<(), String> {
        if self.padding == Padding::Same && self.stride != [1; D] {
            return Err("padding=\"same\" needs a stride of 1".to_string());
        }
        groups_divide(self.channels.groups, self.out_channels)
    }
}

/// Whether the groups divide the output channels.
pub(crate) fn groups_divide(groups: usize, out_channels: usize) -> Result<(), String> {
    match out_channels.is_multiple_of(groups) {
        true => Ok(()),
        false => Err(format!("{groups} groups do not divide {out_channels} output channels")),
    }
}

/// Refuses groups that do not divide the input's channels.
pub(crate) fn groups_fit(groups: usize, channels: usize) -> Result<(), InputMismatch> {
    match channels.is_multiple_of(groups) {
        true => Ok(()),
        false => Err(InputMismatch::new(format!(
            "does not fit ({groups} groups do not divide {channels} input channels)"
        ))
        .help(format!("{channels} channels can stand in groups={}", divisors(channels)))),
    }
}

impl<const D: usize> Conv<D> {
    /// Gives an unpadded kernel of odd size and stride 1 the padding that keeps the input's size; returns whether it
    /// did.
    pub(crate) fn pad_to_keep_size(&mut self) -> bool {
        let unpadded = match self.padding {
            Padding::By(padding) => padding == [0; D],
            Padding::Same => false,
            Padding::Valid => true,
        };
        let odd = self.kernel.iter().all(|size| size % 2 == 1) && self.kernel != [1; D];
        let fits = unpadded && odd && self.stride == [1; D];
        if fits {
            self.padding = Padding::By(std::array::from_fn(|axis| {
                self.dilation[axis] * (self.kernel[axis] - 1) / 2
            }));
        }
        fits
    }

    /// The padding before and after each axis.
    fn borders(&self) -> ([usize; D], [usize; D]) {
        match self.padding {
            Padding::By(padding) => (padding, padding),
            Padding::Valid => ([0; D], [0; D]),
            Padding::Same => {
                let total: [usize; D] = std::array::from_fn(|axis| {
                    self.dilation[axis].saturating_mul(self.kernel[axis].saturating_sub(1))
                });
                // As in PyTorch, an odd one goes behind.
                (total.map(|t| t / 2), total.map(|t| t - t / 2))
            }
        }
    }

    /// The input's channels, and the kernel's geometry along each axis.
    fn axes(&self, input: Shape) -> Result<(usize, [Axis; D]), InputMismatch> {
        let (channels, sizes) = space::<D>(input, &self.text())?;
        groups_fit(self.channels.groups, channels)?;
        let (before, after) = self.borders();
        let axis = |i: usize| Axis {
            size: sizes[i],
            before: before[i],
            after: after[i],
            kernel: self.kernel[i],
            stride: self.stride[i],
            dilation: self.dilation[i],
        };
        Ok((channels, std::array::from_fn(axis)))
    }

    /// The operation that pads the input with other values than zeros; the axes are those of the padded input then.
    fn padded(&self, axes: &mut [Axis; D]) -> Result<OpRef, InputMismatch> {
        let map = |axis: &Axis| {
            let pad = [axis.before, axis.after].map(|pad| pad as isize);
            AxisMap::padded(axis.size, pad, self.padding_mode.mode()).map_err(mismatch)
        };
        let maps = AxisMaps::new(axes.iter().map(map).collect::<Result<_, _>>()?);
        for axis in axes {
            axis.size += axis.before + axis.after;
            (axis.before, axis.after) = (0, 0);
        }
        Ok(Arc::new(ops::AlongAxes { name: "padding", maps }).into())
    }

    /// What makes a convolution over images of one over lines or volumes.
    fn views(&self, channels: usize, axes: &[Axis; D]) -> Result<Views, InputMismatch> {
        if D != 3 {
            return Ok(if D == 1 { Views::of_lines() } else { Views::default() });
        }
        let Axis { size: depth, before, kernel, stride, dilation, .. } = axes[0];
        let output_depth = axes[0].output("deep")?;
        let frames =
            ops::Frames { channels, depth, kernel, stride, before, dilation, output_depth };
        let single = ops::Frames::single(self.out_channels, output_depth);
        Ok(Views {
            before: vec![Arc::new(ops::Gather(frames)).into()],
            weight_view: Some(Arc::new(ops::View::Merge(1)).into()),
            after: vec![Arc::new(ops::Scatter(single)).into()],
        })
    }

    /// The convolution over images: the depth of a volume's kernel counts as channels.
    fn geometry(&self, channels: usize, axes: &[Axis; D]) -> ConvGeometry {
        ConvGeometry {
            channels: if D == 3 { channels.saturating_mul(self.kernel[0]) } else { channels },
            input: last_two(axes.map(|axis| axis.size), 1),
            out_channels: self.out_channels,
            kernel: last_two(self.kernel, 1),
            stride: last_two(self.stride, 1),
            padding_before: last_two(axes.map(|axis| axis.before), 0),
            padding_after: last_two(axes.map(|axis| axis.after), 0),
            dilation: last_two(self.dilation, 1),
            groups: self.channels.groups,
        }
    }
}

/// What makes a convolution over images of one over lines or volumes.
#[derive(Default)]
pub(crate) struct Views {
    pub before: Vec<OpRef>,
    pub weight_view: Option<OpRef>,
    pub after: Vec<OpRef>,
}

impl Views {
    /// Lines are images one pixel high.
    pub fn of_lines() -> Self {
        Views {
            before: vec![Arc::new(ops::View::Insert(2)).into()],
            weight_view: Some(Arc::new(ops::View::Insert(2)).into()),
            after: vec![Arc::new(ops::View::Remove(2)).into()],
        }
    }
}

impl<const D: usize> LayerKind for Conv<D> {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let (_, axes) = self.axes(input)?;
        if self.padding_mode != PaddingMode::Zeros {
            for axis in &axes {
                let pad = [axis.before, axis.after].map(|pad| pad as isize);
                self.padding_mode.mode().output(axis.size, pad).map_err(mismatch)?;
            }
        }
        let mut output = input.with_axis(0, self.out_channels);
        for (i, (axis, side)) in axes.iter().zip(sides(D)).enumerate() {
            output = output.with_axis(i + 1, axis.output(side)?);
        }
        Ok(output)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (channels, mut axes) = self.axes(input)?;
        let padding = match self.padding_mode {
            PaddingMode::Zeros => None,
            _ => Some(self.padded(&mut axes)?),
        };
        let points: usize = self.kernel.iter().product();
        let connected = channels / self.channels.groups;
        let mut shape = Shape::from([self.out_channels, connected]);
        for &size in &self.kernel {
            shape = appended(shape, size)?;
        }
        let fans = [connected * points, self.out_channels * points];
        let weight = builder.parameter("weight", shape, &self.initial.init, fans);
        let bias = self
            .channels
            .bias
            .then(|| builder.parameter("bias", self.out_channels, &self.initial.bias_init, fans));
        // What is prepared for the kernel is as large as the weight, so it waits until there is one.
        builder.accepted()?;
        let Views { mut before, weight_view, after } = self.views(channels, &axes)?;
        before.splice(0..0, padding);
        let convolution = Convolution::new(self.geometry(channels, &axes)).map_err(mismatch)?;
        Ok(Arc::new(ConvolutionLayer::new(convolution, before, (weight, weight_view), bias, after)))
    }

    fn initializers(&self) -> Vec<&InitializerSpec> {
        vec![&self.initial.init, &self.initial.bias_init]
    }
}

/// The shape with one more axis after the others.
pub(crate) fn appended(shape: Shape, size: usize) -> Result<Shape, LayerError> {
    Ok(Shape::new(&[&shape[..], &[size]].concat())?)
}
