//! `inspect ... to=`: what was seen as a file.

use super::Given;
use super::own_file::{FileForm, FileForms, OwnFile};
use crate::{Failure, Session};
use relume_inspection::UNITS_HEAD;
use serde_json::Value as Json;

const TABLE: &str = ".csv";

static INSPECTION: FileForms = FileForms {
    what: "an inspection",
    forms: &[
        FileForm {
            ending: ".json",
            other_ending: None,
            holds: "inspection",
            is_own: |head| {
                let kinds = [&b"{\"type\":\"inspection\""[..], b"{\"type\":\"units\""];
                kinds.iter().any(|kind| head.starts_with(kind))
            },
        },
        FileForm {
            ending: TABLE,
            other_ending: None,
            holds: "table of units",
            is_own: |head| head.starts_with(UNITS_HEAD.as_bytes()),
        },
    ],
    help: Some(|path| {
        if path.to_ascii_lowercase().ends_with(".html") {
            format!("a page for people: report net on d to=\"{path}\"")
        } else {
            "to=\"net.json\" has all figures, to=\"units.csv\" all units".to_string()
        }
    }),
};

/// What a file of an inspection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// All figures, as JSON.
    Figures,
    /// Every unit, as CSV.
    Units,
}

/// A file that an inspection is written to.
#[derive(Clone, Copy, Debug)]
pub(super) struct InspectedFile<'a> {
    file: OwnFile<'a>,
    pub holds: Holds,
}

impl<'a> InspectedFile<'a> {
    /// The file of `to=`, checked before anything is looked at; none if it is not given.
    ///
    /// # Errors
    /// Another ending than .json or .csv, or a file that is there and holds anything else.
    pub fn of(given: &Given<'_>, path: Option<&'a str>) -> Result<Option<Self>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let file = OwnFile::of(given, path, &INSPECTION)?;
        let holds = if file.ending == TABLE { Holds::Units } else { Holds::Figures };
        Ok(Some(InspectedFile { file, holds }))
    }

    /// Writes a text to it, and says so.
    ///
    /// # Errors
    /// It cannot be written; an old file then stays.
    pub fn write(&self, session: &mut Session, text: &str) -> Result<(), Failure> {
        let (what, told) = match self.holds {
            Holds::Figures => ("inspection", "all figures are written"),
            Holds::Units => ("units", "all units are written"),
        };
        self.file.save(session, text, what, told)
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
