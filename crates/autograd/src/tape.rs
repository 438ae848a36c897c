//! The tape: what was done, in order.

use crate::{AutogradError, Backward, OpRef, Saved};
use relume_tensor::Tensor;
use smallvec::SmallVec;

/// A value on a [`Tape`]; good until the tape is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Var(u32);

impl Var {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// Most operations have few inputs; more than this spill onto the heap.
const INLINE: usize = 8;

#[derive(Debug)]
struct Node {
    value: Tensor,
    wants_gradient: bool,
    step: Option<Step>,
}

#[derive(Debug)]
struct Step {
    op: OpRef,
    inputs: SmallVec<[Var; INLINE]>,
    saved: Saved,
}

/// Records operations as they run and walks them back.
#[derive(Debug)]
pub struct Tape {
    nodes: Vec<Node>,
    gradients: Vec<Option<Tensor>>,
    recording: bool,
    keeps_all_gradients: bool,
}

impl Default for Tape {
    fn default() -> Self {
        Self::new()
    }
}

impl Tape {
    /// A tape that records.
    pub fn new() -> Self {
        Tape {
            nodes: Vec::new(),
            gradients: Vec::new(),
            recording: true,
            keeps_all_gradients: false,
        }
    }

    /// A tape that only computes: no gradients, nothing kept for them.
    pub fn inference() -> Self {
        Tape { recording: false, ..Self::new() }
    }

    /// Keeps the gradients of intermediate values too, for those who look inside.
    pub fn keep_all_gradients(&mut self) {
        self.keeps_all_gradients = true;
    }

    /// Whether operations are recorded.
    pub fn is_recording(&self) -> bool {
        self.recording
    }

    /// A value whose gradient nobody wants.
    pub fn constant(&mut self, value: Tensor) -> Var {
        self.push(value, false, None)
    }

    /// A value whose gradient is wanted.
    pub fn variable(&mut self, value: Tensor) -> Var {
        self.push(value, self.recording, None)
    }

    /// The value behind a handle.
    ///
    /// # Panics
    /// The handle is older than the last [`Tape::clear`].
    pub fn value(&self, var: Var) -> &Tensor {
        &self.nodes[var.index()].value
    }

    /// Whether a gradient flows to this value.
    pub fn wants_gradient(&self, var: Var) -> bool {
        self.nodes[var.index()].wants_gradient
    }

    /// Lets go of a value that no later operation reads; only a tape that does not record may.
    pub fn forget(&mut self, var: Var) {
        if !self.recording {
            self.nodes[var.index()].value = Tensor::uninit(0);
        }
    }

    /// Runs an operation on values and records it.
    ///
    /// # Errors
    /// The operation refuses its inputs.
    pub fn apply(&mut self, op: impl Into<OpRef>, inputs: &[Var]) -> Result<Var, AutogradError> {
        let op = op.into();
        let wants_gradient = self.recording && inputs.iter().any(|&i| self.wants_gradient(i));
        let mut saved = Saved::new(wants_gradient);
        let value = {
            let values: SmallVec<[&Tensor; INLINE]> =
                inputs.iter().map(|&input| self.value(input)).collect();
            op.get().forward(&values, &mut saved)?
        };
        let step = wants_gradient.then(|| Step { op, inputs: inputs.into(), saved });
        Ok(self.push(value, wants_gradient, step))
    }

    fn push(&mut self, value: Tensor, wants_gradient: bool, step: Option<Step>) -> Var {
        self.nodes.push(Node { value, wants_gradient, step });
        Var((self.nodes.len() - 1) as u32)
    }

    /// Computes the gradients of `target`, a single number, with respect to every variable that led to it.
    ///
    /// # Errors
    /// `target` holds more than one number, or the tape does not record.
    pub fn backward(&mut self, target: Var) -> Result<(), AutogradError> {
        if !self.recording {
            return Err(AutogradError::NotRecording);
        }
        let shape = self.value(target).shape();
        if shape.count() != 1 {
            return Err(AutogradError::NotScalar { shape });
        }
        self.backward_from(target, Tensor::ones(shape))
    }

    /// Like [`Tape::backward`] for a value of any shape, whose own gradient is given.
    ///
    /// # Errors
    /// What an operation refuses.
    pub fn backward_from(&mut self, target: Var, gradient: Tensor) -> Result<(), AutogradError> {
        self.gradients.clear();
        self.gradients.resize_with(self.nodes.len(), || None);
        self.gradients[target.index()] = Some(gradient);
        for i in (0..=target.index()).rev() {
            let Node { value, step: Some(step), .. } = &self.nodes[i] else { continue };
            let gradient = match self.keeps_all_gradients {
                true => self.gradients[i].clone(),
                false => self.gradients[i].take(),
            };
            let Some(gradient) = gradient else { continue };
            let inputs: SmallVec<[&Tensor; INLINE]> =
                step.inputs.iter().map(|&input| &self.nodes[input.index()].value).collect();
            let wanted = step.inputs.iter().enumerate().fold(0, |bits, (place, &input)| {
                bits | u64::from(self.nodes[input.index()].wants_gradient) << place
            });
            let mut pass = Backward {
                inputs: &inputs,
                output: value,
                saved: &step.saved,
                gradient,
                wanted,
                given: SmallVec::new(),
            };
            step.op.get().backward(&mut pass)?;
            for (place, gradient) in pass.given {
                match &mut self.gradients[step.inputs[place].index()] {
                    Some(sum) => sum.add_assign(&gradient)?,
                    slot => *slot = Some(gradient),
                }
            }
        }
        Ok(())
    }

    /// The gradient that the last backward pass found for a variable; none if it did not lead to the target.
    pub fn gradient(&self, var: Var) -> Option<&Tensor> {
        self.gradients.get(var.index())?.as_ref()
    }

    /// Takes a variable's gradient out.
    pub fn take_gradient(&mut self, var: Var) -> Option<Tensor> {
        self.gradients.get_mut(var.index())?.take()
    }

    /// Forgets everything recorded; the room is used again.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.gradients.clear();
    }
}
