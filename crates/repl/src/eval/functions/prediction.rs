//! `predict` as a function.

use super::Function;
use super::call::Call;
use super::operand::Item;
use crate::commands::{predictions, samples};
use crate::record::Record;
use crate::{Failure, Value};
use relume_catalog::Spec;
use relume_tensor::{Tensor, TensorError};
use relume_training::Predictions;
use relume_training::task::{ClassPredictions, Decoded, NumberPredictions, PlacePredictions};

/// A network's predictions as values: a record of them.
///
/// `prediction` is a list of class names or transcripts, or a tensor of numbers; `probability` (or `output`, of a
/// network that was trained with a loss of numbers) is the one of each predicted class; `truth` is there if it is
/// known, and `outputs` are the network's own. The samples are those that the command `predict` takes.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1
/// answers = predict(net, digits.test[0..3])
/// answers.prediction[0]
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Predict {
    /// The network.
    pub network: Item,
    /// A string or a list of strings; a sample, a data set (its test part), a part of one, or a tensor.
    pub on: Item,
}

impl Function for Predict {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let model = match call.item(self.network) {
            (Value::Network(model), _) => model.clone(),
            (other, span) => {
                let problem = format!("predict wants a network, not {}", other.kind());
                return Err(Failure::at(span, problem));
            }
        };
        let (value, span) = call.item(self.on);
        let value = value.clone();
        let samples = samples(call.session, &model, value, span)?;
        let predictions = predictions(call.session, &model, &samples, span)?;
        let record = record(predictions).map_err(|error| Failure::tensor(&error, span))?;
        Ok(Value::Record(record))
    }
}

fn record(predictions: Predictions) -> Result<Record, TensorError> {
    let mut record = Record::new();
    match predictions.decoded {
        Decoded::Classes(classes) => add_classes(&mut record, &classes),
        Decoded::Numbers(numbers) => add_numbers(&mut record, &numbers)?,
        Decoded::Places(places) => add_places(&mut record, &places)?,
        Decoded::Transcripts(transcripts) => {
            record.set("prediction", texts(transcripts.samples));
            transcripts.truth.into_iter().for_each(|truth| record.set("truth", texts(truth)));
        }
        Decoded::Outputs => {}
    }
    record.set("outputs", Value::Tensor(predictions.outputs));
    Ok(record)
}

fn add_classes(record: &mut Record, classes: &ClassPredictions) {
    let name = |class: usize| classes.name(class).to_string();
    let samples = || classes.samples.iter();
    record.set("prediction", texts(samples().map(|sample| name(sample.class)).collect()));
    let score = |class: usize, scores: &[f32]| scores.get(class).copied().unwrap_or(f32::NAN);
    let scores: Vec<f32> = samples().map(|own| score(own.class, &own.scores)).collect();
    let word = if classes.are_probabilities { "probability" } else { "output" };
    record.set(word, Value::Tensor(Tensor::vector(&scores)));
    if let Some(truth) = &classes.truth {
        record.set("truth", texts(truth.iter().map(|&class| name(class)).collect()));
    }
}

/// One number for each sample is a vector, several are the rows of a matrix.
fn add_numbers(record: &mut Record, numbers: &NumberPredictions) -> Result<(), TensorError> {
    let tensor = |rows: &[Vec<f64>]| {
        let numbers: Vec<f32> = rows.iter().flatten().map(|&x| x as f32).collect();
        match rows.first().map_or(0, Vec::len) {
            1 => Ok(Tensor::vector(&numbers)),
            width => Tensor::new([rows.len(), width], numbers),
        }
    };
    record.set("prediction", Value::Tensor(tensor(&numbers.samples)?));
    if let Some(truth) = &numbers.truth {
        record.set("truth", Value::Tensor(tensor(truth)?));
    }
    Ok(())
}

/// The names of each step's class, or for images the class indices `[samples, height, width]`, -1 for none.
fn add_places(record: &mut Record, places: &PlacePredictions) -> Result<(), TensorError> {
    let value = |samples: &[Vec<Option<usize>>]| match places.width {
        None => {
            let names = |sample: &Vec<Option<usize>>| {
                texts(sample.iter().map(|&class| places.name(class).to_string()).collect())
            };
            Ok(Value::List(samples.iter().map(names).collect()))
        }
        Some(width) => {
            let class = |class: &Option<usize>| class.map_or(-1.0, |class| class as f32);
            let classes: Vec<f32> = samples.iter().flatten().map(class).collect();
            let height = classes.len() / (samples.len() * width).max(1);
            Tensor::new([samples.len(), height, width], classes).map(Value::Tensor)
        }
    };
    record.set("prediction", value(&places.samples)?);
    if let Some(truth) = &places.truth {
        record.set("truth", value(truth)?);
    }
    Ok(())
}

fn texts(texts: Vec<String>) -> Value {
    Value::List(texts.into_iter().map(Value::Text).collect())
}
