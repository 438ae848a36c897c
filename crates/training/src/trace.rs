//! A batch of a run with its figures.

use relume_tensor::Tensor;

/// What became of a batch.
#[derive(Clone, Copy, Debug)]
pub struct BatchTrace<'a> {
    /// Its epoch, counted from 1 over the model's whole life.
    pub epoch: u64,
    /// Its number in the epoch, counted from 1.
    pub batch: u64,
    /// How many batches the epoch has.
    pub batches: u64,
    /// Steps over the model's whole life, with the one that this batch gave. Where several batches give one step
    /// (`accumulate`), those before its last one have the step before.
    pub step: u64,
    /// The mean loss over its samples, before the step.
    pub loss: f32,
    /// The learning rate of the step.
    pub lr: f64,
    /// The norm of all gradients of the step together, before they are clipped. `None` for a batch that gave no step
    /// of its own (`accumulate`), and for an optimizer that asks for gradients at several points (lbfgs).
    pub gradient_norm: Option<f64>,
    /// The gradients of the last step, in the order of the parameters, after they were clipped; empty where there is no
    /// norm.
    pub gradients: &'a [Option<Tensor>],
}
