//! Recordings that were found, and the data set that is made of them.

use super::Frames;
use super::transcript::{Transcript, spell};
use crate::audio::{Decoded, Extractor, Sound};
use crate::files::reading::{broken_note, first_left_out, kept, read_each, read_first};
use crate::joined::{Joined, join};
use crate::{RandomSplit, Reader, table};
use rayon::prelude::*;
use relume_catalog::count_text;
use relume_datasets::raw::{AudioFeatures, RawSound};
use relume_datasets::{
    DataError, Dataset, Grouping, PartKind, Preparation, Raw, RawColumn, Refit, SoundSource, Split,
    Targets,
};
use relume_tensor::{Tensor, threads};
use std::mem::take;
use std::path::PathBuf;
use std::sync::Arc;

/// Recordings before they are read.
#[derive(Debug)]
pub(crate) struct Recordings {
    /// The data set's name.
    pub name: String,
    /// The files.
    pub paths: Vec<PathBuf>,
    /// What is predicted of each.
    pub said: Said,
    /// Which of them are in which part.
    pub parts: Parts,
    /// The note on what else is in their folder.
    pub others: Option<String>,
}

/// What is predicted of recordings.
#[derive(Debug)]
pub(crate) enum Said {
    /// One of several classes in each.
    Classes {
        /// The classes' names.
        names: Vec<String>,
        /// The class of each recording.
        labels: Vec<usize>,
    },
    /// A text in each.
    Texts(Vec<Transcript>),
}

impl Said {
    /// The classes, from the label of each recording.
    pub fn classes(own: &[&str]) -> Self {
        let (names, labels) = table::classes(own.iter().copied());
        Said::Classes { names, labels }
    }
}

/// How recordings are split.
#[derive(Debug)]
pub(crate) enum Parts {
    /// Each one has its part.
    Own(Vec<PartKind>),
    /// They are drawn, of each class its share where there are classes.
    Drawn,
    /// They are drawn, and each one has a group.
    Grouped(Vec<usize>),
}

impl Recordings {
    /// Reads the files and makes a data set of them. With `joined`, each sample joins at least and at most so many
    /// recordings.
    ///
    /// # Errors
    /// A file that cannot be read, features that these recordings do not have, or no recordings from which to learn
    /// characters.
    pub fn load(
        mut self,
        frames: &Frames,
        joined: Option<[usize; 2]>,
        parts: &RandomSplit,
        reader: &dyn Reader,
    ) -> Result<Dataset, DataError> {
        let features = frames.at_rate(self.rate(frames)?);
        let extractor = Extractor::new(&features).map_err(DataError::Options)?;
        let features_of = |path: &PathBuf| {
            let Decoded { sound, remark } = Decoded::read(path)?;
            Ok((extractor.features(&sound)?, remark))
        };
        let all = self.paths.len();
        let (mut positions, mut recordings) = (Vec::with_capacity(all), Vec::with_capacity(all));
        let mut incomplete = Vec::new();
        read_each(
            &self.paths,
            frames.skip_broken,
            reader,
            features_of,
            |at, (features, remark)| {
                positions.push(at);
                recordings.push(features);
                incomplete.extend(remark.map(|remark| (at, remark)));
            },
        )?;
        let incomplete = incomplete_note(&self.paths, &incomplete);
        let first = first_left_out(all, &positions).map(|at| self.paths[at].as_path());
        let broken = broken_note(all - positions.len(), first);
        if positions.is_empty() {
            let problem = format!("{}: none of its {all} recordings can be read", self.name);
            return Err(DataError::Options(problem));
        }
        self.keep(&positions);
        let grouping = self.grouping();
        let mut split = self.split(parts, &grouping)?;
        let mut preparation = match frames.standardize {
            true => standardising(&recordings, &split.train, features.width()),
            false => Preparation::scaled(1.0),
        };
        let beside = RawColumn::files(self.paths.iter().map(PathBuf::as_path));
        let mut files = SoundFiles { paths: self.paths, strings: None };
        let targets = match (self.said, joined) {
            (Said::Classes { names, labels }, Some(between)) => {
                let Joined { strings: own, labels, parts } =
                    join(&labels, &split, between, parts.seed)?;
                recordings = concatenated(&recordings, &own)?;
                (files.strings, split) = (Some(own), parts);
                Targets::Sequences { names, labels }
            }
            (Said::Classes { names, labels }, None) => Targets::Classes { names, labels },
            (Said::Texts(texts), _) => {
                let (characters, labels) = spell(&texts, &split)?;
                Targets::Sequences { names: characters, labels }
            }
        };
        let longest = recordings.iter().map(|frames| frames.dims()[0]).max().unwrap_or(1);
        let length = frames.length.unwrap_or(longest);
        let raw = RawSound { length, features: features.clone(), labels: Vec::new() };
        preparation = preparation.of(Raw::Sound(raw));
        let recordings =
            relume_datasets::Recordings { features, frames: recordings, source: Arc::new(files) };
        let data = Dataset::from_recordings(self.name, recordings, targets, split, preparation)?;
        // Joined recordings are of one part, but not of one group or file.
        let data = match joined {
            None => data.with_grouping(grouping).with_beside(vec![beside])?,
            Some(_) => data,
        };
        let data = match frames.standardize {
            true => data.with_refit(Refit::Standardise),
            false => data,
        };
        let notes = self.others.into_iter().chain(broken).chain(incomplete);
        let notes = notes.collect::<Vec<String>>().join(", ");
        Ok(if notes.is_empty() { data } else { data.with_note(notes) })
    }

    /// The sampling rate: the one that is given, or that of the first recording.
    fn rate(&self, frames: &Frames) -> Result<u32, DataError> {
        if let Some(rate) = frames.rate {
            return Ok(rate);
        }
        let first = read_first(&self.paths, frames.skip_broken, |path| Sound::read(path));
        let first =
            first.ok_or_else(|| DataError::Options("there are no recordings".to_string()))?;
        Ok(first?.rate)
    }

    /// Keeps only some recordings.
    fn keep(&mut self, positions: &[usize]) {
        match &mut self.parts {
            Parts::Own(parts) => *parts = kept(take(parts), positions),
            Parts::Grouped(groups) => *groups = kept(take(groups), positions),
            Parts::Drawn => {}
        }
        match &mut self.said {
            Said::Classes { labels, .. } => *labels = kept(take(labels), positions),
            Said::Texts(texts) => *texts = kept(take(texts), positions),
        }
        self.paths = kept(take(&mut self.paths), positions);
    }

    fn grouping(&self) -> Grouping {
        match &self.parts {
            Parts::Grouped(groups) => Grouping::Groups(Arc::new(groups.clone())),
            Parts::Own(_) | Parts::Drawn => Grouping::Single,
        }
    }

    fn split(&self, parts: &RandomSplit, grouping: &Grouping) -> Result<Split, DataError> {
        let targets = match &self.said {
            Said::Classes { names, labels } => {
                Targets::Classes { names: names.clone(), labels: labels.clone() }
            }
            Said::Texts(texts) => Targets::none(texts.len())?,
        };
        let split = match &self.parts {
            Parts::Own(own) => parts.complete(Split::of_parts(own.iter().copied()), &targets),
            Parts::Drawn | Parts::Grouped(_) => parts.draw_by(&targets, grouping),
        };
        match &self.said {
            Said::Texts(_) if split.train.is_empty() => Err(DataError::Options(format!(
                "{}: all recordings are held out, none is left to train on",
                self.name
            ))),
            _ => Ok(split),
        }
    }
}

/// The note on recordings of which something is missing, with their positions; none if there are none.
fn incomplete_note(paths: &[PathBuf], incomplete: &[(usize, String)]) -> Option<String> {
    let (at, remark) = incomplete.first()?;
    let name = paths[*at].file_name().unwrap_or_default().to_string_lossy();
    Some(match incomplete.len() {
        1 => format!("one recording is incomplete: {name} {remark}"),
        count => {
            format!("{} recordings are incomplete, such as {name}: it {remark}", count_text(count))
        }
    })
}

/// Recordings in their files, which can be read again for other features.
#[derive(Debug)]
struct SoundFiles {
    paths: Vec<PathBuf>,
    /// The recordings that are joined in each sample; one in each if not given.
    strings: Option<Vec<Vec<usize>>>,
}

impl SoundSource for SoundFiles {
    fn frames(&self, features: &AudioFeatures) -> Result<Vec<Tensor>, DataError> {
        let extractor = Extractor::new(features).map_err(DataError::Options)?;
        let frames = |path: &PathBuf| extractor.features(&Sound::read(path)?);
        let recordings: Result<Vec<Tensor>, DataError> =
            threads::run(|| self.paths.par_iter().map(frames).collect());
        match &self.strings {
            Some(strings) => concatenated(&recordings?, strings),
            None => recordings,
        }
    }
}

/// The frames of each string: those of its recordings, one after the other.
fn concatenated(recordings: &[Tensor], strings: &[Vec<usize>]) -> Result<Vec<Tensor>, DataError> {
    let frames = |own: &Vec<usize>| {
        let frames: Vec<&Tensor> = own.iter().map(|&i| &recordings[i]).collect();
        Ok(Tensor::concat(&frames, 0)?)
    };
    strings.iter().map(frames).collect()
}

/// Standardises each feature of the given recordings' frames to mean 0 and standard deviation 1; a constant feature
/// becomes 0.
fn standardising(recordings: &[Tensor], train: &[usize], width: usize) -> Preparation {
    let frames = train.iter().flat_map(|&i| recordings[i].data().chunks_exact(width.max(1)));
    Preparation::of_rows(frames, width)
}
