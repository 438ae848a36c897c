//! `save net.history to "runs.csv"`.

use super::Given;
use super::replaced::check_replaced;
use crate::json::exact;
use crate::{Failure, Session};
use relume_training::{HISTORY_HEAD, History};
use serde_json::json;
use std::path::Path;

/// Writes a history to a file, which ends in .csv or .json.
///
/// # Errors
/// Another ending, a file that holds anything else, or one that cannot be written; an old file then stays.
pub(super) fn save(
    session: &mut Session,
    given: &Given<'_>,
    history: &History,
    path: &str,
) -> Result<(), Failure> {
    const JSON: &str = "{\"type\":\"history\"";
    let span = given.required("to")?.span;
    let lower = path.to_lowercase();
    let (text, begins) = if lower.ends_with(".csv") {
        (history.table(), HISTORY_HEAD)
    } else if lower.ends_with(".json") {
        (format!("{JSON},\"history\":{}}}\n", exact(history)), JSON)
    } else {
        let message = format!("{path}: a history is a file that ends in .csv or .json");
        return Err(Failure::at(span, message).help("save net.history to \"history.csv\""));
    };
    check_replaced(path, span, "history", |head| head.starts_with(begins.as_bytes()))?;
    relume_files::write_atomically(Path::new(path), |out| out.write_all(text.as_bytes()))
        .map_err(|error| Failure::at(span, format!("{path}: {error}")))?;
    session.output.result(
        &format!("the history is saved to {path}"),
        || json!({ "type": "saved", "saved": path, "what": "history" }),
    );
    Ok(())
}
