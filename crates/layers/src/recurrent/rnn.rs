//! Stacked Elman networks.

use crate::recurrent::stack::{self, Output, Stack};
use crate::{Builder, Layer, LayerError, LayerKind, Refusal, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A plain recurrent network over sequences `[time, features]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rnn {
    /// Features of the state.
    pub hidden: usize,
    /// Layers on top of each other.
    pub layers: usize,
    /// The function of a step.
    pub nonlinearity: ops::Rnn,
    /// Whether each layer also reads from the end to the beginning.
    pub bidirectional: bool,
    /// Dropout between layers.
    pub dropout: f64,
    /// Which states come out.
    pub output: Output,
    /// Whether biases are added.
    pub bias: bool,
}

impl Described for Rnn {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "rnn",
        aliases: &[],
        summary: "plain recurrent network: the state is a function of the input and the state before",
        details: "h' = f(W_ih x + b_ih + W_hh h + b_hh). Takes `[time, features]`; gives `[time, hidden]`, or `[hidden]` with output=\"last\" (twice as many features when bidirectional). Samples may be shorter than others behind `embedding(padding_idx=...)` or `masking`: as PyTorch's packed sequences, states behind the last step are 0, and the way back begins at the last step. Parameters of layer k: `weight_ih_lk` [hidden, features], `weight_hh_lk` [hidden, hidden], `bias_ih_lk`, `bias_hh_lk` [hidden]; `_reverse` behind them for the way back. Elman, \"Finding structure in time\", 1990.",
        arguments: &[
            stack::HIDDEN,
            stack::LAYERS,
            Argument::new("nonlinearity", Type::Choice(&["tanh", "relu"]), "the function f")
                .or_text("tanh"),
            stack::BIDIRECTIONAL,
            stack::DROPOUT,
            stack::OUTPUT,
            stack::BIAS,
        ],
        example: "net = input(20, 3) -> rnn(16, nonlinearity=\"relu\", output=\"last\") -> dense(2)",
    };
}

impl Rnn {
    fn stack(&self) -> Stack {
        let &Rnn { hidden, layers, bidirectional, dropout, output, bias, .. } = self;
        Stack { hidden, layers, bidirectional, dropout, output, bias, gates: 1 }
    }
}

impl LayerKind for Rnn {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        self.stack().output(input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let (cell, bias) = (self.nonlinearity, self.bias);
        let op = |reverse| Arc::new(ops::Recurrent { cell, reverse, bias }).into();
        Ok(self.stack().build(input, builder, op, |_, _| {}))
    }
}
