//! The file that a command writes as a whole, after `to`.

use super::Given;
use super::replaced::check_replaced;
use crate::syntax::Span;
use crate::{Failure, Session};
use serde_json::json;

/// The forms of the file that a command writes.
pub(super) struct FileForms {
    /// What the command writes, such as "an inspection".
    pub what: &'static str,
    /// The forms, each with its ending.
    pub forms: &'static [FileForm],
    /// The advice for a path with another ending.
    pub help: Option<fn(&str) -> String>,
}

/// One form of a file.
pub(super) struct FileForm {
    /// How its name ends, in small letters, such as ".html".
    pub ending: &'static str,
    /// Another such ending, which messages do not name.
    pub other_ending: Option<&'static str>,
    /// What such a file holds, such as "table of units".
    pub holds: &'static str,
    /// Whether a file that begins with these bytes is of this form, and may be replaced.
    pub is_own: fn(&[u8]) -> bool,
}

/// A file that may be written: it is new, or holds what the command writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnFile<'a> {
    path: &'a str,
    span: Span,
    /// The ending of its form.
    pub ending: &'static str,
}

impl<'a> OwnFile<'a> {
    /// The file after `to`, checked before anything is computed for it. Its ending may have capital letters.
    ///
    /// # Errors
    /// No path, another ending, or a file that holds anything else, which is not replaced.
    pub fn of(given: &Given<'_>, path: &'a str, own: &FileForms) -> Result<Self, Failure> {
        let span = given.required("to")?.span;
        let form = own.form_of(path).ok_or_else(|| own.refused(path, span))?;
        check_replaced(path, span, form.holds, form.is_own)?;
        Ok(OwnFile { path, span, ending: form.ending })
    }

    /// Writes a text to it, as a whole or not at all.
    ///
    /// # Errors
    /// It cannot be written; an old file then stays.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        let OwnFile { path, span, .. } = self;
        relume_files::write_atomically(path.as_ref(), |out| out.write_all(text.as_bytes()))
            .map_err(|error| Failure::at(*span, format!("{path}: {error}")))
    }

    /// Writes a text to it, and says so: `told`, such as "the history is saved", and as an object that `what` is.
    ///
    /// # Errors
    /// Those of [`OwnFile::write`].
    pub fn save(
        &self,
        session: &mut Session,
        text: &str,
        what: &str,
        told: &str,
    ) -> Result<(), Failure> {
        self.write(text)?;
        let path = self.path;
        session.output.result(
            &format!("{told} to {path}"),
            || json!({ "type": "saved", "saved": path, "what": what }),
        );
        Ok(())
    }
}

impl FileForms {
    /// The form of a path, by its ending.
    fn form_of(&self, path: &str) -> Option<&FileForm> {
        let path = path.to_ascii_lowercase();
        let has = |ending: &str| path.ends_with(ending);
        self.forms.iter().find(|form| has(form.ending) || form.other_ending.is_some_and(has))
    }

    /// The failure of a path that has no form.
    fn refused(&self, path: &str, span: Span) -> Failure {
        let endings: Vec<&str> = self.forms.iter().map(|form| form.ending).collect();
        let endings = endings.join(" or ");
        let message = if path.trim().is_empty() {
            format!("a file is wanted, which ends in {endings}")
        } else {
            format!("{path}: {} is a file that ends in {endings}", self.what)
        };
        let failure = Failure::at(span, message);
        match self.help {
            Some(help) => failure.help(help(path)),
            None => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PAGES: FileForms = FileForms {
        what: "a page",
        forms: &[
            FileForm {
                ending: ".html",
                other_ending: Some(".htm"),
                holds: "page",
                is_own: |head| head.starts_with(b"<"),
            },
            FileForm {
                ending: ".json",
                other_ending: None,
                holds: "object",
                is_own: |head| head.starts_with(b"{"),
            },
        ],
        help: None,
    };

    #[test]
    fn an_ending_in_any_case_says_the_form() {
        for (path, ending) in [
            ("a.html", Some(".html")),
            ("a.HTM", Some(".html")),
            ("a.html.Json", Some(".json")),
            ("json", None),
            ("", None),
        ] {
            assert_eq!(PAGES.form_of(path).map(|form| form.ending), ending, "{path}");
        }
    }

    #[test]
    fn a_path_without_a_form_is_refused_with_the_endings() {
        for (path, message) in [
            ("", "a file is wanted, which ends in .html or .json"),
            (" ", "a file is wanted, which ends in .html or .json"),
            ("a.txt", "a.txt: a page is a file that ends in .html or .json"),
        ] {
            let failure = PAGES.refused(path, Span { start: 0, end: 0 });
            assert_eq!(failure.diagnostic.message, message);
        }
    }
}
