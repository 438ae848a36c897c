//! Shared by rnn, gru and lstm: stacked layers, both directions, sequences of different lengths.

use crate::Refusal;
use crate::noise::dropout::DropoutLayer;
use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, ParameterId, Pass, RecurrentPart,
    Watched, WatchedKind, initializers, ops,
};
use relume_autograd::{Op, OpRef, Var, ops::Concat};
use relume_catalog::{Choice, Spec};
use relume_tensor::{Indices, Shape, Tensor};
use std::sync::Arc;

/// Which states of a recurrent layer are its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Output {
    /// The state after every time step; zeros after a sample's last one.
    All,
    /// The state after the last step of each direction.
    Last,
}

/// The directions of a recurrent layer, and what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(block = RecurrentOptions)]
pub struct RecurrentLayer {
    /// Whether each layer also reads the sequence backwards.
    #[spec(default = false)]
    pub bidirectional: bool,
    /// Dropout between layers.
    #[spec(default = 0.0, fraction)]
    pub dropout: f64,
    /// The states of all time steps, or the last one.
    #[spec(default = Output::All)]
    pub output: Output,
    /// Whether biases are added.
    #[spec(default = true)]
    pub bias: bool,
}

/// A stack of recurrent layers, to be built.
pub(crate) struct Stack {
    pub hidden: usize,
    pub layers: usize,
    /// Rows of the weights for each unit of the state.
    pub gates: usize,
    pub options: RecurrentLayer,
}

impl Stack {
    pub fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let width = self.hidden.saturating_mul(if self.options.bidirectional { 2 } else { 1 });
        match (*input).len() {
            2 if input[0] == 0 => {
                Err(InputMismatch::new("wants a sequence of at least one step").into())
            }
            2 => Ok(match self.options.output {
                Output::All => [input[0], width].into(),
                Output::Last => width.into(),
            }),
            _ => Err(InputMismatch::new("wants a sequence [time, features]").into()),
        }
    }

    /// `op` makes the operation of a direction, backward if told so; `made` gets the parameters of each layer and
    /// direction.
    pub fn build(
        &self,
        input: Shape,
        builder: &mut Builder<'_>,
        op: impl Fn(bool) -> OpRef,
        mut made: impl FnMut(&mut Builder<'_>, &[ParameterId]),
    ) -> Arc<dyn Layer> {
        let mut features = input.last().copied().unwrap_or(1);
        let (hidden, rows) = (self.hidden, self.gates * self.hidden);
        // PyTorch's: uniform within 1/sqrt(hidden), biases too.
        let init = InitializerSpec::from(initializers::Default {});
        let fans = [hidden, rows];
        let suffixes: &[&str] = if self.options.bidirectional { &["", "_reverse"] } else { &[""] };
        let mut layers = Vec::new();
        for layer in 0..self.layers {
            let mut directions = Vec::new();
            for suffix in suffixes {
                let mut make = |name: &str, shape: Shape| {
                    builder.parameter(&format!("{name}_l{layer}{suffix}"), shape, &init, fans)
                };
                let mut ids = vec![
                    make("weight_ih", [rows, features].into()),
                    make("weight_hh", [rows, hidden].into()),
                ];
                if self.options.bias {
                    ids.push(make("bias_ih", rows.into()));
                    ids.push(make("bias_hh", rows.into()));
                }
                made(builder, &ids);
                directions.push(ids);
            }
            features = hidden * suffixes.len();
            layers.push(directions);
        }
        Arc::new(StackLayer {
            ops: [op(false), op(true)],
            layers,
            dropout: DropoutLayer { p: self.options.dropout as f32 },
            output: self.options.output,
            last: Arc::new(ops::LastStates { forwards: hidden }).into(),
            gates: self.gates,
            path: builder.place().to_string(),
        })
    }
}

#[derive(Debug)]
struct StackLayer {
    /// Forward and backward in time.
    ops: [OpRef; 2],
    /// The parameters of each layer and direction.
    layers: Vec<Vec<Vec<ParameterId>>>,
    dropout: DropoutLayer,
    output: Output,
    last: OpRef,
    /// Rows of the weights for each unit of the state.
    gates: usize,
    /// What the paths of its parts begin with.
    path: String,
}

impl Layer for StackLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        const JOIN: &dyn Op = &Concat { axis: 2 };
        const PAD: &dyn Op = &Concat { axis: 1 };
        let lengths = pass.lengths_of(x)?;
        let time = pass.tape.value(x).dims()[1];
        let longest = match lengths {
            Some(lengths) => longest(pass.tape.indices(lengths)?, time),
            None => time,
        };
        // After the longest sample of a batch there is nothing to compute.
        let mut x = match longest < time {
            true => relume_autograd::ops::slice(pass.tape, x, 1, 0, longest)?,
            false => x,
        };
        for (index, directions) in self.layers.iter().enumerate() {
            if index > 0 {
                x = self.dropout.forward(pass, x)?;
            }
            let mut states = [x; 2];
            for (direction, parameters) in directions.iter().enumerate() {
                states[direction] =
                    self.direction(pass, x, [index, direction], parameters, lengths)?;
            }
            x = match directions.len() {
                1 => states[0],
                _ => pass.tape.apply(JOIN, &states)?,
            };
        }
        match self.output {
            Output::All if longest < time => {
                let states = pass.tape.value(x).dims();
                let padding = Tensor::zeros([states[0], time - longest, states[2]]);
                let padding = pass.tape.constant(padding);
                Ok(pass.tape.apply(PAD, &[x, padding])?)
            }
            Output::All => Ok(x),
            Output::Last => {
                pass.lengths = None;
                let inputs = [x, lengths.unwrap_or(x)];
                let count = if lengths.is_some() { 2 } else { 1 };
                Ok(pass.tape.apply(&self.last, &inputs[..count])?)
            }
        }
    }
}

/// The steps of a batch's longest sample, at least one.
fn longest(lengths: &Indices, time: usize) -> usize {
    lengths.data().iter().fold(1, |longest, &length| longest.max(length as usize)).min(time)
}

impl StackLayer {
    /// The states of one direction of a layer.
    ///
    /// If samples have different lengths, the backward direction begins at each one's last step: the steps are
    /// reversed, read forward, and the states reversed again. The states of padding are set to 0, so no gradient
    /// reaches it.
    fn direction(
        &self,
        pass: &mut Pass<'_>,
        x: Var,
        [layer, direction]: [usize; 2],
        parameters: &[ParameterId],
        lengths: Option<Var>,
    ) -> Result<Var, LayerError> {
        const KEEP: &dyn Op = &ops::WithinLengths { reverse: false };
        const TURN: &dyn Op = &ops::WithinLengths { reverse: true };
        let (op, within) = match (lengths, direction) {
            (Some(_), 1) => (&self.ops[0], TURN),
            _ => (&self.ops[direction], KEEP),
        };
        let mut inputs = [x; 5];
        if let (Some(lengths), 1) = (lengths, direction) {
            inputs[0] = pass.tape.apply(within, &[x, lengths])?;
        }
        for (input, &id) in inputs[1..].iter_mut().zip(parameters) {
            *input = pass.parameter(id);
        }
        let states = pass.tape.apply(op, &inputs[..=parameters.len()])?;
        pass.watched(|| {
            let suffix = if direction == 1 { "_reverse" } else { "" };
            let part = RecurrentPart {
                gates: self.gates,
                reverse: direction == 1 && lengths.is_none(),
                bidirectional: self.layers[layer].len() > 1,
                parameters: inputs[1..=parameters.len()].to_vec(),
            };
            Watched {
                path: format!("{}l{layer}{suffix}", self.path),
                kind: WatchedKind::Recurrent(part),
                input: inputs[0],
                output: states,
            }
        });
        match lengths {
            Some(lengths) => Ok(pass.tape.apply(within, &[states, lengths])?),
            None => Ok(states),
        }
    }
}
