//! Multi-head attention.

use crate::noise::dropout::DropoutLayer;
use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, ParameterId, Pass,
    Refusal, WatchedAttention,
};
use crate::{initializers, ops};
use relume_autograd::{OpRef, Var};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};
use std::sync::Arc;

/// Self-attention: each step becomes a weighted mean of all steps, by how well they match.
///
/// For each head: softmax(Q K^T / sqrt(size)) V. Takes and gives `[time, features]`. Steps of padding are masked if the
/// end of each sample is known, after `embedding(padding_idx=...)` or `masking`. rotary=true rotates neighbouring pairs
/// of queries and keys by t 10000^(-2i / size) (Su and others, 2021). Parameters: `in_proj_weight` `[3 features,
/// features]` for queries, keys, values, `in_proj_bias` `[3 features]`, `out_proj.weight` `[features, features]`,
/// `out_proj.bias` `[features]`. Vaswani and others, "Attention is all you need", 2017.
///
/// ```relume
/// net = input(20, 8) -> residual(multihead_attention(2)) -> pool_over_time -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, positional = 1)]
pub struct MultiheadAttention {
    /// Number of heads; it divides the features.
    #[spec(positive)]
    pub heads: usize,
    /// Dropout of the attention weights.
    #[spec(default = 0.0, fraction)]
    pub dropout: f64,
    /// Whether biases are added.
    #[spec(default = true)]
    pub bias: bool,
    /// Whether a step attends only to itself and earlier ones.
    #[spec(default = false)]
    pub causal: bool,
    /// Whether queries and keys are rotated by their step.
    #[spec(default = false)]
    pub rotary: bool,
}

impl MultiheadAttention {
    /// Refuses inputs that are not sequences whose features the heads divide.
    pub(crate) fn check_input(&self, input: Shape) -> Result<(), Refusal> {
        let heads = self.heads;
        let &[time, features] = &*input else {
            return Err(InputMismatch::new("wants a sequence [time, features]").into());
        };
        if time == 0 {
            return Err(InputMismatch::new("wants a sequence of at least one step").into());
        }
        if !features.is_multiple_of(heads) {
            let nearest = (1..=features).filter(|n| features.is_multiple_of(*n));
            let nearest = nearest.min_by_key(|n| n.abs_diff(heads)).unwrap_or(1);
            return Err(InputMismatch::new(format!(
                "wants features that can be divided among its {heads} heads ({features} cannot)"
            ))
            .help(format!("write heads={nearest}, or change the features before it"))
            .into());
        }
        if self.rotary && !(features / heads).is_multiple_of(2) {
            return Err(InputMismatch::new(format!(
                "wants heads of an even size for rotary=true (they have {})",
                features / heads
            ))
            .help("change heads or the features before it, or use sinusoidal_positions instead")
            .into());
        }
        Ok(())
    }

    pub(crate) fn make(&self, input: Shape, builder: &mut Builder<'_>) -> Attention {
        let (steps, features) = (input[0], input[1]);
        let zeros = InitializerSpec::from(initializers::Zeros {});
        let mut make = |name: &str, rows: usize, init: InitializerSpec| {
            builder.parameter(name, [rows, features], &init, [features, rows])
        };
        let xavier = initializers::XavierUniform { gain: initializers::Gain::Factor(1.0) }.into();
        let in_weight = make("in_proj_weight", 3 * features, xavier);
        let mut make = |name: &str, rows: usize| {
            self.bias.then(|| builder.parameter(name, rows, &zeros, [features, rows]))
        };
        let in_bias = make("in_proj_bias", 3 * features);
        let default = initializers::Default {}.into();
        let out_weight =
            builder.parameter("out_proj.weight", [features, features], &default, [features; 2]);
        let out_bias =
            self.bias.then(|| builder.parameter("out_proj.bias", features, &zeros, [features; 2]));
        let op = ops::MultiheadAttention {
            heads: self.heads,
            bias: self.bias,
            causal: self.causal,
            rotation: self
                .rotary
                .then(|| ops::rotation_angles(steps, features / self.heads, 10_000.0)),
        };
        let op = Arc::new(op);
        Attention {
            path: builder.place().trim_end_matches('.').to_string(),
            is_residual: false,
            op: Arc::clone(&op).into(),
            kernel: op,
            weights: [in_weight, out_weight],
            biases: in_bias.zip(out_bias).map(|(a, b)| [a, b]),
            heads: self.heads,
            dropout: DropoutLayer { p: self.dropout as f32 },
        }
    }
}

impl LayerKind for MultiheadAttention {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.check_input(input).map(|()| input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(self.make(input, builder)))
    }
}

/// Attention with its parameters.
#[derive(Debug)]
pub(crate) struct Attention {
    path: String,
    is_residual: bool,
    op: OpRef,
    /// The same operation.
    kernel: Arc<ops::MultiheadAttention>,
    weights: [ParameterId; 2],
    biases: Option<[ParameterId; 2]>,
    heads: usize,
    dropout: DropoutLayer,
}

impl Attention {
    /// The same in a stage that adds what it gives to what it was given.
    pub fn in_residual(self) -> Self {
        Attention { is_residual: true, ..self }
    }

    /// The attention of x to `memory`, of which only so many steps are real if `lengths` are given.
    pub fn attend(
        &self,
        pass: &mut Pass<'_>,
        [x, memory]: [Var; 2],
        lengths: Option<Var>,
    ) -> Result<Var, LayerError> {
        let nothing = pass.tape.constant(Tensor::uninit(0));
        let [queries, keys] = [x, memory].map(|var| pass.tape.value(var).dims()[1]);
        let batch = pass.tape.value(x).dims()[0];
        let factors = self.dropout.factors(pass, [batch, self.heads, queries, keys].into());
        let [in_weight, out_weight] = self.weights.map(|id| pass.parameter(id));
        let mut inputs = [nothing; 9];
        inputs[..4].copy_from_slice(&[x, memory, in_weight, out_weight]);
        if let Some(factors) = factors {
            inputs[5] = pass.tape.constant(factors);
        }
        let mut count = 6;
        if let Some(biases) = self.biases {
            inputs[6..8].copy_from_slice(&biases.map(|id| pass.parameter(id)));
            count = 8;
        }
        if let Some(lengths) = lengths {
            inputs[count] = lengths;
            count += 1;
        }
        pass.watched_attention(|| WatchedAttention {
            path: self.path.clone(),
            is_self: x == memory,
            is_residual: self.is_residual,
            op: Arc::clone(&self.kernel),
            inputs: inputs[..count].to_vec(),
        });
        Ok(pass.tape.apply(&self.op, &inputs[..count])?)
    }
}

impl Layer for Attention {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let lengths = pass.lengths_of(x)?;
        self.attend(pass, [x, x], lengths)
    }
}
