//! Errors of writing and reading files, each with help.

use crate::Lookalike;
use crate::container::{Kind, Version};
use relume_tensor::bytes_text;
use std::fmt::{self, Write};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A part of a file, as errors name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first bytes: magic, version, lengths.
    Header,
    /// The table of sections.
    Table,
    /// The section of this name.
    Section(String),
    /// The zero bytes before the section of this name.
    PaddingBefore(String),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Header => f.write_str("the header"),
            Part::Table => f.write_str("the table of sections"),
            Part::Section(name) => write!(f, "the section {}", Quoted(name)),
            Part::PaddingBefore(name) => write!(f, "the padding before {}", Quoted(name)),
        }
    }
}

/// A name from a file in its quotes, safe to print whatever it contains and however long it is.
pub(crate) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 80;
        let mut rest = self.0.chars();
        f.write_char('`')?;
        for c in rest.by_ref().take(SHOWN) {
            write!(f, "{}", c.escape_debug())?;
        }
        f.write_str(if rest.next().is_some() { "...`" } else { "`" })
    }
}

/// A sentence with words from a file, safe to print as well; its quotes stay what they are.
pub(crate) struct Plain<T>(pub T);

impl<T: fmt::Display> fmt::Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 300;
        let text = self.0.to_string();
        let mut rest = text.chars();
        for c in rest.by_ref().take(SHOWN) {
            match c {
                '"' | '\'' | '\\' => f.write_char(c)?,
                c => write!(f, "{}", c.escape_debug())?,
            }
        }
        f.write_str(if rest.next().is_some() { "..." } else { "" })
    }
}

/// Bytes that are not the file they should be.
#[derive(Debug, Error)]
pub enum FormatError {
    /// A file of another format.
    #[error("this is not a Relume file: it {looks_like}")]
    NotRelume {
        /// What its first bytes look like.
        looks_like: Lookalike,
    },
    /// A Relume file of another kind.
    #[error("this Relume file holds `{found}`, not `{wanted}`")]
    WrongKind {
        /// The kind in its header.
        found: Kind,
        /// The kind asked for.
        wanted: Kind,
    },
    /// The file was written by a later Relume.
    #[error("this file has format version {found}, but this Relume knows versions up to {known}")]
    NewerVersion {
        /// The version in its header.
        found: Version,
        /// The latest version that can be read.
        known: Version,
    },
    /// The file ends too early.
    #[error("the file is cut off: {length} of {wanted} bytes are there")]
    Truncated {
        /// How many bytes there are.
        length: u64,
        /// How many there should be.
        wanted: u64,
    },
    /// The file goes on after its end.
    #[error("the file is too long: {length} bytes instead of {wanted}")]
    TooLong {
        /// How many bytes there are.
        length: u64,
        /// How many there should be.
        wanted: u64,
    },
    /// A checksum does not match the bytes it covers.
    #[error("{part} is damaged: the checksum does not match")]
    Damaged {
        /// Which part.
        part: Part,
    },
    /// The checksums match, but the content is not valid: Relume never writes it.
    #[error("{part} is not valid: {}", Plain(problem))]
    Malformed {
        /// Which part.
        part: Part,
        /// What is wrong, in words.
        problem: String,
    },
    /// A part for which there is no memory.
    #[error("{part} takes {} of memory, which are not free", bytes_text(*length))]
    NoMemory {
        /// Which part.
        part: Part,
        /// Its length in bytes.
        length: u64,
    },
    /// A section that must be there is not.
    #[error("the section {} is missing", Quoted(name))]
    MissingSection {
        /// Its name.
        name: String,
    },
    /// A section that this version of the format does not have.
    #[error("the section {} does not belong in this file", Quoted(name))]
    UnknownSection {
        /// Its name.
        name: String,
    },
    /// The operating system could not read the file.
    #[error("{0}")]
    Read(#[from] io::Error),
}

impl FormatError {
    /// Sense was wanted in a section, but `problem` was found.
    pub(crate) fn section(name: &str, problem: impl fmt::Display) -> Self {
        let (part, problem) = (Part::Section(name.into()), problem.to_string());
        FormatError::Malformed { part, problem }
    }

    /// There is no memory for a section of so many bytes.
    pub(crate) fn no_memory(name: &str, length: u64) -> Self {
        FormatError::NoMemory { part: Part::Section(name.into()), length }
    }

    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            FormatError::NotRelume { looks_like } => return looks_like.help().map(String::from),
            FormatError::WrongKind { .. } => "load it with the program that saved it",
            FormatError::NewerVersion { .. } => "update relume",
            FormatError::Truncated { .. } | FormatError::TooLong { .. } => {
                "copy or download the file again, as binary data; nothing was loaded from it"
            }
            FormatError::Damaged { .. } => {
                "take a backup, or copy the file again from where it came; nothing was loaded from it"
            }
            FormatError::NoMemory { .. } => "free some memory; nothing was loaded from it",
            FormatError::Malformed { .. }
            | FormatError::MissingSection { .. }
            | FormatError::UnknownSection { .. } => {
                "the file was not written by Relume, or by a Relume with an error; save it again"
            }
            FormatError::Read(error) if error.kind() == io::ErrorKind::NotFound => {
                "check the name; a path that does not begin with / starts at the current folder"
            }
            FormatError::Read(error) if error.kind() == io::ErrorKind::IsADirectory => {
                "give the name of a file in it"
            }
            FormatError::Read(_) => return None,
        };
        Some(help.to_string())
    }
}

/// A file that cannot be loaded; nothing was loaded from it.
#[derive(Debug, Error)]
#[error("cannot load {path:?}: {problem}")]
pub struct LoadError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: FormatError,
}

impl LoadError {
    pub(crate) fn at(path: &Path) -> impl FnOnce(FormatError) -> LoadError {
        |problem| LoadError { path: path.to_path_buf(), problem }
    }

    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        self.problem.help()
    }
}

/// A file that cannot be saved; the file that was at the path before is untouched.
#[derive(Debug, Error)]
pub enum SaveError {
    /// Two parts of one name.
    #[error("two parts of the file would be called {}", Quoted(name))]
    Duplicate {
        /// The name.
        name: String,
    },
    /// A name that is too long.
    #[error("the name {} has {length} bytes; {} is the most", Quoted(name), u16::MAX)]
    NameTooLong {
        /// The name.
        name: String,
        /// Its length in bytes.
        length: usize,
    },
    /// More than the format can hold.
    #[error("{what} takes more than {most}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The most there can be, with its unit.
        most: String,
    },
    /// A path whose ending stands for another format.
    #[error(
        "cannot save to {path:?}: its ending stands for {format} format, and a checkpoint is not in it"
    )]
    ForeignEnding {
        /// The path.
        path: PathBuf,
        /// The format, such as "ONNX" or "PyTorch's".
        format: &'static str,
    },
    /// A folder, a device or a pipe.
    #[error("cannot save to {path:?}: it is not a file")]
    NotAFile {
        /// What was to be replaced.
        path: PathBuf,
    },
    /// A file that its owner protected.
    #[error("cannot save to {path:?}: the file there is read-only")]
    ReadOnly {
        /// What was to be replaced.
        path: PathBuf,
    },
    /// The operating system could not write the file.
    #[error("cannot save to {path:?}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl SaveError {
    pub(crate) fn at(path: &Path) -> impl Fn(io::Error) -> SaveError {
        |source| SaveError::Write { path: path.to_path_buf(), source }
    }

    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            SaveError::Duplicate { .. } => "give each its own name".into(),
            SaveError::NameTooLong { .. } => "take a shorter name".into(),
            SaveError::TooLarge { .. } => return None,
            SaveError::ForeignEnding { path, .. } => {
                format!(
                    "save it as {:?}: Relume's own format ends in .rlm",
                    path.with_extension("rlm")
                )
            }
            SaveError::NotAFile { path } if relume_files::is_dir(path) => {
                format!("name a file in the folder, such as {:?}", path.join("network.rlm"))
            }
            SaveError::NotAFile { .. } => "give the name of a file".into(),
            SaveError::ReadOnly { .. } => "make it writable, or save under another name".into(),
            SaveError::Write { path, source } => match (source.kind(), path.parent()) {
                (io::ErrorKind::NotFound, Some(folder)) if folder != Path::new("") => {
                    format!("make the folder first: mkdir -p {folder:?}")
                }
                (io::ErrorKind::PermissionDenied, _) if relume_files::is_sandboxed() => {
                    return None;
                }
                (io::ErrorKind::PermissionDenied, _) => {
                    "save into a folder that you may write to".into()
                }
                (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => {
                    "make room; the file that was there before is untouched".into()
                }
                (io::ErrorKind::FileTooLarge, _) => {
                    "raise the limit (ulimit -f); the file that was there before is untouched"
                        .into()
                }
                _ => return None,
            },
        })
    }
}
