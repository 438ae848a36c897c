//! `explain`.

use super::predict::{Samples, samples};
use super::{Command, Expression, Given};
use crate::answers::{batch_of_one, read_samples};
use crate::explained::{Parts, SHOWN, attribution, columns};
use crate::json::exact;
use crate::{Failure, Session, Value};
use relume_catalog::{Choice, Spec};
use relume_datasets::{Batches, Part, Raw};
use relume_inspection::{ExplainOptions, Method, Reference, explain, importance};
use relume_tensor::Array;
use relume_training::{Model, TrainError};
use serde_json::json;

/// Shows which parts of a sample a network's answer comes from.
///
/// One sample, as `predict` takes it: each number of a row, place of a picture, word of a text or step of a recording
/// has what it adds to the answer's score, above 0 for the answer and below 0 against it. The score is the output of
/// the network, before softmax where the loss takes it so. Integrated gradients, the default, add up to the difference
/// from the baseline; how far they are off is shown, and the integral is made finer where that is above 5 %. `saliency`
/// is the gradient at the sample; `occlusion` is by how much the score falls without each part.
///
/// Of a whole part of a table, each column is shuffled among the samples five times: by how much the loss rises, as a
/// mean over the shuffles, is how much the network needs the column. The spread is their standard deviation (n - 1).
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
    /// Steps of the integral.
    #[spec(default = 64, range = 1..=1024)]
    pub steps: usize,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Class {
    /// The index of an output, counted from 0.
    Index(u64),
    /// The name of a class.
    Name(String),
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
            let seed = model.seed();
            let found = importance(&model, part, REPEATS, seed).map_err(failed)?;
            let shown = exact(&found);
            session.output.result(
                &columns(&found),
                || json!({ "type": "importance", "schema": 1, "importance": shown }),
            );
            return Ok(());
        }
        let sample = sample(session, &model, &samples, on.span)?;
        let class = words.class.map(|class| output(&model, class, given)).transpose()?;
        let options = ExplainOptions {
            method: words.method,
            output: class.map(|class| class.output),
            reference: words.baseline,
            steps: words.steps,
        };
        let mut found = explain(&model, &sample, &options).map_err(failed)?;
        if class.is_some_and(|class| class.is_negated) {
            found = found.negated();
        }
        let is_single = has_single_output(&model);
        let place = class.map_or(found.output + usize::from(is_single), |class| class.class);
        let name = model.classes().get(place).cloned();
        let tokens = tokens(&model, &sample);
        let parts = Parts { names: &names, words: tokens.as_deref(), sample: sample.as_tensor() };
        let text = attribution(&found, name.as_deref(), &parts);
        let shown = exact(&found);
        session.output.result(&text, || {
            json!({ "type": "explanation", "schema": 1, "class": name, "words": tokens, "explain": shown })
        });
        Ok(())
    }
}

/// The one sample, `[1, ...]`, as the network takes it.
fn sample(
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

/// Where a class has its score.
#[derive(Clone, Copy)]
struct Place {
    class: usize,
    output: usize,
    /// Whether the output speaks against it.
    is_negated: bool,
}

/// Whether one output stands for two classes: it is the score of the second.
fn has_single_output(model: &Model) -> bool {
    let outputs = model.network().map(|network| network.output().count());
    outputs == Some(1) && model.classes().len() == 2
}

/// The output of a class that is given by its name or its index.
fn output(model: &Model, class: Class, given: &Given<'_>) -> Result<Place, Failure> {
    let class = match class {
        Class::Index(index) => usize::try_from(index).unwrap_or(usize::MAX),
        Class::Name(name) => {
            let found = model.classes().iter().position(|own| *own == name);
            found.ok_or_else(|| {
                let span = given.expr("class").map_or(given.span, |expr| expr.span);
                let classes = model.classes().iter().take(SHOWN).cloned().collect::<Vec<_>>();
                Failure::at(span, format!("there is no class {name:?}"))
                    .help(format!("there are {}", classes.join(", ")))
            })?
        }
    };
    Ok(match has_single_output(model) && class < 2 {
        true => Place { class, output: 0, is_negated: class == 0 },
        false => Place { class, output: class, is_negated: false },
    })
}

fn tokens_of(model: &Model) -> Option<&relume_datasets::raw::RawText> {
    match model.preparation()?.raw.as_ref()? {
        Raw::Text(raw) => Some(raw),
        _ => None,
    }
}

/// The words of a sample of indices, with an empty one for padding.
fn tokens(model: &Model, sample: &Array) -> Option<Vec<String>> {
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
