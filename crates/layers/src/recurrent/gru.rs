//! Stacked gated recurrent units.

use crate::recurrent::stack::{self, Output, Stack};
use crate::{Builder, Layer, LayerError, LayerKind, Refusal, ops};
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Gated recurrent units over sequences `[time, features]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gru {
    /// Features of the state.
    pub hidden: usize,
    /// Layers on top of each other.
    pub layers: usize,
    /// Whether each layer also reads from the end to the beginning.
    pub bidirectional: bool,
    /// Dropout between layers.
    pub dropout: f64,
    /// Which states come out.
    pub output: Output,
    /// Whether biases are added.
    pub bias: bool,
}

impl Described for Gru {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "gru",
        aliases: &[],
        summary: "gated recurrent unit: remembers as lstm does, with three gates and one state",
        details: "r, z = sigmoid of W_ih x + b_ih + W_hh h + b_hh; n = tanh(W_in x + b_in + r (W_hn h + b_hn)); h' = (1 - z) n + z h. Takes `[time, features]`; gives `[time, hidden]`, or `[hidden]` with output=\"last\" (twice as many features when bidirectional). Samples may be shorter than others behind `embedding(padding_idx=...)` or `masking`: as PyTorch's packed sequences, states behind the last step are 0, and the way back begins at the last step. Parameters of layer k: `weight_ih_lk` [3 hidden, features], `weight_hh_lk` [3 hidden, hidden], `bias_ih_lk`, `bias_hh_lk` [3 hidden], gates in the order reset, update, new; `_reverse` behind them for the way back. Cho and others, \"Learning phrase representations using RNN encoder-decoder\", 2014.",
        arguments: &[
            stack::HIDDEN,
            stack::LAYERS,
            stack::BIDIRECTIONAL,
            stack::DROPOUT,
            stack::OUTPUT,
            stack::BIAS,
        ],
        example: "net = input(20, 3) -> gru(16, bidirectional=true, output=\"last\") -> dense(2)",
    };
}

impl Gru {
    fn stack(&self) -> Stack {
        let &Gru { hidden, layers, bidirectional, dropout, output, bias } = self;
        Stack { hidden, layers, bidirectional, dropout, output, bias, gates: 3 }
    }
}

impl LayerKind for Gru {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        self.stack().output(input)
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let bias = self.bias;
        let op = |reverse| Arc::new(ops::Recurrent { cell: ops::Gru, reverse, bias }).into();
        Ok(self.stack().build(input, builder, op, |_, _| {}))
    }
}
