//! An optimizer's state in a form that can be saved, and back.

use crate::lbfgs::{Memory, Pair};
use crate::optimizer::{Optimizer, ParameterState};
use crate::optimizers::Way;
use crate::{OptimizerError, OptimizerSpec};
use relume_tensor::{Shape, Tensor};

/// An optimizer's state in a form that can be saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// How many updates each parameter has had; of L-BFGS, how many iterations and evaluations there were.
    pub steps: Vec<u64>,
    /// By PyTorch's name of it, one tensor for each parameter, an empty one where a parameter has no such thing; of L-BFGS, one
    /// tensor for each remembered step.
    pub slots: Vec<(String, Vec<Tensor>)>,
}

/// The name of the moving average among the slots.
const AVERAGE: &str = "ema";

const CHANGES: &str = "old_dirs";
const STEPS: &str = "old_stps";
const LAST_STEP: &str = "d";
const LAST_GRADIENT: &str = "prev_flat_grad";

impl Optimizer {
    /// The state, to be saved.
    pub fn state(&self) -> OptimizerState {
        match self.spec().inner().way() {
            Way::Each(_) => self.state_of_each(),
            Way::Together(_) => self.memory.state(),
        }
    }

    fn state_of_each(&self) -> OptimizerState {
        let mut names: Vec<&'static str> = Vec::new();
        for (name, _) in self.parameters.iter().flat_map(|parameter| &parameter.names) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        let all = |tensor: &dyn Fn(&ParameterState) -> Option<Tensor>| -> Vec<Tensor> {
            let each = self.parameters.iter();
            each.map(|p| tensor(p).unwrap_or_else(|| Tensor::zeros(0))).collect()
        };
        let mut slots: Vec<(String, Vec<Tensor>)> = names
            .into_iter()
            .map(|name| (name.to_string(), all(&|parameter| parameter.slot(name))))
            .collect();
        if self.parameters.iter().any(|parameter| parameter.average.is_some()) {
            slots.push((AVERAGE.to_string(), all(&|parameter| parameter.average.clone())));
        }
        let steps = self.parameters.iter().map(|parameter| parameter.steps).collect();
        OptimizerState { steps, slots }
    }

    /// An optimizer that goes on from a saved state, for parameters of these names and shapes.
    ///
    /// # Errors
    /// The state is not this optimizer's, or not for these parameters.
    pub fn from_state(
        spec: OptimizerSpec,
        state: OptimizerState,
        parameters: &[(&str, Shape)],
    ) -> Result<Self, OptimizerError> {
        let mut optimizer = Optimizer::new(spec);
        optimizer.assign(parameters)?;
        let restored = match optimizer.spec().inner().way() {
            Way::Each(_) => optimizer.restore(&state, parameters),
            Way::Together(_) => Memory::restored(state, parameters).map(|m| optimizer.memory = m),
        };
        restored.map(|()| optimizer).ok_or(OptimizerError::State)
    }

    fn restore(&mut self, state: &OptimizerState, parameters: &[(&str, Shape)]) -> Option<()> {
        if state.steps.len() > parameters.len()
            || state.slots.iter().any(|(_, tensors)| tensors.len() != state.steps.len())
        {
            return None;
        }
        for (index, (&steps, &(_, shape))) in state.steps.iter().zip(parameters).enumerate() {
            let mut restored = ParameterState { steps, ..ParameterState::default() };
            if steps > 0 {
                let found = |name: &str, shape: Shape| {
                    let (_, tensors) = state.slots.iter().find(|(slot, _)| slot == name)?;
                    tensors.get(index).filter(|tensor| tensor.shape() == shape).cloned()
                };
                restored.names = self.rule(index)?.slots(shape);
                for &(name, shape) in &restored.names {
                    restored.slots.push(found(name, shape)?);
                }
                restored.average = found(AVERAGE, shape);
            }
            self.parameters.push(restored);
        }
        Some(())
    }
}

impl Memory {
    fn state(&self) -> OptimizerState {
        let list = |name: &str, tensors: Vec<Tensor>| (name.to_string(), tensors);
        let last = |k: usize| self.last.iter().map(|last| last[k].clone()).collect();
        OptimizerState {
            steps: vec![self.iterations, self.evaluations],
            slots: vec![
                list(CHANGES, self.pairs.iter().map(|pair| pair.change.clone()).collect()),
                list(STEPS, self.pairs.iter().map(|pair| pair.step.clone()).collect()),
                list(LAST_STEP, last(0)),
                list(LAST_GRADIENT, last(1)),
            ],
        }
    }

    fn restored(state: OptimizerState, parameters: &[(&str, Shape)]) -> Option<Self> {
        let [iterations, evaluations] = *state.steps.as_slice() else { return None };
        let [changes, steps, last_step, last_gradient] = [CHANGES, STEPS, LAST_STEP, LAST_GRADIENT]
            .map(|name| {
                let found = state.slots.iter().find(|(slot, _)| slot == name);
                found.map(|(_, tensors)| tensors.clone())
            });
        let (changes, steps) = (changes?, steps?);
        let last = match (last_step?.as_slice(), last_gradient?.as_slice()) {
            ([step], [gradient]) => Some([step.clone(), gradient.clone()]),
            ([], []) => None,
            _ => return None,
        };
        // Frozen parameters and buffers have no part in the vectors.
        let most: usize = parameters.iter().map(|(_, shape)| shape.count()).sum();
        let mut all = changes.iter().chain(&steps).chain(last.iter().flatten());
        let length = all.clone().next().map_or(0, Tensor::count);
        let fits = |tensor: &Tensor| tensor.rank() == 1 && tensor.count() == length;
        if length > most || changes.len() != steps.len() || !all.all(fits) {
            return None;
        }
        let pairs =
            changes.into_iter().zip(steps).map(|(change, step)| Pair::new(change, step).ok());
        Some(Memory { iterations, evaluations, pairs: pairs.collect::<Option<_>>()?, last })
    }
}
