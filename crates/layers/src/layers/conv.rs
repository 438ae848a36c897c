//! The two-dimensional convolution.

use super::{LayerKind, Operation, Refusal};
use crate::{Builder, InitializerSpec, Layer, LayerError, ParameterId, Pass, Tail, Unfit, ops};
use relume_autograd::Var;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{ConvGeometry, Convolution, Shape, TensorError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A kernel that moves over images `[channels, height, width]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conv2d {
    /// Channels of the output.
    pub out_channels: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps down and across.
    pub stride: [usize; 2],
    /// Zeros around the image.
    pub padding: Padding,
    /// Steps between neighbouring points of the kernel.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
    /// How the weight starts.
    pub init: InitializerSpec,
    /// How the bias starts.
    pub bias_init: InitializerSpec,
}

/// Zeros around an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Padding {
    /// So many above and below, so many to the left and right.
    By([usize; 2]),
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

impl Described for Conv2d {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "conv2d",
        aliases: &[],
        summary: "a kernel moves over the image; each output channel has its own",
        details: "Takes `[channels, height, width]`. Output height and width: (size + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down. Parameters: `weight` [out_channels, channels / groups, kernel, kernel], `bias` [out_channels]. With `groups` equal to the channels it is a depthwise convolution.",
        arguments: &[
            Argument::new("out_channels", Type::COUNT, "channels of the output"),
            Argument::new("kernel", Type::Pair { min: 1 }, "size of the kernel"),
            Argument::new(
                "stride",
                Type::Pair { min: 1 },
                "steps between two places of the kernel",
            )
            .or_integer(1),
            Argument::new(
                "padding",
                Type::OneOf(&[Type::Pair { min: 0 }, Type::Choice(&["same", "valid"])]),
                "zeros around the image; \"same\" keeps its size",
            )
            .or_integer(0),
            Argument::new("dilation", Type::Pair { min: 1 }, "steps between points of the kernel")
                .or_integer(1),
            Argument::new("groups", Type::COUNT, "groups of channels that do not see each other")
                .or_integer(1),
            Argument::new("bias", Type::Boolean, "whether a bias is added").or_boolean(true),
            Argument::new("init", Type::Spec(Kind::Initializer), "how the weight starts")
                .or_spec("default"),
            Argument::new("bias_init", Type::Spec(Kind::Initializer), "how the bias starts")
                .or_spec("default"),
        ],
        example: "net = conv2d(16, 3, padding=1) -> relu -> maxpool2d(2) -> flatten -> dense(10)",
    };

    fn validate(&self) -> Result<(), String> {
        if self.padding == Padding::Named(NamedPadding::Same) && self.stride != [1, 1] {
            return Err("padding=\"same\" needs a stride of 1".to_string());
        }
        match self.out_channels.is_multiple_of(self.groups) {
            true => Ok(()),
            false => Err(format!(
                "{} groups do not divide {} output channels",
                self.groups, self.out_channels
            )),
        }
    }
}

impl Conv2d {
    /// Gives an unpadded kernel of odd size and stride 1 the padding that keeps the image's size; says whether it did.
    pub(crate) fn pad_to_keep_size(&mut self) -> bool {
        let unpadded =
            matches!(self.padding, Padding::By([0, 0]) | Padding::Named(NamedPadding::Valid));
        let odd = self.kernel.iter().all(|size| size % 2 == 1) && self.kernel != [1, 1];
        let fits = unpadded && odd && self.stride == [1, 1];
        if fits {
            let [height, width] =
                [0, 1].map(|axis| self.dilation[axis] * (self.kernel[axis] - 1) / 2);
            self.padding = Padding::By([height, width]);
        }
        fits
    }

    fn geometry(&self, input: Shape) -> Result<ConvGeometry, Unfit> {
        let [channels, height, width] = *input else {
            return Err(Unfit::new("wants an image, [channels, height, width]"));
        };
        let (before, after) = match self.padding {
            Padding::By(padding) => (padding, padding),
            Padding::Named(NamedPadding::Valid) => ([0; 2], [0; 2]),
            Padding::Named(NamedPadding::Same) => {
                let total = [0, 1].map(|axis| self.dilation[axis] * (self.kernel[axis] - 1));
                // As in PyTorch, an odd one goes below and to the right.
                (total.map(|t| t / 2), total.map(|t| t - t / 2))
            }
        };
        Ok(ConvGeometry {
            channels,
            input: [height, width],
            out_channels: self.out_channels,
            kernel: self.kernel,
            stride: self.stride,
            padding_before: before,
            padding_after: after,
            dilation: self.dilation,
            groups: self.groups,
        })
    }
}

/// What a geometry refuses, as a layer's wish.
pub(super) fn unfit(error: TensorError) -> Unfit {
    match error {
        TensorError::Geometry { problem, .. } => Unfit::new(format!("does not fit ({problem})")),
        other => Unfit::new(format!("does not fit ({other})")),
    }
}

impl LayerKind for Conv2d {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        let geometry = self.geometry(input)?;
        let [height, width] = geometry.output().map_err(unfit)?;
        Ok([self.out_channels, height, width].into())
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let geometry = self.geometry(input).map_err(|unfit| LayerError::Batch(unfit.wanted))?;
        let shape = geometry.weight_shape();
        let points = self.kernel[0] * self.kernel[1];
        let fans = [shape[1] * points, self.out_channels * points];
        let mut parameters = vec![builder.parameter("weight", shape, &self.init, fans)];
        if self.bias {
            parameters.push(builder.parameter("bias", self.out_channels, &self.bias_init, fans));
        }
        let convolution =
            Convolution::new(geometry).map_err(|error| LayerError::Batch(unfit(error).wanted))?;
        Ok(Arc::new(ConvolutionLayer::new(convolution, parameters)))
    }
}

#[derive(Debug)]
struct ConvolutionLayer {
    convolution: Convolution,
    /// Whether pooling is taken in already: then nothing more is.
    pools: bool,
    operation: Operation,
}

impl ConvolutionLayer {
    fn new(convolution: Convolution, parameters: Vec<ParameterId>) -> Self {
        let op = Arc::new(ops::Conv2d(convolution.clone()));
        ConvolutionLayer { convolution, pools: false, operation: Operation::new(op, parameters) }
    }
}

impl Layer for ConvolutionLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        self.operation.forward(pass, x)
    }

    fn fuse(&self, next: Tail) -> Option<Arc<dyn Layer>> {
        let (convolution, pools) = match next {
            _ if self.pools => return None,
            Tail::Relu => (self.convolution.clone().with_relu(), false),
            Tail::MaxPool(geometry) => (self.convolution.clone().with_pool(geometry).ok()?, true),
            Tail::Separate => return None,
        };
        let parameters = self.operation.parameters.clone();
        Some(Arc::new(ConvolutionLayer { pools, ..ConvolutionLayer::new(convolution, parameters) }))
    }
}
