//! `explain`.

use super::predict::{Samples, samples};
use super::{Command, Expression, Given};
use crate::json::exact;
use crate::lines::folded;
use crate::{Failure, Session, show};
use relume_catalog::{Choice, Spec, counted};
use relume_datasets::{Batches, Part, Raw};
use relume_inspection::{
    Attribution, ExplainOptions, Importance, Method, Reference, explain, importance,
};
use relume_tensor::Array;
use relume_training::{Model, TrainError};
use serde_json::json;
use std::fmt::Write as _;

/// Shows which parts of a sample a network's answer comes from.
///
/// One sample, as `predict` takes it: each number of a row, place of a picture, word of a text or step of a recording
/// has what it adds to the answer's score, above 0 for the answer and below 0 against it. The score is the output of the
/// network, before softmax where the loss takes it so. Integrated gradients, the default, add up to the difference from
/// the baseline; how far they are off is shown, and the integral is made finer where that is above 5 %. `saliency` is the
/// gradient at the sample; `occlusion` is by how much the score falls without each part.
///
/// Of a whole part of a table, each column is shuffled among the samples five times: by how much the loss rises is how
/// much the network needs the column.
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
    /// The class, by name or index, or the index of the output; the predicted one by default.
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

/// Rows and words that are shown.
const SHOWN: usize = 20;
/// Shuffles of each column.
const REPEATS: usize = 5;

impl Command for Explain {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let words: Explain = given.checked(session)?;
        let (_, model) = given.network(session, "network")?;
        let on = given.required("on")?;
        let value = session.evaluate(on)?;
        let span = given.required("network")?.span;
        let failed = |error: TrainError| Failure::training(&error, span, Some(model.spec()));
        let samples = samples(session, &model, value, on.span)?;
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
        let options = ExplainOptions {
            method: words.method,
            output: words.class.map(|class| output(&model, class, given)).transpose()?,
            reference: words.baseline,
            steps: words.steps,
        };
        let found = explain(&model, &sample, &options).map_err(failed)?;
        let name = model.classes().get(found.output).cloned();
        let tokens = tokens(&model, &sample);
        let text =
            head(&found, name.as_deref()) + &body(&model, &found, &sample, tokens.as_deref());
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
            let mut read = match matches!(samples, Samples::Files(_)) {
                true => relume_formats::file_samples(model.preparation(), given),
                false => relume_formats::samples(model.preparation(), given),
            };
            let first = read.pop().filter(|_| read.is_empty());
            let first =
                first.ok_or_else(|| Failure::at(span, "one sample is explained at a time"))?;
            let first = first.map_err(|error| Failure::data(&error, span))?;
            let batch = crate::answers::batch_of_one(model, first).map_err(failed)?;
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

/// The output of a class that is given by its name or its index.
fn output(model: &Model, class: Class, given: &Given<'_>) -> Result<usize, Failure> {
    match class {
        Class::Index(index) => Ok(usize::try_from(index).unwrap_or(usize::MAX)),
        Class::Name(name) => {
            let found = model.classes().iter().position(|own| *own == name);
            found.ok_or_else(|| {
                let span = given.expr("class").map_or(given.span, |expr| expr.span);
                let classes = model.classes().iter().take(SHOWN).cloned().collect::<Vec<_>>();
                Failure::at(span, format!("there is no class {name:?}"))
                    .help(format!("there are {}", classes.join(", ")))
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

/// What is explained, and whether it adds up.
fn head(found: &Attribution, name: Option<&str>) -> String {
    let of =
        name.map_or_else(|| format!("output {}", found.output), |name| format!("class {name}"));
    let method = match found.method {
        Method::Integrated => format!("integrated gradients in {}", counted(found.steps, "step")),
        Method::Saliency => "the gradient at the sample".to_string(),
        Method::Occlusion => "the fall without each part".to_string(),
    };
    let mut text = format!(
        "{of}: score {:.3}, and {:.3} for the baseline · {method}\n",
        found.score, found.reference_score
    );
    if let Some(gap) = found.gap {
        let _ = writeln!(
            text,
            "adds up to {:.3} of {:.3}: {:.1} % off",
            found.sum,
            found.score - found.reference_score,
            100.0 * gap
        );
    }
    text
}

/// The parts of the sample.
fn body(model: &Model, found: &Attribution, sample: &Array, tokens: Option<&[String]>) -> String {
    match (&found.shape[..], tokens) {
        (_, Some(tokens)) => words(found, tokens),
        (&[_, height, width], _) => picture(found, height, width),
        (&[steps, features], _) => frames(found, steps, features),
        _ => rows(model, found, sample),
    }
}

/// Places of the largest values by size.
fn by_size(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
    order
}

fn words(found: &Attribution, tokens: &[String]) -> String {
    let known = by_size(&found.values).into_iter().filter(|&at| !tokens[at].is_empty());
    let shown: Vec<String> =
        known.take(SHOWN).map(|at| format!("{} {:+.3}", tokens[at], found.values[at])).collect();
    folded("", 2, &shown.join(" · "))
}

/// The names of the inputs of a network of tables.
fn features(model: &Model) -> Vec<String> {
    match model.preparation().and_then(|own| own.raw.as_ref()) {
        Some(Raw::Row(raw)) => raw.features(),
        _ => Vec::new(),
    }
}

fn rows(model: &Model, found: &Attribution, sample: &Array) -> String {
    let names = features(model);
    let numbers = sample.as_tensor().map(|own| own.data().to_vec()).unwrap_or_default();
    let order = by_size(&found.values);
    let row = |&at: &usize| {
        let name = names.get(at).cloned().unwrap_or_else(|| at.to_string());
        let number = numbers.get(at).map_or_else(String::new, |x| format!("{x:.3}"));
        vec![name, number, format!("{:+.4}", found.values[at])]
    };
    let mut text = show::table(&["input", "prepared", "adds"], order.iter().take(SHOWN).map(row));
    if order.len() > SHOWN {
        let _ = writeln!(text, "... {} more, which add less", order.len() - SHOWN);
    }
    text
}

/// A picture of signs: `#` far above 0, `+` above, `-` below, `=` far below.
fn picture(found: &Attribution, height: usize, width: usize) -> String {
    const WIDEST: usize = 39;
    let places = height * width;
    let sum = |place: usize| found.values.iter().skip(place).step_by(places.max(1)).sum::<f32>();
    let sums: Vec<f32> = (0..places).map(sum).collect();
    // Large pictures are shown by the sums of squares of places.
    let side = width.max(height).div_ceil(WIDEST).max(1);
    let (tall, wide) = (height.div_ceil(side), width.div_ceil(side));
    let mut cells = vec![0.0_f32; tall * wide];
    for (place, x) in sums.iter().enumerate() {
        cells[place / width / side * wide + place % width / side] += x;
    }
    let most = cells.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let sign = |&x: &f32| match x / most {
        x if x > 0.5 => '#',
        x if x > 0.1 => '+',
        x if x < -0.5 => '=',
        x if x < -0.1 => '-',
        _ => '.',
    };
    let lines = cells.chunks_exact(wide.max(1)).map(|line| {
        line.iter().flat_map(|x| [sign(x), ' ']).collect::<String>().trim_end().to_string() + "\n"
    });
    format!(
        "# and + for it, = and - against it, in steps of 50 and 10 % of the largest:\n{}",
        lines.collect::<String>()
    )
}

/// The steps of a sequence that add most.
fn frames(found: &Attribution, steps: usize, features: usize) -> String {
    let sums: Vec<f32> =
        found.values.chunks_exact(features.max(1)).map(|step| step.iter().sum()).collect();
    let row = |&at: &usize| vec![at.to_string(), format!("{:+.4}", sums[at])];
    let mut text = show::table(&["step", "adds"], by_size(&sums).iter().take(SHOWN).map(row));
    if steps > SHOWN {
        let _ = writeln!(text, "... {} more, which add less", steps - SHOWN);
    }
    text
}

/// What the loss is without each column.
fn columns(found: &Importance) -> String {
    let row = |own: &relume_inspection::InputImportance| {
        let note = if own.rise.abs() <= own.spread { "no use" } else { "" };
        vec![
            own.name.clone(),
            format!("{:+.4}", own.rise),
            format!("{:.4}", own.spread),
            note.to_string(),
        ]
    };
    let heads = ["input", "loss rises by", "spread", ""];
    let mut text = show::table(&heads, found.inputs.iter().take(SHOWN).map(row));
    if found.inputs.len() > SHOWN {
        let _ = writeln!(text, "... {} more, which matter less", found.inputs.len() - SHOWN);
    }
    let samples = counted(found.samples, "sample");
    let shuffles = counted(found.repeats, "shuffle");
    text + &format!("loss {:.4} over {samples}; {shuffles} of each column\n", found.loss)
}
