//! Positions in a sequence, for layers that ignore order.

use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, ParameterId, Pass,
    Refusal,
};
use relume_autograd::{Var, ops};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};
use std::sync::{Arc, OnceLock};

/// Adds sines and cosines of each step's number, so that attention can tell the order.
///
/// Adds sin(t / base^(2i / features)) to feature 2i of step t, and the cosine to feature 2i + 1. Takes and gives
/// `[time, features]`. Vaswani and others, "Attention is all you need", 2017. `learned_positions` are trained instead;
/// multihead_attention and transformer blocks have rotary positions (rotary=true).
///
/// ```relume
/// encoder = transformer_encoder(4, dim_feedforward=32)
/// net = input(20) -> embedding(1000, 16) -> sinusoidal_positions -> encoder -> pool_over_time -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["positional_encoding"])]
pub struct SinusoidalPositions {
    /// The longest wave's length over 2 pi.
    #[spec(default = 10000.0, positive)]
    pub base: f64,
}

/// Adds a trained row to each step, so that attention can tell the order.
///
/// Takes and gives `[time, features]`. Parameter: `weight` `[time, features]`, as of PyTorch's `Embedding(time,
/// features)` applied to the steps' numbers.
///
/// ```relume
/// words = embedding(1000, 16) -> learned_positions(init=normal(std=0.02))
/// net = input(20) -> words -> transformer_encoder(4, dim_feedforward=32) -> pool_over_time -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct LearnedPositions {
    /// The initial values of the rows.
    #[spec(default = crate::initializers::Normal)]
    pub init: InitializerSpec,
}

fn sequence(input: Shape) -> Result<Shape, Refusal> {
    match input.rank() {
        2 => Ok(input),
        _ => Err(InputMismatch::new("wants a sequence [time, features]").into()),
    }
}

impl LayerKind for SinusoidalPositions {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        sequence(input)
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(Sinusoidal { shape: input, base: self.base, waves: OnceLock::new() }))
    }
}

impl LayerKind for LearnedPositions {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        sequence(input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let fans = [input[0], input[1]];
        Ok(Arc::new(Learned { weight: builder.parameter("weight", input, &self.init, fans) }))
    }

    fn initializers(&self) -> Vec<&InitializerSpec> {
        vec![&self.init]
    }
}

#[derive(Debug)]
struct Sinusoidal {
    shape: Shape,
    base: f64,
    /// Computed by the first pass: building a network from a file must not allocate more than the file has.
    waves: OnceLock<Tensor>,
}

impl Sinusoidal {
    fn waves(&self) -> Tensor {
        let features = self.shape.last().copied().unwrap_or(1);
        let wave = |at: usize| {
            let (t, i) = (at / features, at % features);
            let angle = t as f64 / self.base.powf((i - i % 2) as f64 / features as f64);
            (if i % 2 == 0 { angle.sin() } else { angle.cos() }) as f32
        };
        Tensor::from_fn(self.shape, wave)
    }
}

impl Layer for Sinusoidal {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let waves = self.waves.get_or_init(|| self.waves());
        let waves = pass.tape.constant(waves.clone());
        Ok(ops::add(pass.tape, x, waves)?)
    }
}

#[derive(Debug)]
struct Learned {
    weight: ParameterId,
}

impl Layer for Learned {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let rows = pass.parameter(self.weight);
        Ok(ops::add(pass.tape, x, rows)?)
    }
}
