//! `transcript`.

use super::replaced::check_replaced;
use super::{Command, Given};
use crate::sessions::{TRANSCRIPT, Transcript as Log};
use crate::syntax::{ExprKind, Word};
use crate::{Failure, Session};
use relume_catalog::Spec;
use serde_json::json;

/// Writes what is typed and what is answered into a file from now on; `transcript off` ends it.
///
/// Each line is written at once. A transcript that stands in the file already goes on there; a file that holds anything
/// else is left alone. The line in which a training shows its progress at a terminal is written once for each epoch.
///
/// ```relume
/// transcript to "session.log"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Transcript {
    /// The file.
    pub to: Option<String>,
}

impl Command for Transcript {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        if let [Word::Positional(expr)] = given.words
            && matches!(&expr.kind, ExprKind::Name(name) if name == "off")
        {
            return end(session, given);
        }
        let Transcript { to } = given.checked(session)?;
        let Some(path) = to else {
            return Err(Failure::at(given.span, "transcript needs a file")
                .help("transcript to \"session.log\"   or   transcript off"));
        };
        let span = given.required("to")?.span;
        let failed = |error: std::io::Error| Failure::at(span, format!("{path}: {error}"));
        check_replaced(&path, span, "transcript", |head| head.starts_with(TRANSCRIPT.as_bytes()))?;
        let file = Log::open(&path).map_err(failed)?;
        let is_continued = file.is_continued();
        session.output.set_transcript(None);
        let text = match is_continued {
            true => format!("the transcript goes on at the end of {path}"),
            false => format!("the transcript is written to {path}"),
        };
        session.output.result(&text, || json!({ "transcript": path, "continued": is_continued }));
        session.output.set_transcript(Some(file));
        Ok(())
    }
}

/// Ends the transcript.
fn end(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
    match session.output.set_transcript(None) {
        Some(file) => {
            let path = file.path().to_string();
            let text = format!("the transcript in {path} is complete");
            session.output.result(&text, || json!({ "type": "transcript", "ended": path }));
            Ok(())
        }
        None => Err(Failure::at(given.span, "no transcript is being written")
            .help("transcript to \"session.log\"")),
    }
}
