//! A specification as a record with one entry, its name, that holds its arguments: `{"dense": {"units": 3}}`.
//!
//! The tables' serde code goes through a [`Value`], so that each specification's own serde code is compiled once, and
//! not again for every format and in every crate that stores networks.

use crate::{ArgumentError, Entry, Problem};
use serde::de::Error;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::{Map, Value};

/// Writes a specification.
///
/// # Errors
/// An error of the format.
pub fn serialize<S: Serializer>(
    entry: &Entry,
    arguments: Map<String, Value>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut record = serializer.serialize_map(Some(1))?;
    record.serialize_entry(entry.name, &arguments)?;
    record.end()
}

/// Why a specification of `table` cannot be read, with help for an unknown name.
pub fn refused<E: Error>(error: ArgumentError, table: &str) -> E {
    match is_unknown(&error) {
        true => E::custom(format!(
            "{error}; one from outside must be registered before, with register of {table}"
        )),
        false => E::custom(error),
    }
}

/// Whether the name of a specification, or of one inside it, is unknown.
fn is_unknown(error: &ArgumentError) -> bool {
    match &error.problem {
        Problem::UnknownName { .. } => true,
        Problem::Within { error, .. } => is_unknown(error),
        _ => false,
    }
}

/// Reads a specification's name and arguments.
///
/// # Errors
/// An error of the format, or a value that is not one name with arguments.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<(String, Map<String, Value>), D::Error> {
    let record = Map::deserialize(deserializer)?;
    let mut entries = record.into_iter();
    match (entries.next(), entries.next()) {
        (Some((name, Value::Object(arguments))), None) => Ok((name, arguments)),
        _ => Err(D::Error::custom("a specification is one name with its arguments")),
    }
}
