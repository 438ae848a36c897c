//! Formulas computed over blocks of numbers: all values of a block stay in the cache.

use super::graph::{Graph, Node};
use super::pairs::{self, Pair, Select};
use relume_autograd::Pointwise;
use relume_tensor::Tensor;
use relume_tensor::simd::dispatch;

/// Numbers of a block: a value of a formula takes 1 KiB.
pub(super) const BLOCK: usize = 256;

/// A formula that is ready to be computed.
#[derive(Clone, Debug)]
pub(super) struct Program {
    graph: Graph,
    /// Whether a gradient reaches each value and passes on to the input or to a trained constant.
    has_slope: Vec<bool>,
}

/// The values of a block, and their gradients in a backward pass: for each value of the formula a register of
/// [`BLOCK`] numbers. Tensors, whose memory comes from the pool.
pub(super) struct Registers {
    values: Tensor,
    slopes: Tensor,
}

/// The register of a value among those before it.
fn register(registers: &[f32], at: usize, n: usize) -> &[f32] {
    &registers[at * BLOCK..][..n]
}

fn register_mut(registers: &mut [f32], at: usize, n: usize) -> &mut [f32] {
    &mut registers[at * BLOCK..][..n]
}

impl Program {
    pub fn new(graph: Graph) -> Self {
        let mut has_slope: Vec<bool> = Vec::with_capacity(graph.nodes.len());
        for node in &graph.nodes {
            has_slope.push(match *node {
                Node::Input | Node::Parameter(_) => true,
                Node::Constant(_) => false,
                Node::Pair(pair, a, b) => pair.has_slope() && (has_slope[a] || has_slope[b]),
                Node::Where(_, a, b) => has_slope[a] || has_slope[b],
                Node::Function(_, a) => has_slope[a],
            });
        }
        Program { graph, has_slope }
    }

    fn function(&self, index: usize) -> &dyn Pointwise {
        self.graph.functions[index].get()
    }

    /// Registers in which the constants are.
    pub fn registers(&self, is_backward: bool) -> Registers {
        let count = self.graph.nodes.len() * BLOCK;
        let mut values = Tensor::uninit(count);
        for (node, to) in self.graph.nodes.iter().zip(values.data_mut().chunks_exact_mut(BLOCK)) {
            if let Node::Constant(x) = *node {
                to.fill(x as f32);
            }
        }
        Registers { values, slopes: Tensor::uninit(if is_backward { count } else { 0 }) }
    }

    /// The place of a trained constant's values; `None` if the formula does not use it.
    pub fn parameter(&self, index: usize) -> Option<usize> {
        self.graph.nodes.iter().position(|node| *node == Node::Parameter(index))
    }

    /// Computes all values of a block whose trained constants are in their registers, and returns the results.
    pub fn forward<'a>(&self, registers: &'a mut Registers, x: &[f32]) -> &'a [f32] {
        let n = x.len();
        let values = registers.values.data_mut();
        for (at, node) in self.graph.nodes.iter().enumerate() {
            let (before, to) = values.split_at_mut(at * BLOCK);
            let to = &mut to[..n];
            let value = |place: usize| register(before, place, n);
            match *node {
                Node::Input => to.copy_from_slice(x),
                Node::Constant(_) | Node::Parameter(_) => {}
                Node::Function(function, a) => self.function(function).values(value(a), to),
                Node::Pair(pair, a, b) => pair.values(value(a), value(b), to),
                Node::Where(condition, a, b) => {
                    dispatch(Select { condition: value(condition), a: value(a), b: value(b), to })
                }
            }
        }
        register(values, self.graph.nodes.len() - 1, n)
    }

    /// Computes the gradients of all values that [`Program::forward`] computed, from those of the results.
    pub fn backward(&self, registers: &mut Registers, gradients: &[f32]) {
        let n = gradients.len();
        let (values, slopes) = (registers.values.data(), registers.slopes.data_mut());
        let last = self.graph.nodes.len() - 1;
        for at in (0..last).filter(|&at| self.has_slope[at]) {
            register_mut(slopes, at, n).fill(0.0);
        }
        register_mut(slopes, last, n).copy_from_slice(gradients);
        for (at, node) in self.graph.nodes.iter().enumerate().rev() {
            if self.has_slope[at] {
                let (before, g) = slopes.split_at_mut(at * BLOCK);
                self.pass_on(*node, at, values, &mut g[..n], before);
            }
        }
    }

    /// Adds what the gradients `g` of a value mean for the values that it is computed from.
    fn pass_on(&self, node: Node, at: usize, values: &[f32], g: &mut [f32], before: &mut [f32]) {
        let n = g.len();
        let value = |place: usize| register(values, place, n);
        match node {
            Node::Input | Node::Constant(_) | Node::Parameter(_) => {}
            Node::Function(function, a) => {
                self.function(function).multiply_by_derivatives(value(a), value(at), g);
                Pair::Add.add_first(g, g, g, register_mut(before, a, n));
            }
            Node::Pair(pair, a, b) => {
                if self.has_slope[a] {
                    pair.add_first(g, value(a), value(b), register_mut(before, a, n));
                }
                if self.has_slope[b] {
                    pair.add_second(g, value(a), value(b), register_mut(before, b, n));
                }
            }
            Node::Where(condition, a, b) => {
                let condition = value(condition);
                if self.has_slope[a] {
                    let to = register_mut(before, a, n);
                    pairs::add(to, g, condition, g, |g, c, _| if c != 0.0 { g } else { 0.0 });
                }
                if self.has_slope[b] {
                    let to = register_mut(before, b, n);
                    pairs::add(to, g, condition, g, |g, c, _| if c != 0.0 { 0.0 } else { g });
                }
            }
        }
    }

    /// The gradients of the input in the block.
    pub fn input_gradients<'a>(&self, registers: &'a Registers, n: usize) -> &'a [f32] {
        let input = self.graph.nodes.iter().position(|node| *node == Node::Input);
        input.map_or(&[], |at| register(registers.slopes.data(), at, n))
    }
}

impl Registers {
    /// The first `n` numbers of a value, to be filled.
    pub fn value_mut(&mut self, at: usize, n: usize) -> &mut [f32] {
        register_mut(self.values.data_mut(), at, n)
    }

    /// The gradients of the first `n` numbers of a value.
    pub fn slopes(&self, at: usize, n: usize) -> &[f32] {
        register(self.slopes.data(), at, n)
    }
}
