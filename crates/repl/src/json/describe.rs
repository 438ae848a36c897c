//! Descriptions of the tables as JSON: what `help` knows.

use relume_catalog::{Argument, Default, Entry, sentence, usage};
use serde_json::{Value as Json, json};

/// An entry with all that it says of itself.
pub(crate) fn entry(entry: &Entry) -> Json {
    json!({
        "name": entry.name,
        "kind": entry.kind.noun(),
        "summary": sentence(entry.summary),
        "example": entry.example,
        "aliases": entry.aliases,
        "usage": usage(entry),
        "details": entry.details,
        "arguments": entry.arguments.iter().map(argument).collect::<Vec<_>>(),
    })
}

fn argument(argument: &Argument) -> Json {
    let default = match argument.default {
        Default::Is(literal) => literal.value(),
        Default::Required | Default::Absent => Json::Null,
    };
    json!({
        "name": argument.name,
        "type": argument.ty.to_string(),
        "required": argument.default == Default::Required,
        "default": default,
        "help": argument.help,
    })
}
