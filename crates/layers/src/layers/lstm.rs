//! Stacked LSTM layers.

use super::{LayerKind, Refusal, dropout::DropoutLayer};
use crate::{
    Builder, InitializerSpec, Layer, LayerError, ParameterId, Pass, Unfit, initializers, ops,
};
use relume_autograd::{OpRef, Var, ops as basic};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Long short-term memory over sequences `[time, features]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lstm {
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

/// Which states of a recurrent layer come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// The state after every time step.
    All,
    /// The state after the last step that each direction takes.
    Last,
}

impl Described for Lstm {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "lstm",
        aliases: &[],
        summary: "long short-term memory: reads a sequence and remembers through gates",
        details: "Takes `[time, features]`; gives `[time, hidden]`, or `[hidden]` with output=\"last\" (twice as many features when bidirectional). Parameters of layer k: `weight_ih_lk` [4 hidden, features], `weight_hh_lk` [4 hidden, hidden], `bias_ih_lk`, `bias_hh_lk` [4 hidden], gates in the order input, forget, cell, output; `_reverse` behind them for the way back. Hochreiter and Schmidhuber, \"Long short-term memory\", 1997.",
        arguments: &[
            Argument::new("hidden", Type::COUNT, "features of the state"),
            Argument::new("layers", Type::COUNT, "layers on top of each other").or_integer(1),
            Argument::new(
                "bidirectional",
                Type::Boolean,
                "whether each layer also reads from the end",
            )
            .or_boolean(false),
            Argument::new("dropout", Type::FRACTION, "dropout between layers").or_number(0.0),
            Argument::new(
                "output",
                Type::Choice(&["all", "last"]),
                "the states of all time steps, or the last",
            )
            .or_text("all"),
            Argument::new("bias", Type::Boolean, "whether biases are added").or_boolean(true),
        ],
        example: "net = input(20, 3) -> lstm(16, layers=2, output=\"last\") -> dense(2)",
    };
}

impl LayerKind for Lstm {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        let width = self.hidden * if self.bidirectional { 2 } else { 1 };
        match (*input).len() {
            2 if input[0] == 0 => Err(Unfit::new("wants a sequence of at least one step").into()),
            2 => Ok(match self.output {
                Output::All => [input[0], width].into(),
                Output::Last => width.into(),
            }),
            _ => Err(Unfit::new("wants a sequence [time, features]").into()),
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let mut features = input.last().copied().unwrap_or(1);
        let hidden = self.hidden;
        // PyTorch's: evenly within 1/sqrt(hidden), biases too.
        let init = InitializerSpec::from(initializers::Default {});
        let fans = [hidden, 4 * hidden];
        let directions: &[&str] = if self.bidirectional { &["", "_reverse"] } else { &[""] };
        let mut layers = Vec::new();
        for layer in 0..self.layers {
            let mut made = Vec::new();
            for suffix in directions {
                let mut make = |name: &str, shape: Shape| {
                    builder.parameter(&format!("{name}_l{layer}{suffix}"), shape, &init, fans)
                };
                let mut ids = vec![
                    make("weight_ih", [4 * hidden, features].into()),
                    make("weight_hh", [4 * hidden, hidden].into()),
                ];
                if self.bias {
                    ids.push(make("bias_ih", (4 * hidden).into()));
                    ids.push(make("bias_hh", (4 * hidden).into()));
                }
                made.push(ids);
            }
            features = hidden * directions.len();
            layers.push(made);
        }
        let op = |reverse| OpRef::from(Arc::new(ops::Lstm { reverse, bias: self.bias }));
        Ok(Arc::new(LstmLayer {
            directions: [op(false), op(true)],
            layers,
            dropout: DropoutLayer { p: self.dropout as f32 },
            hidden,
            output: self.output,
        }))
    }
}

#[derive(Debug)]
struct LstmLayer {
    directions: [OpRef; 2],
    /// For each layer and direction its parameters.
    layers: Vec<Vec<Vec<ParameterId>>>,
    dropout: DropoutLayer,
    hidden: usize,
    output: Output,
}

impl Layer for LstmLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let mut x = x;
        for (index, layer) in self.layers.iter().enumerate() {
            if index > 0 {
                x = self.dropout.forward(pass, x)?;
            }
            let mut states = [x; 2];
            for ((slot, op), parameters) in states.iter_mut().zip(&self.directions).zip(layer) {
                let mut inputs = [x; 5];
                for (input, &id) in inputs[1..].iter_mut().zip(parameters) {
                    *input = pass.parameter(id);
                }
                *slot = pass.tape.apply(op, &inputs[..=parameters.len()])?;
            }
            x = match layer.len() {
                1 => states[0],
                _ => basic::concat(pass.tape, &states, 2)?,
            };
        }
        match self.output {
            Output::All => Ok(x),
            Output::Last => self.last(pass, x),
        }
    }
}

impl LstmLayer {
    /// Each direction's state after its last step: at the end of time forwards, at the beginning backwards.
    fn last(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let shape = pass.tape.value(x).shape();
        let (batch, time, width) = (shape[0], shape[1], shape[2]);
        let mut part = |at: usize, from: usize, to: usize| -> Result<Var, LayerError> {
            let step = basic::slice(pass.tape, x, 1, at, at + 1)?;
            let features = match to - from == width {
                true => step,
                false => basic::slice(pass.tape, step, 2, from, to)?,
            };
            Ok(basic::reshape(pass.tape, features, [batch, to - from].into())?)
        };
        let forwards = part(time - 1, 0, self.hidden)?;
        match width > self.hidden {
            false => Ok(forwards),
            true => {
                let backwards = part(0, self.hidden, width)?;
                Ok(basic::concat(pass.tape, &[forwards, backwards], 1)?)
            }
        }
    }
}
