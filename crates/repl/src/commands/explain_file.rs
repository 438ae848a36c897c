//! The file of `explain ... to`: a picture, or the numbers.

use super::own_file::{FileForm, FileForms, OwnFile};
use crate::{Failure, Session};
use relume_inspection::plot::is_own_picture;
use serde_json::Value as Json;

const PICTURE: &str = ".svg";

/// The files of an explanation.
pub(super) static EXPLANATION: FileForms = FileForms {
    what: "an explanation",
    forms: &[
        FileForm {
            ending: PICTURE,
            other_ending: None,
            holds: "picture that relume drew",
            is_own: is_own_picture,
        },
        FileForm {
            ending: ".json",
            other_ending: None,
            holds: "explanation",
            is_own: |head| {
                let kinds = [&b"{\"type\":\"explanation\""[..], b"{\"type\":\"importance\""];
                kinds.iter().any(|kind| head.starts_with(kind))
            },
        },
    ],
    help: None,
};

/// Writes the picture or the object to its file.
///
/// # Errors
/// A file that cannot be written; an old one then stays.
pub(super) fn write(
    session: &mut Session,
    file: &OwnFile<'_>,
    object: &Json,
    svg: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let text = if file.ending == PICTURE { svg() } else { format!("{object}\n") };
    file.save(session, &text, "explanation", "the explanation is written")
}
