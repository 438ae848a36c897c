//! `undo` and `redo`.

use super::{Command, Given};
use crate::names::Names;
use crate::undo::Kept;
use crate::{Failure, Session};
use relume_catalog::Spec;
use serde_json::json;

/// Takes back what the last line changed.
///
/// Names stand for what they stood for before it: definitions, assignments, also to items and layers, `train`,
/// `delete`,
/// `rename`, `reset`, `freeze` and `wordvectors`. At the prompt each line that changed something is a step, in a file
/// each statement outside of blocks. The last 20 steps are kept, as long as they hold no more than a quarter of the
/// machine's memory beside what the names stand for. Settings, files and random numbers that were drawn stay.
///
/// ```relume
/// x = 3
/// x = 4
/// undo
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Undo {
    /// How many steps.
    #[spec(default = 1, positive)]
    pub steps: u64,
}

impl Command for Undo {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Undo { steps } = given.checked(session)?;
        super::refuse_in_functions(session, given)?;
        let undone = exchanged(session, "undo", steps, Names::undo);
        if undone.is_empty() {
            return Err(Failure::at(given.span, "there is nothing to undo").help(
                "it takes back definitions, assignments, trainings and the like: `help undo`",
            ));
        }
        told(session, "undid", &undone);
        Ok(())
    }
}

/// Does again what was undone.
///
/// A new definition, assignment or training forgets what was undone before it.
///
/// ```relume
/// x = 3
/// x = 4
/// undo
/// redo
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Redo {
    /// How many steps.
    #[spec(default = 1, positive)]
    pub steps: u64,
}

impl Command for Redo {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        let Redo { steps } = given.checked(session)?;
        super::refuse_in_functions(session, given)?;
        let done = exchanged(session, "redo", steps, Names::redo);
        if done.is_empty() {
            return Err(Failure::at(given.span, "there is nothing to do again")
                .help("`redo` follows `undo`, before anything else is changed"));
        }
        told(session, "redid", &done);
        Ok(())
    }
}

/// Goes some lines back or forth. What stands in a session's file for it counts statements, as a file does.
fn exchanged(
    session: &mut Session,
    verb: &str,
    steps: u64,
    exchange: impl Fn(&mut Names) -> Vec<Kept>,
) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut statements, mut is_exact) = (0, true);
    for _ in 0..steps {
        let line = exchange(&mut session.names);
        if line.is_empty() {
            break;
        }
        statements += line.len();
        is_exact &= line.iter().all(|statement| statement.records == 1);
        let texts: Vec<String> = line.into_iter().map(|statement| statement.text).collect();
        lines.push(texts.join("; "));
    }
    match is_exact {
        true if statements > 0 => session.journal.record_instead(format!("{verb} {statements}")),
        true => {}
        false => session.journal.cannot_be_told("takes back a part of what several statements did"),
    }
    lines
}

fn told(session: &mut Session, what: &str, lines: &[String]) {
    let told: Vec<String> = lines.iter().map(|line| format!("{what}: {line}")).collect();
    session.output.result(&told.join("\n"), || json!({ what: lines }));
}
