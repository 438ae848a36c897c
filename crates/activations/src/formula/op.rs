//! The operation of a formula: its numbers, and the gradients of its input and of its trained constants.

use super::FormulaError;
use super::definition::{ConstantShape, Definition};
use super::program::{Program, Registers};
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::simd::{Kernel, dispatch};
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
    /// The register of its values, if the pass uses them.
    at: Option<usize>,
    /// The register of its gradients.
    slope: Option<usize>,
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
                _ => sums[unit] += dispatch(Total(block)),
            }
        });
    }
}

/// A sum in double precision.
struct Total<'a>(&'a [f32]);

impl Kernel for Total<'_> {
    type Output = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        // Lanes of their own, so that additions do not wait for one another.
        let mut lanes = [0.0f64; 16];
        let chunks = self.0.chunks_exact(lanes.len());
        let rest: f64 = chunks.remainder().iter().map(|&x| f64::from(x)).sum();
        for chunk in chunks {
            for (lane, &x) in lanes.iter_mut().zip(chunk) {
                *lane += f64::from(x);
            }
        }
        lanes.iter().sum::<f64>() + rest
    }
}

impl FormulaOp {
    pub fn new(definition: &Definition) -> Result<Self, FormulaError> {
        let program = Program::new(definition.graph()?);
        let shapes = definition.trained().map(|(.., shape)| shape).collect();
        Ok(FormulaOp { program, shapes })
    }

    /// The trained constants beside x.
    fn operands<'a>(
        &self,
        inputs: Inputs<'a>,
        is_backward: bool,
    ) -> Result<Vec<Operand<'a>>, AutogradError> {
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
            let at = self.program.parameter(index, is_backward);
            let slope = self.program.parameter_slope(index);
            let operand = Operand { at, slope, layout, values: values.data(), offset };
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
                registers.value_mut(*at, registers.block).fill(values[0]);
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
        let operands = self.operands(inputs, false)?;
        let x = inputs[0].data();
        let mut out = Tensor::uninit(inputs[0].shape());
        for_pieces(out.data_mut(), PIECE, |i, part| {
            let mut registers = self.registers(&operands, false);
            let size = registers.block;
            for (block, out) in part.chunks_mut(size).enumerate() {
                let start = i * PIECE + block * size;
                Self::place(&mut registers, &operands, start, out.len());
                self.program.forward(&mut registers, &x[start..][..out.len()], out);
            }
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let operands = self.operands(pass.inputs, true)?;
        let [x, y] = [pass.inputs[0].data(), pass.output.data()];
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
            let size = registers.block;
            for (block, dx) in part.chunks_mut(size).enumerate() {
                let start = i * piece + block * size;
                Self::place(&mut registers, &operands, start, dx.len());
                let given = [x, y].map(|own| &own[start..][..dx.len()]);
                self.program.backward(&mut registers, given, dx);
                for Operand { slope, layout, offset, .. } in &operands {
                    if let Some(slope) = *slope {
                        let own = registers.slopes(slope, dx.len());
                        layout.gather(own, start, &mut sums[*offset..][..layout.count]);
                    }
                }
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
