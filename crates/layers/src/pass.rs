//! One pass through a network: the tape, and the state that layers use.

use crate::{Layer, LayerError, ParameterId, Parameters, Watch};
use relume_autograd::{Tape, Together, Var, ops};
use relume_tensor::{Array, Indices, Rng, Shape, Tensor};
use std::ops::Range;
use std::sync::Arc;

/// Whether layers behave as in training or as in inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Dropout drops, batch norm uses the batch's statistics.
    Training,
    /// Nothing is random, running statistics are used.
    Inference,
}

/// A tape and the position of each parameter on it; made once and used for many passes.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The tape.
    pub tape: Tape,
    variables: Vec<Option<Var>>,
    lengths: Option<Indices>,
    /// Those of the last pass's output.
    output_lengths: Option<Var>,
    watch: Option<Watch>,
    together: Option<Arc<dyn Together>>,
}

impl Workspace {
    /// A workspace that records, for training.
    pub fn recording() -> Self {
        Workspace::default()
    }

    /// A workspace on a tape that already holds values.
    pub fn on(tape: Tape) -> Self {
        Workspace { tape, ..Workspace::default() }
    }

    /// A workspace that only computes.
    pub fn inference() -> Self {
        Workspace::on(Tape::inference())
    }

    /// The same workspace, which also watches what passes through every stage at every depth.
    #[must_use]
    pub fn watching(self) -> Self {
        Workspace { watch: Some(Watch::default()), ..self }
    }

    /// A workspace that records, and watches a pass as it trains: stages that are fused into one another run as one, so
    /// that the pass gives the same bits as without it, and [`FusedStages`](crate::FusedStages) shows what is between
    /// them. All gradients are kept.
    pub fn watching_training() -> Self {
        let mut tape = Tape::new();
        tape.keep_all_gradients();
        Workspace { watch: Some(Watch::as_trained()), ..Workspace::on(tape) }
    }

    /// What was seen of the last pass; `None` if this workspace does not watch.
    pub fn watch(&self) -> Option<&Watch> {
        self.watch.as_ref()
    }

    /// Makes a parameter use a value that is already on the tape, instead of its own numbers.
    pub fn place(&mut self, id: ParameterId, variable: Var) {
        if self.variables.len() <= id.0 {
            self.variables.resize(id.0 + 1, None);
        }
        self.variables[id.0] = Some(variable);
    }

    /// Sets how many steps each sample of the next batch has; the steps after them are padding. Valid until the
    /// workspace is cleared.
    pub fn set_lengths(&mut self, lengths: &[usize]) {
        // A length above the largest index is longer than any batch, and is refused with it.
        let length = |i: usize| u32::try_from(lengths[i]).unwrap_or(u32::MAX);
        self.lengths = Some(Indices::from_fn(lengths.len(), length));
    }

    /// Says that the next batches are one shard each of a batch that others pass through the network too: layers with
    /// `sync=true` then use the statistics of all its shards in training. `None`, as at first, if a batch is a whole
    /// one. Stays when the workspace is cleared.
    ///
    /// The backward pass of a shard then starts from the shard's weight in the batch's loss, not from 1; [`Together`]
    /// says why.
    pub fn set_together(&mut self, together: Option<Arc<dyn Together>>) {
        self.together = together;
    }

    /// Whether batches are shards of a batch that others pass through the network too.
    pub fn is_together(&self) -> bool {
        self.together.is_some()
    }

    /// The lengths of the next batch.
    pub(crate) fn lengths(&self) -> Option<Indices> {
        self.lengths.clone()
    }

    /// How many steps each sequence of the last pass's output has, indices `[batch]`; `None` if the output holds no
    /// sequences, or if all of them have the full length.
    pub fn output_lengths(&self) -> Option<Var> {
        self.output_lengths
    }

    pub(crate) fn set_output_lengths(&mut self, lengths: Option<Var>) {
        self.output_lengths = lengths;
    }

    /// Clears the last pass; its memory is used again.
    pub fn clear(&mut self) {
        self.tape.clear();
        self.variables.clear();
        self.lengths = None;
        self.output_lengths = None;
        self.watch.iter_mut().for_each(Watch::clear);
    }

    /// The position of a parameter on the tape, if the last pass used it.
    pub fn variable(&self, id: ParameterId) -> Option<Var> {
        self.variables.get(id.0).copied().flatten()
    }

    /// Takes the gradient of a parameter from the last backward pass.
    pub fn take_gradient(&mut self, id: ParameterId) -> Option<Tensor> {
        self.tape.take_gradient(self.variable(id)?)
    }
}

/// How many steps of each sample are real: the steps after them are padding.
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

/// The memory that a decoder attends to.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The encoder's output, `[batch, steps, features]`.
    pub value: Var,
    /// Which of its steps are real.
    pub lengths: Option<Lengths>,
}

/// The context of a layer while values pass through it.
///
/// Each value comes with the lengths of its sequences: an embedding or a masking layer finds them in the data (or
/// [`Workspace::set_lengths`] set them), and the recurrent, attention and pooling layers after it use them. They are
/// kept as long as the first axis of a sample, the time, stays the same, and are dropped with it.
#[derive(Debug)]
pub struct Pass<'a> {
    /// The tape to record on.
    pub tape: &'a mut Tape,
    /// Training or inference.
    pub mode: Mode,
    /// The network's generator, for layers that are random in training.
    pub rng: &'a mut Rng,
    /// The lengths of the incoming sequences, if some are known.
    pub lengths: Option<Lengths>,
    /// The output of an encoder before.
    pub memory: Option<Memory>,
    pub(crate) parameters: &'a mut Parameters,
    pub(crate) variables: &'a mut Vec<Option<Var>>,
    pub(crate) watch: &'a mut Option<Watch>,
    together: Option<&'a Arc<dyn Together>>,
}

impl<'a> Pass<'a> {
    /// A pass on a workspace's tape with the parameters that a [`Builder`](crate::Builder) made.
    pub fn new(
        workspace: &'a mut Workspace,
        parameters: &'a mut Parameters,
        rng: &'a mut Rng,
        mode: Mode,
    ) -> Self {
        let Workspace { tape, variables, watch, together, .. } = workspace;
        variables.resize(parameters.len(), None);
        let together = together.as_ref();
        Pass {
            tape,
            mode,
            rng,
            lengths: None,
            memory: None,
            parameters,
            variables,
            watch,
            together,
        }
    }

    /// Sets how many steps of `x`, `[batch, time, ...]`, are real in each sample.
    ///
    /// # Errors
    /// Another number of lengths than samples, or a length that is not a number of steps.
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

    /// The lengths `[batch]` of the sequences of x, `[batch, time, ...]`; `None` if no sample has padding.
    ///
    /// # Errors
    /// A sample that consists of padding only.
    pub fn lengths_of(&self, x: Var) -> Result<Option<Var>, LayerError> {
        let time = self.tape.array(x)?.dims().get(1).copied();
        match self.lengths {
            Some(lengths) if Some(lengths.time) == time => self.checked(lengths),
            _ => Ok(None),
        }
    }

    /// The lengths, if some sample is shorter than the others.
    pub(crate) fn checked(&self, lengths: Lengths) -> Result<Option<Var>, LayerError> {
        let numbers = self.tape.indices(lengths.var)?.data();
        if let Some(row) = numbers.iter().position(|&length| length == 0) {
            return Err(LayerError::NoSteps { row });
        }
        let all_full = numbers.iter().all(|&length| length as usize == lengths.time);
        Ok((!all_full).then_some(lengths.var))
    }

    /// Drops lengths that do not apply to `x` any more, after a layer that computed it.
    pub(crate) fn settle(&mut self, x: Var) {
        let shape = self.tape.array(x).map_or(Shape::SCALAR, Array::shape);
        self.lengths = self.lengths.filter(|lengths| shape.rank() > 2 && shape[1] == lengths.time);
    }

    /// `x` as a layer takes it: indices become a tensor for a layer that takes none.
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

    /// The indices `range` of an axis of `x`, a tensor or indices.
    ///
    /// # Errors
    /// There are no such indices.
    pub(crate) fn slice(
        &mut self,
        x: Var,
        axis: usize,
        range: Range<usize>,
    ) -> Result<Var, LayerError> {
        match self.tape.array(x)? {
            Array::Tensor(_) => Ok(ops::slice(self.tape, x, axis, range.start, range.end)?),
            Array::Indices(indices) => {
                let part = indices.slice(axis, range.start, range.end)?;
                Ok(self.tape.constant(part))
            }
        }
    }

    /// A parameter on the tape; the same value for every use in this pass, so that shared weights sum their gradients.
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

    /// The other shards of the batch, if it is one shard of a larger batch.
    pub fn together(&self) -> Option<&'a Arc<dyn Together>> {
        self.together
    }

    /// Whether this is a training pass.
    pub fn is_training(&self) -> bool {
        self.mode == Mode::Training
    }
}
