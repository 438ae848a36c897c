//! Shared by glu, swiglu and geglu: an axis is cut into halves, and one half, through a function, gates the other.

use crate::axis;
use relume_autograd::{AutogradError, Backward, DerivativeOf, Elementwise, Inputs, Op, Saved};
use relume_tensor::simd::{Kernel, dispatch};
use relume_tensor::threads::{for_pieces, rows_per_piece};
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;

/// Which half goes through the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// The first, as in "GLU variants improve transformer".
    First,
    /// The second, as in PyTorch's glu.
    Second,
}

impl Gate {
    /// From the first and the second half: the one that goes through the function, then the other.
    #[inline(always)]
    fn pick<T>(self, (first, second): (T, T)) -> (T, T) {
        if self == Gate::First { (first, second) } else { (second, first) }
    }
}

/// The operation; `function` tells its derivative from its input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gated<E> {
    pub name: &'static str,
    pub axis: i64,
    pub gate: Gate,
    pub function: E,
}

impl<E: Elementwise> Gated<E> {
    /// The output's shape, and how many numbers of a half are contiguous.
    fn halves(&self, shape: Shape) -> Result<(Shape, usize), AutogradError> {
        const { assert!(matches!(E::DERIVATIVE_OF, DerivativeOf::Input)) };
        let place = axis::place(self.axis, shape)?;
        let size = shape[place];
        if !size.is_multiple_of(2) {
            return Err(AutogradError::Value {
                operation: self.name,
                problem: format!("axis {} of {shape} cannot be halved: {size} is odd", self.axis),
            });
        }
        Ok((shape.with_axis(place, size / 2), size / 2 * shape.tail(place + 1).count()))
    }
}

/// Calls by type, as in [`relume_autograd::Map`]: closures would not be compiled for the instruction set.
struct Values<'a, E>(Gated<E>, usize, &'a [f32], &'a mut [f32]);

impl<E: Elementwise> Kernel for Values<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Values(op, half, x, out) = self;
        for (out, block) in out.chunks_exact_mut(half).zip(x.chunks_exact(2 * half)) {
            let (gates, values) = op.gate.pick(block.split_at(half));
            for ((y, &gate), &value) in out.iter_mut().zip(gates).zip(values) {
                *y = op.function.value(gate) * value;
            }
        }
    }
}

struct Gradients<'a, E>(Gated<E>, usize, [&'a [f32]; 2], &'a mut [f32]);

impl<E: Elementwise> Kernel for Gradients<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Gradients(op, half, [x, dy], dx) = self;
        let blocks = x.chunks_exact(2 * half).zip(dy.chunks_exact(half));
        for (dx, (block, dy)) in dx.chunks_exact_mut(2 * half).zip(blocks) {
            let (gates, values) = op.gate.pick(block.split_at(half));
            let (d_gates, d_values) = op.gate.pick(dx.split_at_mut(half));
            let given = gates.iter().zip(values).zip(dy);
            for (((&gate, &value), &dy), (d_gate, d_value)) in
                given.zip(d_gates.iter_mut().zip(d_values))
            {
                *d_gate = dy * value * op.function.derivative(gate);
                *d_value = dy * op.function.value(gate);
            }
        }
    }
}

impl<E: Elementwise> Op for Gated<E> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (shape, half) = self.halves(inputs[0].shape())?;
        let x = inputs[0].data();
        let mut out = Tensor::uninit(shape);
        let piece = half * rows_per_piece(half, 8);
        for_pieces(out.data_mut(), piece, |i, part| {
            dispatch(Values(*self, half, &x[2 * i * piece..][..2 * part.len()], part));
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (_, half) = self.halves(pass.inputs[0].shape())?;
        let (x, dy) = (pass.inputs[0].data(), pass.gradient.data());
        let mut dx = Tensor::uninit(pass.inputs[0].shape());
        let piece = half * rows_per_piece(half, 8);
        for_pieces(dx.data_mut(), 2 * piece, |i, part| {
            let x = &x[2 * i * piece..][..part.len()];
            let dy = &dy[i * piece..][..part.len() / 2];
            dispatch(Gradients(*self, half, [x, dy], part));
        });
        pass.give(0, dx);
        Ok(())
    }
}
