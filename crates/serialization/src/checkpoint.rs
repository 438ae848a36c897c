//! The checkpoint: a network and everything that is needed to continue its training, as one file.

mod decode;
mod encode;
mod records;

use crate::container::{Container, Kind, Writer};
use crate::endings::foreign_format;
use crate::{FormatError, LoadError, Newer, SaveError, write_atomically};
use relume_tensor::{Tensor, interrupt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

/// The kind in a checkpoint's header.
const KIND: Kind = Kind(*b"network\0");

/// A network, and what is needed to continue its training exactly where it stopped.
///
/// Specifications are JSON texts, so that a file does not depend on the order of anything in a Rust type. They are kept
/// as they are and not parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// The specification of the network, with the shape of its input, as JSON.
    pub network: String,
    /// The parameters and buffers, in the network's order.
    pub tensors: Vec<NamedTensor>,
    /// The optimizer, if the network was trained.
    pub optimizer: Option<OptimizerState>,
    /// How far a training run got, if there is one to continue.
    pub run: Option<RunState>,
    /// The preparation of raw input for the network, as JSON.
    pub preparation: Option<String>,
    /// Further information, such as the version of Relume. It holds no time unless it is asked for: the same network
    /// saved twice gives the same bytes.
    pub metadata: BTreeMap<String, String>,
    /// What was left out of a file of a newer minor version. It is not written.
    pub newer: Option<Newer>,
}

impl Checkpoint {
    /// The tensor of this name.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|found| found.name == name).map(|found| &found.tensor)
    }
}

/// A parameter or buffer of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its path in the network, such as `0.weight`; no two have the same name.
    pub name: String,
    /// Whether it is a parameter or a buffer.
    pub kind: TensorKind,
    /// The numbers, kept to the bit.
    pub tensor: Tensor,
}

/// Whether a tensor is a parameter or a buffer.
// The file holds the position of the variant in this list: new ones go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TensorKind {
    /// Learned by gradient descent.
    Parameter {
        /// Whether training changes it; false while it is frozen.
        trainable: bool,
    },
    /// Kept by its layer without a gradient, such as a running mean.
    Buffer,
}

/// An optimizer between two steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// Its specification and its counters, as JSON.
    pub spec: String,
    /// Its state for each parameter, such as `exp_avg` of Adam: a name, which no other slot has, and tensors in the
    /// order of the optimizer's parameters.
    pub slots: Vec<(String, Vec<Tensor>)>,
}

/// How far a training run got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// How many epochs are complete.
    pub epoch: u64,
    /// How many batches of the unfinished epoch are done.
    pub batch: u64,
    /// How many batches were done in all.
    pub step: u64,
    /// The seed of the run.
    pub seed: u64,
    /// The plan of the run as JSON: number of epochs, batch size, loss, schedule and so on.
    pub plan: String,
    /// The state of the loop beyond the fields of this record, as JSON, such as the sums of the unfinished epoch. In
    /// files of version 1 it repeats the counters and the plan, and has the history.
    pub progress: String,
    /// The generators of random numbers.
    pub generators: Vec<Generator>,
    /// The recorded series.
    pub history: Vec<Series>,
}

/// A generator of random numbers between two draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// Its purpose, such as `shuffle`.
    pub name: String,
    /// Its state, as `relume_tensor::Rng::state` gives it.
    pub state: Vec<u64>,
}

/// A quantity over the steps of a run, such as the training loss.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its name, such as `train.loss`; no two series have the same name.
    pub name: String,
    /// Steps and values, kept to the bit.
    pub points: Vec<(u64, f64)>,
}

/// Writes a checkpoint to a file, as a whole or not at all ([`write_atomically`]).
///
/// # Errors
/// A path whose ending stands for another format, such as `.safetensors` or `.pth`; two parts of one name; a name or
/// record beyond the format's limits; or the file cannot be written. The file that was there before is then untouched.
pub fn save(path: impl AsRef<Path>, checkpoint: &Checkpoint) -> Result<(), SaveError> {
    let path = path.as_ref();
    if let Some(format) = foreign_format(path) {
        return Err(SaveError::ForeignEnding { path: path.into(), format });
    }
    let writer = writer(checkpoint)?;
    write_atomically(path, |out| writer.write_to(out))
}

/// Reads a checkpoint from a file; every byte of it is checked.
///
/// # Errors
/// The file cannot be read, is not a checkpoint, is damaged in any way, or is of a newer major version.
pub fn load(path: impl AsRef<Path>) -> Result<Checkpoint, LoadError> {
    let path = path.as_ref();
    open(path)
        .map_err(FormatError::from)
        .and_then(|file| decode::checkpoint(Container::open(Interruptible(file), KIND)?))
        .map_err(LoadError::at(path))
}

/// The bytes of a checkpoint's file: always the same for the same checkpoint.
///
/// # Errors
/// Two parts of one name, or a name or record beyond the format's limits.
pub fn to_bytes(checkpoint: &Checkpoint) -> Result<Vec<u8>, SaveError> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail, although the type allows for it.
    writer(checkpoint)?.write_to(&mut bytes).map_err(SaveError::at(Path::new("")))?;
    Ok(bytes)
}

/// The checkpoint of which these are the bytes.
///
/// # Errors
/// The bytes are not a checkpoint's, are damaged in any way, or are of a newer major version.
pub fn from_bytes(bytes: &[u8]) -> Result<Checkpoint, FormatError> {
    decode::checkpoint(Container::open(Cursor::new(bytes), KIND)?)
}

fn writer(checkpoint: &Checkpoint) -> Result<Writer<'_>, SaveError> {
    Writer::new(KIND, encode::sections(checkpoint)?)
}

/// A file whose reading ends where the work that reads it is to stop.
struct Interruptible(File);

impl Read for Interruptible {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        interrupt::check();
        self.0.read(to)
    }
}

impl Seek for Interruptible {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// Opens a regular file: a pipe has no length to check against, and a folder has no length at all.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    if relume_files::is_dir(path) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if relume_files::exists(path) && !relume_files::is_file(path) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    relume_files::open(path)
}
