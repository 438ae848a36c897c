//! The records of a checkpoint that go through bincode: small, of fixed width, read from bounded slices.
//!
//! Text and numbers have sections of their own; records connect them.

use super::{Generator, TensorKind};
use crate::{FormatError, SaveError};
use bincode::Options;
use relume_tensor::Precision;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The most bytes that are given to bincode at once.
pub(super) const LIMIT: u64 = 1 << 20;

/// The name of the section that holds a network's tensor: `tensor/0.weight`, or `tensor.bf16/0.weight` in half
/// precision.
pub(super) fn section(precision: Precision, name: &str) -> String {
    match precision {
        Precision::F32 => format!("tensor/{name}"),
        half => format!("tensor.{half}/{name}"),
    }
}

/// One of the network's tensors.
#[derive(Serialize, Deserialize)]
pub(super) struct TensorRecord {
    pub name: String,
    pub kind: TensorKind,
    pub shape: Vec<u64>,
}

/// The optimizer without its tensors.
#[derive(Serialize, Deserialize)]
pub(super) struct OptimizerRecord {
    pub slots: Vec<String>,
}

/// The optimizer in a file of version 1, which repeats the steps of the training run.
#[derive(Deserialize)]
pub(super) struct OptimizerRecord1 {
    _step: u64,
    pub slots: Vec<String>,
}

/// One of the optimizer's tensors: the next one of its slot.
#[derive(Serialize, Deserialize)]
pub(super) struct SlotRecord {
    pub slot: u32,
    pub shape: Vec<u64>,
}

/// The training run without its texts and numbers.
#[derive(Serialize, Deserialize)]
pub(super) struct RunRecord {
    pub epoch: u64,
    pub batch: u64,
    pub step: u64,
    pub seed: u64,
    pub generators: Vec<Generator>,
    pub series: Vec<String>,
}

/// Fixed-width little-endian numbers, and nothing after the record.
fn options() -> impl Options {
    bincode::DefaultOptions::new().with_fixint_encoding().reject_trailing_bytes().with_limit(LIMIT)
}

/// The bytes of a record.
pub(super) fn encode<T: Serialize + ?Sized>(what: &str, record: &T) -> Result<Vec<u8>, SaveError> {
    options().serialize(record).map_err(|_| too_large(what))
}

/// The record of which these are the bytes.
pub(super) fn decode<T: DeserializeOwned>(section: &str, bytes: &[u8]) -> Result<T, FormatError> {
    options().deserialize(bytes).map_err(|error| FormatError::section(section, error))
}

/// The bytes of a list of records, in pieces that stay within the limit; at least one piece.
pub(super) fn encode_list<T: Serialize>(what: &str, list: &[T]) -> Result<Vec<Vec<u8>>, SaveError> {
    const COUNT: u64 = 8;
    let mut pieces = Vec::new();
    let (mut start, mut length) = (0, COUNT);
    for (i, record) in list.iter().enumerate() {
        let size = options().serialized_size(record).map_err(|_| too_large(what))?;
        if length + size > LIMIT {
            pieces.push(encode(what, &list[start..i])?);
            (start, length) = (i, COUNT);
        }
        length += size;
    }
    pieces.push(encode(what, &list[start..])?);
    Ok(pieces)
}

fn too_large(what: &str) -> SaveError {
    SaveError::TooLarge { what: what.into(), most: format!("{LIMIT} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_any_length_stay_within_the_limit_and_in_order() {
        let list: Vec<String> = (0..30_000).map(|i| format!("{i:090}")).collect();
        let pieces = encode_list("list", &list).unwrap();
        assert_eq!(pieces.len(), 3);
        let mut back: Vec<String> = Vec::new();
        for piece in &pieces {
            assert!(piece.len() as u64 <= LIMIT);
            back.extend(decode::<Vec<String>>("list", piece).unwrap());
        }
        assert_eq!(back, list);
        assert_eq!(encode_list::<u64>("list", &[]).unwrap(), [[0; 8]]);
    }

    #[test]
    fn forged_lengths_and_trailing_bytes_are_refused() {
        let forged = u64::MAX.to_le_bytes();
        assert!(decode::<Vec<String>>("list", &forged).is_err());
        assert!(decode::<Vec<u64>>("list", &forged).is_err());
        assert!(decode::<String>("text", &forged).is_err());
        assert!(decode::<u64>("number", &[0; 9]).is_err());
    }

    #[test]
    fn a_record_beyond_the_limit_is_refused_when_saving() {
        let long = "x".repeat(LIMIT as usize);
        assert!(matches!(encode("text", &long), Err(SaveError::TooLarge { .. })));
        assert!(matches!(encode_list("texts", &[long]), Err(SaveError::TooLarge { .. })));
    }
}
