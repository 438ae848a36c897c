//! A specification as a record with one entry, its name, that holds its arguments: `{"dense": {"units": 3}}`.
//!
//! The tables' serde goes through here by way of a [`Value`], so that each specification's own serde code is compiled once and
//! not again for every format and in every crate that keeps networks.

use crate::Entry;
use serde::de::Error;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::{Map, Value};

/// Writes a specification.
///
/// # Errors
/// Those of the format.
pub fn serialize<S: Serializer>(
    entry: &Entry,
    arguments: Map<String, Value>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut record = serializer.serialize_map(Some(1))?;
    record.serialize_entry(entry.name, &arguments)?;
    record.end()
}

/// Reads a specification's name and arguments.
///
/// # Errors
/// Those of the format, and anything that is not one name with arguments.
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
