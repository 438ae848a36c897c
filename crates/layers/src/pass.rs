//! One pass through a network: the tape, and what the layers may touch on the way.

use crate::{ParameterId, Parameters};
use relume_autograd::{Tape, Var};
use relume_tensor::{Rng, Tensor};

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
}

impl Workspace {
    /// A workspace that records, for training.
    pub fn recording() -> Self {
        Workspace::default()
    }

    /// A workspace on a tape that holds values already.
    pub fn on(tape: Tape) -> Self {
        Workspace { tape, variables: Vec::new() }
    }

    /// A workspace that only computes.
    pub fn inference() -> Self {
        Workspace { tape: Tape::inference(), variables: Vec::new() }
    }

    /// Has a parameter stand where a value is on the tape already, instead of its own numbers.
    pub fn place(&mut self, id: ParameterId, variable: Var) {
        if self.variables.len() <= id.0 {
            self.variables.resize(id.0 + 1, None);
        }
        self.variables[id.0] = Some(variable);
    }

    /// Forgets the last pass; its room is used again.
    pub fn clear(&mut self) {
        self.tape.clear();
        self.variables.clear();
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

/// What a layer sees while values pass through it.
#[derive(Debug)]
pub struct Pass<'a> {
    /// The tape to record on.
    pub tape: &'a mut Tape,
    /// Training or use.
    pub mode: Mode,
    /// The network's generator, for layers that are random in training.
    pub rng: &'a mut Rng,
    pub(crate) parameters: &'a mut Parameters,
    pub(crate) variables: &'a mut Vec<Option<Var>>,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        workspace: &'a mut Workspace,
        parameters: &'a mut Parameters,
        rng: &'a mut Rng,
        mode: Mode,
    ) -> Self {
        let Workspace { tape, variables } = workspace;
        variables.resize(parameters.len(), None);
        Pass { tape, mode, rng, parameters, variables }
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
