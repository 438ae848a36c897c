//! The file of `explain ... to`: a picture, or the numbers.

use super::Given;
use super::replaced::check_replaced;
use crate::syntax::Span;
use crate::{Failure, Session};
use serde_json::{Value as Json, json};

/// How files of numbers begin.
const EXPLANATIONS: [&str; 2] = ["{\"type\":\"explanation\"", "{\"type\":\"importance\""];

/// A file for an explanation.
pub(super) struct ExplainFile<'a> {
    path: &'a str,
    span: Span,
    is_picture: bool,
}

impl<'a> ExplainFile<'a> {
    /// The file that a command names, if it does.
    ///
    /// # Errors
    /// Another ending; a file that holds something else, which is not replaced.
    pub fn of(path: Option<&'a str>, given: &Given<'_>) -> Result<Option<Self>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let span = given.required("to")?.span;
        let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
        let is_picture = match ending.as_deref() {
            Some("svg") => true,
            Some("json") => false,
            _ => {
                let message =
                    format!("{path}: an explanation is a file that ends in .svg or .json");
                return Err(Failure::at(span, message));
            }
        };
        let what = if is_picture { "picture" } else { "explanation" };
        check_replaced(path, span, what, |head| {
            let head = head.trim_ascii_start();
            match is_picture {
                true => head.starts_with(b"<"),
                false => EXPLANATIONS.iter().any(|own| head.starts_with(own.as_bytes())),
            }
        })?;
        Ok(Some(ExplainFile { path, span, is_picture }))
    }

    /// Writes the picture or the object, as a whole or not at all.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(
        &self,
        session: &mut Session,
        object: &Json,
        svg: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let text = if self.is_picture { svg() } else { format!("{object}\n") };
        let path = self.path;
        relume_files::write_atomically(path.as_ref(), |out| out.write_all(text.as_bytes()))
            .map_err(|error| Failure::at(self.span, format!("{path}: {error}")))?;
        let told = format!("the explanation is written to {path}");
        session
            .output
            .result(&told, || json!({ "type": "saved", "saved": path, "what": "explanation" }));
        Ok(())
    }
}
