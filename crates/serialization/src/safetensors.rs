//! The safetensors format of Hugging Face, for weights to and from PyTorch.
//!
//! Tensors keep their names, so `safetensors.torch.load_file` gives a dictionary for `load_state_dict` of the same
//! network. Everything that a state dictionary does not have (the network, the preparation of its input, which tensors
//! are frozen or buffers) is JSON under the key `relume` of the file's metadata.

mod header;
mod numbers;

use crate::error::{Plain, Quoted};
use crate::{Checkpoint, NamedTensor, SaveError, TensorKind, checkpoint, write_atomically};
use ::safetensors::tensor::{Dtype, SafeTensorError, TensorView};
use header::{Entry, Header};
use relume_tensor::{Shape, Tensor, TensorError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The key of the metadata that is Relume's.
const KEY: &str = "relume";

/// An error of writing or reading safetensors.
#[derive(Debug, Error)]
pub enum SafetensorsError {
    /// A text that should be JSON is not.
    #[error("the {what} is not JSON: {}", Plain(source))]
    NotJson {
        /// Which text.
        what: &'static str,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// A name that two tensors have, or that the format reserves.
    #[error("a safetensors file cannot hold the tensor {}: the name is taken", Quoted(name))]
    Name {
        /// The name.
        name: String,
    },
    /// Numbers of a type that 32-bit floats cannot represent.
    #[error("the tensor {} has numbers of type {dtype}", Quoted(name))]
    Type {
        /// The tensor.
        name: String,
        /// The type.
        dtype: Dtype,
    },
    /// A tensor that Relume cannot hold.
    #[error("the tensor {}: {source}", Quoted(name))]
    Tensor {
        /// The tensor.
        name: String,
        /// Why.
        source: TensorError,
    },
    /// The bytes are not the format's.
    #[error("not a valid safetensors file: {}", Plain(problem))]
    Format {
        /// What is wrong with them.
        problem: String,
    },
    /// Tensors that the format cannot hold.
    #[error("a safetensors file cannot hold these tensors: {}", Plain(.0))]
    Unwritable(#[from] SafeTensorError),
    /// The file cannot be read.
    #[error("cannot read {path:?}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
}

impl SafetensorsError {
    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        match self {
            SafetensorsError::Type { .. } => {
                Some("convert it first, in Python: tensor.to(torch.float32)".into())
            }
            SafetensorsError::Format { .. } => {
                Some("copy or download it again, as binary data; nothing was loaded from it".into())
            }
            SafetensorsError::Save(error) => error.help(),
            _ => None,
        }
    }
}

/// What a safetensors file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// The tensors: in the network's order if Relume wrote the file, otherwise in the order of the file. In files of
    /// other programs all are trainable parameters, since such files do not say.
    pub tensors: Vec<NamedTensor>,
    /// The specification of the network as JSON, if Relume wrote the file.
    pub network: Option<String>,
    /// The preparation of raw input for the network as JSON, if Relume wrote the file.
    pub preparation: Option<String>,
    /// The metadata: the checkpoint's if Relume wrote the file, else the file's own.
    pub metadata: BTreeMap<String, String>,
}

/// What Relume adds to the tensors.
#[derive(Serialize, Deserialize)]
struct Note {
    network: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preparation: Option<Value>,
    tensors: Vec<(String, TensorKind)>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

/// Writes the network of a checkpoint to a safetensors file, as a whole or not at all; the optimizer and the run are
/// left out.
///
/// # Errors
/// A specification that is not JSON, two tensors of one name, or the file cannot be written.
pub fn save(path: impl AsRef<Path>, checkpoint: &Checkpoint) -> Result<(), SafetensorsError> {
    let bytes = to_bytes(checkpoint)?;
    Ok(write_atomically(path.as_ref(), |out| out.write_all(&bytes))?)
}

/// Reads a safetensors file of any program.
///
/// # Errors
/// The file cannot be read, is not valid, or holds tensors that Relume cannot.
pub fn load(path: impl AsRef<Path>) -> Result<Weights, SafetensorsError> {
    let path = path.as_ref();
    let read = || {
        let mut bytes = Vec::new();
        checkpoint::open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let failed = |source| SafetensorsError::Read { path: path.into(), source };
    from_bytes(&read().map_err(failed)?)
}

/// The bytes of the network of a checkpoint in the safetensors format, always the same for the same network.
///
/// # Errors
/// A specification that is not JSON, or two tensors of one name.
pub fn to_bytes(checkpoint: &Checkpoint) -> Result<Vec<u8>, SafetensorsError> {
    let mut names: Vec<&str> = checkpoint.tensors.iter().map(|named| named.name.as_str()).collect();
    names.sort_unstable();
    let taken = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    if let Some(name) = taken.or(names.into_iter().find(|&name| name == "__metadata__")) {
        return Err(SafetensorsError::Name { name: name.into() });
    }
    let preparation = checkpoint.preparation.as_deref().map(|text| parse("preparation", text));
    let note = Note {
        network: parse("network", &checkpoint.network)?,
        preparation: preparation.transpose()?,
        tensors: checkpoint.tensors.iter().map(|named| (named.name.clone(), named.kind)).collect(),
        metadata: checkpoint.metadata.clone(),
    };
    // A single key, because several would be written in a different order each time.
    let metadata = HashMap::from([(KEY.to_string(), print(&note)?)]);
    let bytes: Vec<(Dtype, Vec<u8>)> =
        checkpoint.tensors.iter().map(|named| numbers::to_bytes(&named.tensor)).collect();
    let views = checkpoint.tensors.iter().zip(&bytes).map(|(named, (dtype, bytes))| {
        let view = TensorView::new(*dtype, named.tensor.dims().to_vec(), bytes)?;
        Ok((named.name.as_str(), view))
    });
    let views: Vec<_> = views.collect::<Result<_, SafeTensorError>>()?;
    Ok(::safetensors::serialize(views, Some(metadata))?)
}

/// The contents of the bytes of a safetensors file.
///
/// Floats of 32 and 16 bits stay what they are. Numbers of other types become 32-bit floats: small integers and truth
/// values exactly, the wider ones the nearest.
///
/// # Errors
/// The bytes are not valid, or hold tensors that Relume cannot.
pub fn from_bytes(bytes: &[u8]) -> Result<Weights, SafetensorsError> {
    let header = header::read(bytes).map_err(|problem| SafetensorsError::Format { problem })?;
    let Header { tensors, mut metadata } = header;
    let mut weights = Weights::default();
    for entry in tensors {
        let tensor = tensor(&entry, &bytes[entry.place.clone()])?;
        let kind = TensorKind::Parameter { trainable: true };
        weights.tensors.push(NamedTensor { name: entry.name, kind, tensor });
    }
    let Some(note) = metadata.remove(KEY) else {
        return Ok(Weights { metadata, ..weights });
    };
    let note: Note = serde_json::from_str(&note).map_err(not_json("note of Relume"))?;
    let places: HashMap<&str, (usize, TensorKind)> = note
        .tensors
        .iter()
        .enumerate()
        .map(|(i, (name, kind))| (name.as_str(), (i, *kind)))
        .collect();
    for named in &mut weights.tensors {
        named.kind = places.get(named.name.as_str()).map_or(named.kind, |&(_, kind)| kind);
    }
    weights.tensors.sort_by_key(|named| {
        places.get(named.name.as_str()).map_or(usize::MAX, |&(place, _)| place)
    });
    weights.network = Some(print(&note.network)?);
    weights.preparation = note.preparation.as_ref().map(print).transpose()?;
    weights.metadata = note.metadata;
    Ok(weights)
}

fn tensor(entry: &Entry, bytes: &[u8]) -> Result<Tensor, SafetensorsError> {
    let Entry { name, dtype, sizes, .. } = entry;
    let shape = Shape::new(sizes);
    let tensor = shape.and_then(|shape| numbers::tensor(shape, *dtype, bytes));
    match tensor {
        Ok(Some(tensor)) => Ok(tensor),
        Ok(None) => Err(SafetensorsError::Type { name: name.clone(), dtype: *dtype }),
        Err(source) => Err(SafetensorsError::Tensor { name: name.clone(), source }),
    }
}

fn parse(what: &'static str, text: &str) -> Result<Value, SafetensorsError> {
    serde_json::from_str(text).map_err(not_json(what))
}

fn print(value: &impl Serialize) -> Result<String, SafetensorsError> {
    serde_json::to_string(value).map_err(not_json("note of Relume"))
}

fn not_json(what: &'static str) -> impl Fn(serde_json::Error) -> SafetensorsError {
    move |source| SafetensorsError::NotJson { what, source }
}
