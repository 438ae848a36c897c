//! Recordings in folders.

use super::folder::{Folder, Found};
use super::joined::{Joined, join};
use super::pattern::Pattern;
use super::{Reader, SEED, Source, TEST, Unwatched};
use crate::audio::{AudioFeatures, ENDINGS, FeatureKind, Sound};
use crate::raw::RawSound;
use crate::{DataError, Dataset, Preparation, Raw, Targets};
use rayon::prelude::*;
use relume_catalog::{Argument, Described, Entry, Kind, Type, Value, count_text, nearest};
use relume_tensor::{Tensor, threads};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// WAV and FLAC files as frames of features, one folder for each class, or the class in the files' names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sounds {
    /// The folder.
    pub path: String,
    /// What the files' names tell, `{label}` among it.
    pub pattern: Option<String>,
    /// The field of the pattern that says which files are for the test.
    pub test_by: Option<String>,
    /// The values of that field.
    pub test_values: Option<Vec<Value>>,
    /// What a frame becomes.
    pub kind: FeatureKind,
    /// How many numbers of that kind there are for a frame.
    pub features: usize,
    /// Differences behind them.
    pub deltas: usize,
    /// Samples a second.
    pub rate: Option<u32>,
    /// Milliseconds of a frame.
    pub window: f64,
    /// Milliseconds from one frame to the next.
    pub hop: f64,
    /// Bands of the mel scale.
    pub mels: Option<usize>,
    /// The lowest frequency.
    pub low: f64,
    /// The highest frequency.
    pub high: Option<f64>,
    /// Frames of each recording.
    pub length: Option<usize>,
    /// How many recordings at least and at most are joined to a string.
    pub join: Option<[usize; 2]>,
    /// Whether each feature is brought to mean 0 and standard deviation 1 by the train part.
    pub standardize: bool,
    /// Whether files that cannot be read are left out.
    pub skip_broken: bool,
    /// The fraction for the test.
    pub test: Option<f64>,
    /// The seed of the split, and of what is joined.
    pub seed: u64,
}

/// Files between two looks at who waits.
const CHUNK: usize = 256;
/// Mel bands where fewer numbers are taken out of them.
const MELS: usize = 40;

impl Described for Sounds {
    const ENTRY: Entry = Entry {
        kind: Kind::Data,
        name: "sounds",
        aliases: &[],
        summary: "WAV and FLAC files in folders, one folder for each class, as frames of features",
        details: "`FOLDER/CLASS/*.wav`, with `FOLDER/train/CLASS` and `FOLDER/test/CLASS` (or `val`, or `valid`) where there are such. With `pattern` the class is the field `{label}` of the files' names without their endings, and `test_by` and `test_values` say which files are kept for the test, such as a speaker's. Recordings become MFCC or log-mel spectra as torchaudio makes them, zeros behind the shorter ones: `masking` as the first layer tells the next ones where each ends. With `join` several recordings of the same part stand one behind the other in each sample, and the targets are their labels from 1 on, for loss=ctc. Saved models take a file: `predict net on \"three.wav\"`.",
        arguments: &[
            Argument::new("path", Type::Text, "the folder"),
            Argument::new(
                "pattern",
                Type::Text,
                "what the files' names tell, such as \"{label}_{speaker}_{index}\"; without it, classes are folders",
            )
            .optional(),
            Argument::new("test_by", Type::Text, "field of the pattern that tells the test part")
                .optional(),
            Argument::new(
                "test_values",
                Type::List(&Type::OneOf(&[Type::Text, Type::NATURAL])),
                "the field's values that are kept for the test",
            )
            .optional(),
            Argument::new("kind", Type::Choice(&["mfcc", "logmel"]), "what a frame becomes")
                .or_text("mfcc"),
            Argument::new(
                "features",
                Type::Integer { min: 1, max: 1024 },
                "numbers of a frame, before differences",
            )
            .or_integer(40),
            Argument::new(
                "deltas",
                Type::Integer { min: 0, max: 2 },
                "differences behind them: 1 for slopes, 2 for slopes and their slopes",
            )
            .or_integer(0),
            Argument::new(
                "rate",
                Type::Integer { min: 100, max: 1_000_000 },
                "samples a second to which recordings are brought; the first one's if not given",
            )
            .optional(),
            Argument::new("window", Type::POSITIVE, "milliseconds of a frame").or_number(25.0),
            Argument::new("hop", Type::POSITIVE, "milliseconds from one frame to the next")
                .or_number(10.0),
            Argument::new(
                "mels",
                Type::Integer { min: 1, max: 1024 },
                "bands of the mel scale for MFCC; at least 40 and as many as features if not given",
            )
            .optional(),
            Argument::new("low", Type::NON_NEGATIVE, "lowest frequency of the bands in Hz")
                .or_number(0.0),
            Argument::new("high", Type::POSITIVE, "highest one; half the rate if not given")
                .optional(),
            Argument::new(
                "length",
                Type::Integer { min: 1, max: 1 << 20 },
                "frames of each sample: what is longer is cut; the longest one's if not given",
            )
            .optional(),
            Argument::new(
                "join",
                Type::Pair { min: 1 },
                "so many recordings, at least and at most, in each sample: for loss=ctc",
            )
            .optional(),
            Argument::new(
                "standardize",
                Type::Boolean,
                "bring each feature to mean 0 and deviation 1, by the train part",
            )
            .or_boolean(true),
            Argument::new(
                "skip_broken",
                Type::Boolean,
                "leave files out that cannot be read, and say how many",
            )
            .or_boolean(false),
            Argument::new("test", TEST.ty, "fraction of each class for the test; 0.2 if not given")
                .optional(),
            SEED,
        ],
        example: "d = sounds(\"recordings\", pattern=\"{label}_{index}\", features=13)",
    };

    fn validate(&self) -> Result<(), String> {
        if let Some([fewest, most]) = self.join
            && fewest > most
        {
            return Err(format!(
                "join=[{fewest}, {most}]: at least {fewest} is more than at most {most}"
            ));
        }
        match (&self.pattern, &self.test_by, &self.test_values) {
            (None, Some(_), _) => {
                Err("test_by names a field of pattern, which is not given".to_string())
            }
            (_, Some(_), None) | (_, None, Some(_)) => Err(
                "test_by and test_values go together: test_by=\"speaker\", test_values=[\"theo\"]"
                    .to_string(),
            ),
            (Some(_), Some(_), Some(_)) if self.test.is_some() => {
                Err("test is a fraction, test_by a choice: give one of them".to_string())
            }
            (Some(pattern), by, _) => {
                let pattern = Pattern::parse(pattern)?;
                let wanted = by.iter().map(String::as_str).chain(["label"]);
                match wanted.into_iter().find(|field| pattern.fields().all(|own| own != *field)) {
                    Some(missing) => Err(format!("the pattern has no field {{{missing}}}")),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

impl Source for Sounds {
    fn load(&self) -> Result<Dataset, DataError> {
        self.load_watched(&Unwatched)
    }

    fn load_watched(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let root = Path::new(&self.path);
        let mut folder = self.find(root)?;
        let all = folder.files.len();
        let files = std::mem::take(&mut folder.files);
        let rate = self.rate(&files)?;
        let options = self.options(rate);
        let (files, recordings) = threads::run(|| self.read(files, &options, reader))?;
        folder.files = files;
        let labels: Vec<usize> = folder.files.iter().map(|file| file.class).collect();
        let mut split = match self.test_by {
            Some(_) => folder.own_split(),
            None => folder.split(self.test, self.seed),
        };
        let mut preparation = match self.standardize {
            true => standardising(&recordings, &split.train, options.width()),
            false => Preparation::scaled(1.0),
        };
        let mut spelled = Vec::new();
        let (recordings, targets) = match self.join {
            Some(between) => {
                let Joined { sounds, labels, parts } =
                    join(&recordings, &labels, &split, between, self.seed)?;
                split = parts;
                spelled = folder.classes;
                let names = (1..=between[1]).map(|i| format!("label {i}")).collect();
                (sounds, Targets::Values { names, values: labels })
            }
            None => (recordings, Targets::Classes { names: folder.classes, labels }),
        };
        let longest = recordings.iter().map(|frames| frames.dims()[0]).max().unwrap_or(1);
        let raw =
            RawSound { length: self.length.unwrap_or(longest), features: options, labels: spelled };
        let shape = [recordings.len(), raw.length, raw.features.width()];
        let mut inputs = Tensor::stale(shape);
        let rows = inputs.data_mut().par_chunks_mut(shape[1] * shape[2]).zip(&recordings);
        threads::run(|| rows.for_each(|(row, frames)| raw.fill(&preparation, frames, row)));
        preparation = preparation.of(Raw::Sound(raw));
        let name = root.file_name().map_or("sounds".into(), |name| name.to_string_lossy());
        let data = Dataset::new(name, inputs, targets, split)?.with_preparation(preparation);
        Ok(match all - folder.files.len() {
            0 => data,
            broken => data.with_note(format!("{} broken files left out", count_text(broken))),
        })
    }
}

impl Sounds {
    fn options(&self, rate: u32) -> AudioFeatures {
        AudioFeatures {
            kind: self.kind,
            features: self.features,
            rate,
            window: self.window,
            hop: self.hop,
            mels: self.mels.unwrap_or(self.features.max(MELS)),
            low: self.low,
            high: self.high,
            deltas: self.deltas,
        }
    }

    /// The files with their classes.
    fn find(&self, root: &Path) -> Result<Folder, DataError> {
        let Some(pattern) = &self.pattern else {
            let folder = Folder::find(root, &ENDINGS)?;
            folder.refuse_test(root, self.test)?;
            return Ok(folder);
        };
        let pattern = Pattern::parse(pattern).map_err(DataError::Options)?;
        let paths = Folder::all(root, &ENDINGS)?;
        let mut named = Vec::with_capacity(paths.len());
        for path in &paths {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let fields = pattern.read(stem).ok_or_else(|| DataError::File {
                path: path.clone(),
                problem: "its name does not fit the pattern".to_string(),
                help: self.pattern.as_ref().map(|pattern| format!("the pattern is {pattern:?}")),
            })?;
            named.push((path, fields));
        }
        let mut classes: Vec<&str> = named.iter().map(|(_, fields)| fields["label"]).collect();
        classes.sort_unstable();
        classes.dedup();
        let is_test = self.test_files(&named)?;
        let files = named.iter().zip(is_test).map(|((path, fields), is_test)| Found {
            path: (*path).clone(),
            class: classes.binary_search(&fields["label"]).unwrap_or(0),
            is_test,
        });
        Ok(Folder {
            files: files.collect(),
            classes: classes.into_iter().map(str::to_string).collect(),
            test: None,
            left_out: Vec::new(),
        })
    }

    /// Which files are for the test, by their fields.
    fn test_files(
        &self,
        named: &[(&std::path::PathBuf, BTreeMap<&str, &str>)],
    ) -> Result<Vec<bool>, DataError> {
        let (Some(by), Some(values)) = (&self.test_by, &self.test_values) else {
            return Ok(vec![false; named.len()]);
        };
        let values: Vec<String> = values
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_string))
            .collect();
        let own = || named.iter().map(|(_, fields)| fields[by.as_str()]);
        for value in &values {
            if !own().any(|own| own == value) {
                let mut problem = format!("no file has {value:?} as its {by}");
                if let Some(near) = nearest(value, own()) {
                    problem += &format!("; did you mean {near:?}?");
                }
                return Err(DataError::Options(problem));
            }
        }
        Ok(own().map(|own| values.iter().any(|value| value == own)).collect())
    }

    /// The rate of the recordings: as asked for, or that of the first one that can be read.
    fn rate(&self, files: &[Found]) -> Result<u32, DataError> {
        if let Some(rate) = self.rate {
            return Ok(rate);
        }
        let mut first_error = None;
        for file in files {
            match Sound::read(&file.path) {
                Ok(sound) => return Ok(sound.rate),
                Err(error) if self.skip_broken => first_error = first_error.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(first_error.unwrap_or(DataError::Options("there are no recordings".to_string())))
    }

    /// The features of each file that can be read.
    fn read(
        &self,
        files: Vec<Found>,
        options: &AudioFeatures,
        reader: &dyn Reader,
    ) -> Result<(Vec<Found>, Vec<Tensor>), DataError> {
        let extractor = options.extractor().map_err(DataError::Options)?;
        let all = files.len();
        let (mut kept, mut recordings) = (Vec::with_capacity(all), Vec::with_capacity(all));
        let mut files = files.into_iter();
        for start in (0..all).step_by(CHUNK) {
            if reader.is_impatient() {
                return Err(DataError::Interrupted);
            }
            reader.progress(start, all);
            let chunk: Vec<Found> = files.by_ref().take(CHUNK).collect();
            let features = |file: &Found| extractor.features(&Sound::read(&file.path)?);
            let read: Vec<_> = chunk.par_iter().map(features).collect();
            for (file, features) in chunk.into_iter().zip(read) {
                match features {
                    Ok(features) => {
                        kept.push(file);
                        recordings.push(features);
                    }
                    Err(DataError::File { .. } | DataError::Read { .. }) if self.skip_broken => {}
                    Err(error) => return Err(error),
                }
            }
        }
        reader.progress(all, all);
        Ok((kept, recordings))
    }
}

/// Brings each feature of the given recordings' frames to mean 0 and standard deviation 1; a constant feature becomes 0.
fn standardising(recordings: &[Tensor], train: &[usize], width: usize) -> Preparation {
    let frames: Vec<f32> =
        train.iter().flat_map(|&i| recordings[i].data().iter().copied()).collect();
    let count = frames.len() / width.max(1);
    let frames = Tensor::from_fn([count, width], |i| frames[i]);
    Preparation::standardising(&frames, &(0..count).collect::<Vec<_>>())
}
