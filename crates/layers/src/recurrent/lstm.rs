//! Stacked LSTM layers.

use crate::recurrent::stack::{RecurrentLayer, RecurrentOptions, Stack};
use crate::{Builder, Layer, LayerError, LayerKind, ParameterId, Refusal, ops};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Long short-term memory: reads a sequence and keeps a memory through gates.
///
/// Takes `[time, features]`; gives `[time, hidden]`, or `[hidden]` with output="last" (twice as many features when
/// bidirectional). Samples may have different lengths after `embedding(padding_idx=...)` or `masking`: as with
/// PyTorch's packed sequences, states after the last step are 0, and the backward direction begins at the last step.
/// Parameters of layer k: `weight_ih_lk` `[4 hidden, features]`, `weight_hh_lk` `[4 hidden, hidden]`, `bias_ih_lk`,
/// `bias_hh_lk` `[4 hidden]`, gates in the order input, forget, cell, output; with the suffix `_reverse` for the
/// backward direction. Hochreiter and Schmidhuber, "Long short-term memory", 1997; for forget_bias=1, Jozefowicz and
/// others, "An empirical exploration of recurrent network architectures", 2015.
///
/// ```relume
/// net = input(20, 3) -> lstm(16, layers=2, output="last") -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, positional = 1, check = Self::consistent)]
pub struct Lstm {
    /// Features of the state.
    #[spec(positive)]
    pub hidden: usize,
    /// Stacked layers.
    #[spec(default = 1, range = 1..=1000)]
    pub layers: usize,
    /// Directions, and what is given.
    #[spec(flatten = RecurrentOptions)]
    pub options: RecurrentLayer,
    /// Initial value of the forget gates' biases, both added up; with 1 the memory is longer at first.
    pub forget_bias: Option<f64>,
}

impl Lstm {
    fn consistent(&self) -> Result<(), String> {
        match self.forget_bias.is_some() && !self.options.bias {
            true => Err("forget_bias needs biases: leave bias=false out".to_string()),
            false => Ok(()),
        }
    }
}

impl Lstm {
    fn stack(&self) -> Stack {
        Stack { hidden: self.hidden, layers: self.layers, gates: 4, options: self.options }
    }

    /// Sets the forget gates' part of both biases.
    fn start_forget_gate(&self, builder: &mut Builder<'_>, parameters: &[ParameterId]) {
        if let (Some(sum), &[_, _, of_input, of_state]) = (self.forget_bias, parameters) {
            for (id, value) in [(of_input, sum as f32), (of_state, 0.0)] {
                if let Some(bias) = builder.made(id) {
                    bias.value.data_mut()[self.hidden..2 * self.hidden].fill(value);
                }
            }
        }
    }
}

impl LayerKind for Lstm {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.stack().output_shape(input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let op = |reverse| Arc::new(ops::Lstm { reverse, bias: self.options.bias }).into();
        Ok(self.stack().build(input, builder, op, |builder, ids| {
            self.start_forget_gate(builder, ids);
        }))
    }
}
