//! One pass through a network: the tape, and what the layers may touch on the way.

use crate::{Layer, LayerError, ParameterId, Parameters};
use relume_autograd::{Tape, Var};
use relume_tensor::{Array, Indices, Rng, Shape, Tensor};

/// Whether layers behave as in training or as in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Dropout drops, batch norm uses the batch's statistics.
    Training,
    /// Nothing is random, running statistics are used.
    Inference,
}

/// A tape and the place of each parameter on it; made once and used for many passes.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The tape.
    pub tape: Tape,
    variables: Vec<Option<Var>>,
    lengths: Option<Indices>,
    /// Those of the last pass's output.
    output_lengths: Option<Var>,
}

impl Workspace {
    /// A workspace that records, for training.
    pub fn recording() -> Self {
        Workspace::default()
    }

    /// A workspace on a tape that holds values already.
    pub fn on(tape: Tape) -> Self {
        Workspace { tape, ..Workspace::default() }
    }

    /// A workspace that only computes.
    pub fn inference() -> Self {
        Workspace::on(Tape::inference())
    }

    /// Has a parameter stand where a value is on the tape already, instead of its own numbers.
    pub fn place(&mut self, id: ParameterId, variable: Var) {
        if self.variables.len() <= id.0 {
            self.variables.resize(id.0 + 1, None);
        }
        self.variables[id.0] = Some(variable);
    }

    /// Says how many steps each sample of the next batch has; what lies behind them is padding. Good until the workspace is
    /// cleared.
    pub fn set_lengths(&mut self, lengths: &[usize]) {
        // A length above the largest index is longer than any batch, and refused with it.
        let length = |i: usize| u32::try_from(lengths[i]).unwrap_or(u32::MAX);
        self.lengths = Some(Indices::from_fn(lengths.len(), length));
    }

    /// The lengths that were given for the next batch.
    pub(crate) fn lengths(&self) -> Option<Indices> {
        self.lengths.clone()
    }

    /// How many steps each sequence of the last pass's output has, indices `[batch]`; none where the output holds no sequences, or where
    /// all of them are of its full length.
    pub fn output_lengths(&self) -> Option<Var> {
        self.output_lengths
    }

    pub(crate) fn set_output_lengths(&mut self, lengths: Option<Var>) {
        self.output_lengths = lengths;
    }

    /// Forgets the last pass; its room is used again.
    pub fn clear(&mut self) {
        self.tape.clear();
        self.variables.clear();
        self.lengths = None;
        self.output_lengths = None;
    }

    /// Where a parameter stands on the tape, if the last pass used it.
    pub fn variable(&self, id: ParameterId) -> Option<Var> {
        self.variables.get(id.0).copied().flatten()
    }

    /// Takes out the gradient that the last backward pass found for a parameter.
    pub fn take_gradient(&mut self, id: ParameterId) -> Option<Tensor> {
        self.tape.take_gradient(self.variable(id)?)
    }
}

/// How many steps of each sample are real: what lies behind them is padding.
#[derive(Clone, Copy, Debug)]
pub struct Lengths {
    /// `[batch]`.
    var: Var,
    /// The steps of every sample, padding included.
    time: usize,
}

impl Lengths {
    /// One number for each sample.
    pub fn numbers(self) -> Var {
        self.var
    }
}

/// What the decoding half of a network looks at.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// What the encoding half gave, `[batch, steps, features]`.
    pub value: Var,
    /// Which of its steps are real.
    pub lengths: Option<Lengths>,
}

/// What a layer sees while values pass through it.
///
/// Beside the value go the lengths of its sequences: an embedding or a masking layer finds them in the data (or
/// [`Workspace::set_lengths`] gave them), recurrent, attention and pooling layers behind it heed them. They stay while the first
/// axis of a sample, the time, stays as it is, and are dropped with it.
#[derive(Debug)]
pub struct Pass<'a> {
    /// The tape to record on.
    pub tape: &'a mut Tape,
    /// Training or use.
    pub mode: Mode,
    /// The network's generator, for layers that are random in training.
    pub rng: &'a mut Rng,
    /// The lengths of the sequences that come, where some are known.
    pub lengths: Option<Lengths>,
    /// What an encoder before has left.
    pub memory: Option<Memory>,
    pub(crate) parameters: &'a mut Parameters,
    pub(crate) variables: &'a mut Vec<Option<Var>>,
}

impl<'a> Pass<'a> {
    /// A pass on a workspace's tape with the parameters that a [`Builder`](crate::Builder) made.
    pub fn new(
        workspace: &'a mut Workspace,
        parameters: &'a mut Parameters,
        rng: &'a mut Rng,
        mode: Mode,
    ) -> Self {
        let Workspace { tape, variables, .. } = workspace;
        variables.resize(parameters.len(), None);
        Pass { tape, mode, rng, lengths: None, memory: None, parameters, variables }
    }

    /// Says how many steps of `x`, `[batch, time, ...]`, are real in each sample.
    ///
    /// # Errors
    /// Not one length for each sample, or one that is no number of steps.
    pub fn set_lengths(&mut self, lengths: Indices, x: Var) -> Result<(), LayerError> {
        let shape = self.tape.array(x)?.shape();
        let (batch, time) = match *shape {
            [batch, time, ..] if batch == lengths.count() => (batch, time),
            _ => {
                let batch = shape.first().copied().unwrap_or(0);
                return Err(LayerError::Lengths { given: lengths.count(), batch });
            }
        };
        if let Some(row) = (0..batch).find(|&row| lengths.data()[row] as usize > time) {
            let given = lengths.data()[row] as usize;
            return Err(LayerError::TooLong { row, given, time });
        }
        self.lengths = Some(Lengths { var: self.tape.constant(lengths), time });
        Ok(())
    }

    /// The lengths `[batch]` of the sequences of x, `[batch, time, ...]`; None if no sample has padding.
    ///
    /// # Errors
    /// A sample that is nothing but padding.
    pub fn lengths_of(&self, x: Var) -> Result<Option<Var>, LayerError> {
        let time = self.tape.array(x)?.dims().get(1).copied();
        match self.lengths {
            Some(lengths) if Some(lengths.time) == time => self.checked(lengths),
            _ => Ok(None),
        }
    }

    /// The lengths, where some sample is shorter than the others.
    pub(crate) fn checked(&self, lengths: Lengths) -> Result<Option<Var>, LayerError> {
        let numbers = self.tape.indices(lengths.var)?.data();
        if let Some(row) = numbers.iter().position(|&length| length == 0) {
            return Err(LayerError::NoSteps { row });
        }
        let all_full = numbers.iter().all(|&length| length as usize == lengths.time);
        Ok((!all_full).then_some(lengths.var))
    }

    /// Drops lengths that are not those of `x` any more, behind a layer that gave it.
    pub(crate) fn settle(&mut self, x: Var) {
        let shape = self.tape.array(x).map_or(Shape::SCALAR, Array::shape);
        self.lengths = self.lengths.filter(|lengths| shape.rank() > 2 && shape[1] == lengths.time);
    }

    /// `x` as a layer takes it: indices become a tensor where it takes none.
    ///
    /// # Errors
    /// Indices of 2^24 or more, which f32 would round.
    pub(crate) fn input_of(&mut self, layer: &dyn Layer, x: Var) -> Result<Var, LayerError> {
        if layer.takes_indices() { Ok(x) } else { self.numbers(x) }
    }

    /// `x` as a tensor.
    ///
    /// # Errors
    /// Indices of 2^24 or more, which f32 would round.
    pub(crate) fn numbers(&mut self, x: Var) -> Result<Var, LayerError> {
        match self.tape.array(x)? {
            Array::Tensor(_) => Ok(x),
            Array::Indices(indices) => {
                let numbers = indices.to_tensor()?;
                Ok(self.tape.constant(numbers))
            }
        }
    }

    /// A parameter on the tape; the same one for every use in this pass, so that shared weights gather all gradients.
    pub fn parameter(&mut self, id: ParameterId) -> Var {
        if let Some(variable) = self.variables[id.0] {
            return variable;
        }
        let parameter = self.parameters.get(id);
        let value = parameter.value.clone();
        let variable = match parameter.is_trained() {
            true => self.tape.variable(value),
            false => self.tape.constant(value),
        };
        self.variables[id.0] = Some(variable);
        variable
    }

    /// A buffer's numbers.
    pub fn buffer(&self, id: ParameterId) -> &Tensor {
        &self.parameters.get(id).value
    }

    /// A buffer's numbers, for writing.
    pub fn buffer_mut(&mut self, id: ParameterId) -> &mut Tensor {
        &mut self.parameters.get_mut(id).value
    }

    /// Whether this pass trains.
    pub fn is_training(&self) -> bool {
        self.mode == Mode::Training
    }
}
