//! Texts whose tokens have tags.

use crate::files::packed::Unpacked;
use crate::table::{file_error, values};
use crate::texts::vocabulary_of;
use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use relume_catalog::{Spec, Value, count_text};
use relume_datasets::raw::RawText;
use relume_datasets::text::{Punctuation, Side, Tokenizer, Unit, Vocabulary};
use relume_datasets::{DataError, Dataset, PartKind, Places, Split, Targets};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Texts with a tag for each token, such as names of people and places, as indices of words.
///
/// A file that ends in `.jsonl` or `.json` holds objects with a list of tokens and a list of as many tags, as in
/// `{"tokens": ["Ada", "lives", "here"], "tags": ["PER", "O", "O"]}`; tags are words or whole numbers, and null or -100
/// for a token without one. Any other file is read as CoNLL's: a token in each line, its tag in the last column, and an
/// empty line after each text. The class of each token is predicted; tokens without a tag, and what pads shorter texts,
/// are ignored in losses and metrics. A network keeps the steps: `embedding(words, 32, padding_idx=0) -> lstm(64) ->
/// dense(tags)`. The vocabulary comes from the train part and is saved with the model, for which tokens are separated
/// by blanks: `predict net on "Ada lives here"`.
///
/// ```relume
/// d = tagged("names.jsonl")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Tagged {
    /// The file.
    pub path: String,
    /// The field of the lists of tokens.
    #[spec(default = "tokens")]
    pub tokens: String,
    /// The field of the lists of tags; "tags" by default, or "ner_tags", "pos_tags" or "labels".
    pub tags: Option<String>,
    /// A second file of texts for the test.
    pub test_path: Option<String>,
    /// A file of texts for the validation part.
    pub validation_path: Option<String>,
    /// Size of the vocabulary, padding and unknown words included.
    #[spec(default = 20_000, range = 3..=1 << 24)]
    pub words: usize,
    /// How often a word must occur to be in it.
    #[spec(default = 1, positive)]
    pub min_count: usize,
    /// How many tokens each text becomes: longer texts are cut at their end, shorter ones padded; as many as the
    /// longest has by default, at most 512.
    #[spec(range = 1..=1 << 20)]
    pub length: Option<usize>,
    /// Convert capital letters to small ones.
    #[spec(default = true)]
    pub lowercase: bool,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

/// Names of the field of tags.
const TAGS: [&str; 4] = ["tags", "ner_tags", "pos_tags", "labels"];
/// The tag that PyTorch's losses ignore.
const IGNORED: i64 = -100;
/// The longest text that is not cut unless it is said.
const LONGEST: usize = 512;

/// A text.
struct Text {
    tokens: Vec<String>,
    /// `None` for a token without a tag.
    tags: Vec<Option<String>>,
}

impl Load for Tagged {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let path = Path::new(&self.path);
        let mut texts = self.read(path, reader)?;
        let mut parts = vec![PartKind::Train; texts.len()];
        let others =
            [(PartKind::Validation, &self.validation_path), (PartKind::Test, &self.test_path)];
        for (part, own) in others.iter().filter_map(|(part, own)| Some((*part, own.as_ref()?))) {
            self.split.refuse(part, Path::new(own))?;
            let more = self.read(Path::new(own), reader)?;
            parts.resize(texts.len() + more.len(), part);
            texts.extend(more);
        }
        let longest = texts.iter().map(|text| text.tokens.len()).max().unwrap_or(1);
        let length = self.length.unwrap_or(longest.min(LONGEST));
        let targets = targets(path, &texts, length)?;
        let split = match self.test_path.is_some() || self.validation_path.is_some() {
            true => self.split.complete(Split::of_parts(parts), &targets),
            false => self.split.draw(&targets),
        };
        let tokenizer = Tokenizer {
            lowercase: self.lowercase,
            html: false,
            unit: Unit::Blanks,
            punctuation: Punctuation::Keep,
            ngrams: 1,
        };
        let cut = texts.iter().filter(|text| text.tokens.len() > length).count();
        let joined: Vec<String> = texts.iter().map(|text| text.tokens.join(" ")).collect();
        let trained_on = split.train.iter().map(|&i| joined[i].as_str());
        let vocabulary = Vocabulary::fit(trained_on, &tokenizer, Some(self.words), self.min_count);
        let mut note = format!("indices of {} words", count_text(vocabulary.len()));
        if cut > 0 {
            note += &format!(", {} texts cut after {length} tokens", count_text(cut));
        }
        let raw = RawText { tokenizer, vocabulary, length, truncate: Side::Post };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let refit = vocabulary_of(raw.clone(), self.words, self.min_count);
        let data = Dataset::from_texts(name, joined, targets, split, raw)?;
        Ok(data.with_note(note).with_refit(refit))
    }
}

impl Tagged {
    fn read(&self, path: &Path, reader: &dyn Reader) -> Result<Vec<Text>, DataError> {
        let mut bytes = Unpacked::open(path, reader)?;
        let mut all = Vec::new();
        if let Err(error) = bytes.read_to_end(&mut all) {
            return Err(bytes.refused(error));
        }
        let text = String::from_utf8(all)
            .map_err(|_| file_error(path, "is not text in UTF-8".to_string(), None))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let texts = match text.trim_start().starts_with(['{', '[']) {
            true => self.objects(path, text)?,
            false => lines(path, text)?,
        };
        match texts.is_empty() {
            true => Err(file_error(path, "there is no text in it".to_string(), None)),
            false => Ok(texts),
        }
    }

    /// Objects one after another, or in an array.
    fn objects(&self, path: &Path, text: &str) -> Result<Vec<Text>, DataError> {
        let line_of = |at: usize| {
            1 + text.as_bytes()[..at.min(text.len())].iter().filter(|&&byte| byte == b'\n').count()
                as u64
        };
        let refused = |line: u64, problem: String| DataError::Line {
            path: path.to_path_buf(),
            line,
            problem,
        };
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let mut texts = Vec::new();
        loop {
            let start = stream.byte_offset();
            let blank = text[start..].len() - text[start..].trim_start().len();
            let Some(value) = stream.next() else { return Ok(texts) };
            let value = value.map_err(|error| {
                refused(error.line() as u64, format!("this is not JSON: {error}"))
            })?;
            let line = line_of(start + blank);
            let objects = match value {
                Value::Array(objects) => objects,
                object => vec![object],
            };
            for (i, object) in objects.iter().enumerate() {
                let text = self.object(object).map_err(|problem| match objects.len() {
                    1 => refused(line, problem),
                    _ => refused(line, format!("object {} of the array: {problem}", i + 1)),
                })?;
                texts.extend(text);
            }
        }
    }

    /// A text without any token is left out.
    fn object(&self, object: &Value) -> Result<Option<Text>, String> {
        let list = |name: &str| object.get(name).and_then(Value::as_array);
        let tokens = list(&self.tokens)
            .ok_or_else(|| format!("there is no list \"{}\" of tokens", self.tokens))?;
        let named = match &self.tags {
            Some(tags) => list(tags),
            None => TAGS.iter().find_map(|name| list(name)),
        };
        let tags = named.ok_or_else(|| {
            let wanted = self.tags.as_deref().unwrap_or(TAGS[0]);
            format!("there is no list \"{wanted}\" of tags; tags=\"NAME\" says which field it is")
        })?;
        if tokens.len() != tags.len() {
            return Err(format!("{} tokens have {} tags", tokens.len(), tags.len()));
        }
        let token = |token: &Value| match token {
            Value::String(token) if !token.trim().is_empty() => {
                Ok(token.split_ascii_whitespace().collect::<Vec<_>>().join("\u{a0}"))
            }
            Value::Number(number) => Ok(number.to_string()),
            other => Err(format!("a token is {other}, where words are wanted")),
        };
        let tag = |tag: &Value| match tag {
            Value::Null => Ok(None),
            Value::String(tag) => Ok(Some(tag.clone())),
            Value::Number(tag) if tag.as_i64() == Some(IGNORED) => Ok(None),
            Value::Number(tag) if tag.is_u64() => Ok(Some(tag.to_string())),
            other => Err(format!(
                "a tag is {other}: words, whole numbers, and null for none, are wanted"
            )),
        };
        let tokens: Vec<String> = tokens.iter().map(token).collect::<Result<_, _>>()?;
        let tags = tags.iter().map(tag).collect::<Result<_, _>>()?;
        Ok((!tokens.is_empty()).then_some(Text { tokens, tags }))
    }
}

/// Lines of CoNLL's form.
fn lines(path: &Path, text: &str) -> Result<Vec<Text>, DataError> {
    let mut texts = vec![Text { tokens: Vec::new(), tags: Vec::new() }];
    for (i, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.split_ascii_whitespace().collect();
        let Some(own) = texts.last_mut() else { break };
        match cells[..] {
            [] if own.tokens.is_empty() => {}
            [] => texts.push(Text { tokens: Vec::new(), tags: Vec::new() }),
            ["-DOCSTART-", ..] => {}
            [token, .., tag] => {
                own.tokens.push(token.to_string());
                own.tags.push(Some(tag.to_string()));
            }
            [only] => {
                let problem = format!(
                    "\"{only}\" has no tag: a line is a token and its tag, and an empty line ends a text"
                );
                return Err(DataError::Line {
                    path: PathBuf::from(path),
                    line: i as u64 + 1,
                    problem,
                });
            }
        }
    }
    texts.retain(|text| !text.tokens.is_empty());
    Ok(texts)
}

/// The class of each token, cut or padded to a length.
fn targets(path: &Path, texts: &[Text], length: usize) -> Result<Targets, DataError> {
    let names =
        values(texts.iter().flat_map(|text| text.tags.iter().flatten()).map(String::as_str));
    if names.len() >= usize::from(Places::IGNORED) {
        let problem = format!("there are {} different tags", count_text(names.len()));
        return Err(file_error(path, problem, None));
    }
    let class: std::collections::HashMap<&str, u16> =
        names.iter().enumerate().map(|(i, name)| (name.as_str(), i as u16)).collect();
    let mut classes = vec![Places::IGNORED; texts.len() * length];
    for (row, text) in classes.chunks_exact_mut(length).zip(texts) {
        for (place, tag) in row.iter_mut().zip(&text.tags) {
            *place = tag.as_ref().map_or(Places::IGNORED, |tag| class[tag.as_str()]);
        }
    }
    Ok(Targets::Places(Places::new(names, length, classes)?))
}
