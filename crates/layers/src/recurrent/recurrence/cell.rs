//! One time step of one sample, after the products.

use super::lanes::{Blocks, in_blocks};
use relume_tensor::simd::Kernel;
use std::fmt::Debug;

/// A kind of recurrent layer: the computation after the products of a time step.
pub trait Cell: Copy + Debug + Send + Sync + 'static {
    /// The name in error messages.
    const NAME: &'static str;
    /// Rows of the weights for each unit of the state.
    const GATES: usize;
    /// Numbers per unit that the backward pass needs beside the states.
    const SAVED: usize;
    /// Whether the products with the state have other gradients than those with the input.
    const SPLIT: bool;

    /// Computes the state of `N` units from `at` on.
    fn forward<const N: usize>(self, step: &mut StepForward<'_>, at: usize);

    /// Computes the gradients of `N` units from `at` on.
    fn backward<const N: usize>(self, step: &mut StepBackward<'_>, at: usize);
}

/// A step of the forward pass.
#[derive(Debug)]
pub struct StepForward<'a> {
    /// Products with the input, gate after gate.
    pub input: &'a [f32],
    /// Products with the previous state.
    pub recurrent: &'a [f32],
    /// The biases of the former and of the latter.
    pub bias: [&'a [f32]; 2],
    /// The previous state.
    pub before: &'a [f32],
    /// Values for the backward pass; empty if there is none.
    pub saved: &'a mut [f32],
    /// The new state.
    pub after: &'a mut [f32],
}

/// A step of the backward pass.
#[derive(Debug)]
pub struct StepBackward<'a> {
    /// What the forward pass saved.
    pub saved: &'a [f32],
    /// The state before the step; `None` for zeros.
    pub before: Option<&'a [f32]>,
    /// The state after it.
    pub after: &'a [f32],
    /// That state's gradient, from the output and from the next step.
    pub d_after: [&'a [f32]; 2],
    /// Gradients of the sums with the input, gate after gate.
    pub d_input: &'a mut [f32],
    /// Gradients of the products with the state, if they are [`Cell::SPLIT`]; otherwise empty.
    pub d_recurrent: &'a mut [f32],
    /// Gradients of the previous state, except through the products.
    pub d_before: &'a mut [f32],
}

pub(super) struct Forwards<'a, C>(pub C, pub StepForward<'a>);

impl<C: Cell> Blocks for Forwards<'_, C> {
    #[inline(always)]
    fn block<const N: usize>(&mut self, at: usize) {
        self.0.forward::<N>(&mut self.1, at);
    }
}

impl<C: Cell> Kernel for Forwards<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        in_blocks(self.1.after.len(), self);
    }
}

pub(super) struct Backwards<'a, C>(pub C, pub StepBackward<'a>);

impl<C: Cell> Blocks for Backwards<'_, C> {
    #[inline(always)]
    fn block<const N: usize>(&mut self, at: usize) {
        self.0.backward::<N>(&mut self.1, at);
    }
}

impl<C: Cell> Kernel for Backwards<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        in_blocks(self.1.after.len(), self);
    }
}
