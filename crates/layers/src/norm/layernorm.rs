//! Layer normalisation and root-mean-square normalisation: each sample, or each step of a sequence, by itself.

use crate::shape::space::Each;
use crate::{Builder, Layer, LayerError, LayerKind, Operation, Refusal, Unfit, initializers, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Features brought to mean 0 and variance 1, then scaled and shifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layernorm {
    /// The sizes of the last axes, which are normalised together; inferred where they are not given.
    pub normalized_shape: Option<Each<usize>>,
    /// Added to the variance.
    pub eps: f64,
    /// Whether scale and shift are trained.
    pub elementwise_affine: bool,
    /// Whether there is a shift.
    pub bias: bool,
}

const SHAPE: &[Type] = &[Type::COUNT, Type::List(&Type::COUNT)];
const NORMALIZED_SHAPE: Argument = Argument::new(
    "normalized_shape",
    Type::OneOf(SHAPE),
    "sizes of the last axes, normalised together; by default the features, or a whole image",
)
.optional();
const AFFINE: Argument =
    Argument::new("elementwise_affine", Type::Boolean, "whether the scale is trained")
        .or_boolean(true);

impl Described for Layernorm {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "layernorm",
        aliases: &["layer_norm"],
        summary: "brings the features of each sample to mean 0 and variance 1, then scales and shifts them",
        details: "y = (x - mean) / sqrt(variance + eps) * weight + bias. `[features]` and the features of each step of `[time, features]` are normalised together, and so are all numbers of an image. Parameters: `weight`, `bias`, of the normalised shape. Ba, Kiros and Hinton, \"Layer normalization\", 2016.",
        arguments: &[
            NORMALIZED_SHAPE,
            Argument::new("eps", Type::POSITIVE, "added to the variance").or_number(1e-5),
            AFFINE,
            Argument::new("bias", Type::Boolean, "whether a shift is trained").or_boolean(true),
        ],
        example: "net = dense(64) -> layernorm -> relu -> dense(10)",
    };
}

/// Features brought to a mean square of 1, then scaled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rmsnorm {
    /// The sizes of the last axes, which are normalised together; inferred where they are not given.
    pub normalized_shape: Option<Each<usize>>,
    /// Added to the mean square.
    pub eps: f64,
    /// Whether the scale is trained.
    pub elementwise_affine: bool,
}

impl Described for Rmsnorm {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "rmsnorm",
        aliases: &["rms_norm"],
        summary: "brings the features of each sample to a mean square of 1, then scales them",
        details: "y = x / sqrt(mean(x^2) + eps) * weight. Layer normalisation without mean and shift. Parameter: `weight`, of the normalised shape. Zhang and Sennrich, \"Root mean square layer normalization\", 2019.",
        arguments: &[
            NORMALIZED_SHAPE,
            Argument::new("eps", Type::POSITIVE, "added to the mean square")
                .or_number(1.192_092_895_507_812_5e-7),
            AFFINE,
        ],
        example: "net = dense(64) -> rmsnorm -> relu -> dense(10)",
    };
}

/// How many of the last axes are normalised together.
fn axes(given: &Option<Each<usize>>, input: Shape) -> Result<usize, Unfit> {
    let sizes = match given {
        None => return Ok(if input.rank() <= 2 { 1 } else { input.rank() }),
        Some(Each::All(size)) => vec![*size],
        Some(Each::Each(sizes)) => sizes.clone(),
    };
    match !sizes.is_empty() && input.ends_with(&sizes) {
        true => Ok(sizes.len()),
        false => {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            Err(Unfit::new(format!("wants samples that end in {}", sizes.join(" x ")))
                .help("leave normalized_shape out: it is inferred"))
        }
    }
}

/// The operation for samples of this shape, and the shape of its parameters.
fn operation(
    name: &'static str,
    given: &Option<Each<usize>>,
    eps: f64,
    input: Shape,
) -> Result<(ops::RowNorm, Shape), LayerError> {
    let axes = axes(given, input)?;
    let shape = input.tail(input.rank() - axes);
    let op = ops::RowNorm {
        name,
        eps: eps as f32,
        centred: true,
        groups: 1,
        channels: shape.count(),
        run: 1,
    };
    Ok((op, shape))
}

/// A single number has no features.
fn features(given: &Option<Each<usize>>, input: Shape) -> Result<Shape, Refusal> {
    if input.rank() == 0 {
        return Err(Unfit::new("wants features").into());
    }
    axes(given, input)?;
    Ok(input)
}

impl LayerKind for Layernorm {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        features(&self.normalized_shape, input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (op, shape) = operation("layernorm", &self.normalized_shape, self.eps, input)?;
        let mut parameters = Vec::new();
        if self.elementwise_affine {
            let (ones, zeros) = (initializers::Ones {}.into(), initializers::Zeros {}.into());
            parameters.push(builder.parameter("weight", shape, &ones, [1, 1]));
            if self.bias {
                parameters.push(builder.parameter("bias", shape, &zeros, [1, 1]));
            }
        }
        Ok(Arc::new(Operation::new(Arc::new(op), parameters)))
    }
}

impl LayerKind for Rmsnorm {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        features(&self.normalized_shape, input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (op, shape) = operation("rmsnorm", &self.normalized_shape, self.eps, input)?;
        let op = ops::RowNorm { centred: false, ..op };
        let mut parameters = Vec::new();
        if self.elementwise_affine {
            let ones = initializers::Ones {}.into();
            parameters.push(builder.parameter("weight", shape, &ones, [1, 1]));
        }
        Ok(Arc::new(Operation::new(Arc::new(op), parameters)))
    }
}
