//! Why a run stops or does not start.

use crate::MetricError;
use crate::group::GroupError;
use relume_autograd::AutogradError;
use relume_catalog::ArgumentError;
use relume_datasets::DataError;
use relume_layers::LayerError;
use relume_optimizers::OptimizerError;
use relume_tensor::{Cancelled, Shape, TensorError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A step before a divergence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTrace {
    /// The step over the model's whole life, counted from 1.
    pub step: u64,
    /// Its loss.
    pub loss: f32,
    /// The norm of all gradients together, before they are clipped; `None` for optimizers that ask for several.
    pub gradient: Option<f64>,
    /// By how much it changed the weights: norm(after - before) / norm(before).
    pub update: f64,
    /// The largest output of a stage, without its sign.
    pub largest: f32,
    /// The path of that stage.
    pub largest_at: String,
}

/// A run whose loss is no longer finite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Divergence {
    /// The epoch, counted from 1.
    pub epoch: u64,
    /// The batch in the epoch, counted from 1.
    pub batch: u64,
    /// The step over the model's whole life, counted from 1.
    pub step: u64,
    /// The first place that was not finite: a parameter, the output of a stage, or a gradient.
    pub place: String,
    /// The path of the first stage whose output was not finite.
    pub path: Option<String>,
    /// The operation that gave it.
    pub operation: Option<String>,
    /// The last steps before, oldest first.
    pub steps: Vec<StepTrace>,
    /// The positions in the train part of the batch's samples.
    pub samples: Vec<usize>,
    /// Whether the loss was finite: then a gradient was not, or what the forward pass left.
    pub finite_loss: bool,
    /// Whether the model went back by one step, to the last weights with a finite loss.
    pub restored: bool,
}

/// Why a run stops or does not start.
#[derive(Debug, Error)]
pub enum TrainError {
    /// A network that does not fit the data, or refuses them.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// A loss that refuses targets or predictions.
    #[error(transparent)]
    Autograd(#[from] AutogradError),
    /// Data that cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The network's outputs do not match the targets.
    #[error("the network gives {} for each sample, but {data} wants {wanted}", numbers(given))]
    Outputs {
        /// The shape of its output for one sample.
        given: Shape,
        /// The data set.
        data: String,
        /// How many are needed, and what for.
        wanted: String,
        /// What to do about it.
        help: String,
    },
    /// A loss that does not take these targets.
    #[error("{data} has {targets} to predict, which {loss} does not take")]
    Loss {
        /// The loss.
        loss: String,
        /// The data set.
        data: String,
        /// The targets.
        targets: String,
        /// What to do about it.
        help: String,
    },
    /// Targets that cannot be predicted: a class that is not among the classes, or a number that is not finite.
    #[error("{data}: {problem}")]
    Targets {
        /// The data set.
        data: String,
        /// What is wrong, as a sentence.
        problem: String,
    },
    /// A loss that gives more than one number.
    #[error("{loss} gives a loss for each sample, but training wants one number")]
    NotReduced {
        /// The loss.
        loss: &'static str,
    },
    /// Outputs that do not belong to the task's network.
    #[error("outputs of shape {given} cannot be read: [samples, {wanted}] is wanted")]
    Decode {
        /// The shape of the outputs.
        given: Shape,
        /// The shape of a network's output for one sample.
        wanted: Shape,
    },
    /// A loss that does not weigh samples.
    #[error("{loss} has no loss for each sample, so the samples' weights cannot be used")]
    NotWeighted {
        /// The loss.
        loss: &'static str,
    },
    /// A loss that needs more than a network's outputs and a data set's targets.
    #[error(
        "{loss} cannot be trained with on inputs and targets alone: it is applied to {operands}"
    )]
    Operands {
        /// The loss.
        loss: &'static str,
        /// Its operands.
        operands: String,
    },
    /// Mixed samples whose targets cannot be mixed.
    #[error("{loss} takes strings of labels, which mixup cannot mix, and {data} passes through it")]
    Mixed {
        /// The loss.
        loss: &'static str,
        /// The data set.
        data: String,
    },
    /// Sequences that are too short for their labels.
    #[error(
        "ctc wants {wanted} steps for {labels} labels (a blank stands between equal ones), but the network gives \
        {given} for a sample that has so many"
    )]
    TooFewSteps {
        /// How many labels a sample has.
        labels: usize,
        /// How many steps they need at least.
        wanted: usize,
        /// How many the network gives.
        given: usize,
    },
    /// A threshold for what is not one of two classes with probabilities.
    #[error(
        "a threshold is for one of two classes with probabilities, which the network does not give"
    )]
    NoThreshold,
    /// Data without augmentations, which have no variants.
    #[error("nothing varies the samples of {0}: its variants would all be the same")]
    NotVaried(String),
    /// An evaluation of no variants.
    #[error("variants=0: an evaluation takes 1 variant at least, the sample as it is")]
    NoVariants,
    /// An evaluation, or another part of a run, that was cancelled.
    #[error("it was interrupted")]
    Interrupted,
    /// A metric that cannot be measured.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// An option of the loss or the schedule that is out of its range, or contradicts the others.
    #[error(transparent)]
    Options(#[from] ArgumentError),
    /// An optimizer that does not fit the network.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// A training that takes more memory than there is.
    #[error("training takes {needs} of memory, and {free} are free")]
    Memory {
        /// How much it takes at least, and for what.
        needs: String,
        /// How much there is.
        free: String,
    },
    /// Trainings of which more wait for one another than there is memory for.
    #[error(
        "the trainings of a halving keep {needs} while they wait for one another, and {free} are free"
    )]
    Waiting {
        /// What they keep at least.
        needs: String,
        /// How much there is.
        free: String,
    },
    /// A part without samples.
    #[error("{0} has no samples")]
    Empty(String),
    /// A parameter that the loss does not depend on.
    #[error("no gradient reaches {0}")]
    NoGradient(String),
    /// Nothing is trained.
    #[error("every parameter is frozen, so there is nothing to train")]
    AllFrozen,
    /// A batch that a layer cannot train on, because it is too small.
    #[error("{problem}, and {batch} of {samples} samples leaves a batch of {smallest}")]
    SmallBatch {
        /// What the layer says.
        problem: String,
        /// The option that makes the batches.
        batch: String,
        /// The samples of the train part.
        samples: usize,
        /// The samples of the smallest batch.
        smallest: usize,
    },
    /// No batch is left, because all samples are left over.
    #[error("last=\"drop\" leaves no batch: {samples} samples do not fill one of {batch}")]
    NoBatch {
        /// The samples of the train part.
        samples: usize,
        /// The samples of a batch.
        batch: usize,
    },
    /// An optimizer whose step needs the loss itself, and so cannot take gradients of several batches.
    #[error(
        "{0} evaluates a batch several times in a step, so it cannot average the gradients of several batches"
    )]
    Accumulate(&'static str),
    /// A figure that the run cannot choose by.
    #[error("monitor=\"{name}\": {problem}")]
    Monitor {
        /// The figure.
        name: String,
        /// Why not.
        problem: String,
        /// What to do about it.
        help: String,
    },
    /// A metric that cannot be shown in a column of numbers.
    #[error("{metric} cannot be measured after each epoch: {problem}")]
    EpochMetric {
        /// The metric.
        metric: String,
        /// Why not.
        problem: &'static str,
    },
    /// Numbers of a sweep, a comparison or a search that cannot be.
    #[error("{0}")]
    Setting(String),
    /// A training that cannot start again: these weights were trained elsewhere before.
    #[error(
        "{0} was trained elsewhere before this network was trained: what it began with is not there any more"
    )]
    Brought(String),
    /// One of the settings that are compared cannot be trained.
    #[error("{variant}: {source}")]
    Variant {
        /// Its values, by name.
        variant: String,
        /// Why not.
        source: Box<TrainError>,
    },
    /// The loss is no longer finite.
    #[error("training diverged at step {} (epoch {}, batch {}): {} is not \
        finite", .0.step, .0.epoch, .0.batch, .0.place)]
    Diverged(Box<Divergence>),
    /// The model was never trained and its input is not known.
    #[error("the network has no weights yet")]
    NotBuilt,
    /// A file that cannot be read or is damaged.
    #[error(transparent)]
    Load(#[from] relume_serialization::LoadError),
    /// A file that cannot be written.
    #[error(transparent)]
    Save(#[from] relume_serialization::SaveError),
    /// A file that is complete, but whose contents contradict each other.
    #[error("{path}: {problem}")]
    Contents {
        /// The file.
        path: String,
        /// The contradiction.
        problem: String,
    },
    /// What another process met in work that it did for this one.
    #[error("{text}")]
    Told {
        /// Its words.
        text: String,
        /// What to do about it.
        help: Option<String>,
        /// Whether data cannot be read.
        is_of_data: bool,
    },
    /// Processes that are about to train something else than rank 0.
    #[error(
        "rank {rank} would train something else than rank 0: from rank 0 to rank {rank}, {differences}"
    )]
    RanksDiffer {
        /// Which.
        rank: usize,
        /// How it differs.
        differences: String,
    },
    /// Processes that cannot go on together.
    #[error(transparent)]
    Group(#[from] GroupError),
}

/// How many outputs a sample has.
fn numbers(shape: &Shape) -> String {
    match (shape.rank(), shape.count()) {
        (1, 1) => "1 number".to_string(),
        _ => format!("{shape} numbers"),
    }
}

impl From<Cancelled> for TrainError {
    fn from(_: Cancelled) -> Self {
        TrainError::Interrupted
    }
}

impl From<TensorError> for TrainError {
    fn from(error: TensorError) -> Self {
        TrainError::Autograd(error.into())
    }
}

impl TrainError {
    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        match self {
            TrainError::Layer(error) => error.help(),
            TrainError::Data(error) => error.help(),
            TrainError::Outputs { help, .. } | TrainError::Loss { help, .. } => Some(help.clone()),
            TrainError::NotReduced { .. } => Some("leave reduction=\"none\" out; the mean is the default".to_string()),
            TrainError::Operands { .. } => Some("apply it to tensors, as a function; `help losses` lists those to \
                train with".to_string()),
            TrainError::Mixed { .. } => Some("leave mixup out; timemask and frequencymask vary sequences one by \
                one".to_string()),
            TrainError::TooFewSteps { .. } => Some("more steps come of a smaller hop, or of less pooling; \
                loss=ctc(zero_infinity=true) leaves such samples out".to_string()),
            TrainError::Memory { .. } => Some("a smaller batch=, fewer units, or an optimizer with less state, such as \
                sgd, take less".to_string()),
            TrainError::Waiting { .. } => Some("fewer trials= or seeds=, or method=\"random\", take less".to_string()),
            TrainError::NoThreshold => {
                Some("of more classes, `threshold` shows those of one against the rest: class=0".to_string())
            }
            TrainError::NotVaried(data) => Some(format!("add an augmentation, such as {data} -> randomflip, and \
                evaluate on that")),
            TrainError::SmallBatch { smallest, .. } => Some(format!(
                "last=\"drop\" leaves {} out of each epoch, last=\"join\" adds {} to the batch before; or give \
                another batch=",
                if *smallest == 1 { "that sample" } else { "those samples" },
                if *smallest == 1 { "it" } else { "them" },
            )),
            TrainError::NoBatch { samples, .. } => Some(format!("batch={samples}, or last=\"keep\"")),
            TrainError::Accumulate(_) => Some("leave accumulate= out, or give a larger batch=".to_string()),
            TrainError::Monitor { help, .. } => Some(help.clone()),
            TrainError::Told { help, .. } => help.clone(),
            TrainError::EpochMetric { .. } => Some("evaluate measures it when the run is done".to_string()),
            TrainError::Variant { source, .. } => source.help(),
            TrainError::Metric(error) => error.help(),
            TrainError::Optimizer(OptimizerError::EmptyGroup(_)) => Some("a parameter's name is its stage and \
                PyTorch's name, such as 0.weight; `inspect` lists them".to_string()),
            TrainError::NoGradient(_) => Some("every trained parameter must lead to the loss; freeze it \
                otherwise".to_string()),
            TrainError::Brought(_) => Some("give the network as it was before its own training, such as a copy of it; \
                what is frozen is kept".to_string()),
            TrainError::AllFrozen => Some("unfreeze a layer first".to_string()),
            TrainError::Diverged(divergence) => Some(match divergence.restored {
                true => "the weights are those before the last step, whose loss was finite; go on with a smaller \
                    learning rate or clip=1".to_string(),
                false => "the weights are still those of the last finite step; go on with a smaller learning rate or \
                    clip=1".to_string(),
            }),
            TrainError::Empty(part) if part.ends_with(".test") => Some(format!(
                "evaluate on another part, such as {}.validation or {}.train",
                part.trim_end_matches(".test"),
                part.trim_end_matches(".test")
            )),
            TrainError::NotBuilt => Some("train it on data first, or begin it with input(...)".to_string()),
            TrainError::Load(error) => error.help(),
            TrainError::Save(error) => error.help(),
            _ => None,
        }
    }
}
