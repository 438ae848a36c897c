//! One output of a network as a function of a sample, and its gradient.

use super::{Attribution, ExplainOptions, Method, Reference, refused};
use crate::facts::put;
use relume_datasets::Preparation;
use relume_layers::{LayerSpec, Mode, Network, ParameterId, Stage, Workspace};
use relume_tensor::{Array, Indices, Tensor};
use relume_training::{Model, TrainError, argmax, check_pass};

/// Variants of a sample that pass at once.
const AT_ONCE: usize = 64;

/// An output of a network for a sample and for its reference.
pub(super) struct Scores {
    pub network: Network,
    /// The sample, `[1, ...]`.
    pub sample: Array,
    /// What it is compared with, in the same shape; words have none.
    pub reference: Option<Tensor>,
    options: ExplainOptions,
    output: usize,
    pub score: f64,
    pub reference_score: f64,
    /// The table of the first stage's vectors, if inputs are words whose vectors pass one by one.
    vectors: Option<ParameterId>,
}

impl Scores {
    pub fn of(model: &Model, sample: &Array, options: &ExplainOptions) -> Result<Self, TrainError> {
        let network = model.in_use().ok_or(TrainError::NotBuilt)?;
        if network.output().rank() > 1 {
            let problem = "networks with an answer at each place or step are not explained: it is not one class";
            return Err(refused(problem.to_string()));
        }
        check_pass(&network, AT_ONCE)?;
        let is_one = sample.dims().first() == Some(&1);
        if !is_one || sample.shape().without_batch() != network.input() {
            let (given, wanted) = (sample.shape(), network.input());
            return Err(refused(format!("one sample of {wanted} is explained, not {given}")));
        }
        let reference = match sample {
            Array::Tensor(values) => {
                let is_standardised =
                    model.preparation().is_some_and(Preparation::is_standardising);
                let reference = match options.reference {
                    Reference::Zeros => Tensor::zeros(values.shape()),
                    kind => reference(values, kind, channels_first(&network))
                        .ok_or_else(|| no_reference(kind, values.rank(), is_standardised))?,
                };
                // Attention is compared with nothing.
                let is_compared = options.method != Some(Method::Attention);
                if is_compared && reference.data() == values.data() {
                    return Err(refused("the sample is the same as its baseline".to_string()));
                }
                Some(reference)
            }
            Array::Indices(_) if options.reference != Reference::Zeros => {
                return Err(refused("words are compared with vectors of zeros".to_string()));
            }
            Array::Indices(_) => None,
        };
        let is_embedding =
            matches!(network.spec().layers.first(), Some(Stage::Layer(LayerSpec::Embedding(_))));
        let vectors = match sample {
            Array::Indices(_) if is_embedding => network.parameters().find("0.weight"),
            _ => None,
        };
        let mut scores = Scores {
            network,
            sample: sample.clone(),
            reference,
            options: options.clone(),
            output: 0,
            score: 0.0,
            reference_score: 0.0,
            vectors,
        };
        let found = outputs(scores.network.clone(), sample)?;
        scores.output = match options.output {
            Some(output) if output >= found.count() => {
                let count = found.count();
                return Err(refused(format!(
                    "there are {count} outputs, counted from 0: no {output}"
                )));
            }
            Some(output) => output,
            None => argmax(found.data()),
        };
        scores.score = f64::from(found.data()[scores.output]);
        let before = match (&scores.reference, scores.vectors) {
            (Some(reference), _) => outputs(scores.network.clone(), &reference.clone().into())?,
            (None, Some(_)) => outputs(scores.with_vectors(0.0)?, sample)?,
            (None, None) => outputs(scores.network.clone(), &without_words(sample))?,
        };
        scores.reference_score = f64::from(before.data()[scores.output]);
        Ok(scores)
    }

    /// Whether samples with two axes are channels over places.
    pub fn channels_first(&self) -> bool {
        channels_first(&self.network)
    }

    /// How it is explained.
    pub fn method(&self) -> Method {
        let has_path = self.reference.is_some() || self.vectors.is_some();
        let usual = if has_path { Method::Integrated } else { Method::Occlusion };
        self.options.method.unwrap_or(usual)
    }

    /// The output for a variant of the sample.
    pub fn of_variant(&self, variant: &Array) -> Result<f64, TrainError> {
        Ok(f64::from(outputs(self.network.clone(), variant)?.data()[self.output]))
    }

    /// The gradient of the output at the sample, or the length of that of each word's vector.
    pub fn gradient(&self) -> Result<Tensor, TrainError> {
        match (&self.sample, self.vectors) {
            (Array::Tensor(_), _) => self.gradients(&self.sample, &[1.0]),
            (_, Some(_)) => {
                let gradient = self.gradient_of_vectors(&self.network)?;
                Ok(each_word(&gradient, |own| own.iter().map(|x| x * x).sum::<f32>().sqrt()))
            }
            _ => Err(no_path()),
        }
    }

    /// The sum of the gradients at some variants `[variants, ...]`, each times its weight: `[1, ...]`.
    fn gradients(&self, variants: &Array, weights: &[f64]) -> Result<Tensor, TrainError> {
        let mut workspace = Workspace::recording();
        let x = put(&mut workspace, variants);
        let y = self.network.clone().forward(&mut workspace, x, Mode::Inference)?;
        let shape = workspace.tape.get(y)?.shape();
        let each = shape.count() / weights.len().max(1);
        let of = |i: usize| if i % each == self.output { weights[i / each] as f32 } else { 0.0 };
        workspace.tape.backward_from(y, Tensor::from_fn(shape, of))?;
        let gradient = workspace.tape.take_gradient(x);
        let gradient = gradient.unwrap_or_else(|| Tensor::zeros(variants.shape()));
        let one = variants.shape().without_batch().with_batch(1)?;
        Ok(gradient.sum_axis(0)?.reshape(one)?)
    }

    /// Integrated gradients over these nodes with their weights.
    pub fn integrated(&self, nodes: &[(f64, f64)]) -> Result<Tensor, TrainError> {
        match (&self.sample, &self.reference, self.vectors) {
            (Array::Tensor(sample), Some(reference), _) => {
                let way = sample.zip(reference, "explain", |x, r| x - r)?;
                let mut sum = Tensor::zeros(sample.shape());
                for part in nodes.chunks(AT_ONCE) {
                    let numbers = sample.count();
                    let shape = sample.shape().without_batch().with_batch(part.len())?;
                    let between = Tensor::from_fn(shape, |i| {
                        let (node, at) = (part[i / numbers].0 as f32, i % numbers);
                        reference.data()[at] + node * way.data()[at]
                    });
                    let weights: Vec<f64> = part.iter().map(|&(_, weight)| weight).collect();
                    sum.add_assign(&self.gradients(&between.into(), &weights)?)?;
                }
                Ok(sum.zip(&way, "explain", |gradient, way| gradient * way)?)
            }
            (Array::Indices(indices), _, Some(id)) => self.integrated_words(indices, id, nodes),
            _ => Err(no_path()),
        }
    }

    /// Integrated gradients of words: their vectors grow from zeros to what they are.
    fn integrated_words(
        &self,
        indices: &Indices,
        id: ParameterId,
        nodes: &[(f64, f64)],
    ) -> Result<Tensor, TrainError> {
        let table = &self.network.parameters().get(id).value;
        let width = table.shape().last().copied().unwrap_or(1);
        let mut values = vec![0.0_f64; indices.count()];
        for &(node, weight) in nodes {
            let gradient = self.gradient_of_vectors(&self.with_vectors(node)?)?;
            let rows = indices.data().iter().zip(gradient.data().chunks_exact(width));
            for (value, (&word, row)) in values.iter_mut().zip(rows) {
                let vector = &table.data()[word as usize * width..][..width];
                let product: f64 =
                    vector.iter().zip(row).map(|(&x, &g)| f64::from(x) * f64::from(g)).sum();
                *value += weight * product;
            }
        }
        Ok(Tensor::new(indices.shape(), values.into_iter().map(|x| x as f32).collect())?)
    }

    /// The same with the vectors of words times a factor.
    fn with_vectors(&self, factor: f64) -> Result<Network, TrainError> {
        let id = self.vectors.ok_or_else(no_path)?;
        let mut network = self.network.clone();
        let own = network.parameters_mut().get_mut(id);
        own.value = own.value.map(|x| (f64::from(x) * factor) as f32);
        Ok(network)
    }

    /// The gradient of the output with respect to the words' vectors, `[1, words, width]`.
    fn gradient_of_vectors(&self, network: &Network) -> Result<Tensor, TrainError> {
        let mut workspace = Workspace::recording().watching();
        workspace.tape.keep_all_gradients();
        let x = put(&mut workspace, &self.sample);
        let y = network.clone().forward(&mut workspace, x, Mode::Inference)?;
        let shape = workspace.tape.get(y)?.shape();
        let chosen = Tensor::from_fn(shape, |i| if i == self.output { 1.0 } else { 0.0 });
        workspace.tape.backward_from(y, chosen)?;
        let seen = workspace.watch().and_then(|watch| watch.seen().first()).ok_or_else(no_path)?;
        let shape = workspace.tape.get(seen.output)?.shape();
        let gradient = workspace.tape.gradient(seen.output).cloned();
        Ok(gradient.unwrap_or_else(|| Tensor::zeros(shape)))
    }

    /// The values with what is known of them.
    pub fn attribution(
        &self,
        method: Method,
        values: Tensor,
        steps: usize,
        gap: Option<f64>,
    ) -> Attribution {
        let is_sequence = self.reference.is_some() && values.rank() == 3;
        Attribution {
            method,
            reference: self.options.reference,
            output: self.output,
            score: self.score,
            reference_score: self.reference_score,
            sum: values.data().iter().map(|&x| f64::from(x)).sum(),
            gap,
            steps,
            shape: values.shape().without_batch().to_vec(),
            time_axis: is_sequence.then(|| usize::from(self.channels_first())),
            values: values.data().to_vec(),
            attention: None,
        }
    }
}

/// The error of words that have no vectors of their own.
fn no_path() -> TrainError {
    refused(
        "this method wants numbers, or a first stage embedding: method=\"occlusion\" takes all networks".to_string(),
    )
}

/// The outputs of a network in inference for a sample, `[outputs]`.
fn outputs(mut network: Network, sample: &Array) -> Result<Tensor, TrainError> {
    let mut workspace = Workspace::inference();
    let x = workspace.tape.constant(sample.clone());
    let y = network.forward(&mut workspace, x, Mode::Inference)?;
    let outputs = workspace.tape.get(y)?;
    Ok(outputs.reshape(outputs.count())?)
}

/// A sample with padding in the place of each word.
fn without_words(sample: &Array) -> Array {
    match sample {
        Array::Indices(indices) => Indices::from_fn(indices.shape(), |_| 0).into(),
        Array::Tensor(values) => Tensor::zeros(values.shape()).into(),
    }
}

/// One number for the vector of each word, from `[1, words, width]`: `[1, words]`.
fn each_word(vectors: &Tensor, of: impl Fn(&[f32]) -> f32) -> Tensor {
    let width = vectors.shape().last().copied().unwrap_or(1).max(1);
    let values: Vec<f32> = vectors.data().chunks_exact(width).map(of).collect();
    Tensor::from_fn([1, values.len()], |i| values[i])
}

/// Whether samples with two axes are channels over places, as convolutions take them, and not steps with features.
fn channels_first(network: &Network) -> bool {
    let first = network.spec().layers.iter().find(|stage| !matches!(stage, Stage::Activation(_)));
    first.is_some_and(|stage| stage.record().0.contains("1d"))
}

/// The error of a sample that has no such reference, `[1, ...]` with so many axes.
fn no_reference(kind: Reference, rank: usize, is_standardised: bool) -> TrainError {
    let wanted = match kind {
        Reference::Blur => "baseline=\"blur\" is for pictures",
        _ => "baseline=\"mean\" is for pictures and sequences",
    };
    let instead = match (rank, is_standardised) {
        (2, true) => {
            "the columns of this table are standardised, so that zeros, the default, are their means"
        }
        (2, false) => {
            "the columns of this table are not standardised: zeros, the default, are compared as they are; with \
             standardize=true where the data are read they are the means"
        }
        _ => "zeros are the default",
    };
    refused(format!("{wanted}: {instead}"))
}

/// What a sample `[1, ...]` is compared with; none if it has no such reference.
fn reference(sample: &Tensor, kind: Reference, channels_first: bool) -> Option<Tensor> {
    match (kind, sample.dims()) {
        (Reference::Zeros, _) => Some(Tensor::zeros(sample.shape())),
        (Reference::Mean, &[1, channels, ref places @ ..])
            if places.len() == 2 || places.len() == 1 && channels_first =>
        {
            let places = places.iter().product::<usize>().max(1);
            let mean = |channel: usize| {
                let own = &sample.data()[channel * places..(channel + 1) * places];
                own.iter().sum::<f32>() / places as f32
            };
            let means: Vec<f32> = (0..channels).map(mean).collect();
            Some(Tensor::from_fn(sample.shape(), |i| means[i / places]))
        }
        (Reference::Mean, &[1, steps, features]) => {
            let mean = |feature: usize| {
                let own = sample.data().iter().skip(feature).step_by(features.max(1));
                own.sum::<f32>() / steps.max(1) as f32
            };
            let means: Vec<f32> = (0..features).map(mean).collect();
            Some(Tensor::from_fn(sample.shape(), |i| means[i % features]))
        }
        (Reference::Blur, &[1, _, height, width]) => Some(blurred(sample, height, width)),
        _ => None,
    }
}

/// Planes blurred by the mean of 5 x 5 places, three times; places beyond the edge do not count.
fn blurred(sample: &Tensor, height: usize, width: usize) -> Tensor {
    const REACH: usize = 2;
    let mut blurred = sample.clone();
    for _ in 0..3 {
        let before = blurred.clone();
        blurred = Tensor::from_fn(sample.shape(), |i| {
            let (plane, y, x) = (i / (height * width), i / width % height, i % width);
            let (mut sum, mut count) = (0.0, 0.0);
            for y in y.saturating_sub(REACH)..(y + REACH + 1).min(height) {
                for x in x.saturating_sub(REACH)..(x + REACH + 1).min(width) {
                    sum += before.data()[(plane * height + y) * width + x];
                    count += 1.0;
                }
            }
            sum / count
        });
    }
    blurred
}
