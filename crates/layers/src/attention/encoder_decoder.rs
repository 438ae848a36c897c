//! Two networks, the second of which attends to the output of the first.

use crate::{
    Builder, InnerNetwork, InputMismatch, Layer, LayerError, LayerKind, Memory, NetworkSpec, Pass,
    Refusal, network::Chain,
};
use relume_autograd::Var;
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// An encoder, and a decoder whose transformer_decoder blocks attend to the encoder's output.
///
/// A sample holds both sequences, one after the other: its first `source` steps go to the encoder, the others to the
/// decoder; without source both get the whole sample. Returns the decoder's output. Each half finds its own padding (by
/// its own embedding or masking). Parameters: `encoder.0.weight`, `decoder.0.weight` and so on. Vaswani and others,
/// "Attention is all you need", 2017.
///
/// ```relume
/// encoder = embedding(100, 16) -> transformer_encoder(4, dim_feedforward=32)
/// decoder = embedding(100, 16) -> transformer_decoder(4, dim_feedforward=32)
/// net = input(12) -> encoder_decoder(encoder, decoder, source=7) -> dense(100)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, text = Self::own_text)]
pub struct EncoderDecoder {
    /// The network whose output is attended to.
    pub encoder: NetworkSpec,
    /// The network that attends to it.
    pub decoder: NetworkSpec,
    /// How many steps of a sample go to the encoder, the others to the decoder.
    #[spec(positive)]
    pub source: Option<usize>,
}

impl EncoderDecoder {
    fn own_text(&self) -> String {
        let source = self.source.map_or(String::new(), |source| format!(", source={source}"));
        format!("encoder_decoder({}, {}{source})", self.encoder, self.decoder)
    }
}

impl EncoderDecoder {
    /// The input shapes of both halves.
    fn halves(&self, input: Shape) -> [Shape; 2] {
        match self.source {
            None => [input; 2],
            Some(source) => {
                let steps = input.first().copied().unwrap_or(0);
                [source, steps.saturating_sub(source)].map(|steps| input.with_axis(0, steps))
            }
        }
    }
}

impl LayerKind for EncoderDecoder {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_shape_beside(input, None)
    }

    fn output_shape_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        let [source, target] = self.halves(input);
        if target.count() == 0 {
            return Err(InputMismatch::new(format!(
                "wants more steps than its source={}",
                source[0]
            ))
            .help("a sample holds the encoder's steps, followed by the decoder's")
            .into());
        }
        let memory = self.encoder.output_inside(source, memory)?;
        if memory.rank() != 2 {
            return Err(InputMismatch::new(format!(
                "wants an encoder that gives a sequence [time, features] (this one gives {memory})"
            ))
            .into());
        }
        self.decoder.output_inside(target, Some(memory))
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let [source, target] = self.halves(input);
        let shapes = self.encoder.shapes_beside(source, builder.memory())?;
        let memory = shapes.last().copied().unwrap_or(source);
        let encoder = builder.chain("encoder", &self.encoder, source)?;
        let decoder = builder.beside(memory, |b| b.chain("decoder", &self.decoder, target))?;
        Ok(Arc::new(EncoderDecoderLayer { encoder, decoder, source: self.source }))
    }

    fn networks(&self) -> Vec<InnerNetwork<'_>> {
        vec![
            InnerNetwork::named("encoder", &self.encoder),
            InnerNetwork::named("decoder", &self.decoder),
        ]
    }
}

#[derive(Debug)]
struct EncoderDecoderLayer {
    encoder: Chain,
    decoder: Chain,
    source: Option<usize>,
}

impl Layer for EncoderDecoderLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let steps = pass.tape.array(x)?.dims().get(1).copied().unwrap_or(0);
        // Lengths of a whole sample do not apply to its halves.
        let given = pass.lengths.filter(|_| self.source.is_none());
        let [source, target] = match self.source {
            None => [x; 2],
            Some(source) => [pass.slice(x, 1, 0..source)?, pass.slice(x, 1, source..steps)?],
        };
        pass.lengths = given;
        let value = self.encoder.forward(pass, source).and_then(|y| pass.numbers(y))?;
        let outside = pass.memory.replace(Memory { value, lengths: pass.lengths });
        pass.lengths = given;
        let result = self.decoder.forward(pass, target);
        pass.memory = outside;
        result
    }

    /// Each layer inside is asked separately.
    fn takes_indices(&self) -> bool {
        true
    }
}
