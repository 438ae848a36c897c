//! `predict`.

use super::replaced::check_replaced;
use super::{Command, Expression, Given};
use crate::answers::{AnswerFile, Refused, Unwritten, Written, batch_of_one, read_samples};
use crate::eval::tensor;
use crate::json::exact;
use crate::progress::Waiting;
use crate::syntax::Span;
use crate::{Failure, Session, Source, Value, show};
use relume_catalog::{Spec, counted};
use relume_datasets::{Part, Raw};
use relume_tensor::Tensor;
use relume_tensor::interrupt::cancellable;
use relume_training::task::Cell;
use relume_training::{Model, Predictions, TrainError, predict, predict_part};
use serde_json::json;

/// Shows a network's predictions, or writes them to a file: classes with probabilities, transcripts, or numbers.
///
/// A string is one raw sample, and is prepared as the training samples were: the path of a picture or of a recording, a
/// text or the path of a `.txt` file, or a row of a table with commas between its cells; a list of strings holds
/// several, a folder (of texts, with a slash at its end) or a pattern such as "new/*.png" all of its files, and "-" is
/// standard input with a sample in each line. Data sets and their parts are prepared in the same way, not by their own
/// statistics; a tensor is taken unchanged. A network that was trained with a loss of numbers, such as mse, gives its
/// output for each class instead of a probability. The outputs of one that was trained with ctc are decoded: the most
/// likely label of each step, with repetitions merged and blanks removed.
///
/// With `to`, each sample becomes a row of a CSV file, of a TSV file, or of JSON objects in lines: the columns of its
/// table, or the name of its file, and beside them `prediction` and `probability`, or the numbers. `csv("new.csv")`
/// without a target reads rows that are not labelled. A sample that cannot be used has an empty prediction and is
/// reported, and so are rows that were left out where the data were read. The samples pass in batches, so that memory
/// does not grow with their number. A file is only replaced if it holds predictions.
///
/// ```relume
/// mlp = dense(10)
/// train mlp on digits epochs=1
/// predict mlp on digits.test[0..5]
/// predict mlp on digits.test to "answers.csv"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Predict {
    /// The network.
    pub network: Expression,
    /// A string or a list of strings; a sample, a data set (its test part), a part of one, or a tensor.
    pub on: Expression,
    /// A file for the predictions, which ends in .csv, .tsv or .jsonl.
    pub to: Option<String>,
    /// In the file, also a column with the score of each class.
    #[spec(default = false)]
    pub scores: bool,
    /// For two classes, from which probability on the second is predicted; the likelier one by default.
    #[spec(fraction)]
    pub threshold: Option<f64>,
}

impl Command for Predict {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Predict { to, scores, threshold, .. } = given.checked(session)?;
        let (_, model) = given.network(session, "network")?;
        let expr = given.required("on")?;
        let value = session.evaluate(expr)?;
        let samples = samples(session, &model, value, expr.span)?;
        if let Some(path) = &to {
            let span = given.required("to")?.span;
            let file = AnswerFile::new(path, scores, span)?.with_threshold(threshold);
            check_replaced(path, span, "predictions", |head| file.is_head(head))?;
            return write(session, given, &model, &samples, &file);
        }
        if let Some(expr) = given.expr("scores") {
            return Err(Failure::at(expr.span, "scores are columns of a file")
                .help("predict ... to \"answers.csv\" scores=true"));
        }
        let mut predictions = predictions(session, &model, &samples, expr.span)?;
        if let Some(threshold) = threshold {
            predictions = predictions
                .with_threshold(threshold)
                .map_err(|error| unpredicted(given, &model, &error, expr.span))?;
        }
        print(session, &predictions, &samples);
        session.names.insert("_".to_string(), Value::Tensor(predictions.outputs));
        Ok(())
    }
}

/// How many samples without a prediction are named.
const NAMED: usize = 5;

/// What is to be predicted.
#[derive(Clone, Debug)]
pub(crate) enum Samples {
    /// Samples of a data set.
    Part(Part),
    /// Raw samples: rows or texts.
    Raw(Vec<String>),
    /// Raw samples that are the paths of files.
    Files(Vec<String>),
    /// Prepared inputs `[samples, ...]`.
    Inputs(Tensor),
}

/// The samples of a value.
pub(crate) fn samples(
    session: &mut Session,
    model: &Model,
    value: Value,
    span: Span,
) -> Result<Samples, Failure> {
    match value {
        Value::Data(data) => Ok(Samples::Part(data.test())),
        Value::Part(part) => Ok(Samples::Part(part)),
        Value::Text(text) if text == "-" => {
            let given = given_samples(model, standard_input(session, span)?, span)?;
            Ok(remarked(session, model, given))
        }
        Value::Text(text) => match named_file(model, &text, span) {
            Some(failure) => Err(failure),
            None => Ok(remarked(session, model, raw_samples(model, vec![text], span)?)),
        },
        Value::List(items) if matches!(items.first(), Some(Value::Text(_))) => {
            let text = |item: Value| match item {
                Value::Text(text) => Ok(text),
                other => {
                    Err(Failure::at(span, format!("strings are wanted, not {}", other.kind())))
                }
            };
            let texts: Vec<String> = items.into_iter().map(text).collect::<Result<_, _>>()?;
            Ok(remarked(session, model, raw_samples(model, texts, span)?))
        }
        other => {
            let value = session.inputs_for(model, other, span)?;
            inputs(model, &value, span).map(Samples::Inputs)
        }
    }
}

/// The samples, after what is to be said of them: words and cells that the training did not have.
fn remarked(session: &mut Session, model: &Model, samples: Samples) -> Samples {
    if let Samples::Raw(given) = &samples {
        for remark in relume_formats::sample_remarks(model.preparation(), given) {
            session.output.remark(&remark);
        }
    }
    samples
}

/// Raw samples, with all files of a folder in its place.
fn raw_samples(model: &Model, texts: Vec<String>, span: Span) -> Result<Samples, Failure> {
    let raw = model.preparation().and_then(|preparation| preparation.raw.as_ref());
    let is_file = |raw: &Raw, text: &String| {
        !text.trim().is_empty() && relume_formats::names_files(raw, text)
    };
    let are_files = |raw: &&Raw| texts.iter().all(|text| is_file(raw, text));
    let Some(raw) = raw.filter(are_files) else { return given_samples(model, texts, span) };
    let mut files = Vec::with_capacity(texts.len());
    for text in &texts {
        let own = relume_formats::sample_files(raw, text);
        files.extend(own.map_err(|error| Failure::data(&error, span))?);
    }
    Ok(Samples::Files(files))
}

/// Samples that are given themselves, or as the paths of files where samples are always files.
fn given_samples(model: &Model, texts: Vec<String>, span: Span) -> Result<Samples, Failure> {
    let raw = model.preparation().and_then(|preparation| preparation.raw.as_ref());
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Failure::at(span, "the string is empty")
            .help(format!("what is wanted is {}", wanted(raw))));
    }
    match raw.is_some_and(Raw::is_file) {
        true => raw_samples(model, texts, span),
        false => Ok(Samples::Raw(texts)),
    }
}

/// The error of a file's name where what it says is a sample; none if the text is no file's name.
fn named_file(model: &Model, text: &str, span: Span) -> Option<Failure> {
    let raw = model.preparation().and_then(|preparation| preparation.raw.as_ref());
    let is_sample = raw.is_some_and(|raw| relume_formats::names_files(raw, text));
    if is_sample || !relume_files::is_file(text) {
        return None;
    }
    let failure =
        Failure::at(span, format!("{text:?} is the name of a file, and {} is wanted", wanted(raw)));
    let is_table = [".csv", ".tsv", ".json", ".jsonl"].iter().any(|ending| text.ends_with(ending));
    Some(match raw {
        Some(Raw::Text(_)) if is_table => failure.help(format!("predict ... on texts({text:?})")),
        Some(Raw::Text(_)) => failure.help("texts are in files that end in .txt"),
        _ => failure.help(format!("predict ... on csv({text:?})")),
    })
}

/// The kind of raw samples that the model takes.
fn wanted(raw: Option<&Raw>) -> &'static str {
    raw.map_or("a row of numbers with commas between them", Raw::kind)
}

/// The lines of standard input, without empty ones.
fn standard_input(session: &Session, span: Span) -> Result<Vec<String>, Failure> {
    let failed = |problem: String| Failure::at(span, format!("standard input {problem}"));
    if session.text.source == Source::Prompt {
        return Err(failed("is where you type".to_string()).help(
            "run a script, `relume predict.relume < rows.csv`, or give the samples in a list",
        ));
    }
    let read = relume_files::standard_input().and_then(|input| input.lines().collect());
    let lines: Vec<String> = read.map_err(|error| failed(format!("cannot be read: {error}")))?;
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.trim().is_empty()).collect();
    match lines.is_empty() {
        true => Err(failed("holds no samples".to_string())
            .help("each line is one; commands that come by the same way leave nothing")),
        false => Ok(lines),
    }
}

/// The prepared inputs `[samples, ...]` of a tensor, or of what is one.
fn inputs(model: &Model, value: &Value, span: Span) -> Result<Tensor, Failure> {
    let samples = tensor(value, span)?;
    match model.network() {
        Some(network) if network.input() == samples.shape() => {
            let shape = samples.shape().with_batch(1);
            let batch = shape.and_then(|shape| samples.reshape(shape));
            batch.map_err(|error| Failure::tensor(&error, span))
        }
        _ => Ok(samples),
    }
}

/// The predictions for samples.
pub(crate) fn predictions(
    session: &mut Session,
    model: &Model,
    given: &Samples,
    span: Span,
) -> Result<Predictions, Failure> {
    let failed = |error: TrainError| Failure::training(&error, span, Some(model.spec()));
    let predicted = match given {
        Samples::Part(part) => predict_part(model, &session.part_of_inputs(model, part, span)?),
        Samples::Inputs(inputs) => predict(model, inputs),
        Samples::Raw(samples) | Samples::Files(samples) => {
            let mut inputs = Vec::with_capacity(samples.len());
            for input in read_samples(model, samples, matches!(given, Samples::Files(_))) {
                let input = input.map_err(|error| Failure::data(&error, span))?;
                inputs.push(batch_of_one(model, input).map_err(failed)?);
            }
            let inputs = Tensor::concat(&inputs.iter().collect::<Vec<_>>(), 0);
            predict(model, &inputs.map_err(|error| Failure::tensor(&error, span))?)
        }
    };
    predicted.map_err(failed)
}

/// A table of the predictions, in which several files have their names, or the outputs if there is nothing else.
fn print(session: &mut Session, predictions: &Predictions, samples: &Samples) {
    let Some(mut table) = predictions.table() else {
        return session.show_value(Value::Tensor(predictions.outputs.clone()));
    };
    if let (Samples::Files(files), Some(head)) = (samples, table.heads.first_mut())
        && head == "sample"
    {
        *head = "file".to_string();
        for (row, file) in table.rows.iter_mut().zip(files) {
            row[0] = Cell::Text(file.clone());
        }
    }
    session.output.result(&show::predictions(&table), || exact(predictions));
}

/// The failure of a prediction: at the threshold if that is refused, and otherwise at the samples.
fn unpredicted(given: &Given<'_>, model: &Model, error: &TrainError, samples: Span) -> Failure {
    let threshold = given.expr("threshold").filter(|_| matches!(error, TrainError::NoThreshold));
    let span = threshold.map_or(samples, |expr| expr.span);
    Failure::training(error, span, Some(model.spec()))
}

/// Writes the predictions to a file, and reports samples that have none.
fn write(
    session: &mut Session,
    given: &Given<'_>,
    model: &Model,
    samples: &Samples,
    file: &AnswerFile<'_>,
) -> Result<(), Failure> {
    let [on, to] = [given.required("on")?.span, given.required("to")?.span];
    let failed = |error: &TrainError| unpredicted(given, model, error, on);
    let interrupt = session.interrupt();
    let written = cancellable(&interrupt, || {
        Ok::<_, Failure>(match samples {
            Samples::Part(part) => {
                let (taken, reasons) = model.tolerating(part).map_err(|error| failed(&error))?;
                let taken = session.part_of_inputs(model, &taken, on)?;
                let waiting = Waiting::new(&session.output, session.interrupt());
                file.of_part(model, &taken, Refused::new(part, reasons), &waiting)
            }
            Samples::Raw(raw) | Samples::Files(raw) => {
                let waiting = Waiting::new(&session.output, session.interrupt());
                let are_files = matches!(samples, Samples::Files(_));
                file.of_samples(model, raw, are_files, &waiting)
            }
            Samples::Inputs(inputs) => file.of_inputs(model, inputs),
        })
    });
    let written = written.unwrap_or(Ok(Err(Unwritten::Train(TrainError::Interrupted))))?;
    if matches!(written, Err(Unwritten::Train(TrainError::Interrupted))) {
        session.acknowledge_interrupt("prediction was interrupted, and nothing was written");
    }
    let Written { predicted, refused } = written.map_err(|unwritten| match unwritten {
        Unwritten::Train(error) => failed(&error),
        Unwritten::Save(error) => Failure::at(to, error.to_string()),
        Unwritten::Row(error) => Failure::at(to, error.to_string()),
    })?;
    for reason in refused.iter().take(NAMED) {
        session.output.remark(reason);
    }
    if refused.len() > NAMED {
        let more = counted(refused.len() - NAMED, "more sample");
        session.output.remark(&format!("and {more} that cannot be used"));
    }
    let verb = |count: usize, [one, more]: [&'static str; 2]| if count == 1 { one } else { more };
    let what = counted(predicted, "prediction");
    let mut text = format!("{what} {} written to {}", verb(predicted, ["is", "are"]), file.path());
    if !refused.is_empty() {
        let what = counted(refused.len(), "sample");
        text += &format!("; {what} {} none", verb(refused.len(), ["has", "have"]));
    }
    let left_out = match samples {
        Samples::Part(part) => part.data().left_out().to_vec(),
        Samples::Raw(_) | Samples::Files(_) | Samples::Inputs(_) => Vec::new(),
    };
    if !left_out.is_empty() {
        text += &format!("\nleft out where the data were read: {}", left_out.join(", "));
    }
    session.output.result(&text, || {
        let (saved, refused) = (file.path(), refused.len());
        json!({
            "type": "saved",
            "saved": saved,
            "what": "predictions",
            "predicted": predicted,
            "refused": refused,
            "left_out": left_out,
        })
    });
    Ok(())
}
