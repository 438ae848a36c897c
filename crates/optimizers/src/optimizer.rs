//! An optimizer with its state.

use crate::fused::{sign, update};
use crate::groups::overridden;
use crate::lbfgs::Memory;
use crate::rules::{Rule, UpdateKind};
use crate::{LrFactors, OptimizerSpec, Step};
use relume_catalog::ArgumentError;
use relume_tensor::{Shape, Tensor, TensorError};

/// The most parameters that an optimizer keeps state for.
const MOST_PARAMETERS: usize = 1 << 20;

/// Why an optimizer cannot update.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptimizerError {
    /// L-BFGS cannot update a parameter by one gradient.
    #[error("{0} updates all parameters together and asks for the loss at several points")]
    Together(&'static str),
    /// Other optimizers cannot update all parameters together.
    #[error("{0} updates one parameter after the other, by its gradient")]
    Each(&'static str),
    /// A group that matches no parameter.
    #[error("{0} fits no parameter")]
    EmptyGroup(String),
    /// A group whose options contradict the optimizer's.
    #[error("{0}")]
    Group(String),
    /// An option that is out of its range, or contradicts the others.
    #[error(transparent)]
    Options(#[from] ArgumentError),
    /// A gradient of another shape than its parameter.
    #[error(
        "the gradient of parameter {index} is of shape {gradient}, but the parameter of {value}"
    )]
    Gradient {
        /// The parameter's index.
        index: usize,
        /// The parameter's shape.
        value: Shape,
        /// The gradient's shape.
        gradient: Shape,
    },
    /// Gradients for another number of parameters.
    #[error("there are {gradients} gradients for {values} parameters")]
    Gradients {
        /// How many parameters there are.
        values: usize,
        /// How many gradients there are.
        gradients: usize,
    },
    /// More parameters than an optimizer keeps state for.
    #[error("there is no parameter {0}: an optimizer knows at most {MOST_PARAMETERS}")]
    Index(usize),
    /// A limit to which gradients cannot be clipped.
    #[error("gradients can be clipped to a number of at least 0, not to {0}")]
    Limit(f64),
    /// A tensor that a rule could not compute.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// A saved state that is another optimizer's, or another network's.
    #[error("the optimizer's state does not go with the optimizer and the parameters")]
    State,
}

/// Updates parameters by their gradients, and keeps the state of its rule.
#[derive(Clone, Debug)]
pub struct Optimizer {
    spec: OptimizerSpec,
    /// The specification with each group's options.
    groups: Vec<OptimizerSpec>,
    /// Each parameter's group, if it has one.
    assigned: Vec<Option<usize>>,
    pub(crate) parameters: Vec<ParameterState>,
    pub(crate) memory: Memory,
}

/// The state of a parameter.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParameterState {
    pub steps: u64,
    /// Names and shapes of the slots, in the rule's order.
    pub names: Vec<(&'static str, Shape)>,
    pub slots: Vec<Tensor>,
    /// The moving average of the parameter.
    pub average: Option<Tensor>,
    /// The shape for which the slots are known to match the rule.
    pub fits: Option<Shape>,
}

impl ParameterState {
    /// The slot of this name.
    pub fn slot(&self, name: &str) -> Option<Tensor> {
        let at = self.names.iter().position(|(own, _)| *own == name)?;
        self.slots.get(at).cloned()
    }

    /// Starts again if the slots are not those of the rule.
    fn fit(&mut self, rule: &dyn Rule, shape: Shape) {
        let names = rule.slots(shape);
        if self.steps == 0 || self.names != names {
            self.steps = 0;
            self.slots = names.iter().map(|&(_, shape)| Tensor::zeros(shape)).collect();
            self.names = names;
        }
        if self.average.as_ref().is_some_and(|average| average.shape() != shape) {
            self.average = None;
        }
        self.fits = Some(shape);
    }
}

impl Optimizer {
    /// An optimizer before its first update. Groups take effect once it knows the parameters' names:
    /// [`Optimizer::assign`].
    pub fn new(spec: OptimizerSpec) -> Self {
        Optimizer {
            spec,
            groups: Vec::new(),
            assigned: Vec::new(),
            parameters: Vec::new(),
            memory: Memory::default(),
        }
    }

    /// The rule and its options.
    pub fn spec(&self) -> &OptimizerSpec {
        &self.spec
    }

    /// Changes the options. The state is kept if the rule and the kind of state are the same, and starts again
    /// otherwise. Groups take effect after the next [`Optimizer::assign`].
    pub fn set_spec(&mut self, spec: OptimizerSpec) {
        if spec.entry() != self.spec.entry() {
            self.parameters.clear();
            self.memory = Memory::default();
        }
        self.spec = spec;
        self.groups.clear();
        self.assigned.clear();
        self.parameters.iter_mut().for_each(|parameter| parameter.fits = None);
    }

    /// Assigns the parameters of these names and shapes, in the order of their indices, to the groups of the
    /// specification.
    ///
    /// # Errors
    /// Options that are out of their range, or a group that matches no parameter: nothing has changed then.
    pub fn assign(&mut self, parameters: &[(&str, Shape)]) -> Result<(), OptimizerError> {
        self.spec.check()?;
        let groups = match self.spec.inner().update_kind() {
            UpdateKind::Each(rule) => rule.common().groups.as_slice(),
            UpdateKind::Together(_) => &[],
        };
        let selects = |group: usize, &(name, shape): &(&str, Shape)| {
            groups[group].inner().selects(name, shape)
        };
        if let Some(empty) =
            (0..groups.len()).find(|&group| !parameters.iter().any(|p| selects(group, p)))
        {
            return Err(OptimizerError::EmptyGroup(groups[empty].to_string()));
        }
        let specs: Vec<OptimizerSpec> = groups
            .iter()
            .map(|group| overridden(&self.spec, group).map_err(OptimizerError::Group))
            .collect::<Result<_, _>>()?;
        self.assigned = parameters
            .iter()
            .map(|parameter| (0..groups.len()).find(|&group| selects(group, parameter)))
            .collect();
        self.groups = specs;
        self.parameters.iter_mut().for_each(|parameter| parameter.fits = None);
        Ok(())
    }

    /// The same optimizer for other parameters: each goes on with the state of the one whose index `origins` has at its
    /// place, or begins anew. State for all parameters together, as L-BFGS has it, stays only where every parameter is
    /// its own origin. Groups count after the next [`Optimizer::assign`].
    #[must_use]
    pub fn rearranged(&self, origins: &[Option<usize>]) -> Optimizer {
        let state = |&origin: &Option<usize>| {
            let state = origin.and_then(|index| self.parameters.get(index));
            ParameterState { fits: None, ..state.cloned().unwrap_or_default() }
        };
        let is_same = self.assigned.len() == origins.len()
            && origins.iter().enumerate().all(|(index, &origin)| origin == Some(index));
        Optimizer {
            parameters: origins.iter().map(state).collect(),
            memory: if is_same { self.memory.clone() } else { Memory::default() },
            ..Optimizer::new(self.spec.clone())
        }
    }

    /// Forgets the moving average of a parameter that was given other numbers: it begins anew with the next update.
    pub fn forget_average(&mut self, index: usize) {
        if let Some(state) = self.parameters.get_mut(index) {
            state.average = None;
        }
    }

    /// The bytes of its state: slots and moving averages.
    pub fn bytes(&self) -> u64 {
        let tensors = self.parameters.iter().flat_map(|own| own.slots.iter().chain(&own.average));
        tensors.map(|tensor| 4 * tensor.count() as u64).sum()
    }

    /// The learning rate in the options.
    pub fn lr(&self) -> f64 {
        self.spec.inner().learning_rate()
    }

    /// Whether it updates all parameters together, by [`Optimizer::update_together`].
    pub fn is_together(&self) -> bool {
        matches!(self.spec.inner().update_kind(), UpdateKind::Together(_))
    }

    /// The moving average of a parameter, if the options ask for one and there was an update.
    pub fn average(&self, index: usize) -> Option<&Tensor> {
        self.parameters.get(index)?.average.as_ref()
    }

    /// Whether it has a moving average of some parameters.
    pub fn has_averages(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.average.is_some())
    }

    /// The rule of a parameter; `None` if all are updated together.
    pub(crate) fn rule(&self, index: usize) -> Option<&dyn Rule> {
        rule(&self.spec, &self.groups, &self.assigned, index)
    }

    /// Updates the parameter of this index by its gradient, of the same shape. The state of a parameter of another
    /// shape than before starts again.
    ///
    /// # Errors
    /// A gradient of another shape, an index beyond 1,048,575, an optimizer that updates all parameters together, or
    /// options that are out of their range: nothing has changed then.
    pub fn update(
        &mut self,
        index: usize,
        value: &mut Tensor,
        gradient: &Tensor,
        factors: impl Into<LrFactors>,
    ) -> Result<(), OptimizerError> {
        let rule = rule(&self.spec, &self.groups, &self.assigned, index)
            .ok_or(OptimizerError::Together(self.spec.entry().name))?;
        check(index, value, gradient)?;
        if index >= MOST_PARAMETERS {
            return Err(OptimizerError::Index(index));
        }
        if self.parameters.len() <= index {
            self.parameters.resize_with(index + 1, ParameterState::default);
        }
        let state = &mut self.parameters[index];
        if state.fits != Some(value.shape()) {
            // Once for each parameter and change of the options: they are public, and can be set to anything.
            self.spec.check()?;
            state.fit(rule, value.shape());
        }
        state.steps += 1;
        let step = Step { count: state.steps, factors: factors.into() };
        let common = rule.common();
        match common.l1 > 0.0 {
            false => rule.update(value, gradient, &mut state.slots, &step)?,
            true => {
                let strength = common.l1 as f32;
                let mut penalised = value.clone();
                update::<1>(&mut penalised, gradient, [], |g, [w]| *w = g + strength * sign(*w));
                rule.update(value, &penalised, &mut state.slots, &step)?;
            }
        }
        match (common.ema, &mut state.average) {
            (None, average) => *average = None,
            (Some(_), average @ None) => *average = Some(value.clone()),
            (Some(kept), Some(average)) => {
                let entering = (1.0 - kept) as f32;
                update::<1>(average, value, [], |w, [mean]| *mean += entering * (w - *mean));
            }
        }
        Ok(())
    }

    /// One step of all parameters together; `evaluate` gives the loss and each parameter's gradient at the current
    /// parameters, as often as it is called. Returns the loss before the step.
    ///
    /// # Errors
    /// An optimizer that updates one parameter after the other, options that are out of their range, gradients of other
    /// shapes than the parameters, or an error of `evaluate`: nothing has changed then.
    pub fn update_together<E: From<OptimizerError> + From<TensorError>>(
        &mut self,
        values: &mut [Tensor],
        factors: impl Into<LrFactors>,
        mut evaluate: impl FnMut(&[Tensor]) -> Result<(f64, Vec<Tensor>), E>,
    ) -> Result<f64, E> {
        let UpdateKind::Together(lbfgs) = self.spec.inner().update_kind() else {
            return Err(OptimizerError::Each(self.spec.entry().name).into());
        };
        self.spec.check().map_err(OptimizerError::from)?;
        let lr = lbfgs.lr * factors.into().factor;
        let mut checked = |values: &[Tensor]| {
            let (loss, gradients) = evaluate(values)?;
            if gradients.len() != values.len() {
                let (values, gradients) = (values.len(), gradients.len());
                return Err(OptimizerError::Gradients { values, gradients }.into());
            }
            for (index, (value, gradient)) in values.iter().zip(&gradients).enumerate() {
                check(index, value, gradient)?;
            }
            Ok((loss, gradients))
        };
        self.memory.step(lbfgs, lr, values, &mut checked)
    }
}

/// Checks that a gradient has its parameter's shape.
fn check(index: usize, value: &Tensor, gradient: &Tensor) -> Result<(), OptimizerError> {
    let (value, gradient) = (value.shape(), gradient.shape());
    match value == gradient {
        true => Ok(()),
        false => Err(OptimizerError::Gradient { index, value, gradient }),
    }
}

/// The rule of a parameter; `None` if all are updated together.
fn rule<'a>(
    spec: &'a OptimizerSpec,
    groups: &'a [OptimizerSpec],
    assigned: &[Option<usize>],
    index: usize,
) -> Option<&'a dyn Rule> {
    let group = assigned.get(index).copied().flatten().and_then(|group| groups.get(group));
    match group.unwrap_or(spec).inner().update_kind() {
        UpdateKind::Each(rule) => Some(rule),
        UpdateKind::Together(_) => None,
    }
}
