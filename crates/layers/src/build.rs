//! From a specification to a layer with parameters.

use crate::{
    InitializerSpec, LayerError, NetworkSpec, Parameter, ParameterId, Parameters, Pass, Role,
    network::Chain,
};
use relume_autograd::Var;
use relume_tensor::{PoolGeometry, Rng, Shape, Tensor};
use std::fmt::Debug;
use std::sync::Arc;

/// A built layer. Its numbers live in the network's [`Parameters`]; the layer itself never changes.
pub trait Layer: Debug + Send + Sync {
    /// Passes a batch `[batch, ...sample]` through.
    ///
    /// # Errors
    /// What an operation refuses.
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError>;

    /// What this layer is to one that can take it into its own operation.
    fn tail(&self) -> Tail {
        Tail::Separate
    }

    /// This layer with `next` taken into its own operation: the same values, fewer passes over memory. None if they stay apart.
    fn fuse(&self, _next: Tail) -> Option<Arc<dyn Layer>> {
        None
    }
}

/// What a layer is to the one before it.
#[derive(Clone, Copy, Debug)]
pub enum Tail {
    /// A layer by itself.
    Separate,
    /// max(0, x).
    Relu,
    /// Max-pooling.
    MaxPool(PoolGeometry),
}

/// Makes the parameters of the layers of a network.
#[derive(Debug)]
pub struct Builder<'a> {
    parameters: &'a mut Parameters,
    rng: &'a mut Rng,
    prefix: String,
    memory: Option<Shape>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(parameters: &'a mut Parameters, rng: &'a mut Rng) -> Self {
        Builder { parameters, rng, prefix: String::new(), memory: None }
    }

    /// A trained parameter; `fans` are the numbers of inputs and outputs that each of its numbers connects.
    pub fn parameter(
        &mut self,
        name: &str,
        shape: impl Into<Shape>,
        initializer: &InitializerSpec,
        fans: [usize; 2],
    ) -> ParameterId {
        let value = initializer.inner().tensor(shape.into(), fans, self.rng);
        self.parameters.add(format!("{}{name}", self.prefix), value, Role::Trained)
    }

    /// A trained parameter that starts with these numbers.
    pub fn parameter_from(&mut self, name: &str, value: Tensor) -> ParameterId {
        self.parameters.add(format!("{}{name}", self.prefix), value, Role::Trained)
    }

    /// A tensor that the layer keeps up to date itself.
    pub fn buffer(&mut self, name: &str, value: Tensor) -> ParameterId {
        self.parameters.add(format!("{}{name}", self.prefix), value, Role::Buffer)
    }

    /// A parameter that was just made, to be changed.
    pub fn made(&mut self, id: ParameterId) -> &mut Parameter {
        self.parameters.get_mut(id)
    }

    /// Builds what stands inside of a layer; its parameters' names begin with `name`.
    ///
    /// # Errors
    /// Shapes that do not follow one another.
    pub fn chain(
        &mut self,
        name: &str,
        spec: &NetworkSpec,
        input: Shape,
    ) -> Result<Chain, LayerError> {
        self.within(name, |builder| Chain::build(spec, input, builder))
    }

    /// The shape of what an encoder gave, for layers that look at it.
    pub fn memory(&self) -> Option<Shape> {
        self.memory
    }

    /// Runs `work` with another memory to look at.
    pub(crate) fn beside<R>(&mut self, memory: Shape, work: impl FnOnce(&mut Self) -> R) -> R {
        let outside = self.memory.replace(memory);
        let result = work(self);
        self.memory = outside;
        result
    }

    /// Runs `work` with `name.` before the names of all parameters that it makes.
    pub(crate) fn within<R>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.prefix.len();
        self.prefix += name;
        self.prefix.push('.');
        let result = work(self);
        self.prefix.truncate(length);
        result
    }
}
