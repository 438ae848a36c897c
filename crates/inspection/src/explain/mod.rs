//! Which numbers of a sample a network's answer comes from.

mod attention;
mod canvas;
mod drawing;
mod importance;
mod occlusion;
mod parts;
mod quadrature;
mod scores;

pub use attention::{AttentionLayer, AttentionMaps};
pub(crate) use attention::{attentions, head_name};
pub use drawing::{importance_svg, svg};
pub use importance::{Importance, InputImportance, importance};
pub use parts::{ExplanationLayout, SampleParts};

use quadrature::nodes;
use relume_catalog::Choice;
use relume_datasets::DataError;
use relume_tensor::{Array, Tensor};
use relume_training::{Model, TrainError};
use scores::Scores;
use serde::Serialize;

/// Steps of the integral at most; it is made finer until it adds up.
const MOST_STEPS: usize = 1024;
/// The completeness gap above which the integral is made finer.
const GAP: f64 = 0.05;

/// How an answer is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Method {
    /// Integrated gradients: what each number adds on the way from the reference to the sample. They add up to the
    /// difference of the scores. Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", 2017.
    Integrated,
    /// The gradient of the score at the sample. Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks",
    /// 2013.
    Saliency,
    /// By how much the score falls if a part of the sample is replaced by the reference. Zeiler and Fergus,
    /// "Visualizing and understanding convolutional networks", 2013.
    Occlusion,
    /// How much of the answer comes from each step of a sequence by the attention of all layers (attention rollout).
    /// Abnar and Zuidema, "Quantifying attention flow in transformers", 2020. It is that of all answers: it does not
    /// depend on the output.
    Attention,
}

/// What a sample is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Reference {
    /// Zeros, after the preparation: the mean of standardised columns, black of pictures, or vectors of zeros for
    /// words.
    Zeros,
    /// The mean of the sample itself: of each channel of a picture, of each feature over the steps of a sequence.
    Mean,
    /// A picture blurred by the mean of 5 x 5 places, three times.
    Blur,
}

/// How a sample is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainOptions {
    /// How; integrated gradients by default, or occlusion where the inputs are words that are summed up at once.
    pub method: Option<Method>,
    /// Which of the outputs; the largest by default.
    pub output: Option<usize>,
    /// What the sample is compared with.
    pub reference: Reference,
    /// Steps of the integral, from 1 to 1,024.
    pub steps: usize,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        ExplainOptions { method: None, output: None, reference: Reference::Zeros, steps: 64 }
    }
}

/// What each number of a sample has to do with one output of a network, by the method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attribution {
    /// How it was found.
    pub method: Method,
    /// What the sample is compared with.
    pub reference: Reference,
    /// The output.
    pub output: usize,
    /// Its value for the sample, as the network gives it.
    pub score: f64,
    /// Its value for the reference.
    pub reference_score: f64,
    /// The sum of all values.
    pub sum: f64,
    /// How far the sum is from the difference of the scores, as a share of it; `None` where they need not be equal.
    pub gap: Option<f64>,
    /// Steps of the integral; 0 without one.
    pub steps: usize,
    /// The shape of the values: that of the sample, or one for each word or step.
    pub shape: Vec<usize>,
    /// The axis of the steps of a sequence or of a signal; `None` for other samples.
    pub time_axis: Option<usize>,
    /// One for each number, or each word. Integrated gradients: what it adds, above 0 for the output and below 0
    /// against it. Saliency: the gradient; of a word, the length of its vector's. Occlusion: by how much the score
    /// falls without it. Attention: its share of the answer.
    pub values: Vec<f32>,
    /// The attention by layer and head, where that is the method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<AttentionMaps>,
}

impl Attribution {
    /// The same for the negative of the output: of one output that stands for two classes, the first of them.
    /// Attention is the same for both.
    #[must_use]
    pub fn negated(self) -> Self {
        Attribution {
            score: -self.score,
            reference_score: -self.reference_score,
            sum: if self.method == Method::Attention { self.sum } else { -self.sum },
            values: match self.method {
                Method::Attention => self.values,
                _ => self.values.into_iter().map(|x| -x).collect(),
            },
            ..self
        }
    }
}

/// Explains one output for one sample `[1, ...]`, prepared as the network takes it. The network is that of inference.
///
/// # Errors
/// A model without parameters, a sample of another shape, an output that there is not, a reference or a method that
/// does not go with the sample.
pub fn explain(
    model: &Model,
    sample: &Array,
    options: &ExplainOptions,
) -> Result<Attribution, TrainError> {
    let scores = Scores::of(model, sample, options)?;
    let own = |method: Method, values: Tensor| scores.attribution(method, values, 0, None);
    match scores.method() {
        Method::Saliency => Ok(own(Method::Saliency, scores.gradient()?)),
        Method::Occlusion => Ok(own(Method::Occlusion, occlusion::values(&scores)?)),
        Method::Attention => attended(&scores),
        Method::Integrated => integrated(&scores, options.steps),
    }
}

/// The attention rollout, with the attention of each head.
fn attended(scores: &Scores) -> Result<Attribution, TrainError> {
    let maps = attention::maps(&scores.network, &scores.sample)?;
    let values = maps.of_answer();
    let values = Tensor::from_fn([1, values.len()], |i| values[i]);
    let own = scores.attribution(Method::Attention, values, 0, None);
    Ok(Attribution { attention: Some(maps), ..own })
}

fn refused(problem: String) -> TrainError {
    DataError::Options(problem).into()
}

/// Integrated gradients; the steps are doubled until the values add up.
fn integrated(scores: &Scores, steps: usize) -> Result<Attribution, TrainError> {
    if !(1..=MOST_STEPS).contains(&steps) {
        let problem = format!("steps are from 1 to {MOST_STEPS}, not {steps}");
        return Err(DataError::Options(problem).into());
    }
    let mut steps = steps;
    loop {
        let values = scores.integrated(&nodes(steps))?;
        let wanted = scores.score - scores.reference_score;
        let sum: f64 = values.data().iter().map(|&x| f64::from(x)).sum();
        let gap = (sum - wanted).abs() / wanted.abs().max(f64::from(f32::EPSILON));
        if gap <= GAP || 2 * steps > MOST_STEPS {
            return Ok(scores.attribution(Method::Integrated, values, steps, Some(gap)));
        }
        steps *= 2;
    }
}
