//! `save` and `run`.

use super::refused::no_network;
use super::replaced::check_replaced;
use super::{Command, Expression, Given, history_file};
use crate::sessions::arguments::{self, Given as GivenValue};
use crate::sessions::shared_text;
use crate::sessions::{HEAD, ScriptArgument, recording};
use crate::syntax::{ExprKind, Span, Word};
use crate::{ExitCode, Failure, FailureKind, Session, Source, Value, script_text};
use relume_catalog::Spec;
use relume_serialization::container::MAGIC;
use serde_json::json;
use std::io::ErrorKind;
use std::path::Path;

/// Saves a network with its optimizer and its place in the run, its history, or the statements of the session.
///
/// load("file.rlm") brings a network back, exact to the bit. An old file stays until the new one is whole; one that
/// holds no network is not replaced. `save session to "run.relume"` writes the statements that succeeded, in their
/// order, with the seed and a check of the data: run again, the file gives the same figures. A file that `save session`
/// did not write is not replaced. `save mlp.history to "history.csv"` writes the epochs as a table, with what was
/// watched; to a file that ends in .json as an object.
///
/// ```relume
/// mlp = input(64) -> dense(10)
/// save mlp to "digits.rlm"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Save {
    /// The network, its history, or the word `session`.
    pub network: Expression,
    /// The file, usually ending in .rlm.
    pub to: String,
}

impl Command for Save {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let is_session = given.expr("network").is_some_and(|expr| {
            matches!(&expr.kind, ExprKind::Name(name) if name == "session")
                && !session.names.contains_key("session")
        });
        if is_session {
            let Save { to: path, .. } = given.checked(session)?;
            return save_session(session, &path, given.required("to")?.span);
        }
        let expr = given.required("network")?;
        let Save { to: path, .. } = given.checked(session)?;
        let span = given.required("to")?.span;
        let model = match session.evaluate(expr)? {
            Value::Network(model) => model,
            Value::History(history) => return history_file::save(session, given, &history, &path),
            other => return Err(no_network(expr, &other)),
        };
        check_replaced(&path, span, "saved network", |head| head.starts_with(&MAGIC))?;
        relume_training::save(&model, Path::new(&path))
            .map_err(|error| Failure::training(&error, span, None))?;
        session.output.result(&format!("saved to {path}"), || json!({ "saved": path }));
        Ok(())
    }
}

/// Writes the statements that took effect; an old file stays until the new one is whole.
fn save_session(session: &mut Session, path: &str, span: Span) -> Result<(), Failure> {
    session.journal.leave_out();
    check_replaced(path, span, "saved session", |head| head.starts_with(HEAD.as_bytes()))?;
    let failed = |error: std::io::Error| Failure::at(span, format!("{path}: {error}"));
    let text = recording(session, span)?;
    relume_files::write_atomically(Path::new(path), |out| out.write_all(text.as_bytes()))
        .map_err(|error| failed(error.into()))?;
    session.output.result(
        &format!("the session is saved to {path}"),
        || json!({ "type": "saved", "saved": path, "what": "session" }),
    );
    Ok(())
}

/// Files that run files, at most so deep.
const DEEPEST: usize = 16;

/// Runs the statements of a file, with arguments that the file declares.
///
/// Command files end in .relume. Names after the file are arguments: `run "train.relume" lr=0.1` gives `lr` another
/// value than the file's own `arguments lr=0.01` does.
///
/// ```relume
/// run "train.relume"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Run {
    /// The file.
    pub file: String,
}

impl Command for Run {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let is_own = |word: &&Word| match word {
            Word::Named { name, .. } => name == "file",
            Word::Positional(_) => true,
        };
        let own: Vec<Word> = given.words.iter().filter(is_own).cloned().collect();
        let Run { file } = Given { words: &own, ..*given }.checked(session)?;
        let span = given.required("file")?.span;
        if session.running.contains(&file) {
            return Err(Failure::at(span, format!("{file} runs itself")));
        }
        if session.running.len() >= DEEPEST {
            return Err(Failure::at(span, format!("files run files more than {DEEPEST} deep")));
        }
        let text = shared_text(|| script_text(Path::new(&file))).map_err(|error| {
            let failure = Failure::at(span, format!("{file}: {error}"));
            match error.kind() {
                ErrorKind::NotFound => failure.help("check the path"),
                _ => failure,
            }
        })?;
        let arguments = script_arguments(session, given, &file, &text)?;
        session.running.push(file.clone());
        let source = Source::File(file.clone());
        let result = session.run_with(&text, &source, arguments);
        session.running.pop();
        result.map_err(|failure| {
            // With --keep-going, what failed while the file ran was reported at once.
            let is_of_some = failure.kind == FailureKind::Ranks;
            let is_of_running =
                !matches!(failure.code, ExitCode::Syntax | ExitCode::Interrupted) && !is_of_some;
            if !(session.keep_going && is_of_running) {
                session.report(&failure, &text, &source);
            }
            Failure::at(span, format!("{file} failed")).around(&failure)
        })
    }
}

/// The arguments for a file, which it must declare.
fn script_arguments(
    session: &mut Session,
    given: &Given<'_>,
    file: &str,
    text: &str,
) -> Result<Vec<ScriptArgument>, Failure> {
    let named = given.words.iter().filter_map(|word| match word {
        Word::Named { name, name_span, value } if name != "file" => Some((name, *name_span, value)),
        _ => None,
    });
    let named: Vec<_> = named.collect();
    let names = named.iter().map(|(name, ..)| name.as_str());
    arguments::check(file, text, names).map_err(|unknown| {
        Failure::at(named[unknown.index].1, unknown.message).help(unknown.help)
    })?;
    let values = named.into_iter().map(|(name, _, expr)| {
        let value: Value = session.evaluate(expr)?;
        Ok(ScriptArgument { name: name.clone(), value: GivenValue::Value(Box::new(value)) })
    });
    values.collect()
}
