//! Built layers that are one operation, or a few one after another.

use crate::{Layer, LayerError, ParameterId, Pass, Tail, ops};
use relume_autograd::{OpRef, Var};
use std::sync::Arc;

/// A layer that is one operation on its input, with a few parameters beside it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub op: OpRef,
    pub parameters: Vec<ParameterId>,
    pub tail: Tail,
}

impl Operation {
    pub fn new(op: impl Into<OpRef>, parameters: Vec<ParameterId>) -> Self {
        Operation { op: op.into(), parameters, tail: Tail::Separate }
    }
}

impl Layer for Operation {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let mut inputs = [x; 8];
        for (slot, &id) in inputs[1..].iter_mut().zip(&self.parameters) {
            *slot = pass.parameter(id);
        }
        Ok(pass.tape.apply(&self.op, &inputs[..=self.parameters.len()])?)
    }

    fn tail(&self) -> Tail {
        self.tail
    }
}

/// A layer that is several operations one after another.
#[derive(Debug)]
pub(crate) struct Steps {
    pub steps: Vec<Operation>,
    pub tail: Tail,
}

impl Steps {
    pub fn new(steps: Vec<Operation>) -> Self {
        Steps { steps, tail: Tail::Separate }
    }

    /// An operation on samples in another shape.
    pub fn between(before: ops::View, operation: Operation, after: ops::View) -> Self {
        let view = |view: ops::View| Operation::new(Arc::new(view), Vec::new());
        Steps::new(vec![view(before), operation, view(after)])
    }
}

impl Layer for Steps {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        self.steps.iter().try_fold(x, |x, step| step.forward(pass, x))
    }

    fn tail(&self) -> Tail {
        self.tail
    }
}
