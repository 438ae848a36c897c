//! `wordvectors`.

use super::{Command, Expression, Given};
use crate::syntax::Span;
use crate::{Failure, Session, Value};
use relume_catalog::{Choice, Spec, count_text};
use relume_datasets::Raw;
use relume_formats::text::{Missing, WordVectors};
use relume_training::Model;
use serde_json::json;
use std::path::Path;

/// Loads word vectors from a file into a network's embedding.
///
/// Reads the text forms of GloVe, word2vec and fastText, compressed with gzip or not, line by line, and keeps the
/// vectors of the data set's words. They go to the first `embedding` or `embedding_bag` unless `parameter` names
/// another table; it must have a row for each word of the vocabulary at least, and as many features as the vectors have
/// numbers. Words that the file does not have get normally distributed numbers, by the seed that `set` sets, or zeros.
/// Training changes the table like any other weight, unless freeze=true.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(
    command,
    example = concat!(
        "reviews = texts(\"reviews\"); ",
        "net = embedding(20000, 100, padding_idx=0) -> pool_over_time -> dense(2); ",
        "wordvectors net on reviews from \"glove.6B.100d.txt\"",
    ),
)]
pub struct Wordvectors {
    /// The network.
    pub network: Expression,
    /// The data set, of texts.
    pub on: Expression,
    /// The file of vectors.
    pub from: String,
    /// The table, such as "0.weight"; by default that of the first embedding.
    pub parameter: Option<String>,
    /// The vectors of words that the file does not have.
    #[spec(default = MissingVectors::Normal)]
    pub missing: MissingVectors,
    /// Standard deviation of these random numbers.
    #[spec(default = 0.1, non_negative)]
    pub std: f64,
    /// Freeze the table.
    #[spec(default = false)]
    pub freeze: bool,
}

impl Command for Wordvectors {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let options: Self = given.checked(session)?;
        let (name, mut model) = given.named_network(session, "network")?;
        let on = given.required("on")?;
        let data = match session.evaluate(on)? {
            Value::Data(data) => data,
            other => {
                let problem = format!("a data set is wanted here, not {}", other.kind());
                return Err(Failure::at(on.span, problem));
            }
        };
        let raw = data.preparation().and_then(|preparation| preparation.raw.as_ref());
        let Some(Raw::Text(text)) = raw else {
            return Err(Failure::at(on.span, format!("{} has no words", data.name()))
                .help("word vectors go with a data set of texts: d = texts(\"FOLDER\")"));
        };
        // From now on, the table's rows are the words of this data set.
        model.take_preparation(&data);
        let network_span = given.required("network")?.span;
        let spec = model.spec().clone();
        model
            .build(data.sample_shape())
            .map_err(|error| Failure::training(&error, network_span, Some(&spec)))?;
        let table = options.table(&model, network_span)?;
        let seed = session.settings.seed;
        let vectors = WordVectors::read(
            Path::new(&options.from),
            &text.vocabulary,
            options.for_missing_words(seed),
        );
        let from = given.required("from")?.span;
        let vectors = vectors.map_err(|error| Failure::data(&error, from))?;
        let place = given.expr("parameter").map_or(network_span, |expr| expr.span);
        options.fill(&mut model, &vectors, &table, place)?;
        let [rows, dim] = [vectors.weight.dims()[0], vectors.weight.dims()[1]];
        // The first two indices are padding and the unknown word.
        let words = rows.saturating_sub(2);
        let text = format!(
            "{name}: {table} has the vectors of {} of {} words, {dim} numbers each",
            count_text(vectors.found),
            count_text(words)
        );
        session.update_network(&name, model);
        session.output.result(
            &text,
            || json!({ "parameter": table, "found": vectors.found, "words": words, "dim": dim }),
        );
        Ok(())
    }
}

impl Wordvectors {
    fn for_missing_words(&self, seed: u64) -> Missing {
        match self.missing {
            MissingVectors::Zeros => Missing::Zeros,
            MissingVectors::Normal => Missing::Normal { std: self.std as f32, seed },
        }
    }

    /// The name of the table that is filled.
    fn table(&self, model: &Model, network: Span) -> Result<String, Failure> {
        self.parameter.clone().or_else(|| first_table(model)).ok_or_else(|| {
            Failure::at(network, "the network has no embedding among its stages")
                .help("parameter=\"NAME\" names a table inside of one; `inspect` lists names")
        })
    }

    /// Writes the vectors into the table, which is named at this place.
    fn fill(
        &self,
        model: &mut Model,
        vectors: &WordVectors,
        table: &str,
        place: Span,
    ) -> Result<(), Failure> {
        let parameter = model.network_mut().and_then(|network| {
            let parameters = network.parameters_mut();
            let id = parameters.find(table)?;
            Some(parameters.get_mut(id))
        });
        let Some(parameter) = parameter else {
            return Err(Failure::at(place, format!("there is no parameter {table}"))
                .help("`inspect` lists their names"));
        };
        let (own, read) = (parameter.value.shape(), vectors.weight.shape());
        if own.rank() != 2 || own[0] < read[0] || own[1] != read[1] {
            let problem = format!("{table} is {own}, but the vectors are {read}");
            let help =
                format!("the layer that goes with them is embedding({}, {})", read[0], read[1]);
            return Err(Failure::at(place, problem).help(help));
        }
        // Rows beyond the vocabulary are not changed: no text has their indices.
        parameter.value.data_mut()[..vectors.weight.count()].copy_from_slice(vectors.weight.data());
        parameter.frozen |= self.freeze;
        Ok(())
    }
}

/// The vectors of words that a file of vectors does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum MissingVectors {
    /// Normally distributed numbers.
    Normal,
    /// Zeros.
    Zeros,
}

/// The name of the first embedding's table.
fn first_table(model: &Model) -> Option<String> {
    let is_table = |name: &str| matches!(name, "embedding" | "embedding_bag");
    let stage = model.spec().layers.iter().position(|stage| is_table(stage.entry().name))?;
    Some(format!("{stage}.weight"))
}
