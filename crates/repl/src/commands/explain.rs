//! `explain`.

use super::explain_class::{Class, has_single_output, output};
use super::explain_file::{self, EXPLANATION};
use super::own_file::OwnFile;
use super::predict::{Samples, samples};
use super::{Command, Expression, Given};
use crate::answers::{batch_of_one, read_samples};
use crate::explained::{attribution, columns, head, importance_line};
use crate::json::exact;
use crate::{Failure, Session, Value};
use relume_catalog::Spec;
use relume_datasets::{Batches, Part, Raw};
use relume_inspection::{
    ExplainOptions, Method, Reference, SampleParts, explain, explanation_svg, importance,
    importance_svg,
};
use relume_tensor::Array;
use relume_training::{Model, TrainError};
use serde_json::json;

/// Shows which parts of a sample a network's answer comes from.
///
/// One sample, as `predict` takes it: each number of a row, place of a picture, word of a text or step of a recording
/// has what it adds to the answer's score, above 0 for the answer and below 0 against it. The score is the output of
/// the network, before softmax where the loss takes it so. Integrated gradients, the default, add up to the difference
/// from the baseline; how far they are off is shown, and the integral is made finer where that is above 5 %. `saliency`
/// is the gradient at the sample; `occlusion` is by how much the score falls without each part. `attention`, for
/// networks with multihead_attention or transformer_encoder, is how much of the answer comes from each step (attention
/// rollout: the mean of each layer's heads, in halves with the identity where there is a residual connection,
/// multiplied over the layers), with what each head looks at; pixels that stand in a row are named (row, column).
///
/// Of a whole part of a table, each column is shuffled among the samples five times: by how much the loss rises, as a
/// mean over the shuffles, is how much the network needs the column. The spread is their standard deviation (n - 1).
///
/// `to="why.svg"` writes a picture: the words in colours, a heat map beside the image, or bars; `to="why.json"` writes
/// all numbers, those of each attention too.
///
/// ```relume
/// mlp = dense(16) -> tanh -> dense(3)
/// train mlp on iris epochs=5
/// explain mlp on iris.test[0]
/// explain mlp on iris.test
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Explain {
    /// The network.
    pub network: Expression,
    /// A sample, such as d.test[7] or a string; or a data set (its test part), or a part of one.
    pub on: Expression,
    /// How: integrated gradients by default, or occlusion where the words of a text are summed up at once.
    pub method: Option<Method>,
    /// The class, by name or index, or the index of the output; the one with the largest score by default, and of one
    /// output for two classes the second.
    pub class: Option<Class>,
    /// What the sample is compared with.
    #[spec(default = Reference::Zeros)]
    pub baseline: Reference,
    /// Steps of the integral, for integrated gradients.
    #[spec(default = 64, range = 1..=1024)]
    pub steps: usize,
    /// A file for the explanation: a picture that ends in .svg, or the numbers in one that ends in .json.
    pub to: Option<String>,
}

/// Shuffles of each column.
const REPEATS: usize = 5;

impl Command for Explain {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Explain = given.checked(session)?;
        let (_, model) = given.network(session, "network")?;
        let on = given.required("on")?;
        let value = session.evaluate(on)?;
        let names = features(&model, &value);
        let to = words.to.as_deref();
        let file = to.map(|path| OwnFile::of(given, path, &EXPLANATION)).transpose()?;
        let span = given.required("network")?.span;
        let failed = |error: TrainError| Failure::training(&error, span, Some(model.spec()));
        let samples = match value {
            // Words of a data set are indices, and its columns have names.
            Value::Sample(_, part) => Samples::Part(part),
            other => samples(session, &model, other, on.span)?,
        };
        if let Samples::Part(part) = &samples
            && part.len() != 1
        {
            for_one_sample(given)?;
            let seed = model.seed();
            let found = importance(&model, part, REPEATS, seed).map_err(failed)?;
            let object = json!({ "type": "importance", "schema": 1, "importance": exact(&found) });
            if let Some(file) = file {
                let title =
                    || format!("{} without each column: {}", part.name(), importance_line(&found));
                let svg = || importance_svg(&found, &title());
                return explain_file::write(session, &file, &object, svg);
            }
            session.output.result(&columns(&found), || object);
            return Ok(());
        }
        let sample = sample(session, &model, &samples, on.span)?;
        if let Some(method) = words.method {
            check_method(given, method)?;
        }
        let class = words.class.map(|class| output(&model, class, given)).transpose()?;
        let options = ExplainOptions {
            method: words.method,
            output: class.map(|class| class.output),
            reference: words.baseline,
            steps: words.steps,
        };
        let mut found = explain(&model, &sample, &options).map_err(failed)?;
        // The model chooses a method where none is given.
        check_method(given, found.method)?;
        if class.is_some_and(|class| class.is_negated) {
            found = found.negated();
        }
        let is_single = has_single_output(&model);
        let place = class.map_or(found.output + usize::from(is_single), |class| class.class);
        let name = model.classes().get(place).cloned();
        let tokens = tokens(&model, &sample);
        let parts =
            SampleParts { names: &names, words: tokens.as_deref(), sample: sample.as_tensor() };
        let shown = exact(&found);
        let object = json!({
            "type": "explanation", "schema": 1, "class": name, "words": tokens, "explain": shown,
        });
        if let Some(file) = file {
            let title = head(&found, name.as_deref());
            let svg = || explanation_svg(&found, &title, &parts);
            return explain_file::write(session, &file, &object, svg);
        }
        let text = attribution(&found, name.as_deref(), &parts);
        session.output.result(&text, || object);
        Ok(())
    }
}

/// Refuses words that explain one sample where a whole part is given.
fn for_one_sample(given: &Given<'_>) -> Result<(), Failure> {
    given.refuse(
        &["class", "method", "baseline", "steps"],
        "is for one sample, such as d.test[0]: a whole part is explained by its loss",
    )
}

/// Refuses words that a method would ignore.
fn check_method(given: &Given<'_>, method: Method) -> Result<(), Failure> {
    match method {
        Method::Integrated => Ok(()),
        Method::Saliency | Method::Occlusion => {
            given.refuse(&["steps"], "is for integrated gradients")
        }
        Method::Attention => given
            .refuse(&["baseline", "steps"], "is not for attention, which is compared with nothing"),
    }
}

/// The one sample, `[1, ...]`, as the network takes it.
pub(super) fn sample(
    session: &mut Session,
    model: &Model,
    samples: &Samples,
    span: crate::syntax::Span,
) -> Result<Array, Failure> {
    let failed = |error: TrainError| Failure::training(&error, span, Some(model.spec()));
    match samples {
        Samples::Part(part) => {
            let part: Part = session.part_of_inputs(model, part, span)?;
            let batch = Batches::in_order(part, 1).next();
            let batch = batch.ok_or_else(|| Failure::at(span, "there is no sample"))?;
            Ok(batch.map_err(|error| Failure::data(&error, span))?.inputs)
        }
        Samples::Inputs(inputs) => Ok(inputs.clone().into()),
        Samples::Raw(given) | Samples::Files(given) => {
            let mut read = read_samples(model, given, matches!(samples, Samples::Files(_)));
            let first = read.pop().filter(|_| read.is_empty());
            let first =
                first.ok_or_else(|| Failure::at(span, "one sample is explained at a time"))?;
            let first = first.map_err(|error| Failure::data(&error, span))?;
            let batch = batch_of_one(model, first).map_err(failed)?;
            // Words are read as numbers, and networks that begin with an embedding take indices.
            Ok(match tokens_of(model) {
                Some(_) => {
                    let index = |i: usize| batch.data()[i].max(0.0) as u32;
                    relume_tensor::Indices::from_fn(batch.shape(), index).into()
                }
                None => batch.into(),
            })
        }
    }
}

fn tokens_of(model: &Model) -> Option<&relume_datasets::raw::RawText> {
    match model.preparation()?.raw.as_ref()? {
        Raw::Text(raw) => Some(raw),
        _ => None,
    }
}

/// The words of a sample of indices, with an empty one for padding.
pub(super) fn tokens(model: &Model, sample: &Array) -> Option<Vec<String>> {
    let Array::Indices(indices) = sample else { return None };
    let raw = tokens_of(model);
    let word = |&index: &u32| match (index, raw.and_then(|raw| raw.vocabulary.word(index))) {
        (0, _) => String::new(),
        (_, Some(word)) => word.to_string(),
        (index, None) => format!("({index})"),
    };
    Some(indices.data().iter().map(word).collect())
}

/// The names of the inputs: those of the data, or of the columns that the network knows.
fn features(model: &Model, value: &Value) -> Vec<String> {
    let own = match value {
        Value::Sample(_, part) | Value::Part(part) => part.data().features(),
        _ => &[],
    };
    match model.preparation().and_then(|own| own.raw.as_ref()) {
        _ if !own.is_empty() => own.to_vec(),
        Some(Raw::Row(raw)) => raw.features(),
        _ => Vec::new(),
    }
}
