//! Formulas computed over blocks of numbers: all values of a block stay in the cache.

use super::graph::{Graph, Node};
use super::names::Function;
use super::pairs::{Mode, Pair, Select, select_gradients};
use super::schedule::{Give, Schedule, Step};
use relume_autograd::Pointwise;
use relume_tensor::Tensor;
use relume_tensor::simd::dispatch;

/// The most and the fewest numbers of a block: of few numbers the calls for each value take longer than its numbers,
/// and many values of long blocks do not fit into the cache.
const BLOCKS: [usize; 2] = [1024, 128];
/// Numbers that fit into a first-level cache of 32 KiB beside those of the tensors.
const CACHE: usize = 6 * 1024;

/// A formula that is ready to be computed.
#[derive(Clone, Debug)]
pub(super) struct Program {
    graph: Graph,
    forward: Schedule,
    backward: Schedule,
    steps: Vec<Step>,
    /// The registers of the gradients, and where that of the input is in the end.
    slopes: usize,
    input_slope: Option<usize>,
    /// Where the gradients of the trained constants are in the end.
    parameter_slopes: Vec<Option<usize>>,
    /// Whether there are values on which the result depends at some points only.
    has_branches: bool,
}

/// The values of a block, and their gradients in a backward pass: registers of a block's numbers each. Tensors, whose
/// memory comes from the pool.
pub(super) struct Registers {
    /// Numbers of a block.
    pub block: usize,
    values: Tensor,
    slopes: Tensor,
}

/// The numbers of a value while another is computed, which are all registers but that one.
#[derive(Clone, Copy)]
struct Others<'a> {
    x: &'a [f32],
    below: &'a [f32],
    above: &'a [f32],
    to: usize,
    block: usize,
}

impl<'a> Others<'a> {
    /// The first `n` numbers of a register.
    fn register(self, register: usize, n: usize) -> &'a [f32] {
        match register.checked_sub(self.to + 1) {
            Some(after) => &self.above[after * self.block..][..n],
            None => &self.below[register * self.block..][..n],
        }
    }

    /// The numbers of a value; the input has no register.
    fn value(self, register: Option<usize>) -> &'a [f32] {
        register.map_or(self.x, |register| self.register(register, self.x.len()))
    }
}

/// The first `n` numbers of register `to`, to be written, and all others.
fn apart<'a>(
    registers: &'a mut [f32],
    block: usize,
    to: usize,
    x: &'a [f32],
) -> (&'a mut [f32], Others<'a>) {
    let (below, rest) = registers.split_at_mut(to * block);
    let (own, above) = rest.split_at_mut(block);
    (&mut own[..x.len()], Others { x, below, above, to, block })
}

impl Program {
    pub fn new(graph: Graph) -> Self {
        let forward = Schedule::forward(&graph);
        let (backward, plan) = Schedule::backward(&graph);
        let input = graph.nodes.iter().position(|node| *node == Node::Input);
        let parameters = graph.nodes.iter().filter_map(|node| match node {
            Node::Parameter(index) => Some(index + 1),
            _ => None,
        });
        let parameter_slopes = (0..parameters.max().unwrap_or(0)).map(|index| {
            let at = graph.nodes.iter().position(|node| *node == Node::Parameter(index));
            at.and_then(|at| plan.slopes[at])
        });
        Program {
            input_slope: input.and_then(|at| plan.slopes[at]),
            parameter_slopes: parameter_slopes.collect(),
            slopes: plan.count,
            steps: plan.steps,
            forward,
            backward,
            has_branches: graph.nodes.iter().any(Node::is_branch)
                || graph.functions.iter().any(Function::is_branch),
            graph,
        }
    }

    fn function(&self, index: usize) -> &dyn Pointwise {
        self.graph.functions[index].get()
    }

    fn schedule(&self, is_backward: bool) -> &Schedule {
        if is_backward { &self.backward } else { &self.forward }
    }

    /// Registers in which the constants are.
    pub fn registers(&self, is_backward: bool) -> Registers {
        let (schedule, slopes) =
            (self.schedule(is_backward), if is_backward { self.slopes } else { 0 });
        let [most, least] = BLOCKS;
        let mut block = most;
        while block > least && (schedule.count + slopes) * block > CACHE {
            block /= 2;
        }
        let mut values = Tensor::uninit(schedule.count * block);
        for (node, place) in self.graph.nodes.iter().zip(&schedule.places) {
            if let (Node::Constant(x), Some(place)) = (*node, *place) {
                values.data_mut()[place * block..][..block].fill(x as f32);
            }
        }
        Registers { block, values, slopes: Tensor::uninit(slopes * block) }
    }

    /// The register of a trained constant's values; `None` if the pass does not use it.
    pub fn parameter(&self, index: usize, is_backward: bool) -> Option<usize> {
        let at = self.graph.nodes.iter().position(|node| *node == Node::Parameter(index))?;
        self.schedule(is_backward).places[at]
    }

    /// The register of the gradients of a trained constant; `None` if none reaches it.
    pub fn parameter_slope(&self, index: usize) -> Option<usize> {
        self.parameter_slopes.get(index).copied().flatten()
    }

    /// Computes the results of a block whose trained constants are in their registers.
    pub fn forward(&self, registers: &mut Registers, x: &[f32], out: &mut [f32]) {
        let block = registers.block;
        let values = registers.values.data_mut();
        for &at in &self.forward.computed {
            match self.forward.places[at] {
                Some(place) => {
                    let (to, others) = apart(values, block, place, x);
                    self.compute(&self.forward, at, others, to);
                }
                // The result.
                None => {
                    let others = Others { x, below: values, above: &[], to: usize::MAX - 1, block };
                    self.compute(&self.forward, at, others, out);
                }
            }
        }
        if self.graph.nodes.last() == Some(&Node::Input) {
            out.copy_from_slice(x);
        }
    }

    /// Computes a value from those before it.
    fn compute(&self, schedule: &Schedule, at: usize, others: Others<'_>, to: &mut [f32]) {
        let value = |node: usize| others.value(schedule.places[node]);
        match self.graph.nodes[at] {
            Node::Input | Node::Constant(_) | Node::Parameter(_) => {}
            Node::Function(function, a) => self.function(function).values(value(a), to),
            Node::Pair(pair, a, b) => pair.values(value(a), value(b), to),
            Node::Where(condition, a, b) => {
                dispatch(Select { condition: value(condition), a: value(a), b: value(b), to })
            }
        }
    }

    /// Turns the gradients of a block's results into those of its inputs; `y` are the results.
    pub fn backward(&self, registers: &mut Registers, [x, y]: [&[f32]; 2], dx: &mut [f32]) {
        let (block, n) = (registers.block, x.len());
        let values = registers.values.data_mut();
        for &at in &self.backward.computed {
            if let Some(place) = self.backward.places[at] {
                let (to, others) = apart(values, block, place, x);
                self.compute(&self.backward, at, others, to);
            }
        }
        let last = self.graph.nodes.len() - 1;
        let value = |node: usize| match self.backward.places[node] {
            Some(place) => &values[place * block..][..n],
            None if node == last => y,
            None => x,
        };
        let slopes = registers.slopes.data_mut();
        if let Some(first) = self.steps.first() {
            slopes[first.slope * block..][..n].copy_from_slice(dx);
        }
        for step in &self.steps {
            self.pass_on(step, &value, slopes, (block, x));
        }
        match self.input_slope {
            // The formula is the input itself.
            _ if self.graph.nodes[last] == Node::Input => {}
            Some(slope) => dx.copy_from_slice(&slopes[slope * block..][..n]),
            None => dx.fill(0.0),
        }
    }

    /// Passes the gradients of a value on to those that it is computed from.
    fn pass_on<'a>(
        &self,
        step: &Step,
        value: &impl Fn(usize) -> &'a [f32],
        slopes: &mut [f32],
        (block, x): (usize, &[f32]),
    ) {
        let n = x.len();
        if let Node::Function(function, a) = self.graph.nodes[step.at] {
            let g = &mut slopes[step.slope * block..][..n];
            let multiply = |g: &mut [f32]| {
                self.function(function).multiply_by_derivatives(value(a), value(step.at), g);
            };
            match self.has_branches && g.contains(&0.0) {
                true => keeping_zeros(g, multiply),
                false => multiply(g),
            }
        }
        // The second operand first: the first one may take the register over.
        for (is_first, give) in [(false, step.second), (true, step.first)] {
            let Give::To(slope, mode) = give else { continue };
            let (to, others) = apart(slopes, block, slope, x);
            let g = others.register(step.slope, n);
            match self.graph.nodes[step.at] {
                Node::Pair(pair, a, b) => {
                    let give = match (is_first, self.has_branches) {
                        (true, true) => Pair::first::<true>,
                        (true, false) => Pair::first::<false>,
                        (false, true) => Pair::second::<true>,
                        (false, false) => Pair::second::<false>,
                    };
                    give(pair, mode, g, value(a), value(b), to);
                }
                Node::Where(condition, ..) => {
                    select_gradients(mode, is_first, g, value(condition), to);
                }
                _ => mode.unchanged(g, to),
            }
        }
    }
}

/// Changes gradients, but for those that are 0: they stay so beside a slope that is not finite, too.
fn keeping_zeros(gradients: &mut [f32], change: impl Fn(&mut [f32])) {
    let mut before = [0.0; BLOCKS[0]];
    // A block has no more numbers.
    before.iter_mut().zip(&*gradients).for_each(|(to, own)| *to = *own);
    change(gradients);
    for (own, before) in gradients.iter_mut().zip(before) {
        *own = if before == 0.0 { 0.0 } else { *own };
    }
}

impl Registers {
    /// The first `n` numbers of a value, to be filled.
    pub fn value_mut(&mut self, register: usize, n: usize) -> &mut [f32] {
        &mut self.values.data_mut()[register * self.block..][..n]
    }

    /// The first `n` gradients of a register.
    pub fn slopes(&self, register: usize, n: usize) -> &[f32] {
        &self.slopes.data()[register * self.block..][..n]
    }
}

impl Mode {
    /// Gradients that pass on as they are.
    fn unchanged(self, g: &[f32], to: &mut [f32]) {
        match self {
            Mode::Set => to.copy_from_slice(g),
            Mode::Add => Pair::Add.first::<false>(self, g, g, g, to),
        }
    }
}
