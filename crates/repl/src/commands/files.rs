//! `save` and `run`.

use super::{Command, Given, command};
use crate::{Failure, Session, Source};
use relume_catalog::{Argument, Type};
use serde_json::json;
use std::path::Path;

pub const SAVE: Command = command(
    "save",
    "saves a network with its optimizer and its place in the run",
    "load(\"file.rlm\") brings it back, exact to the bit. An old file stays until the new one is whole.",
    &[
        Argument::new("network", Type::Anything, "the network"),
        Argument::new("to", Type::Text, "the file, usually ending in .rlm"),
    ],
    "save mlp to \"digits.rlm\"",
    |session, given| {
        let (_, model) = given.network(session, "network")?;
        let options = given.checked(session)?;
        let path = path(&options, "to");
        let span = given.required("to")?.span;
        relume_training::save(&model, Path::new(&path))
            .map_err(|error| Failure::training(&error, span, None))?;
        session.output.result(&format!("saved to {path}"), || json!({ "saved": path }));
        Ok(())
    },
);

fn path(options: &relume_catalog::Map<String, relume_catalog::Value>, name: &str) -> String {
    options.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_string()
}

/// Files that run files, at most so deep.
const DEEPEST: usize = 16;

pub const RUN: Command = command(
    "run",
    "runs the statements of a file",
    "Command files end in .relume.",
    &[Argument::new("file", Type::Text, "the file")],
    "run \"train.relume\"",
    run,
);

fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
    let options = given.checked(session)?;
    let file = path(&options, "file");
    let span = given.required("file")?.span;
    if session.running.contains(&file) || session.running.len() >= DEEPEST {
        return Err(Failure::at(span, format!("{file} runs itself")));
    }
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Failure::at(span, format!("{file}: {error}")).help("check the path"))?;
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
