//! Why a network is refused.

use relume_activations::InputMismatch;
use relume_autograd::AutogradError;
use relume_catalog::{ArgumentError, counted};
use relume_tensor::{Shape, TensorError};
use thiserror::Error;

/// A layer that cannot follow the one before it.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{layer} {wanted}, but gets {} from {source_name}", shape_text(input))]
pub struct ShapeError {
    /// The layer's place: its index in the network, then inside a residual or concat layer, and so on.
    pub path: Vec<usize>,
    /// The layer as text.
    pub layer: String,
    /// What it needs.
    pub wanted: String,
    /// The shape of one sample of its input.
    pub input: Shape,
    /// The layer it came from, or the input.
    pub source_name: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A sample's shape in words.
fn shape_text(shape: &Shape) -> String {
    match **shape {
        [] => "a single number".to_string(),
        [1] => "1 feature".to_string(),
        [features] => format!("{features} features"),
        _ => shape.to_string(),
    }
}

/// A network that cannot be built or run.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LayerError {
    /// Shapes that do not follow one another.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A layer that cannot be built for its input; the network around it says where.
    #[error("{}", .0.wanted)]
    InputMismatch(InputMismatch),
    /// An option of a stage that is out of its range, or contradicts the others.
    #[error(transparent)]
    Options(#[from] ArgumentError),
    /// A network without a layer.
    #[error("a network needs at least one layer")]
    Empty,
    /// Stages that the network does not have.
    #[error("the network has {}, counted from 0", counted(*stages, "stage"))]
    Range {
        /// How many it has.
        stages: usize,
    },
    /// A path that leads to no stage.
    #[error("there is no stage {path:?}")]
    Path {
        /// The path.
        path: String,
        /// The stages where the path ends to lead on.
        stages: String,
    },
    /// Stages inside of shared layers were to be replaced in one of their places.
    #[error("layer {index}, {layer}, is shared: its layers cannot be replaced in one place")]
    InShared {
        /// The layer's index.
        index: usize,
        /// The layer as text.
        layer: String,
    },
    /// A name for a stage that has none of its own.
    #[error("{layer} has no name of its own")]
    NoName {
        /// The layer as text.
        layer: String,
    },
    /// A name that another stage beside it has.
    #[error("there is a stage {name:?} already")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A parameter or buffer that the network does not have.
    #[error("there is no parameter `{0}`")]
    UnknownParameter(String),
    /// A tensor of another shape than the parameter or buffer that it was to become.
    #[error("`{name}` is of shape {expected}, and the tensor of shape {given}")]
    ParameterShape {
        /// The parameter or buffer.
        name: String,
        /// Its shape.
        expected: Shape,
        /// The tensor's shape.
        given: Shape,
    },
    /// Networks that are nested too deeply.
    #[error("networks are nested more than {} deep", crate::NetworkSpec::MAX_NESTING)]
    NestedTooDeep,
    /// An initializer that needs a feature of this crate that is switched off.
    #[error("{initializer} needs the feature `{feature}` of relume-layers, which is switched off")]
    Feature {
        /// The initializer.
        initializer: &'static str,
        /// The feature.
        feature: &'static str,
    },
    /// A parameter that does not fit into memory.
    #[error(transparent)]
    Memory(TensorError),
    /// The shape of the input is unknown.
    #[error("the network's input shape is not known yet")]
    NoInput,
    /// Data of another shape than the network was built for.
    #[error("the network takes samples of {wanted}, not of \
        {given}", wanted = shape_text(wanted), given = shape_text(given))]
    Input {
        /// The shape that it was built for.
        wanted: Shape,
        /// The shape of the data.
        given: Shape,
    },
    /// An operation failed in a layer.
    #[error("in layer {index}, {layer}: {source}")]
    In {
        /// The layer's index.
        index: usize,
        /// The layer as text.
        layer: String,
        /// The error.
        source: Box<LayerError>,
    },
    /// A batch that a layer cannot take.
    #[error("{0}")]
    Batch(String),
    /// Lengths for a batch of another size.
    #[error("there are {given} lengths for {batch} samples")]
    Lengths {
        /// How many lengths there are.
        given: usize,
        /// How many samples there are.
        batch: usize,
    },
    /// A length beyond the steps that there are.
    #[error("sample {row} of the batch is said to have {given} steps, but there are only {time}")]
    TooLong {
        /// The sample.
        row: usize,
        /// The length that was given.
        given: usize,
        /// The steps that there are.
        time: usize,
    },
    /// A sample without a step.
    #[error("sample {row} of the batch has no step: all of it is padding")]
    NoSteps {
        /// The sample.
        row: usize,
    },
    /// A decoder without an encoder.
    #[error("there is no encoder's output to look at")]
    NoMemory,
    /// Parameters that do not fit the network.
    #[error("{0}")]
    Parameters(String),
    /// An operation was refused.
    #[error(transparent)]
    Autograd(#[from] AutogradError),
}

impl From<InputMismatch> for LayerError {
    fn from(mismatch: InputMismatch) -> Self {
        LayerError::InputMismatch(mismatch)
    }
}

impl From<TensorError> for LayerError {
    fn from(error: TensorError) -> Self {
        LayerError::Autograd(error.into())
    }
}

impl LayerError {
    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        match self {
            LayerError::Shape(error) => error.help.clone(),
            LayerError::InputMismatch(mismatch) => mismatch.help.clone(),
            LayerError::NoInput => {
                Some("begin with input(...), or train it on data, which tell the shape".to_string())
            }
            LayerError::NestedTooDeep => {
                Some("join the inner networks with `->` instead of nesting them".to_string())
            }
            LayerError::Feature { feature, .. } => {
                Some(format!("relume-layers = {{ version = \"...\", features = [\"{feature}\"] }}"))
            }
            LayerError::NoSteps { .. } => {
                Some("leave such samples out, or give each at least one step".to_string())
            }
            LayerError::Path { stages, .. } => Some(stages.clone()),
            LayerError::NoName { layer } => Some(format!(
                "make it a chain with a name in its place: chain({layer}, name=\"head\")"
            )),
            LayerError::NameTaken { .. } => Some("choose another name".to_string()),
            LayerError::InShared { .. } => {
                Some("replace the shared layer itself, in each of its places".to_string())
            }
            LayerError::In { source, .. } => source.help(),
            LayerError::Options(error) => error.help(),
            _ => None,
        }
    }
}
