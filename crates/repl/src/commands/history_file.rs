//! `save net.history to "runs.csv"`.

use super::Given;
use super::own_file::{FileForm, FileForms, OwnFile};
use crate::json::exact;
use crate::{Failure, Session};
use relume_training::{HISTORY_HEAD, History};

const TABLE: &str = ".csv";
/// How the object begins.
const OBJECT_HEAD: &str = "{\"type\":\"history\"";

static HISTORY: FileForms = FileForms {
    what: "a history",
    forms: &[
        FileForm {
            ending: TABLE,
            other_ending: None,
            holds: "history",
            is_own: |head| head.starts_with(HISTORY_HEAD.as_bytes()),
        },
        FileForm {
            ending: ".json",
            other_ending: None,
            holds: "history",
            is_own: |head| head.starts_with(OBJECT_HEAD.as_bytes()),
        },
    ],
    help: Some(|_| "save net.history to \"history.csv\"".to_string()),
};

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
    let file = OwnFile::of(given, path, &HISTORY)?;
    let text = if file.ending == TABLE {
        history.table()
    } else {
        format!("{OBJECT_HEAD},\"history\":{}}}\n", exact(history))
    };
    file.save(session, &text, "history", "the history is saved")
}
