//! An optimizer's state in a form that can be saved, and back.

use crate::lbfgs::{Memory, Pair};
use crate::optimizer::{Optimizer, ParameterState};
use crate::rules::UpdateKind;
use crate::{OptimizerError, OptimizerSpec};
use relume_tensor::{Shape, Tensor};
use std::collections::HashSet;

/// An optimizer's state in a form that can be saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// How many updates each parameter has had; for L-BFGS, the numbers of iterations and evaluations.
    pub steps: Vec<u64>,
    /// By PyTorch's name, one tensor for each parameter, empty if a parameter does not have it; for L-BFGS, one tensor
    /// for each stored step.
    pub slots: Vec<(String, Vec<Tensor>)>,
}

/// The name of the moving average among the slots.
const AVERAGE: &str = "ema";

const CHANGES: &str = "old_dirs";
const STEPS: &str = "old_stps";
const LAST_STEP: &str = "d";
const LAST_GRADIENT: &str = "prev_flat_grad";

impl Optimizer {
    /// The state, for saving.
    pub fn state(&self) -> OptimizerState {
        match self.spec().inner().update_kind() {
            UpdateKind::Each(_) => self.state_of_each(),
            UpdateKind::Together(_) => self.memory.state(),
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

    /// An optimizer that continues from a saved state, for parameters of these names and shapes.
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
        let restored = match optimizer.spec().inner().update_kind() {
            UpdateKind::Each(_) => optimizer.restore(&state, parameters),
            UpdateKind::Together(_) => {
                Memory::restored(state, parameters).map(|m| optimizer.memory = m)
            }
        };
        restored.map(|()| optimizer).ok_or(OptimizerError::State)
    }

    fn restore(&mut self, state: &OptimizerState, parameters: &[(&str, Shape)]) -> Option<()> {
        let names: HashSet<&str> = state.slots.iter().map(|(name, _)| name.as_str()).collect();
        if state.steps.len() > parameters.len()
            || names.len() < state.slots.len()
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
                if restored.average.is_none() && has_average(state, index) {
                    return None;
                }
            }
            self.parameters.push(restored);
        }
        Some(())
    }
}

/// Whether a state has a moving average of the parameter, of any shape.
fn has_average(state: &OptimizerState, index: usize) -> bool {
    let mut averages = state.slots.iter().filter(|(slot, _)| slot == AVERAGE);
    averages.any(|(_, tensors)| tensors.get(index).is_some_and(|tensor| tensor.count() > 0))
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
        // Frozen parameters and buffers are not part of the vectors.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As in files from before there were groups, averages and L1.
    const ADAM: &str = r#"{"adam":{"lr":0.002,"betas":[0.9,0.999],"eps":1e-8,"weight_decay":0.0,"amsgrad":false}}"#;

    #[test]
    fn older_specifications_are_still_read() {
        let spec: OptimizerSpec = serde_json::from_str(ADAM).unwrap();
        assert_eq!(spec.to_string(), "adam(0.002)");
        assert_eq!(serde_json::to_string(&spec).unwrap(), ADAM);
    }

    #[test]
    fn the_state_of_another_optimizer_or_of_other_parameters_is_refused() {
        let adam: OptimizerSpec = serde_json::from_str(ADAM).unwrap();
        let sgd =
            OptimizerSpec::from_arguments("sgd", vec![], vec![("momentum".into(), 0.9.into())]);
        let lbfgs = OptimizerSpec::from_arguments("lbfgs", vec![], vec![]).unwrap();
        let mut optimizer = Optimizer::new(adam.clone());
        let mut value = Tensor::ones([2, 3]);
        optimizer.update(1, &mut value, &Tensor::ones([2, 3]), 1.0).unwrap();
        let state = optimizer.state();
        let parameters: [(&str, Shape); 2] = [("a", 4.into()), ("b", [2, 3].into())];
        let load = |spec: &OptimizerSpec, state: &OptimizerState, parameters: &[(&str, Shape)]| {
            Optimizer::from_state(spec.clone(), state.clone(), parameters).map(drop)
        };
        assert_eq!(load(&adam, &state, &parameters), Ok(()));
        for spec in [&sgd.unwrap(), &lbfgs] {
            assert_eq!(load(spec, &state, &parameters), Err(OptimizerError::State), "{spec}");
        }
        let turned: [(&str, Shape); 2] = [("a", 4.into()), ("b", [3, 2].into())];
        assert_eq!(load(&adam, &state, &turned), Err(OptimizerError::State));
        assert_eq!(load(&adam, &state, &parameters[..1]), Err(OptimizerError::State));
        let mut short = state.clone();
        short.slots[0].1.pop();
        assert_eq!(load(&adam, &short, &parameters), Err(OptimizerError::State));
        // For L-BFGS: vectors of different lengths.
        let forged = OptimizerState {
            steps: vec![1, 1],
            slots: [(CHANGES, 3), (STEPS, 3), (LAST_STEP, 3), (LAST_GRADIENT, 2)]
                .map(|(name, length)| (name.to_string(), vec![Tensor::ones(length)]))
                .to_vec(),
        };
        assert_eq!(load(&lbfgs, &forged, &parameters), Err(OptimizerError::State));
    }
}
