//! Transposed convolutions over one, two and three axes in space.

use crate::conv::convolution::{
    ConvChannels, ConvInit, ConvInitOptions, ConvOptions, Views, appended, groups_divide,
    groups_fit,
};
use crate::conv::convolution_layer::through;
use crate::shape::space::{last_two, mismatch, reach, sides, space};
use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, ParameterId, Pass,
    Refusal, ops,
};
use relume_autograd::{Op, OpRef, Var};
use relume_catalog::{Described, Spec};
use relume_tensor::{AxisMap, AxisMaps, ConvGeometry, Convolution, PadMode, Shape};
use std::sync::Arc;

/// Makes a sample larger: every number puts a kernel down, and they are summed where they overlap.
///
/// The transpose of a convolution: what takes its gradient back, used forwards. Output sizes: (size - 1) stride - 2
/// padding + dilation (kernel - 1) + output_padding + 1. Parameters: `weight`
/// `[channels, out_channels / groups, ...kernel]`, `bias` `[out_channels]`. Dumoulin and Visin, "A guide to convolution
/// arithmetic for deep learning", 2016.
///
/// # conv_transpose1d
/// Transposed convolution over lines `[channels, length]`.
/// ```relume
/// net = input(8, 25) -> conv_transpose1d(4, 4, stride=2, padding=1) -> relu -> flatten -> dense(10)
/// ```
/// # conv_transpose2d
/// Transposed convolution over images `[channels, height, width]`.
/// ```relume
/// net = input(8, 7, 7) -> conv_transpose2d(1, 4, stride=2, padding=1) -> sigmoid
/// ```
/// # conv_transpose3d
/// Transposed convolution over volumes `[channels, depth, height, width]`.
/// ```relume
/// net = input(4, 4, 4, 4) -> conv_transpose3d(1, 2, stride=2) -> sigmoid
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(
    layer,
    names = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"],
    positional = 2,
    check = Self::consistent
)]
#[spec(aliases = [["convtranspose1d"], ["convtranspose2d"], ["convtranspose3d"]])]
pub struct ConvTranspose<const D: usize> {
    /// Channels of the output.
    #[spec(positive)]
    pub out_channels: usize,
    /// Size of the kernel.
    #[spec(positive)]
    pub kernel: [usize; D],
    /// Steps of the output between two neighbours of the input.
    #[spec(default = 1, positive)]
    pub stride: [usize; D],
    /// Cropped from both sides of the output.
    #[spec(default = 0)]
    pub padding: [usize; D],
    /// Added to the size of the output.
    #[spec(default = 0)]
    pub output_padding: [usize; D],
    /// How channels are connected.
    #[spec(flatten = ConvOptions)]
    pub channels: ConvChannels,
    /// Steps between points of the kernel.
    #[spec(default = 1, positive)]
    pub dilation: [usize; D],
    /// Initial values.
    #[spec(flatten = ConvInitOptions)]
    pub initial: ConvInit,
}

/// A transposed convolution over lines `[channels, length]`.
pub type ConvTranspose1d = ConvTranspose<1>;
/// A transposed convolution over images `[channels, height, width]`.
pub type ConvTranspose2d = ConvTranspose<2>;
/// A transposed convolution over volumes `[channels, depth, height, width]`.
pub type ConvTranspose3d = ConvTranspose<3>;

impl<const D: usize> ConvTranspose<D> {
    fn consistent(&self) -> Result<(), String> {
        for axis in 0..D {
            let (more, stride) = (self.output_padding[axis], self.stride[axis]);
            if more >= stride.max(self.dilation[axis]) {
                return Err(format!(
                    "an output_padding of {more} must be smaller than the stride or the dilation"
                ));
            }
        }
        groups_divide(self.channels.groups, self.out_channels)
    }
}

impl<const D: usize> ConvTranspose<D> {
    /// The input's channels, its sizes in space and those of the output.
    fn resized(&self, input: Shape) -> Result<(usize, [usize; D], [usize; D]), InputMismatch> {
        let (channels, sizes) = space::<D>(input, &self.text())?;
        groups_fit(self.channels.groups, channels)?;
        let mut output = [0; D];
        for axis in 0..D {
            let (kernel, stride, dilation) =
                (self.kernel[axis], self.stride[axis], self.dilation[axis]);
            let Some(reach) = reach(kernel, stride, dilation) else {
                let wanted = "needs a kernel, a stride and a dilation of at least 1";
                return Err(InputMismatch::new(wanted));
            };
            let whole = sizes[axis].saturating_sub(1).saturating_mul(stride);
            let whole = whole.saturating_add(reach).saturating_add(self.output_padding[axis]);
            let cut = self.padding[axis].saturating_mul(2);
            if cut >= whole {
                let side = sides(D)[axis];
                let wanted =
                    format!("does not fit (padding cuts {cut} off an output only {whole} {side})");
                let help = format!("take padding={} at most", (whole - 1) / 2);
                return Err(InputMismatch::new(wanted).help(help));
            }
            output[axis] = whole - cut;
        }
        Ok((channels, sizes, output))
    }
}

impl<const D: usize> ConvTranspose<D> {
    /// What makes a convolution over images of one over lines or volumes: of inputs of these channels and sizes, and an
    /// output that kernels cover so far.
    fn views(&self, channels: usize, sizes: [usize; D], covered: [usize; D]) -> Views {
        match D {
            1 => Views::of_lines(),
            3 => {
                let frames = ops::Frames {
                    channels: self.out_channels,
                    depth: covered[0],
                    kernel: self.kernel[0],
                    stride: self.stride[0],
                    before: self.padding[0],
                    dilation: self.dilation[0],
                    output_depth: sizes[0],
                };
                let gather = ops::Gather(ops::Frames::single(channels, sizes[0]));
                Views {
                    before: vec![Arc::new(gather).into()],
                    weight_view: Some(Arc::new(ops::View::Merge(1)).into()),
                    after: vec![Arc::new(ops::Scatter(frames)).into()],
                }
            }
            _ => Views::default(),
        }
    }
}

impl<const D: usize> LayerKind for ConvTranspose<D> {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let (_, _, sizes) = self.resized(input)?;
        let mut output = input.with_axis(0, self.out_channels);
        for (axis, &size) in sizes.iter().enumerate() {
            output = output.with_axis(axis + 1, size);
        }
        Ok(output)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (channels, sizes, output) = self.resized(input)?;
        let connected = self.out_channels / self.channels.groups;
        // The last steps that output_padding adds may be beyond all kernels: the convolution leaves them out.
        let beyond: [usize; D] = std::array::from_fn(|axis| {
            let more = self.output_padding[axis].saturating_sub(self.padding[axis]);
            more.saturating_sub(self.stride[axis] - 1)
        });
        let covered: [usize; D] = std::array::from_fn(|axis| output[axis] - beyond[axis]);
        let behind: [usize; D] = std::array::from_fn(|axis| {
            self.padding[axis].saturating_sub(self.output_padding[axis])
        });
        let points: usize = self.kernel.iter().product();
        let mut shape = Shape::from([channels, connected]);
        for &size in &self.kernel {
            shape = appended(shape, size)?;
        }
        // As in PyTorch, which counts the second axis of the weight as its inputs.
        let fans = [connected * points, channels * points];
        let weight = builder.parameter("weight", shape, &self.initial.init, fans);
        let bias = self
            .channels
            .bias
            .then(|| builder.parameter("bias", self.out_channels, &self.initial.bias_init, fans));
        // What is prepared for the kernel is as large as the weight, so it waits until there is one.
        builder.accepted()?;
        let Views { before, weight_view, mut after } = self.views(channels, sizes, covered);
        if beyond != [0; D] {
            let map = |axis: usize| {
                let pad = [0, beyond[axis] as isize];
                AxisMap::padded(covered[axis], pad, PadMode::Constant(0.0))
            };
            let maps = AxisMaps::new((0..D).map(map).collect::<Result<_, _>>()?);
            after.push(Arc::new(ops::AlongAxes { name: "padding", maps }).into());
        }
        let pictures = self.out_channels * if D == 3 { self.kernel[0] } else { 1 };
        let convolution = Convolution::new(ConvGeometry {
            channels: pictures,
            input: last_two(covered, 1),
            out_channels: channels,
            kernel: last_two(self.kernel, 1),
            stride: last_two(self.stride, 1),
            padding_before: last_two(self.padding, 0),
            padding_after: last_two(behind, 0),
            dilation: last_two(self.dilation, 1),
            groups: self.channels.groups,
        })
        .map_err(mismatch)?;
        let op = Arc::new(ops::ConvTranspose2d(convolution)).into();
        Ok(Arc::new(ConvTransposeLayer { before, weight, weight_view, op, after, bias }))
    }

    fn initializers(&self) -> Vec<&InitializerSpec> {
        vec![&self.initial.init, &self.initial.bias_init]
    }
}

#[derive(Debug)]
struct ConvTransposeLayer {
    before: Vec<OpRef>,
    weight: ParameterId,
    weight_view: Option<OpRef>,
    op: OpRef,
    after: Vec<OpRef>,
    bias: Option<ParameterId>,
}

impl Layer for ConvTransposeLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let x = through(&self.before, pass, x)?;
        let weight = pass.parameter(self.weight);
        let weight = through(self.weight_view.as_slice(), pass, weight)?;
        let y = pass.tape.apply(&self.op, &[x, weight])?;
        let y = through(&self.after, pass, y)?;
        match self.bias {
            Some(bias) => {
                let bias = pass.parameter(bias);
                Ok(pass.tape.apply(&ops::ChannelBias as &'static dyn Op, &[y, bias])?)
            }
            None => Ok(y),
        }
    }
}
