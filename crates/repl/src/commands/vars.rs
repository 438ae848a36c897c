//! `vars`.

use super::{Command, Given};
use crate::sessions::{matches, memory, shape};
use crate::{Failure, Session, Value, json, show};
use relume_catalog::Spec;
use relume_tensor::bytes_text;
use serde_json::json;

/// Lists the names that are defined, with shapes and the memory that they take.
///
/// In a pattern, `*` stands for any characters and `?` for one. Of a network, memory counts weights and what the
/// optimizer keeps for them. What several values share counts for each of them.
///
/// ```relume
/// vars "mlp*"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Vars {
    /// The names to list; all if not given.
    pub pattern: Option<String>,
}

/// Characters of a value that are shown.
const WIDEST: usize = 60;

impl Command for Vars {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Vars { pattern } = given.checked(session)?;
        let is_wanted = |name: &str| pattern.as_deref().is_none_or(|own| matches(own, name));
        let wanted: Vec<(&String, &Value)> =
            session.names.iter().filter(|(name, _)| is_wanted(name)).collect();
        let text = match (&pattern, wanted.is_empty()) {
            (None, true) => "no names are defined yet".to_string(),
            (Some(pattern), true) => format!("no name is like \"{pattern}\""),
            _ => show::table(
                &["name", "is", "shape", "memory", "value"],
                wanted.iter().map(|(name, value)| row(name, value)),
            ),
        };
        let object = || {
            let names: Vec<&String> = wanted.iter().map(|(name, _)| *name).collect();
            let variables: Vec<_> =
                wanted.iter().map(|(name, value)| json::variable(name, value)).collect();
            json!({ "type": "variables", "names": names, "variables": variables })
        };
        session.output.result(&text, object);
        Ok(())
    }
}

fn row(name: &str, value: &Value) -> Vec<String> {
    let text = match value {
        Value::Network(model) => show::network(model),
        other => show::show(other),
    };
    let first = text.lines().next().unwrap_or_default();
    let cut: String = first.chars().take(WIDEST).collect();
    let more = if cut.len() < text.trim_end().len() { " ..." } else { "" };
    vec![
        name.to_string(),
        value.kind().to_string(),
        shape(value).unwrap_or_default(),
        memory(value).map(|bytes| bytes_text(bytes as u64)).unwrap_or_default(),
        cut + more,
    ]
}
