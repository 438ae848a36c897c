//! The tape: operations in the order in which they ran, and the backward pass over them.

use crate::{AutogradError, Backward, Cost, Inputs, OpRef, Saved};
use relume_tensor::{Array, Indices, Tensor, interrupt};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A handle of a value on a [`Tape`], valid until that tape is cleared.
///
/// A handle knows its tape: using it with another tape, or after [`Tape::clear`], is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Var {
    tape: TapeId,
    index: u32,
}

impl Var {
    fn index(self) -> usize {
        self.index as usize
    }
}

/// Identifies the recording of one tape: each tape gets an id of its own, and a new one when it is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TapeId(u64);

impl TapeId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        TapeId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Inputs of an operation that are kept without an allocation: attention has nine, few operations have more.
const INLINE: usize = 9;

/// A value. It stays small, for every parameter and every batch is one: what an operation needs beside it stands apart.
#[derive(Debug)]
struct Node {
    value: Array,
    wants_gradient: bool,
    /// The place of the operation that gave it among those of the tape, if one did and is to be differentiated.
    step: Option<u32>,
}

/// The inputs of an operation, tensors and indices separately.
#[derive(Default)]
struct Operands<'a> {
    tensors: SmallVec<[&'a Tensor; INLINE]>,
    /// With their positions among all inputs.
    indices: SmallVec<[(usize, &'a Indices); 2]>,
}

impl<'a> Operands<'a> {
    #[inline]
    fn push(&mut self, value: &'a Array) {
        match value {
            Array::Tensor(tensor) => self.tensors.push(tensor),
            Array::Indices(indices) => {
                self.indices.push((self.tensors.len() + self.indices.len(), indices));
            }
        }
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs::new(&self.tensors, &self.indices)
    }
}

/// An operation that ran.
#[derive(Debug)]
struct Step {
    op: OpRef,
    /// Indices of nodes of the same tape.
    inputs: SmallVec<[u32; INLINE]>,
    saved: Saved,
}

/// Records operations as they run, and computes gradients in a backward pass over them.
#[derive(Debug)]
pub struct Tape {
    id: TapeId,
    nodes: Vec<Node>,
    steps: Vec<Step>,
    gradients: Vec<Option<Tensor>>,
    recording: bool,
    keeps_all_gradients: bool,
    /// What the operation of each node took, if that is measured.
    costs: Option<Vec<Cost>>,
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
            id: TapeId::next(),
            nodes: Vec::new(),
            steps: Vec::new(),
            gradients: Vec::new(),
            recording: true,
            keeps_all_gradients: false,
            costs: None,
        }
    }

    /// A tape that only computes values: it keeps nothing for gradients.
    pub fn inference() -> Self {
        Tape { recording: false, ..Self::new() }
    }

    /// Keeps the gradients of intermediate values too, for inspection.
    pub fn keep_all_gradients(&mut self) {
        self.keeps_all_gradients = true;
    }

    /// Measures what each operation takes from now on, in both passes; [`Tape::cost`] tells it.
    pub fn measure(&mut self) {
        self.costs = Some(vec![Cost::default(); self.nodes.len()]);
    }

    /// What the operations took that gave the values after one and up to another; nothing if it is not measured, or for
    /// values of another tape.
    pub fn cost(&self, after: Option<Var>, until: Var) -> Cost {
        let owned = self.owns(until) && after.is_none_or(|var| self.owns(var));
        let costs = self.costs.as_ref().filter(|_| owned);
        let from = after.map_or(0, |var| var.index() + 1);
        let own = costs.and_then(|costs| costs.get(from..=until.index()));
        own.map_or_else(Cost::default, |own| own.iter().copied().sum())
    }

    /// Whether this tape had a value after another one.
    pub fn is_later(&self, var: Var, than: Var) -> bool {
        self.owns(var) && self.owns(than) && var.index > than.index
    }

    /// Whether operations are recorded.
    pub fn is_recording(&self) -> bool {
        self.recording
    }

    /// A value that needs no gradient: a tensor, or indices.
    pub fn constant(&mut self, value: impl Into<Array>) -> Var {
        self.push(value.into(), false, None)
    }

    /// A value that needs a gradient.
    pub fn variable(&mut self, value: Tensor) -> Var {
        self.push(value.into(), self.recording, None)
    }

    /// The tensor of a handle that this tape gave since it was last cleared. [`Tape::get`] is the checked form.
    ///
    /// # Panics
    /// The handle is another tape's, older than the last [`Tape::clear`], or one of indices: a mistake in the program,
    /// which no data can cause.
    #[track_caller]
    pub fn value(&self, var: Var) -> &Tensor {
        match self.get(var) {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// The tensor of a handle.
    ///
    /// # Errors
    /// The handle is another tape's, older than the last [`Tape::clear`], or one of indices.
    pub fn get(&self, var: Var) -> Result<&Tensor, AutogradError> {
        self.array(var)?.as_tensor().ok_or(AutogradError::HoldsIndices)
    }

    /// The value of a handle, which may be a tensor or indices.
    ///
    /// # Errors
    /// The handle is another tape's, or older than the last [`Tape::clear`].
    pub fn array(&self, var: Var) -> Result<&Array, AutogradError> {
        Ok(&self.node(var)?.value)
    }

    /// The indices of a handle.
    ///
    /// # Errors
    /// The handle is another tape's, older than the last [`Tape::clear`], or one of a tensor.
    pub fn indices(&self, var: Var) -> Result<&Indices, AutogradError> {
        self.array(var)?.as_indices().ok_or(AutogradError::HoldsTensor)
    }

    fn node(&self, var: Var) -> Result<&Node, AutogradError> {
        self.nodes.get(var.index()).filter(|_| self.owns(var)).ok_or(AutogradError::ForeignVar)
    }

    fn owns(&self, var: Var) -> bool {
        var.tape == self.id
    }

    /// Whether a gradient flows to this value; to another tape's value none does.
    pub fn wants_gradient(&self, var: Var) -> bool {
        self.node(var).is_ok_and(|node| node.wants_gradient)
    }

    /// Frees a value that no later operation reads. Only a tape that does not record does so; another tape's value
    /// stays.
    pub fn forget(&mut self, var: Var) {
        if !self.recording && self.owns(var) {
            self.nodes[var.index()].value = Tensor::uninit(0).into();
        }
    }

    /// Runs an operation on values and records it.
    ///
    /// # Errors
    /// An input of another tape, another number of inputs than the operation takes, indices where it takes a tensor, or
    /// inputs that it refuses.
    pub fn apply(&mut self, op: impl Into<OpRef>, inputs: &[Var]) -> Result<Var, AutogradError> {
        interrupt::check();
        let op = op.into();
        let takes = op.get().input_count();
        if !takes.contains(&inputs.len()) {
            let (operation, given) = (op.get().name(), inputs.len());
            let (least, most) = takes.into_inner();
            return Err(AutogradError::InputCount { operation, least, most, given });
        }
        let mut wants_gradient = false;
        let mut operands = Operands::default();
        for &input in inputs {
            let node = self.node(input)?;
            wants_gradient |= node.wants_gradient;
            operands.push(&node.value);
        }
        if operands.indices.iter().any(|&(place, _)| !op.get().takes_indices(place)) {
            return Err(AutogradError::TakesNoIndices { operation: op.get().name() });
        }
        let mut saved = Saved::new(wants_gradient);
        let began = self.costs.as_ref().map(|_| Instant::now());
        let value = op.get().forward(operands.inputs(), &mut saved)?;
        let cost = began.map(|began| {
            let forward = began.elapsed();
            // Another shape of an input takes no memory of its own.
            let is_new = !operands.tensors.iter().any(|own| own.shares_with(&value));
            Cost {
                forward,
                multiply_adds: op.get().multiply_adds(operands.inputs(), &value),
                bytes: if is_new { 4 * value.count() as u64 } else { 0 } + saved.bytes(),
                ..Cost::default()
            }
        });
        drop(operands);
        let var = if wants_gradient {
            let inputs = inputs.iter().map(|input| input.index).collect();
            self.steps.push(Step { op, inputs, saved });
            self.push(value.into(), true, Some((self.steps.len() - 1) as u32))
        } else {
            self.push(value.into(), false, None)
        };
        if let (Some(costs), Some(cost)) = (&mut self.costs, cost) {
            costs.resize(self.nodes.len() - 1, Cost::default());
            costs.push(cost);
        }
        Ok(var)
    }

    fn push(&mut self, value: Array, wants_gradient: bool, step: Option<u32>) -> Var {
        self.nodes.push(Node { value, wants_gradient, step });
        Var { tape: self.id, index: (self.nodes.len() - 1) as u32 }
    }

    /// Computes the gradients of `target`, a single number, with respect to every variable that led to it.
    ///
    /// # Errors
    /// `target` is another tape's or holds more than one number, or the tape does not record.
    pub fn backward(&mut self, target: Var) -> Result<(), AutogradError> {
        let shape = self.array(target)?.shape();
        if !self.recording {
            return Err(AutogradError::NotRecording);
        }
        if shape.count() != 1 {
            return Err(AutogradError::NotScalar { shape });
        }
        self.backward_from(target, Tensor::ones(shape))
    }

    /// Like [`Tape::backward`] for a value of any shape, whose own gradient is given.
    ///
    /// # Errors
    /// `target` is another tape's, `gradient` has another shape than it, the tape does not record, or an operation's
    /// rule fails.
    pub fn backward_from(&mut self, target: Var, gradient: Tensor) -> Result<(), AutogradError> {
        self.backward_telling(target, gradient, |_, _| {})
    }

    /// Like [`Tape::backward_from`]; `ready` is given each variable, such as a parameter, and its gradient as soon as
    /// nothing more is added to it, the variable that was used last first.
    ///
    /// # Errors
    /// Those of [`Tape::backward_from`].
    pub fn backward_telling(
        &mut self,
        target: Var,
        gradient: Tensor,
        mut ready: impl FnMut(Var, &Tensor),
    ) -> Result<(), AutogradError> {
        let wanted = self.array(target)?.shape();
        if !self.recording {
            return Err(AutogradError::NotRecording);
        }
        if gradient.shape() != wanted {
            return Err(AutogradError::GradientShape { wanted, given: gradient.shape() });
        }
        self.gradients.clear();
        self.gradients.resize_with(self.nodes.len(), || None);
        self.gradients[target.index()] = Some(gradient);
        for i in (0..=target.index()).rev() {
            interrupt::check();
            let began = self.costs.as_ref().map(|_| Instant::now());
            self.step_back(i)?;
            let cost = self.costs.as_mut().and_then(|costs| costs.get_mut(i));
            if let (Some(cost), Some(began)) = (cost, began) {
                cost.backward += began.elapsed();
            }
            if let (None, Some(gradient)) = (self.nodes[i].step, &self.gradients[i]) {
                ready(Var { tape: self.id, index: i as u32 }, gradient);
            }
        }
        Ok(())
    }

    /// Passes the gradient of node `i`, if it has one, on to the inputs of its operation.
    fn step_back(&mut self, i: usize) -> Result<(), AutogradError> {
        let &Node { value: Array::Tensor(ref value), step: Some(step), .. } = &self.nodes[i] else {
            return Ok(());
        };
        let step = &self.steps[step as usize];
        let gradient = match self.keeps_all_gradients {
            true => self.gradients[i].clone(),
            false => self.gradients[i].take(),
        };
        let Some(gradient) = gradient else { return Ok(()) };
        let mut operands = Operands::default();
        // The nodes of the tensors among the inputs, and whether those need a gradient.
        let (mut tensors, mut wanted) = (SmallVec::<[usize; INLINE]>::new(), SmallVec::new());
        for &input in &step.inputs {
            let Node { value, wants_gradient, .. } = &self.nodes[input as usize];
            operands.push(value);
            if value.as_tensor().is_some() {
                tensors.push(input as usize);
                wanted.push(*wants_gradient);
            }
        }
        let inputs = operands.inputs();
        let mut pass = Backward {
            inputs,
            output: value,
            saved: &step.saved,
            gradient,
            wanted,
            given: SmallVec::new(),
        };
        step.op.get().backward(&mut pass)?;
        // Drained where they are: taking the list apart would move it.
        for (place, gradient) in pass.given.drain(..) {
            let (wanted, given) = (inputs[place].shape(), gradient.shape());
            if wanted != given {
                let operation = step.op.get().name();
                return Err(AutogradError::RuleShape { operation, input: place, wanted, given });
            }
            match &mut self.gradients[tensors[place]] {
                Some(sum) => sum.add_assign(&gradient)?,
                slot => *slot = Some(gradient),
            }
        }
        Ok(())
    }

    /// The gradient that the last backward pass found for a value. `None` where it did not lead to the target, as no
    /// value of another tape did.
    pub fn gradient(&self, var: Var) -> Option<&Tensor> {
        self.gradients.get(var.index()).filter(|_| self.owns(var))?.as_ref()
    }

    /// Takes a value's gradient.
    pub fn take_gradient(&mut self, var: Var) -> Option<Tensor> {
        let owns = self.owns(var);
        self.gradients.get_mut(var.index()).filter(|_| owns)?.take()
    }

    /// The name of the first operation whose value is not finite, among those that are recorded for gradients.
    pub fn first_not_finite(&self) -> Option<&'static str> {
        let is_broken =
            |node: &&Node| node.value.as_tensor().is_some_and(|value| !value.is_finite());
        let step = self.nodes.iter().filter(|node| node.step.is_some()).find(is_broken)?.step?;
        Some(self.steps[step as usize].op.get().name())
    }

    /// Removes everything recorded, and keeps the memory for the next recording. All handles given so far become
    /// invalid.
    pub fn clear(&mut self) {
        self.id = TapeId::next();
        self.nodes.clear();
        self.steps.clear();
        self.gradients.clear();
        self.costs.iter_mut().for_each(Vec::clear);
    }
}
