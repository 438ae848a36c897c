//! `vars`.

use super::{Command, Given};
use crate::lines::{WIDTH, cut};
use crate::sessions::{matches, memory, shape};
use crate::{Failure, Session, Value, aligned, json, show};
use relume_catalog::Spec;
use relume_tensor::bytes_text;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

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

/// The least width of values.
const LEAST: usize = 16;
/// What stands between two columns.
const GAP: usize = 2;

impl Command for Vars {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Vars { pattern } = given.checked(session)?;
        let is_wanted = |name: &str| pattern.as_deref().is_none_or(|own| matches(own, name));
        let wanted: Vec<(&String, &Value)> =
            session.names.iter().filter(|(name, _)| is_wanted(name)).collect();
        let text = match (&pattern, wanted.is_empty()) {
            (None, true) => "no names are defined yet".to_string(),
            (Some(pattern), true) => format!("no name is like \"{pattern}\""),
            _ => table(wanted.iter().map(|(name, value)| row(name, value)).collect()),
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
    let first = text.lines().next().unwrap_or_default().to_string();
    let more = if first.len() < text.trim_end().len() { " ..." } else { "" };
    vec![
        name.to_string(),
        value.kind().to_string(),
        shape(value).unwrap_or_default(),
        memory(value).map(|bytes| bytes_text(bytes as u64)).unwrap_or_default(),
        first + more,
    ]
}

/// The table of the rows, whose values are cut to its width.
fn table(mut rows: Vec<Vec<String>>) -> String {
    let heads = ["name", "is", "shape", "memory", "value"];
    let before = heads.len() - 1;
    let widest = |column: usize| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.chain([heads[column].width()]).max().unwrap_or(0)
    };
    let taken: usize = (0..before).map(|column| widest(column) + GAP).sum();
    let width = WIDTH.saturating_sub(taken).max(LEAST);
    for row in &mut rows {
        if row[before].width() > width {
            row[before] = cut(&row[before], width);
        }
    }
    aligned::table(&heads, rows.into_iter())
}
