//! Convolutions over one, two and three axes in space.

use crate::conv::convolution_layer::ConvolutionLayer;
use crate::shape::space::{Axis, PaddingMode, divisors, last_two, sides, sizes, space, unfit};
use crate::{Builder, InitializerSpec, Layer, LayerError, LayerKind, Refusal, Unfit, ops};
use relume_autograd::OpRef;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{AxisMap, AxisMaps, ConvGeometry, Convolution, Shape};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A kernel that moves over samples `[channels, ...space]` with `D` axes in space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conv<const D: usize> {
    /// Channels of the output.
    pub out_channels: usize,
    /// Size of the kernel along each axis.
    #[serde(with = "sizes")]
    pub kernel: [usize; D],
    /// Steps along each axis.
    #[serde(with = "sizes")]
    pub stride: [usize; D],
    /// What is put around the input.
    pub padding: Padding<D>,
    /// Steps between neighbouring points of the kernel.
    #[serde(with = "sizes")]
    pub dilation: [usize; D],
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
    /// What the padding consists of.
    #[serde(default)]
    pub padding_mode: PaddingMode,
    /// How the weight starts.
    pub init: InitializerSpec,
    /// How the bias starts.
    pub bias_init: InitializerSpec,
}

/// A convolution over lines `[channels, length]`.
pub type Conv1d = Conv<1>;
/// A convolution over images `[channels, height, width]`.
pub type Conv2d = Conv<2>;
/// A convolution over volumes `[channels, depth, height, width]`.
pub type Conv3d = Conv<3>;

/// Padding around a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Padding<const D: usize> {
    /// So much on both sides of each axis.
    By(#[serde(with = "sizes")] [usize; D]),
    /// By word.
    Named(NamedPadding),
}

/// Padding by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedPadding {
    /// The output is as large as the input; only with a stride of 1.
    Same,
    /// None.
    Valid,
}

/// Arguments that several layers of this kind have.
pub(crate) struct Arguments<const D: usize>;

impl<const D: usize> Arguments<D> {
    const PADDING: &'static [Type] = &[Type::sizes(D, 0), Type::Choice(&["same", "valid"])];

    pub const OUT_CHANNELS: Argument =
        Argument::new("out_channels", Type::COUNT, "channels of the output");
    pub const KERNEL: Argument = Argument::new("kernel", Type::sizes(D, 1), "size of the kernel");
    pub const STRIDE: Argument =
        Argument::new("stride", Type::sizes(D, 1), "steps between two places of the kernel")
            .or_integer(1);
    pub const DILATION: Argument =
        Argument::new("dilation", Type::sizes(D, 1), "steps between points of the kernel")
            .or_integer(1);
    pub const GROUPS: Argument =
        Argument::new("groups", Type::COUNT, "groups of channels that do not see each other")
            .or_integer(1);
    pub const BIAS: Argument =
        Argument::new("bias", Type::Boolean, "whether a bias is added").or_boolean(true);
    pub const INIT: Argument =
        Argument::new("init", Type::Spec(Kind::Initializer), "how the weight starts")
            .or_spec("default");
    pub const BIAS_INIT: Argument =
        Argument::new("bias_init", Type::Spec(Kind::Initializer), "how the bias starts")
            .or_spec("default");
}

impl<const D: usize> Described for Conv<D> {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: ["conv1d", "conv2d", "conv3d"][D - 1],
        aliases: &[],
        summary: [
            "a kernel moves along the line; each output channel has its own",
            "a kernel moves over the image; each output channel has its own",
            "a kernel moves through the volume; each output channel has its own",
        ][D - 1],
        details: [
            "Takes `[channels, length]`; for a sequence `[time, features]`, put `permute([2, 1])` before it. Output length: (length + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down. Parameters: `weight` [out_channels, channels / groups, kernel], `bias` [out_channels]. With `groups` equal to the channels it is a depthwise convolution.",
            "Takes `[channels, height, width]`. Output height and width: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down. Parameters: `weight` [out_channels, channels / groups, kernel, kernel], `bias` [out_channels]. With `groups` equal to the channels it is a depthwise convolution.",
            "Takes `[channels, depth, height, width]`. Output sizes: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down. Parameters: `weight` [out_channels, channels / groups, kernel, kernel, kernel], `bias` [out_channels].",
        ][D - 1],
        arguments: &[
            Arguments::<D>::OUT_CHANNELS,
            Arguments::<D>::KERNEL,
            Arguments::<D>::STRIDE,
            Argument::new(
                "padding",
                Type::OneOf(Arguments::<D>::PADDING),
                "zeros around the input; \"same\" keeps its size",
            )
            .or_integer(0),
            Arguments::<D>::DILATION,
            Arguments::<D>::GROUPS,
            Arguments::<D>::BIAS,
            Argument::new(
                "padding_mode",
                Type::Choice(PaddingMode::WORDS),
                "what the padding consists of",
            )
            .or_text("zeros"),
            Arguments::<D>::INIT,
            Arguments::<D>::BIAS_INIT,
        ],
        example: [
            "net = input(3, 100) -> conv1d(16, 5, padding=\"same\") -> relu -> maxpool1d(2) -> flatten -> dense(10)",
            "net = conv2d(16, 3, padding=1) -> relu -> maxpool2d(2) -> flatten -> dense(10)",
            "net = input(1, 8, 16, 16) -> conv3d(4, 3, padding=1) -> relu -> maxpool3d(2) -> flatten -> dense(10)",
        ][D - 1],
    };

    fn validate(&self) -> Result<(), String> {
        if self.padding == Padding::Named(NamedPadding::Same) && self.stride != [1; D] {
            return Err("padding=\"same\" needs a stride of 1".to_string());
        }
        groups_divide(self.groups, self.out_channels)
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
pub(crate) fn groups_fit(groups: usize, channels: usize) -> Result<(), Unfit> {
    match channels.is_multiple_of(groups) {
        true => Ok(()),
        false => Err(Unfit::new(format!(
            "does not fit ({groups} groups do not divide {channels} input channels)"
        ))
        .help(format!("{channels} channels can stand in groups={}", divisors(channels)))),
    }
}

impl<const D: usize> Conv<D> {
    /// Gives an unpadded kernel of odd size and stride 1 the padding that keeps the input's size; says whether it did.
    pub(crate) fn pad_to_keep_size(&mut self) -> bool {
        let unpadded = match self.padding {
            Padding::By(padding) => padding == [0; D],
            Padding::Named(named) => named == NamedPadding::Valid,
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

    /// What is put before and behind each axis.
    fn borders(&self) -> ([usize; D], [usize; D]) {
        match self.padding {
            Padding::By(padding) => (padding, padding),
            Padding::Named(NamedPadding::Valid) => ([0; D], [0; D]),
            Padding::Named(NamedPadding::Same) => {
                let total: [usize; D] =
                    std::array::from_fn(|axis| self.dilation[axis] * (self.kernel[axis] - 1));
                // As in PyTorch, an odd one goes behind.
                (total.map(|t| t / 2), total.map(|t| t - t / 2))
            }
        }
    }

    /// The input's channels, and the kernel's way along each axis.
    fn axes(&self, input: Shape) -> Result<(usize, [Axis; D]), Unfit> {
        let (channels, sizes) = space::<D>(input, &self.text())?;
        groups_fit(self.groups, channels)?;
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

    /// The maps that put something else than zeros around the input.
    fn padding_maps(&self, axes: &[Axis; D]) -> Result<AxisMaps, Unfit> {
        let map = |axis: &Axis| {
            let pad = [axis.before, axis.after].map(|pad| pad as isize);
            AxisMap::padded(axis.size, pad, self.padding_mode.mode()).map_err(unfit)
        };
        Ok(AxisMaps::new(axes.iter().map(map).collect::<Result<_, _>>()?))
    }
}

impl<const D: usize> LayerKind for Conv<D> {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        let (_, axes) = self.axes(input)?;
        if self.padding_mode != PaddingMode::Zeros {
            self.padding_maps(&axes)?;
        }
        let mut output = input.with_axis(0, self.out_channels);
        for (i, (axis, side)) in axes.iter().zip(sides(D)).enumerate() {
            output = output.with_axis(i + 1, axis.output(side)?);
        }
        Ok(output)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (channels, mut axes) = self.axes(input)?;
        let mut before: Vec<OpRef> = Vec::new();
        if self.padding_mode != PaddingMode::Zeros {
            let maps = self.padding_maps(&axes)?;
            before.push(Arc::new(ops::AlongAxes { name: "padding", maps }).into());
            for axis in &mut axes {
                axis.size += axis.before + axis.after;
                (axis.before, axis.after) = (0, 0);
            }
        }
        let mut after: Vec<OpRef> = Vec::new();
        let mut weight_view = None;
        let mut pictures = channels;
        if D == 1 {
            before.push(Arc::new(ops::View::Insert(2)).into());
            weight_view = Some(Arc::new(ops::View::Insert(2)).into());
            after.push(Arc::new(ops::View::Remove(2)).into());
        }
        if D == 3 {
            let Axis { size: depth, before: border, kernel, stride, dilation, .. } = axes[0];
            let places = axes[0].output("deep")?;
            let frames =
                ops::Frames { channels, depth, kernel, stride, before: border, dilation, places };
            before.push(Arc::new(ops::Gather(frames)).into());
            weight_view = Some(Arc::new(ops::View::Merge(1)).into());
            let frames = ops::Frames::single(self.out_channels, places);
            after.push(Arc::new(ops::Scatter(frames)).into());
            pictures *= kernel;
        }
        let convolution = Convolution::new(ConvGeometry {
            channels: pictures,
            input: last_two(axes.map(|axis| axis.size), 1),
            out_channels: self.out_channels,
            kernel: last_two(self.kernel, 1),
            stride: last_two(self.stride, 1),
            padding_before: last_two(axes.map(|axis| axis.before), 0),
            padding_after: last_two(axes.map(|axis| axis.after), 0),
            dilation: last_two(self.dilation, 1),
            groups: self.groups,
        })
        .map_err(unfit)?;

        let points: usize = self.kernel.iter().product();
        let connected = channels / self.groups;
        let mut shape = Shape::from([self.out_channels, connected]);
        for &size in &self.kernel {
            shape = appended(shape, size)?;
        }
        let fans = [connected * points, self.out_channels * points];
        let weight = builder.parameter("weight", shape, &self.init, fans);
        let bias =
            self.bias.then(|| builder.parameter("bias", self.out_channels, &self.bias_init, fans));
        Ok(Arc::new(ConvolutionLayer::new(convolution, before, (weight, weight_view), bias, after)))
    }
}

/// The shape with one more axis behind the others.
pub(crate) fn appended(shape: Shape, size: usize) -> Result<Shape, LayerError> {
    Ok(Shape::new(&[&shape[..], &[size]].concat())?)
}
