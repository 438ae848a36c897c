//! From a specification to a layer with parameters.

use crate::{
    InitializerSpec, InputMismatch, LayerError, NetworkSpec, Parameter, ParameterId, Parameters,
    Pass, Role, Stage, network::Chain,
};
use relume_autograd::Var;
use relume_tensor::{PoolGeometry, Rng, Shape, Tensor};
use std::fmt::{self, Debug};
use std::sync::Arc;

/// A built layer. Its numbers live in the network's [`Parameters`]; the layer itself never changes.
pub trait Layer: Debug + Send + Sync {
    /// Passes a batch `[batch, ...sample]` through.
    ///
    /// # Errors
    /// An error of an operation.
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError>;

    /// Whether it takes [`Indices`](relume_tensor::Indices) unchanged. Other layers get them as a tensor, which is
    /// refused from 2^24 on.
    fn takes_indices(&self) -> bool {
        false
    }

    /// The kind of this layer, for one that can take it into its own operation.
    fn tail(&self) -> Tail {
        Tail::Separate
    }

    /// This layer with `next` fused into its own operation: the same values, fewer passes over memory. `None` if they
    /// stay separate.
    fn fuse(&self, _next: Tail) -> Option<Arc<dyn Layer>> {
        None
    }
}

/// The kind of a layer, for the one before it.
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
    /// The same, but where shared layers stand rather than where they stood first.
    place: String,
    memory: Option<Shape>,
    shared: Vec<SharedPlace>,
    /// Whether parameters are those of an earlier place.
    again: bool,
    /// A parameter of an earlier place that is of another shape here.
    misfit: Option<String>,
    /// An initializer that cannot work, a parameter that does not fit into memory, or one that is not stored.
    refused: Option<LayerError>,
    /// Where parameters and buffers come from, if they are not made anew.
    stored: Option<Stored<'a>>,
}

/// The tensors of a file by the names of parameters and buffers.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a>(pub &'a dyn Fn(&str) -> Option<Tensor>);

impl Debug for Stored<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stored(..)")
    }
}

/// The first places of shared layers.
#[derive(Debug)]
struct SharedPlace {
    name: String,
    body: NetworkSpec,
    prefix: String,
}

impl<'a> Builder<'a> {
    /// A builder that adds to `parameters` and draws from `rng`: what [`Network::build`](crate::Network::build) uses,
    /// and what the test of a layer needs.
    pub fn new(parameters: &'a mut Parameters, rng: &'a mut Rng) -> Self {
        Builder {
            parameters,
            rng,
            prefix: String::new(),
            place: String::new(),
            memory: None,
            shared: Vec::new(),
            again: false,
            misfit: None,
            refused: None,
            stored: None,
        }
    }

    /// A builder that takes parameters and buffers from a file: nothing is allocated for them, and one that the file
    /// does not have in its shape is refused.
    pub(crate) fn restoring(
        parameters: &'a mut Parameters,
        rng: &'a mut Rng,
        stored: Stored<'a>,
    ) -> Self {
        Builder { stored: Some(stored), ..Builder::new(parameters, rng) }
    }

    /// Builds a single stage for samples of shape `input`, as the test of a layer does. In a network,
    /// [`Network::build`](crate::Network::build) does this for all stages.
    ///
    /// # Errors
    /// Options of the stage that are out of their range, an input that it cannot take, or an initializer that cannot
    /// work.
    pub fn stage(&mut self, stage: &Stage, input: Shape) -> Result<Arc<dyn Layer>, LayerError> {
        NetworkSpec::new(vec![stage.clone()]).shapes(input)?;
        let layer = stage.kind().build(input, self)?;
        self.take_refusal().map_or(Ok(layer), Err)
    }

    /// A trained parameter; `fans` are the numbers of inputs and outputs that each of its numbers connects.
    pub fn parameter(
        &mut self,
        name: &str,
        shape: impl Into<Shape>,
        initializer: &InitializerSpec,
        fans: [usize; 2],
    ) -> ParameterId {
        let shape = shape.into();
        if let Some(feature) = initializer.inner().missing_feature() {
            let initializer = initializer.entry().name;
            self.refused = Some(LayerError::Feature { initializer, feature });
        }
        let make = |rng: &mut Rng| initializer.inner().tensor(shape, fans, rng);
        let memory = if self.stored.is_none() { shape.check_memory() } else { Ok(()) };
        match memory {
            Ok(()) => self.add(name, shape, Role::Trained, make),
            Err(error) => {
                self.refused = Some(LayerError::Memory(error));
                self.add(name, shape, Role::Trained, |_| Tensor::uninit(0))
            }
        }
    }

    /// A trained parameter with these initial values.
    pub fn parameter_from(&mut self, name: &str, value: Tensor) -> ParameterId {
        self.add(name, value.shape(), Role::Trained, |_| value)
    }

    /// A tensor that the layer keeps up to date itself, filled with a number.
    pub fn buffer(&mut self, name: &str, shape: impl Into<Shape>, value: f32) -> ParameterId {
        let shape = shape.into();
        self.add(name, shape, Role::Buffer, |_| Tensor::full(shape, value))
    }

    fn add(
        &mut self,
        name: &str,
        shape: Shape,
        role: Role,
        make: impl FnOnce(&mut Rng) -> Tensor,
    ) -> ParameterId {
        let name = format!("{}{name}", self.prefix);
        if self.again
            && let Some(id) = self.parameters.find(&name)
        {
            let first = self.parameters.get(id).value.shape();
            if first != shape {
                self.misfit = Some(format!("{name} of {first}, not {shape}"));
            }
            return id;
        }
        let value = match self.stored {
            None => make(self.rng),
            Some(Stored(stored)) => match stored_as(stored(&name), &name, shape) {
                Ok(value) => value,
                Err(error) => {
                    self.refused.get_or_insert(error);
                    Tensor::uninit(0)
                }
            },
        };
        self.parameters.add(name, value, role)
    }

    /// Ends the building of a stage, one of whose parameters was refused.
    ///
    /// # Errors
    /// Why it was refused.
    pub fn accepted(&mut self) -> Result<(), LayerError> {
        self.take_refusal().map_or(Ok(()), Err)
    }

    /// Why a layer that was built cannot be used, if it cannot.
    pub(crate) fn take_refusal(&mut self) -> Option<LayerError> {
        self.refused.take()
    }

    /// Builds layers whose parameters are those of the first place of this name.
    ///
    /// # Errors
    /// Other layers than there, or an input that their parameters do not fit.
    pub(crate) fn shared(
        &mut self,
        name: &str,
        body: &NetworkSpec,
        input: Shape,
    ) -> Result<Chain, LayerError> {
        let named =
            |place: &&SharedPlace| place.name == name && (!name.is_empty() || place.body == *body);
        let Some(first) = self.shared.iter().find(named) else {
            let (name, prefix) = (name.to_string(), self.prefix.clone());
            self.shared.push(SharedPlace { name, body: body.clone(), prefix });
            return Chain::build(body, input, self);
        };
        if first.body != *body {
            let wanted =
                format!("wants the layers that {name:?} is where it first stands, {}", first.body);
            return Err(InputMismatch::new(wanted).help("give other layers another name").into());
        }
        let here = std::mem::replace(&mut self.prefix, first.prefix.clone());
        let again = std::mem::replace(&mut self.again, true);
        let chain = Chain::build(body, input, self);
        (self.prefix, self.again) = (here, again);
        match self.misfit.take() {
            None => chain,
            Some(misfit) => Err(InputMismatch::new(format!(
                "has one set of parameters in all places ({misfit})"
            ))
            .help("put it after layers that give one shape, or give it another name here")
            .into()),
        }
    }

    /// A parameter that was just made, for changes; none where its numbers are those of a file, or where one was
    /// refused, and so the network will be.
    pub fn made(&mut self, id: ParameterId) -> Option<&mut Parameter> {
        let is_made = self.refused.is_none() && self.stored.is_none();
        is_made.then(|| self.parameters.get_mut(id))
    }

    /// Builds the network inside a layer; its parameters' names begin with `name`.
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

    /// The shape of an encoder's output, for layers that attend to it.
    pub fn memory(&self) -> Option<Shape> {
        self.memory
    }

    /// What the paths of the stages that are built begin with, `2.body.`; empty for those of the network itself.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Runs `work` with another memory.
    pub(crate) fn beside<R>(&mut self, memory: Shape, work: impl FnOnce(&mut Self) -> R) -> R {
        let outside = self.memory.replace(memory);
        let result = work(self);
        self.memory = outside;
        result
    }

    /// Runs `work` with `name.` before the names of all parameters that it makes.
    pub(crate) fn within<R>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> R) -> R {
        let lengths = [self.prefix.len(), self.place.len()];
        for path in [&mut self.prefix, &mut self.place] {
            *path += name;
            path.push('.');
        }
        let result = work(self);
        self.prefix.truncate(lengths[0]);
        self.place.truncate(lengths[1]);
        result
    }
}

/// A file's tensor, if it has the shape of the parameter or buffer that it is for.
fn stored_as(found: Option<Tensor>, name: &str, expected: Shape) -> Result<Tensor, LayerError> {
    let name = || name.to_string();
    let tensor = found.ok_or_else(|| LayerError::UnknownParameter(name()))?;
    let given = tensor.shape();
    match given == expected {
        true => Ok(tensor),
        false => Err(LayerError::ParameterShape { name: name(), expected, given }),
    }
}
