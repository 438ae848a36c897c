//! Blocks of a transformer: attention, then a feed-forward network for each step, each with a residual connection and
//! layer normalisation.

use crate::attention::multihead_attention::{Attention, MultiheadAttention};
use crate::noise::dropout::DropoutLayer;
use crate::{
    Builder, InitializerSpec, Layer, LayerError, LayerKind, Operation, Pass, Refusal, Watched,
    WatchedKind, initializers, ops,
};
use relume_activations::{ActivationSpec, InputMismatch};
use relume_autograd::{Op, Var, ops as basic};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

macro_rules! block {
    ($(#[$doc:meta])* $type:ident, $causal:tt, $cross:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(layer, positional = 1)]
        pub struct $type {
            /// Number of heads; it divides the features.
            #[spec(positive)]
            pub heads: usize,
            /// Features of the hidden layer of the feed-forward network.
            #[spec(default = 2048, positive)]
            pub dim_feedforward: usize,
            /// Dropout of the attention weights and after each part.
            #[spec(default = 0.1, fraction)]
            pub dropout: f64,
            /// The activation function of the feed-forward network.
            #[spec(default = relume_activations::Relu)]
            pub activation: ActivationSpec,
            /// Whether normalisation comes before each part rather than after it.
            #[spec(default = false)]
            pub norm_first: bool,
            /// Whether biases are added.
            #[spec(default = true)]
            pub bias: bool,
            /// Added to the variance in normalisation.
            #[spec(default = 1e-5, positive)]
            pub layer_norm_eps: f64,
            /// Whether a step attends only to itself and earlier ones.
            #[spec(default = $causal)]
            pub causal: bool,
            /// Whether queries and keys are rotated by their step.
            #[spec(default = false)]
            pub rotary: bool,
        }

        impl $type {
            fn block(&self) -> Block<'_> {
                let attention = |causal, rotary| MultiheadAttention {
                    heads: self.heads,
                    dropout: self.dropout,
                    bias: self.bias,
                    causal,
                    rotary,
                };
                Block {
                    attention: attention(self.causal, self.rotary),
                    // The memory has positions of its own.
                    cross: $cross.then(|| attention(false, false)),
                    inner: self.dim_feedforward,
                    activation: &self.activation,
                    norm_first: self.norm_first,
                    eps: self.layer_norm_eps,
                }
            }
        }
    };
}

block! {
    /// A transformer's encoder block: self-attention, then a feed-forward network for each step.
    ///
    /// x = norm1(x + attention(x)); x = norm2(x + linear2(activation(linear1(x)))), or with norm_first x +
    /// attention(norm1(x)) and so on. With activation=swiglu or geglu, linear2 takes half of dim_feedforward. Takes and
    /// gives `[time, features]`; several blocks are written `(transformer_encoder(8)) * 6`. Steps of padding are masked
    /// if the end of each sample is known. With causal=true it is the block of a network that continues text. The order
    /// of the steps must come from elsewhere: sinusoidal_positions, learned_positions or rotary=true. Parameters:
    /// `self_attn.in_proj_weight`, `self_attn.in_proj_bias`, `self_attn.out_proj.weight`, `self_attn.out_proj.bias`,
    /// and weight and bias of `linear1`, `linear2`, `norm1`, `norm2`: PyTorch's `TransformerEncoderLayer`. Vaswani and
    /// others, "Attention is all you need", 2017.
    ///
    /// ```relume
    /// words = embedding(1000, 16, padding_idx=0) -> sinusoidal_positions
    /// encoder = transformer_encoder(4, dim_feedforward=32, activation=gelu, norm_first=true)
    /// net = input(20) -> words -> (encoder) * 2 -> pool_over_time -> dense(2)
    /// ```
    TransformerEncoder, false, false
}

block! {
    /// A transformer's decoder block: self-attention, attention to an encoder's output, then a feed-forward network for
    /// each step.
    ///
    /// x = norm1(x + attention(x)); x = norm2(x + attention to the memory); x = norm3(x +
    /// linear2(activation(linear1(x)))), or with norm_first each norm before its part. Takes and gives `[time,
    /// features]`. The memory is the output of the encoder in `encoder_decoder(encoder, decoder)`, with as many
    /// features. A step attends only to itself and earlier ones (causal=true, PyTorch's tgt_is_causal). Parameters:
    /// those of transformer_encoder, and `multihead_attn.in_proj_weight` and so on and `norm3`: PyTorch's
    /// `TransformerDecoderLayer`. Vaswani and others, "Attention is all you need", 2017.
    ///
    /// ```relume
    /// encoder = embedding(100, 16) -> transformer_encoder(4, dim_feedforward=32)
    /// decoder = embedding(100, 16) -> transformer_decoder(4, dim_feedforward=32)
    /// net = input(12) -> encoder_decoder(encoder, decoder, source=7) -> dense(100)
    /// ```
    TransformerDecoder, true, true
}

/// A block, to be built.
struct Block<'a> {
    attention: MultiheadAttention,
    cross: Option<MultiheadAttention>,
    inner: usize,
    activation: &'a ActivationSpec,
    norm_first: bool,
    eps: f64,
}

impl Block<'_> {
    /// The shape after the activation: a gate such as swiglu halves the features.
    fn behind_activation(&self, input: Shape) -> Result<Shape, InputMismatch> {
        let inner = input.with_axis(1, self.inner);
        let behind = self.activation.inner().output(inner)?;
        match behind.without_axis(1) == inner.without_axis(1) {
            true => Ok(behind),
            false => Err(InputMismatch::new("changes the number of steps")),
        }
    }

    /// Refuses an input that the attention or the activation cannot take.
    fn check_input(&self, input: Shape) -> Result<(), Refusal> {
        self.attention.check_input(input)?;
        match self.behind_activation(input) {
            Ok(_) => Ok(()),
            Err(InputMismatch { wanted, .. }) => Err(InputMismatch::new(format!(
                "has {} features inside, where {} {wanted}",
                self.inner, self.activation
            ))
            .help("change dim_feedforward or the activation's options")
            .into()),
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<BlockLayer, LayerError> {
        let (features, bias) = (input[1], self.attention.bias);
        let attention =
            builder.within("self_attn", |b| self.attention.make(input, b).in_residual());
        let memory = builder.memory().unwrap_or(input);
        let cross = self
            .cross
            .as_ref()
            .map(|cross| builder.within("multihead_attn", |b| cross.make(memory, b).in_residual()));
        let init = InitializerSpec::from(initializers::Default {});
        let mut linear = |name: &str, inputs: usize, outputs: usize| {
            builder.within(name, |b| {
                let fans = [inputs, outputs];
                let weight = b.parameter("weight", [outputs, inputs], &init, fans);
                let bias = bias.then(|| b.parameter("bias", outputs, &init, fans));
                let parameters = [weight].into_iter().chain(bias).collect();
                Operation::new(&ops::Linear as &'static dyn Op, parameters)
            })
        };
        let linear1 = linear("linear1", features, self.inner);
        let inner = input.with_axis(1, self.inner);
        let behind = self.behind_activation(input).map_err(|misfit| {
            LayerError::Batch(format!("{} {}", self.activation, misfit.wanted))
        })?;
        let linear2 = linear("linear2", behind[1], features);
        let activation = builder.within("activation", |b| self.activation.build(inner, b))?;
        let (ones, zeros) = (initializers::Ones {}.into(), initializers::Zeros {}.into());
        let norms = (1..=if cross.is_some() { 3 } else { 2 }).map(|n| {
            builder.within(&format!("norm{n}"), |b| {
                let weight = b.parameter("weight", features, &ones, [1, 1]);
                let bias = bias.then(|| b.parameter("bias", features, &zeros, [1, 1]));
                let parameters = [weight].into_iter().chain(bias).collect();
                let op = ops::RowNorm {
                    name: "layernorm",
                    eps: self.eps as f32,
                    centred: true,
                    groups: 1,
                    channels: features,
                    run: 1,
                };
                Operation::new(Arc::new(op), parameters)
            })
        });
        Ok(BlockLayer {
            norms: norms.collect(),
            attention,
            cross,
            linear1,
            activation,
            function: self.activation.clone(),
            path: builder.place().to_string(),
            linear2,
            dropout: DropoutLayer { p: self.attention.dropout as f32 },
            norm_first: self.norm_first,
        })
    }
}

impl LayerKind for TransformerEncoder {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.block().check_input(input).map(|()| input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(self.block().build(input, builder)?))
    }
}

impl LayerKind for TransformerDecoder {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_shape_beside(input, None)
    }

    fn output_shape_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        self.block().check_input(input)?;
        match memory {
            None => Err(InputMismatch::new("wants an encoder's output to look at")
                .help("put both into encoder_decoder(encoder, decoder); a network of decoder blocks alone is written \
                    transformer_encoder(..., causal=true)")
                .into()),
            Some(memory) if memory[1] != input[1] => Err(InputMismatch::new(format!(
                "wants as many features as the encoder's output has, {}",
                memory[1]
            ))
            .into()),
            Some(_) => Ok(input),
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(self.block().build(input, builder)?))
    }
}

#[derive(Debug)]
struct BlockLayer {
    attention: Attention,
    cross: Option<Attention>,
    linear1: Operation,
    activation: Arc<dyn Layer>,
    function: ActivationSpec,
    /// What the paths of its parts begin with.
    path: String,
    linear2: Operation,
    /// One for each part.
    norms: Vec<Operation>,
    dropout: DropoutLayer,
    norm_first: bool,
}

impl Layer for BlockLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let x = self.part(pass, x, 0, |pass, x| self.attention.forward(pass, x))?;
        let (x, last) = match &self.cross {
            None => (x, 1),
            Some(cross) => {
                let Some(memory) = pass.memory else {
                    return Err(LayerError::NoMemory);
                };
                let lengths = memory.lengths.map(|lengths| pass.checked(lengths)).transpose()?;
                let look = |pass: &mut Pass<'_>, x| {
                    cross.attend(pass, [x, memory.value], lengths.flatten())
                };
                (self.part(pass, x, 1, look)?, 2)
            }
        };
        self.part(pass, x, last, |pass, x| {
            let inner = self.linear1.forward(pass, x)?;
            self.watched(pass, "linear1", [x, inner]);
            let after = self.activation.forward(pass, inner)?;
            self.watched(pass, "activation", [inner, after]);
            let inner = self.dropout.forward(pass, after)?;
            let output = self.linear2.forward(pass, inner)?;
            self.watched(pass, "linear2", [inner, output]);
            Ok(output)
        })
    }
}

impl BlockLayer {
    /// Tells a watcher of a part.
    fn watched(&self, pass: &mut Pass<'_>, part: &'static str, [input, output]: [Var; 2]) {
        pass.watched(|| Watched {
            path: format!("{}{part}", self.path),
            kind: match part {
                "activation" => WatchedKind::Activation(self.function.clone()),
                part => WatchedKind::Part(part),
            },
            input,
            output,
        });
    }

    /// A part with dropout, its residual connection, and its normalisation.
    fn part(
        &self,
        pass: &mut Pass<'_>,
        x: Var,
        index: usize,
        part: impl FnOnce(&mut Pass<'_>, Var) -> Result<Var, LayerError>,
    ) -> Result<Var, LayerError> {
        let norm = &self.norms[index];
        let inside = if self.norm_first { norm.forward(pass, x)? } else { x };
        let made = part(pass, inside)?;
        if index + 1 < self.norms.len() {
            let part = if index == 0 { "self_attn" } else { "multihead_attn" };
            self.watched(pass, part, [inside, made]);
        }
        let made = self.dropout.forward(pass, made)?;
        let sum = basic::add(pass.tape, x, made)?;
        if self.norm_first { Ok(sum) } else { norm.forward(pass, sum) }
    }
}
