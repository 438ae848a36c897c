//! An optimizer with its state.

use crate::OptimizerSpec;
use relume_tensor::Tensor;
use std::mem::discriminant;

/// An optimizer's state in a form that can be saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// How many updates each parameter has had.
    pub steps: Vec<u64>,
    /// By PyTorch's name of it, one tensor for each parameter; an empty one where a parameter was never updated.
    pub slots: Vec<(String, Vec<Tensor>)>,
}

/// Updates parameters by their gradients and remembers what the rule wants remembered.
#[derive(Clone, Debug)]
pub struct Optimizer {
    spec: OptimizerSpec,
    parameters: Vec<ParameterState>,
}

#[derive(Clone, Debug, Default)]
struct ParameterState {
    steps: u64,
    slots: Vec<Tensor>,
}

impl Optimizer {
    /// An optimizer that has done nothing yet.
    pub fn new(spec: OptimizerSpec) -> Self {
        Optimizer { spec, parameters: Vec::new() }
    }

    /// An optimizer that goes on from a saved state; none if the state is not this optimizer's.
    pub fn from_state(spec: OptimizerSpec, state: OptimizerState) -> Option<Self> {
        let count = state.steps.len();
        let names = spec.inner().slots();
        let fits = names.len() == state.slots.len()
            && names
                .iter()
                .zip(&state.slots)
                .all(|(n, (s, tensors))| n == s && tensors.len() == count);
        if !fits {
            return None;
        }
        let parameters = state.steps.iter().enumerate().map(|(i, &steps)| ParameterState {
            steps,
            slots: match steps {
                0 => Vec::new(),
                _ => state.slots.iter().map(|(_, tensors)| tensors[i].clone()).collect(),
            },
        });
        Some(Optimizer { parameters: parameters.collect(), spec })
    }

    /// The state, to be saved.
    pub fn state(&self) -> OptimizerState {
        let slot = |k: usize| {
            let each = self.parameters.iter();
            each.map(|p| p.slots.get(k).cloned().unwrap_or_else(|| Tensor::zeros(0))).collect()
        };
        let names = self.spec.inner().slots().into_iter().enumerate();
        OptimizerState {
            steps: self.parameters.iter().map(|parameter| parameter.steps).collect(),
            slots: names.map(|(k, name)| (name.to_string(), slot(k))).collect(),
        }
    }

    /// The rule and its options.
    pub fn spec(&self) -> &OptimizerSpec {
        &self.spec
    }

    /// Changes the options. The state stays if it is the same rule with the same kind of state, and begins anew otherwise.
    pub fn set_spec(&mut self, spec: OptimizerSpec) {
        let same = discriminant(&spec) == discriminant(&self.spec)
            && spec.inner().slots() == self.spec.inner().slots();
        if !same {
            self.parameters.clear();
        }
        self.spec = spec;
    }

    /// The learning rate in the options.
    pub fn lr(&self) -> f64 {
        self.spec.inner().lr()
    }

    /// Updates the parameter of this index by its gradient, of the same shape, at a learning rate.
    pub fn update(&mut self, index: usize, value: &mut Tensor, gradient: &Tensor, lr: f64) {
        if self.parameters.len() <= index {
            self.parameters.resize_with(index + 1, ParameterState::default);
        }
        let state = &mut self.parameters[index];
        let rule = self.spec.inner();
        if state.steps == 0 {
            state.slots = rule.slots().iter().map(|_| Tensor::zeros(value.shape())).collect();
        }
        state.steps += 1;
        rule.update(value, gradient, &mut state.slots, state.steps, lr);
    }
}
