//! `predict`.

use super::{Command, Expression, Given};
use crate::eval::tensor;
use crate::json::exact;
use crate::syntax::Span;
use crate::{Failure, Session, Value, show};
use relume_catalog::Spec;
use relume_datasets::Raw;
use relume_tensor::Tensor;
use relume_training::{Model, Predictions, predict, predict_part};

/// Shows a network's predictions: classes with probabilities, transcripts, or numbers.
///
/// A string is one raw sample, and is prepared as the training samples were: the path of a picture or of a recording, a
/// text, or a row of a table with commas between its cells; a list of strings holds several. Data sets and their parts
/// are prepared in the same way, not by their own statistics; a tensor is taken unchanged. A network that was trained
/// with a loss of numbers, such as mse, gives its output for each class instead of a probability. The outputs of one
/// that was trained with ctc are decoded: the most likely label of each step, with repetitions merged and blanks
/// removed.
///
/// ```relume
/// mlp = dense(10)
/// train mlp on digits epochs=1
/// predict mlp on digits.test[0..5]
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Predict {
    /// The network.
    pub network: Expression,
    /// A string or a list of strings; a sample, a part of a data set, or a tensor.
    pub on: Expression,
}

impl Command for Predict {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let (_, model) = given.network(session, "network")?;
        let expr = given.required("on")?;
        let value = match session.evaluate(expr)? {
            Value::Data(data) => Value::Part(data.test()),
            other => other,
        };
        let value = session.inputs_for(&model, value, expr.span)?;
        let predictions = match &value {
            Value::Part(part) => predict_part(&model, part),
            value => predict(&model, &samples(&model, value, expr.span)?),
        };
        let predictions = predictions
            .map_err(|error| Failure::training(&error, expr.span, Some(model.spec())))?;
        print(session, &predictions);
        session.names.insert("_".to_string(), Value::Tensor(predictions.outputs));
        Ok(())
    }
}

/// A table of the predictions, or the outputs if there is nothing else.
fn print(session: &mut Session, predictions: &Predictions) {
    match predictions.table() {
        Some(table) => session.output.result(&show::predictions(&table), || exact(predictions)),
        None => session.show_value(Value::Tensor(predictions.outputs.clone())),
    }
}

/// The prepared inputs `[samples, ...]` of the argument.
fn samples(model: &Model, value: &Value, span: Span) -> Result<Tensor, Failure> {
    let failed = |error| Failure::tensor(&error, span);
    let raw = |text: &str| {
        if text.trim().is_empty() {
            return Err(Failure::at(span, "the string is empty")
                .help(format!("what is wanted is {}", wanted(model))));
        }
        let sample = relume_formats::sample(model.preparation(), text)
            .map_err(|error| Failure::data(&error, span))?;
        let sample = model.shaped(sample);
        let sample = sample.map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
        let shape = sample.shape().with_batch(1).map_err(failed)?;
        sample.reshape(shape).map_err(failed)
    };
    let samples = match value {
        Value::Text(text) => return raw(text),
        Value::List(items) if matches!(items.first(), Some(Value::Text(_))) => {
            let one = |item: &Value| match item {
                Value::Text(text) => raw(text),
                other => {
                    Err(Failure::at(span, format!("strings are wanted, not {}", other.kind())))
                }
            };
            let samples: Vec<Tensor> = items.iter().map(one).collect::<Result<_, _>>()?;
            return Tensor::concat(&samples.iter().collect::<Vec<_>>(), 0).map_err(failed);
        }
        other => tensor(other, span)?,
    };
    match model.network() {
        Some(network) if network.input() == samples.shape() => {
            let shape = samples.shape().with_batch(1).map_err(failed)?;
            samples.reshape(shape).map_err(failed)
        }
        _ => Ok(samples),
    }
}

/// The kind of raw samples that the model takes.
fn wanted(model: &Model) -> &'static str {
    let raw = model.preparation().and_then(|preparation| preparation.raw.as_ref());
    raw.map_or("a row of numbers with commas between them", Raw::kind)
}
