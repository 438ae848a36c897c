//! What a formula computes in which order, and in which registers.

use super::graph::{Graph, Node};
use super::pairs::{Mode, Pair};

/// The values that a pass computes.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    /// The register of each value; none of the input, of the result, and of what the pass does not compute.
    pub places: Vec<Option<usize>>,
    /// The registers.
    pub count: usize,
    /// The values to be computed, in order.
    pub computed: Vec<usize>,
}

/// Where the gradients of an operand go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Give {
    /// Nowhere: it has none, or takes the register of the value over.
    Nothing,
    /// Into a register.
    To(usize, Mode),
}

/// The gradients of a value passed on to its operands.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The value.
    pub at: usize,
    /// The register of its gradients.
    pub slope: usize,
    /// The operand of a function, or the first of two.
    pub first: Give,
    /// The second one.
    pub second: Give,
}

/// The way of the gradients.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub steps: Vec<Step>,
    /// The register in which the gradients of each value are in the end, if one reaches it.
    pub slopes: Vec<Option<usize>>,
    /// The registers.
    pub count: usize,
}

/// Registers, of which those that are free again are taken first.
#[derive(Default)]
struct Free {
    count: usize,
    free: Vec<usize>,
}

impl Free {
    fn take(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        })
    }
}

fn is_leaf(node: Node) -> bool {
    matches!(node, Node::Input | Node::Constant(_) | Node::Parameter(_))
}

impl Schedule {
    /// The results alone: a register is used again once its value is not needed any more.
    pub fn forward(graph: &Graph) -> Self {
        let nodes = &graph.nodes;
        let last = nodes.len() - 1;
        let mut last_use = vec![0; nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            node.operands().for_each(|operand| last_use[operand] = at);
        }
        let mut registers = Free::default();
        let mut places = vec![None; nodes.len()];
        // Constants are filled in once, so that they keep theirs.
        for (at, node) in nodes.iter().enumerate() {
            if is_leaf(*node) && *node != Node::Input {
                places[at] = Some(registers.take());
            }
        }
        let mut computed = Vec::new();
        for (at, node) in nodes.iter().enumerate().filter(|(_, node)| !is_leaf(**node)) {
            computed.push(at);
            if at < last {
                places[at] = Some(registers.take());
            }
            let mut ended: Vec<usize> = node.operands().collect();
            ended.retain(|&operand| last_use[operand] == at && !is_leaf(nodes[operand]));
            ended.sort_unstable();
            ended.dedup();
            registers.free.extend(ended.into_iter().filter_map(|operand| places[operand]));
        }
        Schedule { places, count: registers.count, computed }
    }

    /// The values that the gradients are computed from, each in a register of its own, and the way of the gradients.
    pub fn backward(graph: &Graph) -> (Self, Plan) {
        let nodes = &graph.nodes;
        let last = nodes.len() - 1;
        let plan = Plan::of(graph);
        let mut is_needed = vec![false; nodes.len()];
        for step in &plan.steps {
            match nodes[step.at] {
                Node::Function(_, a) => {
                    is_needed[a] = true;
                    is_needed[step.at] = true;
                }
                Node::Pair(Pair::Add | Pair::Sub, ..) => {}
                Node::Pair(_, a, b) => [a, b].into_iter().for_each(|own| is_needed[own] = true),
                Node::Where(condition, ..) => is_needed[condition] = true,
                _ => {}
            }
        }
        // The results are there already.
        is_needed[last] = false;
        for at in (0..last).rev() {
            if is_needed[at] {
                nodes[at].operands().for_each(|operand| is_needed[operand] = true);
            }
        }
        let mut registers = Free::default();
        let (mut places, mut computed) = (vec![None; nodes.len()], Vec::new());
        for (at, node) in nodes.iter().enumerate().filter(|(at, _)| is_needed[*at]) {
            if *node != Node::Input {
                places[at] = Some(registers.take());
            }
            if !is_leaf(*node) {
                computed.push(at);
            }
        }
        (Schedule { places, count: registers.count, computed }, plan)
    }
}

impl Plan {
    fn of(graph: &Graph) -> Self {
        let nodes = &graph.nodes;
        // Whether a gradient passes on to the input or to a trained constant.
        let mut has_slope: Vec<bool> = Vec::with_capacity(nodes.len());
        for node in nodes {
            has_slope.push(match *node {
                Node::Input | Node::Parameter(_) => true,
                Node::Constant(_) => false,
                Node::Pair(pair, a, b) => pair.has_slope() && (has_slope[a] || has_slope[b]),
                Node::Where(_, a, b) => has_slope[a] || has_slope[b],
                Node::Function(_, a) => has_slope[a],
            });
        }
        let mut registers = Free::default();
        let mut slopes: Vec<Option<usize>> = vec![None; nodes.len()];
        let mut steps = Vec::new();
        if let (Some(slope), Some(true)) = (slopes.last_mut(), has_slope.last()) {
            *slope = Some(registers.take());
        }
        for (at, node) in nodes.iter().enumerate().rev().filter(|(_, node)| !is_leaf(**node)) {
            let (Some(slope), true) = (slopes[at], has_slope[at]) else { continue };
            let (first, second) = match *node {
                Node::Function(_, a) => (Some(a), None),
                Node::Pair(_, a, b) | Node::Where(_, a, b) => (Some(a), Some(b)),
                _ => (None, None),
            };
            let passes_unchanged = matches!(
                node,
                Node::Function(..) | Node::Pair(Pair::Add | Pair::Sub | Pair::Rem, ..)
            );
            let mut is_taken_over = false;
            let mut give = |operand: Option<usize>, can_take_over: bool| {
                let Some(operand) = operand.filter(|&own| has_slope[own]) else {
                    return Give::Nothing;
                };
                match slopes[operand] {
                    Some(own) => Give::To(own, Mode::Add),
                    None if can_take_over => {
                        is_taken_over = true;
                        slopes[operand] = Some(slope);
                        Give::Nothing
                    }
                    None => {
                        let own = registers.take();
                        slopes[operand] = Some(own);
                        Give::To(own, Mode::Set)
                    }
                }
            };
            let second = give(second, false);
            let first = give(first, passes_unchanged);
            if !is_taken_over {
                registers.free.push(slope);
            }
            steps.push(Step { at, slope, first, second });
        }
        Plan { steps, slopes, count: registers.count }
    }
}
