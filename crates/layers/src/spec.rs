//! A network as data: its input and its stages.

use crate::{InputMismatch, LayerError, LayerKind, LayerSpec, ShapeError};
use relume_activations::{ActivationSpec, Formula};
use relume_catalog::{
    ArgumentError, Entry, Field, FieldError, Given, Map, Outside, Type, Value, derived, record,
};
use relume_tensor::Shape;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::ops::Range;

/// The most numbers of a sample, anywhere in a network: 4 GiB.
const LARGEST_SAMPLE: usize = 1 << 30;

/// One stage of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Stage {
    /// A layer.
    Layer(LayerSpec),
    /// An activation function.
    Activation(ActivationSpec),
}

impl Stage {
    /// A layer from outside. To be read from texts and files, its type must be registered: [`LayerSpec::register`].
    pub fn custom<T: Outside + LayerKind>(layer: T) -> Self {
        Stage::Layer(LayerSpec::custom(layer))
    }

    /// The stage of this name, a layer or an activation function, from its arguments; options may be left out.
    ///
    /// # Errors
    /// An unknown name; arguments that are unknown, missing, of the wrong type or out of range, or that contradict each
    /// other.
    pub fn from_record(name: &str, arguments: Map<String, Value>) -> Result<Self, ArgumentError> {
        if ActivationSpec::find(name).is_some() {
            return ActivationSpec::from_record(name, arguments).map(Stage::Activation);
        }
        LayerSpec::from_record(name, arguments).map(Stage::Layer)
    }

    /// Checks the stage's options, and those of networks inside it, against their types and ranges.
    ///
    /// # Errors
    /// The first option that is not valid, or options that contradict each other.
    pub fn check(&self) -> Result<(), ArgumentError> {
        match self {
            Stage::Layer(spec) => spec.check(),
            Stage::Activation(spec) => spec.check(),
        }
    }

    /// The stage as JSON: `{"dense": {"units": 3, ...}}`.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Stage::Layer(spec) => spec.to_value(),
            Stage::Activation(spec) => spec.to_value(),
        }
    }

    /// The stage's description.
    pub fn entry(&self) -> &'static Entry {
        match self {
            Stage::Layer(spec) => spec.entry(),
            Stage::Activation(spec) => spec.entry(),
        }
    }

    /// The formula, if the stage is an activation function of one's own.
    pub fn formula(&self) -> Option<&Formula> {
        match self {
            Stage::Activation(ActivationSpec::Formula(formula)) => Some(formula),
            _ => None,
        }
    }

    /// The stage as a table names it: its text, but a formula that has a name by that alone.
    pub fn label(&self) -> String {
        match self {
            Stage::Layer(spec) => spec.to_string(),
            Stage::Activation(spec) => spec.inner().label().unwrap_or_else(|| spec.to_string()),
        }
    }

    /// Its behaviour as a layer; activations have it too.
    pub fn kind(&self) -> &dyn LayerKind {
        match self {
            Stage::Layer(spec) => spec.inner(),
            Stage::Activation(spec) => spec,
        }
    }
}

impl<'de> Deserialize<'de> for Stage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, arguments) = record::deserialize(deserializer)?;
        Stage::from_record(&name, arguments)
            .map_err(|error| record::refused(error, "LayerSpec or ActivationSpec"))
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Layer(spec) => spec.fmt(f),
            Stage::Activation(spec) => spec.fmt(f),
        }
    }
}

/// A layer, or its own specification: `Dense::new(3).into()`.
impl<L> From<L> for Stage
where
    LayerSpec: From<L>,
{
    fn from(spec: L) -> Self {
        Stage::Layer(spec.into())
    }
}

impl From<ActivationSpec> for Stage {
    fn from(spec: ActivationSpec) -> Self {
        Stage::Activation(spec)
    }
}

/// A network as data: how the prompt, a file and a Rust program all describe a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// The shape of one sample, if it is given with the network; otherwise it comes from the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Vec<usize>>,
    /// The stages, first to last.
    pub layers: Vec<Stage>,
}

impl NetworkSpec {
    /// A network of these stages whose input shape comes from the data.
    pub fn new(layers: Vec<Stage>) -> Self {
        NetworkSpec { input: None, layers }
    }

    /// This network followed by another.
    #[must_use]
    pub fn then(mut self, next: NetworkSpec) -> Self {
        if self.layers.is_empty() && self.input.is_none() {
            self.input = next.input;
        }
        self.layers.extend(next.layers);
        self
    }

    /// Some of its stages; with its input if the first one is among them.
    ///
    /// # Errors
    /// A range without a stage, or beyond the last one.
    pub fn slice(&self, range: Range<usize>) -> Result<NetworkSpec, LayerError> {
        let stages = self.layers.len();
        let layers = self.layers.get(range.clone()).ok_or(LayerError::Range { stages })?.to_vec();
        match layers.is_empty() {
            true => Err(LayerError::Empty),
            false => {
                Ok(NetworkSpec { input: self.input.clone().filter(|_| range.start == 0), layers })
            }
        }
    }

    /// The formulas of activation functions of one's own at every depth, each once.
    pub fn formulas(&self) -> Vec<&Formula> {
        let mut found: Vec<&Formula> = Vec::new();
        for stage in &self.layers {
            let inner = stage.kind().networks().into_iter().flat_map(|inner| inner.spec.formulas());
            for formula in stage.formula().into_iter().chain(inner) {
                if !found.contains(&formula) {
                    found.push(formula);
                }
            }
        }
        found
    }

    /// Whether a layer at any depth uses what belongs to the whole batch where that is cut into shards, as
    /// `batchnorm(sync=true)` does.
    pub fn is_synchronised(&self) -> bool {
        self.layers.iter().any(|stage| {
            let inner = stage.kind().networks().into_iter().any(|own| own.spec.is_synchronised());
            inner || stage.kind().is_synchronised()
        })
    }

    /// The input shape that is given with the network.
    ///
    /// # Errors
    /// More axes than a shape can have.
    pub fn input_shape(&self) -> Result<Option<Shape>, LayerError> {
        Ok(self.input.as_deref().map(Shape::new).transpose()?)
    }

    /// Checks the options of all stages against their types and ranges: fields of specifications are public, and can be
    /// set to anything.
    ///
    /// # Errors
    /// The first option that is not valid, or options that contradict each other.
    pub fn check(&self) -> Result<(), ArgumentError> {
        self.layers.iter().try_for_each(Stage::check)
    }

    /// The shape of one sample after each stage.
    ///
    /// # Errors
    /// Networks that are nested too deeply; an option that is out of its range; the first stage that cannot take its
    /// input, with a fix if one is known.
    pub fn shapes(&self, input: Shape) -> Result<Vec<Shape>, LayerError> {
        self.check_nesting()?;
        self.check()?;
        self.shapes_beside(input, None)
    }

    /// The same if stages may attend to `memory`, the shape of an encoder's output.
    pub(crate) fn shapes_beside(
        &self,
        input: Shape,
        memory: Option<Shape>,
    ) -> Result<Vec<Shape>, LayerError> {
        if self.layers.is_empty() {
            return Err(LayerError::Empty);
        }
        let shapes = self.infer(input, memory).map_err(|mut error| {
            error.help = self.fix_by_padding(input).or(error.help);
            error
        })?;
        Ok(shapes)
    }

    /// The shapes without a search for a fix.
    fn infer(&self, input: Shape, memory: Option<Shape>) -> Result<Vec<Shape>, ShapeError> {
        let mut shapes = Vec::with_capacity(self.layers.len());
        let mut shape = input;
        for (index, stage) in self.layers.iter().enumerate() {
            let refused = |refusal| self.located(index, shape, refusal);
            let output = stage.kind().output_shape_beside(shape, memory).map_err(refused)?;
            let count = output.iter().try_fold(1usize, |count, &size| count.checked_mul(size));
            if count.is_none_or(|count| count > LARGEST_SAMPLE) {
                let wanted = format!("would make {output} numbers of a sample");
                let help = "a sample of more than 2^30 numbers does not fit; take smaller sizes";
                return Err(refused(InputMismatch::new(wanted).help(help).into()));
            }
            shape = output;
            shapes.push(shape);
        }
        Ok(shapes)
    }

    /// The refusal of `input` by the stage `index`, with its place.
    pub(crate) fn located(&self, index: usize, input: Shape, refusal: Refusal) -> ShapeError {
        match refusal {
            Refusal::InputMismatch(InputMismatch { wanted, help }) => ShapeError {
                path: vec![index],
                layer: self.layers[index].to_string(),
                wanted,
                input,
                source_name: match index {
                    0 => "the input".to_string(),
                    _ => self.layers[index - 1].to_string(),
                },
                help: help.map(|help| help.replace("{before}", &self.before(index))),
            },
            Refusal::Inside(mut error) => {
                error.path.insert(0, index);
                error
            }
        }
    }

    /// The stage before `index`, as a fix shows it: `... -> maxpool2d(2)`.
    fn before(&self, index: usize) -> String {
        match index {
            0 => "input".to_string(),
            1 => self.layers[0].to_string(),
            _ => format!("... -> {}", self.layers[index - 1]),
        }
    }

    /// Convolutions without padding shrink the image; this suggests padding if it makes the whole network fit.
    fn fix_by_padding(&self, input: Shape) -> Option<String> {
        let mut padded = self.clone();
        let mut first = None;
        for stage in &mut padded.layers {
            let pads = match stage {
                Stage::Layer(LayerSpec::Conv1d(conv)) => conv.pad_to_keep_size(),
                Stage::Layer(LayerSpec::Conv2d(conv)) => conv.pad_to_keep_size(),
                Stage::Layer(LayerSpec::Conv3d(conv)) => conv.pad_to_keep_size(),
                _ => false,
            };
            if pads && first.is_none() {
                first = Some(stage.to_string());
            }
        }
        let shapes = padded.infer(input, None).ok().filter(|_| first.is_some())?;
        let flattened = self.layers.iter().position(|s| s.entry().name == "flatten");
        let arriving = flattened.and_then(|at| shapes.get(at.checked_sub(1)?));
        let becomes = arriving.map_or(String::new(), |shape| format!(": {shape} comes then"));
        Some(format!("give the convolutions padding, as in {}{becomes}", first?))
    }
}

/// A network inside a stage: `{"layers": [...]}`.
impl Field for NetworkSpec {
    const TYPE: Type = Type::Network;

    fn to_value(&self) -> Value {
        let mut record = Map::new();
        if let Some(input) = &self.input {
            record.insert("input".to_string(), input.to_value());
        }
        let layers: Vec<Value> = self.layers.iter().map(Stage::to_value).collect();
        record.insert("layers".to_string(), layers.into());
        Value::Object(record)
    }

    fn from_value(value: Value) -> Result<Self, FieldError> {
        let Value::Object(mut record) = value else { return Err(FieldError::wanted(Self::TYPE)) };
        let input = Option::from_value(record.remove("input").unwrap_or_default())?;
        let Some(Value::Array(layers)) = record.remove("layers") else {
            return Err(FieldError::wanted(Self::TYPE));
        };
        let stage = |stage| {
            let (name, arguments) = derived::spec_parts(stage, Self::TYPE)?;
            Stage::from_record(&name, arguments).map_err(FieldError::from)
        };
        Ok(NetworkSpec { input, layers: layers.into_iter().map(stage).collect::<Result<_, _>>()? })
    }

    fn from_given(given: Given) -> Result<Self, FieldError> {
        given.take().or_else(|given| Self::from_value(given.into_value()))
    }

    fn check(&self) -> Result<(), ArgumentError> {
        NetworkSpec::check(self)
    }
}

impl fmt::Display for NetworkSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(input) = &self.input {
            let sizes: Vec<String> = input.iter().map(usize::to_string).collect();
            write!(f, "input({})", sizes.join(", "))?;
        }
        for (i, stage) in self.layers.iter().enumerate() {
            if i > 0 || self.input.is_some() {
                f.write_str(" -> ")?;
            }
            write!(f, "{stage}")?;
        }
        Ok(())
    }
}

/// Why a stage has no output shape: it cannot take its input, or a stage inside it cannot.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The stage itself.
    InputMismatch(InputMismatch),
    /// A stage inside it.
    Inside(ShapeError),
}

impl From<InputMismatch> for Refusal {
    fn from(mismatch: InputMismatch) -> Self {
        Refusal::InputMismatch(mismatch)
    }
}

impl From<Refusal> for LayerError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::InputMismatch(mismatch) => LayerError::InputMismatch(mismatch),
            Refusal::Inside(error) => LayerError::Shape(error),
        }
    }
}

impl NetworkSpec {
    /// The shape after the last stage, for a network inside a layer; its decoder blocks may attend to `memory`.
    ///
    /// # Errors
    /// The first stage that cannot take its input.
    pub fn output_inside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        match self.infer(input, memory) {
            Ok(shapes) => Ok(shapes.last().copied().unwrap_or(input)),
            Err(error) => Err(Refusal::Inside(error)),
        }
    }
}
