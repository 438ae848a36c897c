//! Texts in folders, and in the columns of tables.

use crate::csv_file::COLUMN;
use crate::files::left_out::others_note;
use crate::files::reading::{broken_note, first_left_out, kept, read_each};
use crate::table::{Form, Selection, file_error, read};
use crate::text::{self, Encoding, Found};
use crate::{
    GroupingColumns, GroupingColumnsOptions, Load, RandomSplit, RandomSplitOptions, Reader,
};
use relume_catalog::{Spec, Value, count_text};
use relume_datasets::raw::{CellForm, RawText};
use relume_datasets::text::{Punctuation, Side, Tokenizer, Unit, Vocabulary};
use relume_datasets::{
    DataError, Dataset, Grouping, Preparation, Raw, RawColumn, Refit, Split, Targets,
};
use std::path::Path;
use std::sync::Arc;

/// Text files in folders, one folder for each class, or a table's column of texts, as indices of words.
///
/// `FOLDER/CLASS/*.txt`, or `FOLDER/train/CLASS` with `FOLDER/test/CLASS` or `FOLDER/val/CLASS` (or `valid`,
/// `validation`, `dev`) if they exist; a folder `unsup` beside the classes is left out. A CSV, TSV or JSON-lines file
/// is read as `csv` reads it: texts are in the column `text` and classes in `label`, unless `column` and `target` name
/// others. The vocabulary comes from the train part: index 0 is padding, 1 is every unknown word, and from 2 on come
/// the words by falling frequency, so `embedding(words, dim, padding_idx=0)` or `embedding_bag` comes first in the
/// network. Shorter texts are padded at their end; a text without any token is left out, and counted. The vocabulary is
/// saved with the model: `predict net on "what a film"`.
///
/// ```relume
/// d = texts("reviews", words=1000, length=50)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Texts {
    /// The folder, or a table's file.
    pub path: String,
    /// The table's column of texts; "text" by default.
    #[spec(type = COLUMN)]
    pub column: Option<Value>,
    /// The table's column of classes; "label" by default.
    #[spec(type = COLUMN)]
    pub target: Option<Value>,
    /// A second file of rows for the test, with the same columns in any order.
    pub test_path: Option<String>,
    /// Size of the vocabulary, padding and unknown words included.
    #[spec(default = 20_000, range = 3..=1 << 24)]
    pub words: usize,
    /// How often a word must occur to be in it.
    #[spec(default = 1, positive)]
    pub min_count: usize,
    /// How many indices each text becomes: longer texts are cut, shorter ones padded.
    #[spec(default = 300, range = 1..=1 << 20)]
    pub length: usize,
    /// Which end of a longer text is cut off.
    #[spec(default = Side::Post)]
    pub truncate: Side,
    /// Convert capital letters to small ones.
    #[spec(default = true)]
    pub lowercase: bool,
    /// Remove tags such as `<br />`.
    #[spec(default = true)]
    pub html: bool,
    /// What a token is.
    #[spec(default = Unit::Words)]
    pub unit: Unit,
    /// Whether punctuation marks are tokens.
    #[spec(default = Punctuation::Drop)]
    pub punctuation: Punctuation,
    /// Sequences of up to so many words are tokens too: 2 for pairs.
    #[spec(default = 1, range = 1..=8)]
    pub ngrams: usize,
    /// The encoding of the files.
    #[spec(default = Encoding::Utf8)]
    pub encoding: Encoding,
    /// Skip files that cannot be read, and report how many.
    #[spec(default = false)]
    pub skip_broken: bool,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
    /// The table's column that keeps rows together in the parts.
    #[spec(flatten = GroupingColumnsOptions)]
    pub by: GroupingColumns,
}

impl Load for Texts {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let root = Path::new(&self.path);
        let found = match relume_files::is_file(root) {
            true => self.in_table(reader)?,
            false => self.in_folder(root, reader)?,
        };
        let Labelled { texts, targets, split, grouping, mut notes, name, beside } = found;
        let tokenizer = self.tokenizer();
        let trained_on = split.train.iter().map(|&i| texts[i].as_str());
        let vocabulary = Vocabulary::fit(trained_on, &tokenizer, Some(self.words), self.min_count);
        let raw = RawText { tokenizer, vocabulary, length: self.length, truncate: self.truncate };
        notes.insert(0, format!("indices of {} words", count_text(raw.vocabulary.len())));
        let (words, min_count, own) = (self.words, self.min_count, raw.clone());
        let data = Dataset::from_texts(name, texts, targets, split, raw)?
            .with_refit(vocabulary_of(own, words, min_count));
        data.with_grouping(grouping).with_note(notes.join(", ")).with_beside(beside)
    }
}

/// Texts with their classes.
struct Labelled {
    name: String,
    texts: Vec<String>,
    targets: Targets,
    split: Split,
    grouping: Grouping,
    notes: Vec<String>,
    /// The files, which stand beside predictions; nothing of a table, where the texts do.
    beside: Vec<RawColumn>,
}

impl Texts {
    fn tokenizer(&self) -> Tokenizer {
        Tokenizer {
            lowercase: self.lowercase,
            html: self.html,
            unit: self.unit,
            punctuation: self.punctuation,
            ngrams: self.ngrams,
        }
    }

    fn in_folder(&self, root: &Path, reader: &dyn Reader) -> Result<Labelled, DataError> {
        // A path that is not there is no folder.
        relume_files::read_dir(root)
            .map_err(|source| DataError::Read { path: root.to_path_buf(), source })?;
        let of_table = [self.column.is_some(), self.target.is_some(), self.test_path.is_some()];
        if of_table.contains(&true) || self.by.is_given() {
            return Err(DataError::Options(format!(
                "{} is a folder, whose texts are files and whose classes are folders: column, target, test_path, \
                split_by and split_time are a table's",
                self.path
            )));
        }
        let mut folder = text::folder(root)?;
        folder.refuse_parts(&self.split)?;
        let all = folder.files.len();
        let (mut texts, mut positions) = (Vec::with_capacity(all), Vec::with_capacity(all));
        let read = |file: &Found| text::read_text(&file.path, self.encoding);
        let (tokenizer, mut empty) = (self.tokenizer(), Vec::new());
        read_each(&folder.files, self.skip_broken, reader, read, |at, text| {
            match tokenizer.has_tokens(&text) {
                true => {
                    texts.push(text);
                    positions.push(at);
                }
                false => empty.push(at),
            }
        })?;
        let first = empty.first().map(|&at| folder.files[at].path.display().to_string());
        let empty_note = empty_note(empty.len(), first);
        if texts.is_empty() && !empty.is_empty() {
            return Err(none_left(root));
        }
        let mut seen = [&positions[..], &empty[..]].concat();
        seen.sort_unstable();
        let first = first_left_out(all, &seen).map(|at| folder.files[at].path.as_path());
        let broken = broken_note(all - seen.len(), first);
        let used = folder.files.iter().map(|file| file.path.as_path());
        let others = others_note(root, used, &folder.left_out);
        folder.files = kept(folder.files, &positions);
        let notes = folder.left_out.iter().map(|path| left_out(path));
        let name = root.file_name().map_or("texts".into(), |name| name.to_string_lossy());
        let notes = notes.chain(others).chain(broken).chain(empty_note).collect();
        let labels = folder.files.iter().map(|file| file.class).collect();
        let targets = Targets::Classes { names: std::mem::take(&mut folder.classes), labels };
        let (name, split) =
            (name.into_owned(), folder.split(&self.split, &targets, &Grouping::Single));
        let beside = vec![RawColumn::files(folder.files.iter().map(|file| file.path.as_path()))];
        Ok(Labelled { name, texts, targets, split, grouping: Grouping::Single, notes, beside })
    }

    fn in_table(&self, reader: &dyn Reader) -> Result<Labelled, DataError> {
        let named = [&self.column, &self.target];
        let named = named.into_iter().filter_map(|column| column.as_ref()?.as_str());
        let form = Form {
            encoding: Some(self.encoding),
            named: named.chain(["text", "label"]).collect(),
            ..Form::default()
        };
        let test_path = self.test_path.as_deref();
        let table = read(&self.path, test_path, &self.split, &form, &Selection::All, reader)?;
        let column = |wanted: &Option<Value>, usual: &str| {
            table.column(wanted.as_ref().unwrap_or(&Value::from(usual)))
        };
        let (texts, target) = (column(&self.column, "text")?, column(&self.target, "label")?);
        let tokenizer = self.tokenizer();
        let lines = table.cells(texts).zip(table.lines());
        let empty = lines.filter(|(text, _)| !tokenizer.has_tokens(text));
        let empty: Vec<u64> = empty.map(|(_, line)| line).collect();
        let table = table.retained(|block, row| tokenizer.has_tokens(block.cell(row, texts)))?;
        if let Some(path) = table.emptied() {
            return Err(none_left(path));
        }
        let first = empty.first().map(|line| format!("line {line}"));
        let empty_note = empty_note(empty.len(), first);
        let (names, labels) = table.classes(target, &CellForm::default())?;
        let targets = Targets::Classes { names, labels };
        let grouping = self.by.grouping(&table)?;
        Ok(Labelled {
            name: table.stem(),
            texts: table.cells(texts).map(str::to_string).collect(),
            split: table.parts(&self.split, &targets, &grouping)?,
            targets,
            grouping,
            notes: empty_note.into_iter().collect(),
            beside: Vec::new(),
        })
    }
}

/// A vocabulary that is learned anew from the texts that are trained on.
pub(crate) fn vocabulary_of(raw: RawText, words: usize, min_count: usize) -> Refit {
    Refit::By(Arc::new(move |data: &Dataset, train: &[usize]| {
        let texts = data.texts().ok_or(DataError::Lost)?;
        let trained_on = train.iter().map(|&sample| texts[sample].as_str());
        let vocabulary = Vocabulary::fit(trained_on, &raw.tokenizer, Some(words), min_count);
        let raw = RawText { vocabulary, ..raw.clone() };
        Ok(Preparation::scaled(1.0).of(Raw::Text(raw)))
    }))
}

/// The note on a folder whose texts belong to no class.
fn left_out(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("without the unlabelled ones in {name}")
}

/// The note on texts without any token, with the place of the first; none if there are none.
fn empty_note(count: usize, first: Option<String>) -> Option<String> {
    let first = first?;
    Some(match count {
        1 => format!("one empty text left out: {first}"),
        count => format!("{} empty texts left out, the first {first}", count_text(count)),
    })
}

/// The error where all texts are empty.
fn none_left(path: &Path) -> DataError {
    let help = "a text needs a letter or a digit; punctuation=\"keep\" counts marks as well";
    file_error(path, "all texts are empty, so none is left".to_string(), Some(help.to_string()))
}
