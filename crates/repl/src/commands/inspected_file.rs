//! `inspect ... to=`: what was seen as a file.

use super::Given;
use super::replaced::check_replaced;
use crate::syntax::Span;
use crate::{Failure, Session};
use relume_inspection::UNITS_HEAD;
use serde_json::{Value as Json, json};
use std::path::Path;

/// What a file of an inspection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// All figures, as JSON.
    Figures,
    /// Every unit, as CSV.
    Units,
}

/// A file that an inspection is written to.
#[derive(Clone, Debug)]
pub(super) struct InspectedFile {
    path: String,
    pub holds: Holds,
    span: Span,
}

impl InspectedFile {
    /// The file of `to=`, checked before anything is looked at; none if it is not given.
    ///
    /// # Errors
    /// Another ending than .json or .csv, or a file that is there and holds anything else.
    pub fn of(to: Option<&String>, given: &Given<'_>) -> Result<Option<Self>, Failure> {
        let Some(path) = to else { return Ok(None) };
        let span = given.required("to")?.span;
        let lower = path.to_lowercase();
        let holds = if lower.ends_with(".json") {
            Holds::Figures
        } else if lower.ends_with(".csv") {
            Holds::Units
        } else {
            let message = format!("{path}: an inspection is a file that ends in .json or .csv");
            let failure = Failure::at(span, message);
            return Err(match lower.ends_with(".html") {
                true => failure.help(format!("a page for people: report net on d to=\"{path}\"")),
                false => {
                    failure.help("to=\"net.json\" has all figures, to=\"units.csv\" all units")
                }
            });
        };
        match holds {
            Holds::Figures => check_replaced(path, span, "inspection", |head| {
                let kinds = [&b"{\"type\":\"inspection\""[..], b"{\"type\":\"units\""];
                kinds.iter().any(|kind| head.starts_with(kind))
            })?,
            Holds::Units => check_replaced(path, span, "table of units", |head| {
                head.starts_with(UNITS_HEAD.as_bytes())
            })?,
        }
        Ok(Some(InspectedFile { path: path.clone(), holds, span }))
    }

    /// Writes a text to it, and says so.
    ///
    /// # Errors
    /// It cannot be written; an old file then stays.
    pub fn write(&self, session: &mut Session, text: &str) -> Result<(), Failure> {
        let InspectedFile { path, span, .. } = self;
        relume_files::write_atomically(Path::new(path), |out| out.write_all(text.as_bytes()))
            .map_err(|error| Failure::at(*span, format!("{path}: {error}")))?;
        let (said, what) = match self.holds {
            Holds::Figures => ("all figures are", "inspection"),
            Holds::Units => ("all units are", "units"),
        };
        let object = || json!({ "type": "saved", "saved": path, "what": what });
        session.output.result(&format!("{said} written to {path}"), object);
        Ok(())
    }

    /// Writes figures to it: an object whose first field is its type.
    ///
    /// # Errors
    /// It cannot be written; an old file then stays.
    pub fn write_figures(
        &self,
        session: &mut Session,
        (kind, field): (&str, &str),
        figures: &Json,
    ) -> Result<(), Failure> {
        let text = format!("{{\"type\":\"{kind}\",\"schema\":1,\"{field}\":{figures}}}\n");
        self.write(session, &text)
    }
}
