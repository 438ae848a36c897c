//! LibriSpeech in its own folders: read speech with transcripts and speakers.

use crate::audio::ENDINGS;
use crate::files::folder::{Endings, Folder};
use crate::sounds::{Frames, FramesOptions, Parts, Recordings, Said, Transcript, VALUES, chosen};
use crate::table::classes;
use crate::table::file_error;
use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use relume_catalog::{Choice, Spec, Value};
use relume_datasets::{DataError, Dataset};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// LibriSpeech in its own folders: read speech, with transcripts and speakers.
///
/// `FOLDER/SPEAKER/CHAPTER/SPEAKER-CHAPTER-NNNN.flac` (or `.wav`) beside `SPEAKER-CHAPTER.trans.txt`, whose lines are
/// the name of a recording and its transcript. FOLDER is a subset such as `LibriSpeech/dev-clean`, or holds several.
/// With target="text" each sample's targets are its transcript's characters, from 1 on in the order of the train part's
/// characters, and 0 after the last, for loss=ctc; with "speaker" and "sex" they are classes. The sex is read from
/// SPEAKERS.TXT, in FOLDER or in the folder above. `test_speakers` keeps some speakers for the test, so that the
/// network never hears them in training; otherwise a fraction of the recordings is kept. Features are those of
/// `sounds`. Panayotov and others, "Librispeech: an ASR corpus based on public domain audio books", 2015.
///
/// ```relume
/// d = librispeech("LibriSpeech/dev-clean", target="speaker", features=13)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data, name = "librispeech", check = Self::consistent)]
pub struct LibriSpeech {
    /// The folder of a subset, or of several.
    pub path: String,
    /// What is predicted: characters for loss=ctc, or classes.
    #[spec(default = LibriSpeechTarget::Text)]
    pub target: LibriSpeechTarget,
    /// The features of the recordings.
    #[spec(flatten = FramesOptions)]
    pub frames: Frames,
    /// The speakers that are kept for the test, by their numbers.
    #[spec(type = VALUES)]
    pub test_speakers: Option<Vec<Value>>,
    /// What keeps recordings together in the parts: no speaker, or no chapter, is in two of them.
    pub split_by: Option<LibriSpeechGroup>,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum LibriSpeechTarget {
    /// The words that are spoken.
    Text,
    /// The speaker.
    Speaker,
    /// The speaker's sex.
    Sex,
}

/// What keeps recordings together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum LibriSpeechGroup {
    /// The speaker.
    Speaker,
    /// The chapter that is read.
    Chapter,
}

/// Files of transcripts.
const TRANSCRIPTS: Endings =
    Endings { endings: &["txt"], names: ["transcript", "transcripts"], unlabelled: &[] };
/// The file of the speakers.
const SPEAKERS: &str = "SPEAKERS.TXT";

impl LibriSpeech {
    fn consistent(&self) -> Result<(), String> {
        match (&self.test_speakers, self.split_by, self.target) {
            (Some(_), Some(_), _) => {
                return Err(
                    "test_speakers chooses the test part, split_by draws it: give one of them"
                        .to_string(),
                );
            }
            (_, Some(LibriSpeechGroup::Speaker), LibriSpeechTarget::Speaker) => {
                return Err("split_by=\"speaker\" keeps speakers out of the train part, whom target=\"speaker\" is to \
                            learn: split_by=\"chapter\" does not".to_string());
            }
            _ => {}
        }
        match (&self.test_speakers, self.split.test, self.target) {
            (Some(_), Some(_), _) => Err(
                "test is a fraction, test_speakers a choice: give one of them".to_string(),
            ),
            (Some(_), _, LibriSpeechTarget::Speaker) => Err(
                "test_speakers keeps speakers for the test that target=\"speaker\" then never learns: give test, a \
                fraction of each speaker's recordings"
                    .to_string(),
            ),
            _ => Ok(()),
        }
    }
}

impl Load for LibriSpeech {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let root = Path::new(&self.path);
        let paths = Folder::all(root, &ENDINGS)?;
        let speakers: Vec<&str> =
            paths.iter().map(|path| speaker(path)).collect::<Result<_, _>>()?;
        let said = match self.target {
            LibriSpeechTarget::Text => Said::Texts(texts(root, &paths)?),
            LibriSpeechTarget::Speaker => Said::classes(&speakers),
            LibriSpeechTarget::Sex => Said::classes(&sexes(root, &speakers)?),
        };
        let parts = match &self.test_speakers {
            Some(wanted) => Parts::Own(chosen("speaker", wanted, &speakers)?),
            None => match self.split_by {
                None => Parts::Drawn,
                Some(LibriSpeechGroup::Speaker) => {
                    Parts::Grouped(classes(speakers.iter().copied()).1)
                }
                Some(LibriSpeechGroup::Chapter) => {
                    let chapter = |path| id(path).rsplit_once('-').map_or(id(path), |(own, _)| own);
                    let chapters: Vec<&str> = paths.iter().map(|path| chapter(path)).collect();
                    Parts::Grouped(classes(chapters.iter().copied()).1)
                }
            },
        };
        let name = root.file_name().map_or("librispeech".into(), |name| name.to_string_lossy());
        let (name, paths) = (name.into_owned(), paths.clone());
        let recordings = Recordings { name, said, parts, paths, others: None };
        recordings.load(&self.frames, None, &self.split, reader)
    }
}

/// The name of a recording's file without its ending.
fn id(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

/// The speaker of a recording: the first of the three numbers of its name.
fn speaker(path: &Path) -> Result<&str, DataError> {
    let numbers: Vec<&str> = id(path).split('-').collect();
    match numbers[..] {
        [speaker, _, _] if numbers.iter().all(|own| is_number(own)) => Ok(speaker),
        _ => Err(file_error(
            path,
            "its name is not that of a recording of LibriSpeech".to_string(),
            Some("they are called SPEAKER-CHAPTER-NNNN, such as 84-121123-0001.flac".to_string()),
        )),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The lines of a text file, counted from 1, without the blank ones.
fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty())
}

fn read(path: &Path) -> Result<String, DataError> {
    relume_files::read_to_string(path)
        .map_err(|source| DataError::Read { path: path.to_path_buf(), source })
}

/// The transcript of each recording.
fn texts(root: &Path, paths: &[PathBuf]) -> Result<Vec<Transcript>, DataError> {
    let mut found: BTreeMap<PathBuf, Transcript> = BTreeMap::new();
    for file in Folder::all(root, &TRANSCRIPTS)? {
        if !id(&file).ends_with(".trans") {
            continue;
        }
        let own: Arc<Path> = Arc::from(file.as_path());
        for (line, content) in lines(&read(&file)?) {
            let (id, text) = content.split_once(char::is_whitespace).unwrap_or((content, ""));
            let transcript =
                Transcript { text: text.trim().to_string(), file: Arc::clone(&own), line };
            if transcript.text.is_empty() {
                let problem = "this is not the name of a recording and what is said in it";
                return Err(transcript.error(problem.to_string()));
            }
            let recording = file.with_file_name(id);
            if let Some(before) = found.get(&recording) {
                let problem = format!("{id} has a transcript already, in line {}", before.line);
                return Err(transcript.error(problem));
            }
            found.insert(recording, transcript);
        }
    }
    let recordings: HashSet<PathBuf> = paths.iter().map(|path| path.with_extension("")).collect();
    if let Some((id, transcript)) = found.iter().find(|(id, _)| !recordings.contains(*id)) {
        let id = id.file_name().unwrap_or_default().to_string_lossy();
        return Err(
            transcript.error(format!("there is no recording {id}.flac (or .wav) beside it"))
        );
    }
    let text = |path: &PathBuf| {
        found.get(&path.with_extension("")).cloned().ok_or_else(|| {
            let chapter = id(path).rsplit_once('-').map_or("", |(chapter, _)| chapter);
            file_error(
                path,
                format!("has no line in {chapter}.trans.txt beside it"),
                Some(format!("a line there is to be \"{} WHAT IS SAID\"", id(path))),
            )
        })
    };
    paths.iter().map(text).collect()
}

/// The sex of each recording's speaker.
fn sexes(root: &Path, speakers: &[&str]) -> Result<Vec<&'static str>, DataError> {
    let own = root.join(SPEAKERS);
    let file = match (relume_files::is_file(&own), root.file_name()) {
        (true, _) => own,
        (false, Some(_)) => root.with_file_name(SPEAKERS),
        (false, None) => root.join("..").join(SPEAKERS),
    };
    let text = read(&file)?;
    let mut known = HashMap::new();
    for (line, content) in lines(&text).filter(|(_, line)| !line.starts_with(';')) {
        let mut columns = content.split('|').map(str::trim);
        let sex = match (columns.next(), columns.next()) {
            (Some(speaker), Some("F")) if is_number(speaker) => (speaker, "F"),
            (Some(speaker), Some("M")) if is_number(speaker) => (speaker, "M"),
            _ => {
                let problem = "this is not a speaker's line: ID | SEX | SUBSET | MINUTES | NAME, the sex F or M";
                return Err(DataError::Line { path: file, line, problem: problem.to_string() });
            }
        };
        known.insert(sex.0, sex.1);
    }
    let sex = |speaker: &&str| {
        known.get(speaker).copied().ok_or_else(|| {
            let help = "it has a line for each speaker: ID | SEX | SUBSET | MINUTES | NAME";
            file_error(
                &file,
                format!("has no line for the speaker {speaker}"),
                Some(help.to_string()),
            )
        })
    };
    speakers.iter().map(sex).collect()
}
