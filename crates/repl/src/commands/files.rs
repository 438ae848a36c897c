//! `save` and `run`.

use super::{Command, Expression, Given};
use crate::{Failure, Session, Source};
use relume_catalog::Spec;
use serde_json::json;
use std::path::Path;

/// Saves a network with its optimizer and its place in the run.
///
/// load("file.rlm") brings it back, exact to the bit. An old file stays until the new one is whole.
///
/// ```relume
/// mlp = input(64) -> dense(10)
/// save mlp to "digits.rlm"
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Save {
    /// The network.
    pub network: Expression,
    /// The file, usually ending in .rlm.
    pub to: String,
}

impl Command for Save {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let (_, model) = given.network(session, "network")?;
        let Save { to: path, .. } = given.checked(session)?;
        let span = given.required("to")?.span;
        relume_training::save(&model, Path::new(&path))
            .map_err(|error| Failure::training(&error, span, None))?;
        session.output.result(&format!("saved to {path}"), || json!({ "saved": path }));
        Ok(())
    }
}

/// Files that run files, at most so deep.
const DEEPEST: usize = 16;

/// Runs the statements of a file.
///
/// Command files end in .relume.
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
        let Run { file } = given.checked(session)?;
        let span = given.required("file")?.span;
        if session.running.contains(&file) || session.running.len() >= DEEPEST {
            return Err(Failure::at(span, format!("{file} runs itself")));
        }
        let text = std::fs::read_to_string(&file).map_err(|error| {
            Failure::at(span, format!("{file}: {error}")).help("check the path")
        })?;
        session.running.push(file.clone());
        let source = Source::File(file.clone());
        let result = session.run(&text, &source);
        session.running.pop();
        result.map_err(|failure| {
            session.report(&failure, &text, &source);
            let mut outer = Failure::at(span, format!("{file} failed"));
            outer.code = failure.code;
            outer
        })
    }
}
