//! `undo` and `redo`.

use super::{Command, Given};
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
        let undone = exchanged(session, Direction::Back, steps);
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
        let done = exchanged(session, Direction::Forth, steps);
        if done.is_empty() {
            return Err(Failure::at(given.span, "there is nothing to do again")
                .help("`redo` follows `undo`, before anything else is changed"));
        }
        told(session, "redid", &done);
        Ok(())
    }
}

/// Which way the steps go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Back,
    Forth,
}

/// Goes some lines back or forth, and records it as a session's file says it.
fn exchanged(session: &mut Session, direction: Direction, steps: u64) -> Vec<String> {
    let (mut lines, mut told) = (Vec::new(), Told::new(direction));
    for _ in 0..steps {
        let line = match direction {
            Direction::Back => session.names.undo(),
            Direction::Forth => session.names.redo(),
        };
        if line.is_empty() {
            break;
        }
        match direction {
            Direction::Back => line.iter().rev().for_each(|own| told.add(session, own)),
            Direction::Forth => line.iter().for_each(|own| told.add(session, own)),
        }
        let texts: Vec<String> = line.into_iter().map(|statement| statement.text).collect();
        lines.push(texts.join("; "));
    }
    told.record(session);
    lines
}

/// What stands in a session's file for steps back or forth. They are counted in statements there, as in every file; the
/// names that a `restore` gave values to, which is no statement of that file, are deleted, and come back by taking that
/// back.
struct Told {
    direction: Direction,
    statements: Vec<String>,
    /// Statements that were counted since.
    count: usize,
    /// Whether there was a `restore` among them: other statements of the file stand between it and those before.
    has_restored: bool,
    is_exact: bool,
}

impl Told {
    fn new(direction: Direction) -> Self {
        Told { direction, statements: Vec::new(), count: 0, has_restored: false, is_exact: true }
    }

    fn add(&mut self, session: &mut Session, own: &Kept) {
        match (&own.restored, self.direction) {
            (None, _) => {
                self.count += 1;
                self.is_exact &= own.records == 1 && !self.has_restored;
            }
            (Some(names), Direction::Back) => {
                self.has_restored = true;
                self.end_count();
                self.statements.push(format!("delete {}", names.join(" ")));
                session.names.lose_track();
            }
            (Some(_), Direction::Forth) => {
                self.has_restored = true;
                self.is_exact &= self.count == 0;
                self.statements.push("undo 1".to_string());
            }
        }
    }

    fn end_count(&mut self) {
        let verb = match self.direction {
            Direction::Back => "undo",
            Direction::Forth => "redo",
        };
        if self.count > 0 {
            self.statements.push(format!("{verb} {}", self.count));
        }
        self.count = 0;
    }

    fn record(mut self, session: &mut Session) {
        self.end_count();
        if !self.is_exact {
            let why = "takes back a part of what several statements did";
            session.journal.cannot_be_told(why);
        } else if !self.statements.is_empty() {
            session.journal.record_instead(self.statements.join("; "));
        }
    }
}

fn told(session: &mut Session, what: &str, lines: &[String]) {
    let told: Vec<String> = lines.iter().map(|line| format!("{what}: {line}")).collect();
    session.output.result(&told.join("\n"), || json!({ what: lines }));
}
