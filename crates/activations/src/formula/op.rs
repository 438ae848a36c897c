//! The operation of a formula: its numbers, and the gradients of its input and of its trained constants.

use super::FormulaError;
use super::definition::{ConstantShape, Definition};
use super::graph::Graph;
use super::program::{BLOCK, Program, Registers};
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::threads::{PIECE, Pieces, for_pieces, for_pieces2};
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;

/// The operation on x and the trained constants, each with one number or one for each unit.
#[derive(Debug)]
pub(super) struct FormulaOp {
    program: Program,
    shapes: Vec<ConstantShape>,
}

/// How the numbers of a trained constant stand beside those of x: each of `count` in turn for `run` numbers.
#[derive(Clone, Copy, Debug)]
struct Layout {
    count: usize,
    run: usize,
}

/// A trained constant in a pass.
struct Operand<'a> {
    /// Its place among the values of the formula.
    at: Option<usize>,
    layout: Layout,
    values: &'a [f32],
    /// Where its gradients stand among those of all constants.
    offset: usize,
}

impl Layout {
    /// The layout beside numbers of shape `x`; `None` if that has no such axis.
    fn of(shape: ConstantShape, x: Shape) -> Option<Self> {
        let (count, run) = match shape {
            ConstantShape::One => (1, usize::MAX),
            ConstantShape::Units => (*x.get(1)?, x.tail(2).count()),
            ConstantShape::Features => (*x.last()?, 1),
        };
        Some(Layout { count, run: run.max(1) })
    }

    /// Calls `work` with each stretch of `length` numbers from `start` on: where it begins among them, its length, and
    /// the constant's number there. With a run of 1 that is the first of several neighbours.
    fn stretches(self, start: usize, length: usize, mut work: impl FnMut(usize, usize, usize)) {
        let Layout { count, run } = self;
        let mut at = 0;
        while at < length {
            let place = start + at;
            let unit = (place / run) % count.max(1);
            let left = if run == 1 { count - unit } else { run - place % run };
            let own = left.min(length - at).max(1);
            work(at, own, unit);
            at += own;
        }
    }

    /// Puts the constant's numbers beside those of a block.
    fn spread(self, values: &[f32], start: usize, to: &mut [f32]) {
        let length = to.len();
        self.stretches(start, length, |at, own, unit| match self.run {
            1 => to[at..at + own].copy_from_slice(&values[unit..unit + own]),
            _ => to[at..at + own].fill(values[unit]),
        });
    }

    /// Adds the gradients of a block to those of the constant's numbers.
    fn gather(self, gradients: &[f32], start: usize, sums: &mut [f64]) {
        self.stretches(start, gradients.len(), |at, own, unit| {
            let block = &gradients[at..at + own];
            match self.run {
                1 => {
                    let sums = sums[unit..unit + own].iter_mut();
                    sums.zip(block).for_each(|(sum, &g)| *sum += f64::from(g));
                }
                _ => sums[unit] += block.iter().map(|&g| f64::from(g)).sum::<f64>(),
            }
        });
    }
}

impl FormulaOp {
    pub fn new(definition: &Definition) -> Result<Self, FormulaError> {
        let program = Program::new(Graph::of(definition)?);
        let shapes = definition.trained().map(|(.., shape)| shape).collect();
        Ok(FormulaOp { program, shapes })
    }

    /// The trained constants beside x.
    fn operands<'a>(&self, inputs: Inputs<'a>) -> Result<Vec<Operand<'a>>, AutogradError> {
        let (x, mut offset) = (inputs[0].shape(), 0);
        let constants = self.shapes.iter().zip(&inputs.tensors()[1..]).enumerate();
        let operand = |(index, (&shape, values)): (usize, (&ConstantShape, &&'a Tensor))| {
            let layout = Layout::of(shape, x).filter(|layout| layout.count == values.count());
            let layout = layout.ok_or_else(|| AutogradError::Value {
                operation: "formula",
                problem: format!(
                    "a trained constant of {} numbers does not fit beside an input of shape {x}",
                    values.count()
                ),
            })?;
            let at = self.program.parameter(index);
            let operand = Operand { at, layout, values: values.data(), offset };
            offset += layout.count;
            Ok(operand)
        };
        constants.map(operand).collect()
    }

    /// Registers in which the constants are that have one number.
    fn registers(&self, operands: &[Operand<'_>], is_backward: bool) -> Registers {
        let mut registers = self.program.registers(is_backward);
        for Operand { at, layout, values, .. } in operands {
            if let (Some(at), 1) = (at, layout.count) {
                registers.value_mut(*at, BLOCK).fill(values[0]);
            }
        }
        registers
    }

    /// Puts the other constants beside a block.
    fn place(registers: &mut Registers, operands: &[Operand<'_>], start: usize, length: usize) {
        for Operand { at, layout, values, .. } in operands {
            if let (Some(at), 2..) = (at, layout.count) {
                layout.spread(values, start, registers.value_mut(*at, length));
            }
        }
    }
}

impl Op for FormulaOp {
    fn name(&self) -> &'static str {
        "formula"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        let count = 1 + self.shapes.len();
        count..=count
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let operands = self.operands(inputs)?;
        let x = inputs[0].data();
        let mut out = Tensor::uninit(inputs[0].shape());
        for_pieces(out.data_mut(), PIECE, |i, part| {
            let mut registers = self.registers(&operands, false);
            for (block, out) in part.chunks_mut(BLOCK).enumerate() {
                let start = i * PIECE + block * BLOCK;
                Self::place(&mut registers, &operands, start, out.len());
                let x = &x[start..][..out.len()];
                out.copy_from_slice(self.program.forward(&mut registers, x));
            }
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let operands = self.operands(pass.inputs)?;
        let x = pass.inputs[0].data();
        let mut gradient = pass.take_gradient();
        let constants: usize = operands.iter().map(|operand| operand.layout.count).sum();
        // At least one, so that there are as many pieces of sums as of numbers. Of many constants a piece is longer,
        // so that their sums take less memory than the numbers.
        let width = constants.max(1);
        let piece = PIECE.max(4 * width);
        let mut sums = vec![0.0; gradient.count().div_ceil(piece) * width];
        let parts = Pieces::new(gradient.data_mut(), piece);
        for_pieces2(parts, Pieces::new(&mut sums, width), |i, part, sums: &mut [f64]| {
            let mut registers = self.registers(&operands, true);
            for (block, dx) in part.chunks_mut(BLOCK).enumerate() {
                let start = i * piece + block * BLOCK;
                Self::place(&mut registers, &operands, start, dx.len());
                self.program.forward(&mut registers, &x[start..][..dx.len()]);
                self.program.backward(&mut registers, dx);
                for Operand { at, layout, offset, .. } in &operands {
                    if let Some(at) = *at {
                        let own = registers.slopes(at, dx.len());
                        layout.gather(own, start, &mut sums[*offset..][..layout.count]);
                    }
                }
                dx.copy_from_slice(self.program.input_gradients(&registers, dx.len()));
            }
        });
        for (i, Operand { layout, offset, .. }) in operands.iter().enumerate() {
            let total = |unit: usize| -> f64 {
                sums.chunks_exact(width).map(|sums| sums[offset + unit]).sum()
            };
            let shape = pass.inputs[1 + i].shape();
            let total = Tensor::from_fn(layout.count, |unit| total(unit) as f32);
            pass.give(1 + i, total.reshape(shape)?);
        }
        pass.give(0, gradient);
        Ok(())
    }
}
