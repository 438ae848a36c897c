//! Stacked gated recurrent units.

use crate::recurrent::stack::{RecurrentLayer, RecurrentOptions, Stack};
use crate::{Builder, Layer, LayerError, LayerKind, Refusal, ops};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Gated recurrent unit: keeps a memory as lstm does, with three gates and one state.
///
/// r, z = sigmoid of W_ih x + b_ih + W_hh h + b_hh; n = tanh(W_in x + b_in + r (W_hn h + b_hn)); h' = (1 - z) n + z h.
/// Takes `[time, features]`; gives `[time, hidden]`, or `[hidden]` with output="last" (twice as many features when
/// bidirectional). Samples may have different lengths after `embedding(padding_idx=...)` or `masking`: as with
/// PyTorch's packed sequences, states after the last step are 0, and the backward direction begins at the last step.
/// Parameters of layer k: `weight_ih_lk` `[3 hidden, features]`, `weight_hh_lk` `[3 hidden, hidden]`, `bias_ih_lk`,
/// `bias_hh_lk` `[3 hidden]`, gates in the order reset, update, new; with the suffix `_reverse` for the backward
/// direction. Cho and others, "Learning phrase representations using RNN encoder-decoder", 2014.
///
/// ```relume
/// net = input(20, 3) -> gru(16, bidirectional=true, output="last") -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, positional = 1)]
pub struct Gru {
    /// Features of the state.
    #[spec(positive)]
    pub hidden: usize,
    /// Stacked layers.
    #[spec(default = 1, range = 1..=1000)]
    pub layers: usize,
    /// Directions, and what is given.
    #[spec(flatten = RecurrentOptions)]
    pub options: RecurrentLayer,
}

impl Gru {
    fn stack(&self) -> Stack {
        Stack { hidden: self.hidden, layers: self.layers, gates: 3, options: self.options }
    }
}

impl LayerKind for Gru {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.stack().output_shape(input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let bias = self.options.bias;
        let op = |reverse| Arc::new(ops::Recurrent { cell: ops::Gru, reverse, bias }).into();
        Ok(self.stack().build(input, builder, op, |_, _| {}))
    }
}
