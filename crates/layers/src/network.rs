//! The built network: a specification with its parameters.

use crate::build::Stored;
use crate::spec::Refusal;
use crate::{
    Builder, Layer, LayerError, Mode, NetworkSpec, Parameters, Pass, Role, Watched, WatchedKind,
    Workspace,
};
use relume_autograd::Var;
use relume_tensor::{Array, Precision, Rng, Shape, Stream, Tensor};
use std::sync::Arc;

/// Layers one after another.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Each with its index.
    layers: Vec<Stage>,
    /// The same with layers fused into those before them if possible, each with the index of its first stage.
    fused: Vec<Stage>,
    /// What the paths of its stages begin with.
    path: String,
}

/// A layer with the index of its stage.
pub(crate) type Stage = (usize, Arc<dyn Layer>);

impl Chain {
    pub(crate) fn build(
        spec: &NetworkSpec,
        input: Shape,
        builder: &mut Builder<'_>,
    ) -> Result<Self, LayerError> {
        let mut layers = Vec::with_capacity(spec.layers.len());
        let mut shape = input;
        let shapes = spec.shapes_beside(input, builder.memory())?;
        for ((index, stage), output) in spec.layers.iter().enumerate().zip(shapes) {
            let built =
                builder.within(&index.to_string(), |builder| stage.kind().build(shape, builder));
            let layer = built.map_err(|error| match error {
                LayerError::InputMismatch(mismatch) => {
                    spec.located(index, shape, Refusal::InputMismatch(mismatch)).into()
                }
                LayerError::Shape(error) => {
                    spec.located(index, shape, Refusal::Inside(error)).into()
                }
                error => error,
            })?;
            if let Some(source) = builder.take_refusal().map(Box::new) {
                return Err(LayerError::In { index, layer: stage.to_string(), source });
            }
            layers.push((index, layer));
            shape = output;
        }
        let mut fused: Vec<Stage> = Vec::with_capacity(layers.len());
        for (index, layer) in &layers {
            let taken = fused.last().and_then(|(_, last)| last.fuse(layer.tail()));
            match (taken, fused.last_mut()) {
                (Some(both), Some(last)) => last.1 = both,
                _ => fused.push((*index, layer.clone())),
            }
        }
        Ok(Chain { layers, fused, path: builder.place().to_string() })
    }

    /// Passes a batch `[batch, ...sample]` through.
    ///
    /// # Errors
    /// An error of a layer.
    pub fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        self.stages(pass).iter().try_fold(x, |x, (index, layer)| {
            let y = self.stage(pass, *index, &**layer, x)?;
            pass.settle(y);
            Ok(y)
        })
    }

    /// The stages to pass: each by itself if the pass is watched, unless it is to be as in training.
    fn stages(&self, pass: &Pass<'_>) -> &[Stage] {
        if pass.is_separate() { &self.layers } else { &self.fused }
    }

    /// The stages that run as one operation where stages are fused, from the first of them on.
    fn fused_from(&self, first: usize) -> &[Stage] {
        let next = self.fused.iter().map(|&(index, _)| index).find(|&index| index > first);
        &self.layers[first..next.unwrap_or(self.layers.len())]
    }

    /// Passes a batch through one stage.
    fn stage(
        &self,
        pass: &mut Pass<'_>,
        index: usize,
        layer: &dyn Layer,
        x: Var,
    ) -> Result<Var, LayerError> {
        let input = pass.input_of(layer, x)?;
        let output = layer.forward(pass, input)?;
        if pass.is_watched() {
            let stages = if pass.is_separate() { &[][..] } else { self.fused_from(index) };
            let last = stages.last().map_or(index, |(last, _)| *last);
            if stages.len() > 1 {
                pass.watched_fused(&self.path, stages);
            }
            let path = format!("{}{last}", self.path);
            pass.watched(|| Watched { path, kind: WatchedKind::Stage, input, output });
        }
        Ok(output)
    }
}

/// A network with parameters. Clones share their numbers until one of them changes.
#[derive(Clone, Debug)]
pub struct Network {
    spec: NetworkSpec,
    input: Shape,
    shapes: Vec<Shape>,
    chain: Chain,
    parameters: Parameters,
    rng: Rng,
}

impl Network {
    /// Builds a network for samples of shape `input`; the same seed gives the same parameters.
    ///
    /// # Errors
    /// A layer that cannot take its input, or an input that is not the one in the specification.
    pub fn build(spec: &NetworkSpec, input: Shape, seed: u64) -> Result<Self, LayerError> {
        Self::build_with(spec, input, seed, None)
    }

    /// Builds a network whose parameters and buffers are the tensors that `stored` has by their names, such as those of
    /// a file. None are made anew: sizes in the specification that the tensors do not have cost no memory.
    ///
    /// # Errors
    /// As of [`Network::build`]; a parameter or buffer that is not stored, or in another shape.
    pub fn restore(
        spec: &NetworkSpec,
        input: Shape,
        seed: u64,
        stored: &dyn Fn(&str) -> Option<Tensor>,
    ) -> Result<Self, LayerError> {
        Self::build_with(spec, input, seed, Some(Stored(stored)))
    }

    fn build_with(
        spec: &NetworkSpec,
        input: Shape,
        seed: u64,
        stored: Option<Stored<'_>>,
    ) -> Result<Self, LayerError> {
        if let Some(wanted) = spec.input_shape()?.filter(|&wanted| wanted != input) {
            return Err(LayerError::Input { wanted, given: input });
        }
        let shapes = spec.shapes(input)?;
        let mut parameters = Parameters::default();
        let mut rng = Rng::stream(seed, Stream::Parameters);
        let mut builder = match stored {
            Some(stored) => Builder::restoring(&mut parameters, &mut rng, stored),
            None => Builder::new(&mut parameters, &mut rng),
        };
        let chain = Chain::build(spec, input, &mut builder)?;
        let rng = Rng::stream(seed, Stream::Training);
        Ok(Network { spec: spec.clone(), input, shapes, chain, parameters, rng })
    }

    /// The specification.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// The shape of one sample of its input.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The shape of one sample after each stage.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The shape of one sample of its output.
    pub fn output(&self) -> Shape {
        self.shapes.last().copied().unwrap_or(self.input)
    }

    /// Its parameters and buffers.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Its parameters and buffers, for writing. Shapes must stay as they are.
    pub fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }

    /// The generator that random layers draw from in training.
    pub fn rng(&self) -> &Rng {
        &self.rng
    }

    /// Replaces the generator that random layers draw from.
    pub fn set_rng(&mut self, rng: Rng) {
        self.rng = rng;
    }

    /// Replaces all parameters by another set of the same names and shapes.
    ///
    /// # Errors
    /// A name or a shape that differs; nothing is changed then.
    pub fn set_parameters(&mut self, parameters: Parameters) -> Result<(), LayerError> {
        if parameters.len() != self.parameters.len() {
            return Err(LayerError::Parameters(format!(
                "the network has {} parameters and buffers, not {}",
                self.parameters.len(),
                parameters.len()
            )));
        }
        for ((_, own), (_, other)) in self.parameters.iter().zip(parameters.iter()) {
            if own.name != other.name || own.role != other.role {
                return Err(LayerError::Parameters(format!(
                    "`{}` stands where `{}` is wanted",
                    other.name, own.name
                )));
            }
            if own.value.shape() != other.value.shape() {
                return Err(LayerError::Parameters(format!(
                    "`{}` is of shape {}, not {}",
                    own.name,
                    own.value.shape(),
                    other.value.shape()
                )));
            }
        }
        self.parameters = parameters;
        Ok(())
    }

    /// The same network with its weights stored in another precision: f16 and bf16 take half of the memory. Buffers,
    /// such as running means, stay in f32.
    ///
    /// The outputs are those of an f32 network with the rounded weights. Dense, recurrent, attention and convolution
    /// layers widen a weight block by block (where a convolution uses Winograd's algorithm, the transformed weights are
    /// in f32 for the time of a pass), an embedding widens the rows that it looks up, and other layers widen all of
    /// theirs for the time of a pass, as gradients do.
    /// Training continues in f32: the first update of a weight makes it f32 again.
    ///
    /// # Errors
    /// A weight that f16 cannot hold (65520 or more), by its name.
    pub fn to_precision(&self, precision: Precision) -> Result<Self, LayerError> {
        let mut network = self.clone();
        for (_, parameter) in network.parameters.iter_mut() {
            if parameter.role != Role::Trained {
                continue;
            }
            if precision == Precision::F16 {
                parameter.refuse_beyond_f16(&parameter.value)?;
            }
            parameter.value = parameter.value.to_precision(precision);
        }
        Ok(network)
    }

    /// Freezes or unfreezes the parameters of one stage.
    pub fn set_frozen(&mut self, stage: usize, frozen: bool) {
        let prefix = format!("{stage}.");
        for (_, parameter) in self.parameters.iter_mut() {
            if parameter.name.starts_with(&prefix) {
                parameter.frozen = frozen;
            }
        }
    }

    /// Passes a batch `[batch, ...input]` through: a tensor, or indices for a network that begins with an embedding.
    ///
    /// # Errors
    /// Samples of another shape, or an error of a layer, with the layer named.
    pub fn forward(
        &mut self,
        workspace: &mut Workspace,
        x: Var,
        mode: Mode,
    ) -> Result<Var, LayerError> {
        let given = workspace.tape.array(x)?.shape().without_batch();
        if given != self.input {
            return Err(LayerError::Input { wanted: self.input, given });
        }
        let lengths = workspace.lengths();
        let mut pass = Pass::new(workspace, &mut self.parameters, &mut self.rng, mode);
        if let Some(lengths) = lengths {
            pass.set_lengths(lengths, x)?;
        }
        let mut value = x;
        for &(index, ref layer) in self.chain.stages(&pass) {
            let output = self.chain.stage(&mut pass, index, &**layer, value);
            value = output.map_err(|source| LayerError::In {
                index,
                layer: self.spec.layers[index].to_string(),
                source: Box::new(source),
            })?;
            pass.settle(value);
        }
        let value = pass.numbers(value)?;
        let lengths = pass.lengths_of(value)?;
        workspace.set_output_lengths(lengths);
        Ok(value)
    }

    /// The outputs for a batch `[batch, ...input]`, a tensor or indices, in inference: nothing is random, nothing
    /// changes.
    ///
    /// # Errors
    /// Samples of another shape, or an error of a layer.
    pub fn predict<'a, B>(&self, batch: &'a B) -> Result<Tensor, LayerError>
    where
        &'a B: Into<Array>,
    {
        let mut workspace = Workspace::inference();
        let x = workspace.tape.constant(batch);
        // A clone shares all numbers; in inference, no layer writes to them.
        let y = self.clone().forward(&mut workspace, x, Mode::Inference)?;
        Ok(workspace.tape.get(y)?.clone())
    }
}
