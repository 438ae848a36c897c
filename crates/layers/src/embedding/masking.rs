//! Padding at the end of sequences, marked by a value.

use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Pass, Refusal, ops};
use relume_autograd::Var;
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Tells the following layers where each sequence ends: all features of a step of padding have one value.
///
/// Takes `[time, features]` and passes it on unchanged. A sample ends with its last step that has a feature other than
/// the value; steps of the value before that count. Layers that use it: rnn, gru, lstm, multihead_attention,
/// transformer blocks, pool_over_time. It is dropped where the number of steps changes.
///
/// ```relume
/// net = input(20, 3) -> masking -> gru(16, output="last") -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct Masking {
    /// The value of all features of a step of padding.
    #[spec(default = 0.0)]
    pub value: f64,
}

impl LayerKind for Masking {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        match input.rank() {
            2 => Ok(input),
            _ => Err(InputMismatch::new("wants a sequence [time, features]").into()),
        }
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(MaskingLayer { value: self.value as f32 }))
    }
}

#[derive(Debug)]
struct MaskingLayer {
    value: f32,
}

impl Layer for MaskingLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let lengths = ops::lengths_until(pass.tape.value(x), self.value)?;
        pass.set_lengths(lengths, x)?;
        Ok(x)
    }
}
