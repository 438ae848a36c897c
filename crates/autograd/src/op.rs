//! The interface of an operation: its forward value and its backward rule.

use crate::AutogradError;
use relume_tensor::{Indices, Tensor};
use smallvec::SmallVec;
use std::fmt::Debug;
use std::ops::{Deref, RangeInclusive};
use std::sync::Arc;

/// Tensors that an operation keeps from its forward pass for its backward pass.
#[derive(Clone, Debug)]
pub struct Saved {
    tensors: SmallVec<[Tensor; 4]>,
    indices: SmallVec<[Indices; 1]>,
    is_wanted: bool,
}

impl Saved {
    /// Keeps no tensors yet; if `is_wanted` is false it never keeps any.
    pub fn new(is_wanted: bool) -> Self {
        Saved { tensors: SmallVec::new(), indices: SmallVec::new(), is_wanted }
    }

    /// Whether there will be a backward pass. If not, an operation need not compute values that only that pass reads.
    pub fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Keeps a tensor, if there will be a backward pass.
    pub fn push(&mut self, tensor: Tensor) {
        if self.is_wanted {
            self.tensors.push(tensor);
        }
    }

    /// Keeps indices, such as the positions of maxima.
    pub fn push_indices(&mut self, indices: Indices) {
        if self.is_wanted {
            self.indices.push(indices);
        }
    }

    /// The indices that were kept.
    pub fn indices(&self) -> &[Indices] {
        &self.indices
    }

    /// The bytes of all that was kept.
    pub(crate) fn bytes(&self) -> u64 {
        let numbers = self.tensors.iter().map(Tensor::count).sum::<usize>();
        let indices = self.indices.iter().map(Indices::count).sum::<usize>();
        4 * (numbers + indices) as u64
    }
}

impl Deref for Saved {
    type Target = [Tensor];

    fn deref(&self) -> &[Tensor] {
        &self.tensors
    }
}

/// The inputs of an operation: tensors, which may need a gradient, and indices, which have none.
///
/// Reads as the slice of the tensors: `inputs[0]` is the first tensor.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    tensors: &'a [&'a Tensor],
    indices: &'a [(usize, &'a Indices)],
}

/// One input of an operation.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Numbers.
    Tensor(&'a Tensor),
    /// Whole numbers without a gradient.
    Indices(&'a Indices),
}

impl<'a> Inputs<'a> {
    /// Tensors, and indices with their places among all inputs.
    pub fn new(tensors: &'a [&'a Tensor], indices: &'a [(usize, &'a Indices)]) -> Self {
        Inputs { tensors, indices }
    }

    /// The tensors, in their order.
    pub fn tensors(self) -> &'a [&'a Tensor] {
        self.tensors
    }

    /// The i-th of the indices, in their order.
    pub fn indices(self, i: usize) -> Option<&'a Indices> {
        self.indices.get(i).map(|&(_, indices)| indices)
    }

    /// The input at a place among all of them, for operations that take numbers or indices there.
    pub fn place(self, place: usize) -> Option<Input<'a>> {
        if let Some(&(_, indices)) = self.indices.iter().find(|(own, _)| *own == place) {
            return Some(Input::Indices(indices));
        }
        let before = self.indices.iter().filter(|(own, _)| *own < place).count();
        self.tensors.get(place - before).map(|&tensor| Input::Tensor(tensor))
    }
}

impl<'a> From<&'a [&'a Tensor]> for Inputs<'a> {
    fn from(tensors: &'a [&'a Tensor]) -> Self {
        Inputs { tensors, indices: &[] }
    }
}

impl<'a> Deref for Inputs<'a> {
    type Target = [&'a Tensor];

    fn deref(&self) -> &[&'a Tensor] {
        self.tensors
    }
}

/// A function of one number with its derivative, over slices of equal lengths: for passes that go through several
/// functions while the numbers are in the cache.
pub trait Pointwise: Debug + Send + Sync {
    /// The function: `to[i] = f(x[i])`.
    fn values(&self, x: &[f32], to: &mut [f32]);

    /// Multiplies gradients by the derivative: `gradients[i] *= f'(x[i])`, where `y[i] = f(x[i])`.
    fn multiply_by_derivatives(&self, x: &[f32], y: &[f32], gradients: &mut [f32]);
}

/// A differentiable operation.
pub trait Op: Debug + Send + Sync {
    /// The name in error messages.
    fn name(&self) -> &'static str;

    /// How many inputs the operation takes: tensors and indices together. [`Tape::apply`](crate::Tape::apply) refuses
    /// another number, so that `forward` may read all that are always there.
    fn input_count(&self) -> RangeInclusive<usize>;

    /// Whether the input at a place may be [`Indices`]. [`Tape::apply`](crate::Tape::apply) refuses them elsewhere.
    fn takes_indices(&self, place: usize) -> bool {
        let _ = place;
        false
    }

    /// The operation as a function of slices, if it applies a function to each number of its only input.
    fn pointwise(&self) -> Option<&dyn Pointwise> {
        None
    }

    /// The value. What the backward pass needs beyond inputs and output goes into `saved`.
    ///
    /// # Errors
    /// Inputs that the operation cannot take.
    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError>;

    /// How many multiplications with an addition the forward pass makes, for profiles: of an operation that computes
    /// products of matrices. 0 for all others, whose time is that of memory.
    fn multiply_adds(&self, inputs: Inputs<'_>, output: &Tensor) -> u64 {
        let _ = (inputs, output);
        0
    }

    /// Gives each input that needs a gradient its own.
    ///
    /// # Errors
    /// Only what the forward pass would have refused too.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError>;
}

/// An operation on a tape, static or shared.
#[derive(Clone, Debug)]
pub enum OpRef {
    /// An operation without options.
    Static(&'static dyn Op),
    /// An operation with options, shared by its layer and the tape.
    Shared(Arc<dyn Op>),
}

impl OpRef {
    /// The operation.
    pub fn get(&self) -> &dyn Op {
        match self {
            OpRef::Static(op) => *op,
            OpRef::Shared(op) => op.as_ref(),
        }
    }
}

impl From<&'static dyn Op> for OpRef {
    fn from(op: &'static dyn Op) -> Self {
        OpRef::Static(op)
    }
}

impl<O: Op + 'static> From<Arc<O>> for OpRef {
    fn from(op: Arc<O>) -> Self {
        OpRef::Shared(op)
    }
}

impl From<Arc<dyn Op>> for OpRef {
    fn from(op: Arc<dyn Op>) -> Self {
        OpRef::Shared(op)
    }
}

impl From<&OpRef> for OpRef {
    fn from(op: &OpRef) -> Self {
        op.clone()
    }
}

/// What a backward rule reads, and where it writes its gradients.
#[derive(Debug)]
pub struct Backward<'a> {
    /// The inputs of the forward pass.
    pub inputs: Inputs<'a>,
    /// The output of the forward pass.
    pub output: &'a Tensor,
    /// What the forward pass saved.
    pub saved: &'a Saved,
    /// The gradient of the output; the rule may write into it.
    pub gradient: Tensor,
    pub(crate) wanted: SmallVec<[bool; 8]>,
    pub(crate) given: SmallVec<[(usize, Tensor); 8]>,
}

impl Backward<'_> {
    /// Whether tensor `i` of the inputs needs a gradient.
    pub fn wants(&self, i: usize) -> bool {
        self.wanted.get(i).is_some_and(|&wants| wants)
    }

    /// Sets the gradient of tensor `i` of the inputs, of its shape. It is dropped if that input needs none.
    pub fn give(&mut self, i: usize, gradient: Tensor) {
        if self.wants(i) {
            self.given.push((i, gradient));
        }
    }

    /// Takes the output's gradient, to change it and pass it on.
    pub fn take_gradient(&mut self) -> Tensor {
        std::mem::replace(&mut self.gradient, Tensor::uninit(0))
    }
}
