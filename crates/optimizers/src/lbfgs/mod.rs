//! The iterations of L-BFGS, on all parameters as one vector.

mod line_search;

use crate::rules::{Lbfgs, LineSearch};
use line_search::strong_wolfe;
use relume_tensor::{Tensor, TensorError};
use std::collections::VecDeque;

/// The state that is kept from step to step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Iterations and evaluations so far.
    pub iterations: u64,
    pub evaluations: u64,
    /// Changes of the gradient (PyTorch's `old_dirs`) with the steps that made them (`old_stps`), oldest first.
    pub pairs: VecDeque<Pair>,
    /// The last step and the gradient before it.
    pub last: Option<[Tensor; 2]>,
}

/// A step and the change of the gradient along it.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub change: Tensor,
    pub step: Tensor,
    /// The product of both.
    product: f64,
}

impl Pair {
    /// A step and the change of the gradient, of the same length.
    pub fn new(change: Tensor, step: Tensor) -> Result<Self, TensorError> {
        let product = f64::from(change.dot(&step)?);
        Ok(Pair { change, step, product })
    }
}

/// A point: its position, its loss, and its gradient as one vector.
pub(super) struct Point {
    pub loss: f64,
    pub gradient: Tensor,
}

/// The function that evaluates: the loss of parameters, and its gradient for each.
pub(crate) type Evaluate<'a, E> = &'a mut dyn FnMut(&[Tensor]) -> Result<(f64, Vec<Tensor>), E>;

/// The parameters, and the function that evaluates them.
struct Course<'a, 'b, E> {
    values: &'a mut [Tensor],
    evaluate: Evaluate<'b, E>,
}

impl<E: From<TensorError>> Course<'_, '_, E> {
    /// Loss and gradient at the current parameters.
    fn here(&mut self) -> Result<Point, E> {
        let (loss, gradients) = (self.evaluate)(self.values)?;
        let flat: Vec<Tensor> = gradients
            .iter()
            .map(|gradient| gradient.reshape(gradient.count()))
            .collect::<Result<_, _>>()?;
        let gradient = Tensor::concat(&flat.iter().collect::<Vec<_>>(), 0)?;
        Ok(Point { loss, gradient })
    }

    /// Moves the parameters `t` steps of `d` away from `from`.
    fn go(&mut self, from: &[Tensor], t: f64, d: &Tensor) -> Result<(), E> {
        let t = t as f32;
        let mut start = 0;
        for (value, from) in self.values.iter_mut().zip(from) {
            let part = d.slice(0, start, start + from.count())?.reshape(from.shape())?;
            *value = from.zip(&part, "lbfgs", |x, d| x + t * d)?;
            start += from.count();
        }
        Ok(())
    }
}

/// The largest absolute number.
fn largest(x: &Tensor) -> f64 {
    f64::from(x.max().max(-x.min()))
}

impl Memory {
    /// One step; returns the loss before it. If the evaluation fails, the parameters are as they were before the step,
    /// and the state is unchanged.
    pub fn step<E: From<TensorError>>(
        &mut self,
        options: &Lbfgs,
        lr: f64,
        values: &mut [Tensor],
        evaluate: Evaluate<'_, E>,
    ) -> Result<f64, E> {
        let before = values.to_vec();
        let mut memory = self.clone();
        let result = memory.iterate(options, lr, Course { values, evaluate });
        match result {
            Ok(_) => *self = memory,
            Err(_) => values.clone_from_slice(&before),
        }
        result
    }

    fn iterate<E: From<TensorError>>(
        &mut self,
        options: &Lbfgs,
        lr: f64,
        mut course: Course<'_, '_, E>,
    ) -> Result<f64, E> {
        let mut point = course.here()?;
        // Other parameters than before, because some were frozen or unfrozen: the stored steps cannot be used.
        if self.last.as_ref().is_some_and(|[_, g]| g.count() != point.gradient.count()) {
            *self = Memory::default();
        }
        let first = point.loss;
        let mut evaluations = 1;
        let mut iterations = 0;
        let mut done = largest(&point.gradient) <= options.tolerance_grad;
        while !done && iterations < options.max_iter {
            iterations += 1;
            self.iterations += 1;
            let direction = self.direction(options, &point.gradient)?;
            let loss_before = point.loss;
            let gradient_before = point.gradient.clone();
            let mut t = match self.iterations {
                1 => lr * (1.0 / f64::from(point.gradient.map(f32::abs).sum())).min(1.0),
                _ => lr,
            };
            let slope = f64::from(point.gradient.dot(&direction)?);
            // PyTorch keeps the direction and the length of the last step, even if this one fails.
            if slope > -options.tolerance_change {
                self.last = Some([direction.map(|d| d * t as f32), gradient_before]);
                break;
            }
            let from = course.values.to_vec();
            let left = options.evaluations().saturating_sub(evaluations);
            match options.line_search_fn {
                Some(LineSearch::StrongWolfe) => {
                    let mut at = |t: f64| {
                        course.go(&from, t, &direction)?;
                        course.here()
                    };
                    let start = Point { loss: point.loss, gradient: point.gradient };
                    let found = strong_wolfe(&mut at, &direction, t, start, slope, options, left)?;
                    evaluations += found.evaluations;
                    (point, t) = (found.point, found.t);
                    course.go(&from, t, &direction)?;
                    done = largest(&point.gradient) <= options.tolerance_grad;
                }
                None => {
                    course.go(&from, t, &direction)?;
                    if iterations < options.max_iter {
                        point = course.here()?;
                        evaluations += 1;
                        done = largest(&point.gradient) <= options.tolerance_grad;
                    }
                }
            }
            let step = direction.map(|d| d * t as f32);
            done |= evaluations >= options.evaluations()
                || largest(&step) <= options.tolerance_change
                || (point.loss - loss_before).abs() < options.tolerance_change;
            self.last = Some([step, gradient_before]);
        }
        self.evaluations += evaluations;
        Ok(first)
    }

    /// The search direction: minus the gradient, times the inverse curvature (two-loop recursion).
    fn direction(&mut self, options: &Lbfgs, gradient: &Tensor) -> Result<Tensor, TensorError> {
        if let Some([step, before]) = self.last.take() {
            let change = gradient.zip(&before, "lbfgs", |g, before| g - before)?;
            let pair = Pair::new(change, step)?;
            if pair.product > 1e-10 {
                if self.pairs.len() == options.history_size {
                    self.pairs.pop_front();
                }
                self.pairs.push_back(pair);
            }
        }
        let mut direction = gradient.map(|g| -g);
        let mut taken = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let along = f64::from(pair.step.dot(&direction)?) / pair.product;
            taken.push(along);
            let along = along as f32;
            direction.zip_in_place(&pair.change, "lbfgs", |q, change| q - along * change)?;
        }
        if let Some(last) = self.pairs.back() {
            direction.scale((last.product / f64::from(last.change.dot(&last.change)?)) as f32);
        }
        for (pair, taken) in self.pairs.iter().zip(taken.into_iter().rev()) {
            let along = f64::from(pair.change.dot(&direction)?) / pair.product;
            let along = (taken - along) as f32;
            direction.zip_in_place(&pair.step, "lbfgs", |r, step| r + along * step)?;
        }
        Ok(direction)
    }
}
