//! Texts in folders, and in the columns of tables.

use crate::csv_file::COLUMN;
use crate::files::reading::{SKIP_BROKEN, broken_note, kept, read_each};
use crate::table::{Form, TEST_PATH, read};
use crate::text::{self, Encoding, Found};
use crate::{Reader, SEED, Source, TEST, Unwatched};
use relume_catalog::{Argument, Described, Entry, Kind, Type, Value, count_text};
use relume_datasets::raw::RawText;
use relume_datasets::text::{Punctuation, Side, Tokenizer, Unit, Vocabulary};
use relume_datasets::{DataError, Dataset, Split, Targets};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Text files in folders, one folder for each class, or a table's column of texts, as rows of indices of words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Texts {
    /// The folder, or the table's file.
    pub path: String,
    /// The table's column of texts.
    pub column: Option<Value>,
    /// The table's column of classes.
    pub target: Option<Value>,
    /// The table of texts for the test.
    pub test_path: Option<String>,
    /// The size of the vocabulary.
    pub words: usize,
    /// How often a word must come to be in the vocabulary.
    pub min_count: usize,
    /// How many indices each text becomes.
    pub length: usize,
    /// Which end of a longer text is left out.
    pub truncate: Side,
    /// Whether capital letters become small ones.
    pub lowercase: bool,
    /// Whether HTML tags are taken out.
    pub html: bool,
    /// What a token is.
    pub unit: Unit,
    /// What becomes of punctuation marks.
    pub punctuation: Punctuation,
    /// How many words in a row make tokens too.
    pub ngrams: usize,
    /// How the files' bytes are understood.
    pub encoding: Encoding,
    /// Whether files that cannot be read are left out.
    pub skip_broken: bool,
    /// The fraction for the test, where the folder has no test part of its own.
    pub test: Option<f64>,
    /// The seed of the split.
    pub seed: u64,
}

impl Described for Texts {
    const ENTRY: Entry = Entry {
        kind: Kind::Data,
        name: "texts",
        aliases: &[],
        summary: "text files in folders, one folder for each class, or a table's column of texts, as indices of words",
        details: "`FOLDER/CLASS/*.txt`, with `FOLDER/train/CLASS` and `FOLDER/test/CLASS` (or `val`, or `valid`) where there are such; a folder `unsup` beside the classes is left out. A CSV, TSV or JSON-lines file is read as `csv` reads it: the texts stand in the column `text` and the classes in `label`, unless `column` and `target` name others. The vocabulary is made of the train part: index 0 is padding, 1 every word that is not in it, and from 2 on stand the words by falling frequency, so that `embedding(words, dim, padding_idx=0)` or `embedding_bag` comes first in the network. Shorter texts are padded at their end. The vocabulary is saved with the model: `predict net on \"what a film\"`.",
        arguments: &[
            Argument::new("path", Type::Text, "the folder, or a table's file"),
            Argument::new("column", COLUMN, "the table's column of texts; \"text\" if not given")
                .optional(),
            Argument::new("target", COLUMN, "the table's column of classes; \"label\" if not given")
                .optional(),
            Argument::new("test_path", Type::Text, TEST_PATH).optional(),
            Argument::new(
                "words",
                Type::Integer { min: 3, max: 1 << 24 },
                "size of the vocabulary, padding and unknown words included",
            )
            .or_integer(20_000),
            Argument::new("min_count", Type::Integer { min: 1, max: i64::MAX }, "how often a word must come to be in it")
                .or_integer(1),
            Argument::new(
                "length",
                Type::Integer { min: 1, max: 1 << 20 },
                "how many indices each text becomes: what is longer is cut, what is shorter padded",
            )
            .or_integer(300),
            Argument::new(
                "truncate",
                Type::Choice(&["post", "pre"]),
                "which end of a longer text is left out",
            )
            .or_text("post"),
            Argument::new("lowercase", Type::Boolean, "make capital letters small").or_boolean(true),
            Argument::new("html", Type::Boolean, "take out tags such as <br />").or_boolean(true),
            Argument::new("unit", Type::Choice(&["words", "characters"]), "what a token is")
                .or_text("words"),
            Argument::new(
                "punctuation",
                Type::Choice(&["drop", "keep"]),
                "whether punctuation marks are tokens",
            )
            .or_text("drop"),
            Argument::new(
                "ngrams",
                Type::Integer { min: 1, max: 8 },
                "so many words in a row are tokens too: 2 for pairs",
            )
            .or_integer(1),
            Argument::new("encoding", Type::Choice(&["utf-8", "latin-1"]), "how the files are written")
                .or_text("utf-8"),
            SKIP_BROKEN,
            Argument::new(
                "test",
                TEST.ty,
                "fraction of each class for the test where there is no folder for it; 0.2 if not given",
            )
            .optional(),
            SEED,
        ],
        example: "d = texts(\"reviews\", words=1000, length=50)",
    };
}

impl Source for Texts {
    fn load(&self) -> Result<Dataset, DataError> {
        self.load_watched(&Unwatched)
    }

    fn load_watched(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let root = Path::new(&self.path);
        let found = match root.is_file() {
            true => self.in_table(reader)?,
            false => self.in_folder(root, reader)?,
        };
        let Labelled { texts, classes, labels, split, mut notes, name } = found;
        let tokenizer = Tokenizer {
            lowercase: self.lowercase,
            html: self.html,
            unit: self.unit,
            punctuation: self.punctuation,
            ngrams: self.ngrams,
        };
        let trained_on = split.train.iter().map(|&i| texts[i].as_str());
        let vocabulary = Vocabulary::fit(trained_on, &tokenizer, Some(self.words), self.min_count);
        let raw = RawText { tokenizer, vocabulary, length: self.length, truncate: self.truncate };
        notes.insert(0, format!("indices of {} words", count_text(raw.vocabulary.len())));
        let targets = Targets::Classes { names: classes, labels };
        Ok(Dataset::from_texts(name, texts, targets, split, raw)?.with_note(notes.join(", ")))
    }
}

/// Texts with their classes.
struct Labelled {
    name: String,
    texts: Vec<String>,
    classes: Vec<String>,
    labels: Vec<usize>,
    split: Split,
    notes: Vec<String>,
}

impl Texts {
    fn in_folder(&self, root: &Path, reader: &dyn Reader) -> Result<Labelled, DataError> {
        if self.column.is_some() || self.target.is_some() || self.test_path.is_some() {
            return Err(DataError::Options(format!(
                "{} is a folder, whose texts are files and whose classes are folders: column, target and test_path are a table's",
                self.path
            )));
        }
        let mut folder = text::folder(root)?;
        folder.refuse_test(root, self.test)?;
        let all = folder.files.len();
        let (mut texts, mut positions) = (Vec::with_capacity(all), Vec::with_capacity(all));
        let read = |file: &Found| text::read_text(&file.path, self.encoding);
        read_each(&folder.files, self.skip_broken, reader, read, |at, text| {
            texts.push(text);
            positions.push(at);
        })?;
        folder.files = kept(folder.files, &positions);
        let notes = folder.left_out.iter().map(|path| left_out(path));
        let name = root.file_name().map_or("texts".into(), |name| name.to_string_lossy());
        Ok(Labelled {
            name: name.into_owned(),
            texts,
            labels: folder.files.iter().map(|file| file.class).collect(),
            split: folder.split(self.test, self.seed),
            notes: notes.chain(broken_note(all - folder.files.len())).collect(),
            classes: folder.classes,
        })
    }

    fn in_table(&self, reader: &dyn Reader) -> Result<Labelled, DataError> {
        if self.encoding != Encoding::default() {
            return Err(DataError::Options(format!(
                "{} is a table, which is read as UTF-8: encoding is for files of texts",
                self.path
            )));
        }
        let table =
            read(&self.path, self.test_path.as_deref(), self.test, Form::default(), reader)?;
        let column = |wanted: &Option<Value>, usual: &str| {
            table.column(wanted.as_ref().unwrap_or(&Value::from(usual)))
        };
        let (texts, target) = (column(&self.column, "text")?, column(&self.target, "label")?);
        let (classes, labels) = table.classes(target)?;
        Ok(Labelled {
            name: table.stem(),
            texts: table.cells(texts).map(str::to_string).collect(),
            split: table.split().unwrap_or_else(|| {
                Split::stratified(&labels, classes.len(), self.test.unwrap_or(0.2), self.seed)
            }),
            classes,
            labels,
            notes: Vec::new(),
        })
    }
}

/// What is said of a folder whose texts belong to no class.
fn left_out(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("without the unlabelled ones in {name}")
}
