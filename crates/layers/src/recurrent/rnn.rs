//! Stacked Elman networks.

use crate::recurrent::stack::{RecurrentLayer, RecurrentOptions, Stack};
use crate::{Builder, Layer, LayerError, LayerKind, Refusal, ops};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Plain recurrent network: the state is a function of the input and the previous state.
///
/// h' = f(W_ih x + b_ih + W_hh h + b_hh). Takes `[time, features]`; gives `[time, hidden]`, or `[hidden]` with
/// output="last" (twice as many features when bidirectional). Samples may have different lengths after
/// `embedding(padding_idx=...)` or `masking`: as with PyTorch's packed sequences, states after the last step are 0, and
/// the backward direction begins at the last step. Parameters of layer k: `weight_ih_lk` `[hidden, features]`,
/// `weight_hh_lk` `[hidden, hidden]`, `bias_ih_lk`, `bias_hh_lk` `[hidden]`; with the suffix `_reverse` for the
/// backward direction. Elman, "Finding structure in time", 1990.
///
/// ```relume
/// net = input(20, 3) -> rnn(16, nonlinearity="relu", output="last") -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, positional = 1)]
pub struct Rnn {
    /// Features of the state.
    #[spec(positive)]
    pub hidden: usize,
    /// Stacked layers.
    #[spec(default = 1, range = 1..=1000)]
    pub layers: usize,
    /// The function f.
    #[spec(default = ops::Rnn::Tanh)]
    pub nonlinearity: ops::Rnn,
    /// Directions, and what is given.
    #[spec(flatten = RecurrentOptions)]
    pub options: RecurrentLayer,
}

impl Rnn {
    fn stack(&self) -> Stack {
        Stack { hidden: self.hidden, layers: self.layers, gates: 1, options: self.options }
    }
}

impl LayerKind for Rnn {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.stack().output_shape(input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (cell, bias) = (self.nonlinearity, self.options.bias);
        let op = |reverse| Arc::new(ops::Recurrent { cell, reverse, bias }).into();
        Ok(self.stack().build(input, builder, op, |_, _| {}))
    }
}
