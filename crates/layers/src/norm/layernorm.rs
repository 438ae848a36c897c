//! Layer normalisation and root-mean-square normalisation: over each sample, or each step of a sequence.

use crate::shape::space::Each;
use crate::{
    Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, initializers, ops,
};
use relume_catalog::{Spec, Type};
use relume_tensor::Shape;
use std::sync::Arc;

/// Normalises the features of each sample to mean 0 and variance 1, then scales and shifts them.
///
/// y = (x - mean) / sqrt(variance + eps) * weight + bias. `[features]` and the features of each step of
/// `[time, features]` are normalised together, and so are all numbers of an image. Parameters: `weight`, `bias`, of the
/// normalised shape. Ba, Kiros and Hinton, "Layer normalization", 2016.
///
/// ```relume
/// net = dense(64) -> layernorm -> relu -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["layer_norm"])]
pub struct Layernorm {
    /// Sizes of the last axes, normalised together; by default the features, or a whole image.
    #[spec(type = Type::OneOf(SHAPE))]
    pub normalized_shape: Option<Each<usize>>,
    /// Added to the variance.
    #[spec(default = 1e-5, positive)]
    pub eps: f64,
    /// Whether the scale is trained.
    #[spec(default = true)]
    pub elementwise_affine: bool,
    /// Whether a shift is trained.
    #[spec(default = true)]
    pub bias: bool,
}

const SHAPE: &[Type] = &[Type::COUNT, Type::List(&Type::COUNT)];

/// Scales the features of each sample to a mean square of 1, then by trained factors.
///
/// y = x / sqrt(mean(x^2) + eps) * weight. Layer normalisation without mean and shift. Parameter: `weight`, of the
/// normalised shape. Zhang and Sennrich, "Root mean square layer normalization", 2019.
///
/// ```relume
/// net = dense(64) -> rmsnorm -> relu -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["rms_norm"])]
pub struct Rmsnorm {
    /// Sizes of the last axes, normalised together; by default the features, or a whole image.
    #[spec(type = Type::OneOf(SHAPE))]
    pub normalized_shape: Option<Each<usize>>,
    /// Added to the mean square.
    #[spec(default = 1.192_092_895_507_812_5e-7, positive)]
    pub eps: f64,
    /// Whether the scale is trained.
    #[spec(default = true)]
    pub elementwise_affine: bool,
}

/// How many of the last axes are normalised together.
fn axes(given: &Option<Each<usize>>, input: Shape) -> Result<usize, InputMismatch> {
    let sizes = match given {
        None => return Ok(if input.rank() <= 2 { 1 } else { input.rank() }),
        Some(Each::All(size)) => vec![*size],
        Some(Each::Each(sizes)) => sizes.clone(),
    };
    match !sizes.is_empty() && input.ends_with(&sizes) {
        true => Ok(sizes.len()),
        false => {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            Err(InputMismatch::new(format!("wants samples that end in {}", sizes.join(" x ")))
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
        return Err(InputMismatch::new("wants features").into());
    }
    axes(given, input)?;
    Ok(input)
}

impl LayerKind for Layernorm {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
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
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
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
