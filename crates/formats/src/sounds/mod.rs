//! Recordings in folders and in lists.

mod found;
mod frames;
mod manifest;
mod recordings;
mod transcript;

pub use frames::{Frames, FramesOptions};

pub(crate) use found::chosen;
pub(crate) use recordings::{Parts, Recordings, Said};
pub(crate) use transcript::Transcript;

use crate::files::pattern::Pattern;
use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use relume_catalog::{Choice, Spec, Type, Value};
use relume_datasets::{DataError, Dataset};
use std::path::Path;

/// Recordings in folders, one folder for each class, or in a list, as frames of features.
///
/// `FOLDER/CLASS/*.wav`, or `FOLDER/train/CLASS` with `FOLDER/test/CLASS` or `FOLDER/val/CLASS` (or `valid`,
/// `validation`, `dev`) if they exist. With `pattern` the class is the field `{label}` of the files' names without
/// their endings, and `test_by` and `test_values` say which files are kept for the test, such as a speaker's. Instead
/// of a folder, a CSV, TSV or JSON-lines file lists recordings: their files, relative to its own folder, are in the
/// column `path` (or `audio_filepath`, as in NeMo's manifests), their classes in `label`, and `test_by` names a column;
/// a column `split` gives the parts (`train`; `val`, `valid`, `validation` and `dev`; `test`). With target="text" the
/// column `text` is predicted: each sample's targets are its characters, from 1 on in the order of the train part's
/// characters, and 0 after the last, for loss=ctc. Recordings become MFCC or log-mel spectra as in torchaudio, with
/// zeros after the shorter ones: `masking` as the first layer tells the following ones where each ends. With `join`,
/// each sample is several recordings of the same part one after the other, and the targets are their labels from 1 on,
/// for loss=ctc. Saved models take a file: `predict net on "three.wav"`.
///
/// Files are WAV, AIFF, FLAC, MP3, Ogg Vorbis, M4A or AAC; several channels are averaged. A file that is cut off is
/// read as far as it goes, with a remark; a FLAC file must be complete.
///
/// ```relume
/// d = sounds("recordings", pattern="{label}_{index}", features=13)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data, check = Self::consistent)]
pub struct Sounds {
    /// The folder, or the file of a list of recordings.
    pub path: String,
    /// The fields of the files' names, such as "{label}_{speaker}_{index}"; without it, classes are folders.
    pub pattern: Option<String>,
    /// Field of the pattern, or column of the list, that decides what is in the test part.
    pub test_by: Option<String>,
    /// The field's values that are kept for the test.
    #[spec(type = VALUES)]
    pub test_values: Option<Vec<Value>>,
    /// Field of the pattern, or column of the list, whose values are never in two parts, such as "speaker".
    pub split_by: Option<String>,
    /// The list's column that is predicted; the characters of texts are labels for loss=ctc.
    #[spec(default = Target::Label)]
    pub target: Target,
    /// The features of the recordings.
    #[spec(flatten = FramesOptions)]
    pub frames: Frames,
    /// Join at least and at most so many recordings in each sample, for loss=ctc.
    #[spec(positive)]
    pub join: Option<[usize; 2]>,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

/// Some values of a field or a column: words or whole numbers.
pub(crate) const VALUES: Type = Type::List(&Type::OneOf(&[Type::Text, Type::NATURAL]));

/// What is predicted of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Target {
    /// A class for each.
    Label,
    /// A text for each, character by character.
    Text,
}

impl Sounds {
    fn consistent(&self) -> Result<(), String> {
        if let Some([fewest, most]) = self.join
            && fewest > most
        {
            return Err(format!(
                "join=[{fewest}, {most}]: at least {fewest} is more than at most {most}"
            ));
        }
        if self.join.is_some() && self.target == Target::Text {
            return Err(
                "join makes strings of single labels, and texts are strings: leave join out"
                    .to_string(),
            );
        }
        if self.test_by.is_some() && self.split_by.is_some() {
            return Err(
                "test_by chooses the test part, split_by draws it: give one of them".to_string()
            );
        }
        match (&self.pattern, &self.test_by, &self.test_values) {
            (_, Some(_), None) | (_, None, Some(_)) => Err(
                "test_by and test_values go together: test_by=\"speaker\", test_values=[\"theo\"]"
                    .to_string(),
            ),
            (_, Some(_), Some(_)) if self.split.test.is_some() => {
                Err("test is a fraction, test_by a choice: give one of them".to_string())
            }
            (Some(pattern), by, _) => {
                let pattern = Pattern::parse(pattern)?;
                let by = by.iter().chain(&self.split_by);
                let wanted = by.map(String::as_str).chain(["label"]);
                match wanted.into_iter().find(|field| pattern.fields().all(|own| own != *field)) {
                    Some(missing) => Err(format!("the pattern has no field {{{missing}}}")),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

impl Load for Sounds {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let path = Path::new(&self.path);
        let recordings = match relume_files::is_file(path) {
            true => self.in_list(path, reader)?,
            false => self.in_folder(path)?,
        };
        recordings.load(&self.frames, self.join, &self.split, reader)
    }
}
