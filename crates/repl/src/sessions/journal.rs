//! The journal: what was typed, by number, and the statements that took effect, in their order.
//!
//! A statement that succeeded is one record. Of a loop or a file that failed, those statements inside that succeeded
//! are records of their own, so that the records, run again, do the same.

use crate::Failure;
use crate::syntax::{Assignment, Statement, StatementKind, Word};

/// A statement in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its text.
    pub text: String,
    /// Whether it succeeded.
    pub succeeded: bool,
}

/// A statement that took effect.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Record {
    /// It succeeded.
    Ran {
        /// Its text.
        text: String,
        /// The name that it defined.
        defined: Option<String>,
    },
    /// It failed after it had changed something, and fails in the same way when it is run again.
    Failed(String),
    /// What it did cannot be told in statements; most often, because it failed on the way.
    Lost {
        /// Its text.
        text: String,
        /// Why not, as the end of a sentence.
        why: &'static str,
    },
}

/// Statements inside of a loop that are kept in case that it fails.
const MOST_INSIDE: usize = 10_000;

/// What a session remembers of its statements.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// What was typed, or stood in files and pipes, statement by statement.
    pub entries: Vec<Entry>,
    pub records: Vec<Record>,
    /// The seed before the first statement.
    pub seed: Option<u64>,
    /// How many texts run one another.
    depth: usize,
    /// How many statements are open that are recorded as a whole: what runs inside of them is theirs.
    whole: usize,
    /// Where the records of the outermost loop begin, and whether they have become too many.
    outermost: Option<(usize, bool)>,
    /// What the statement that runs is recorded as, where its own text does not say it.
    instead: Option<Instead>,
    /// Whether a function has changed a name of the session in the statement that runs.
    is_changed: bool,
}

impl Journal {
    /// The expression that a name was defined by last, if it stands in one line.
    pub fn definition(&self, name: &str) -> Option<String> {
        let text = self.records.iter().rev().find_map(|record| match record {
            Record::Ran { text, defined: Some(defined) } if defined == name => Some(text),
            _ => None,
        })?;
        let (own, expression) = text.split_once('=')?;
        (own.trim() == name && !text.contains('\n')).then(|| expression.trim().to_string())
    }
}

/// What stands in place of a statement's own text.
#[derive(Debug)]
enum Instead {
    /// Other words.
    Text(String),
    /// A training that stopped after so many steps.
    Steps(u64),
    /// The statement failed, and what it did until then stays.
    Failed,
    /// What it did cannot be told in statements, for this reason.
    Lost(&'static str),
    /// Nothing: it changes nothing that could be repeated.
    Nothing,
}

/// What [`Journal::begin`] gives to [`Journal::end`].
#[derive(Debug)]
pub(crate) struct Mark {
    records: usize,
    kind: Part,
    is_outermost: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    /// Recorded as a whole if it succeeds.
    Whole,
    /// Statements inside are recorded until it succeeds.
    Block,
    /// Statements inside are what is recorded.
    Inside,
    /// Part of a statement that is recorded as a whole, such as the body of a function that it calls.
    Within,
    /// Not recorded.
    Nothing,
}

impl Journal {
    /// Begins a text; the seed is that before its first statement.
    pub fn enter(&mut self, seed: u64) {
        self.seed.get_or_insert(seed);
        self.depth += 1;
    }

    /// Ends a text.
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// How many texts run one another.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Adds a statement to the history, and gives its number.
    pub fn add(&mut self, text: impl Into<String>) -> usize {
        self.entries.push(Entry { text: text.into(), succeeded: true });
        self.entries.len()
    }

    /// Says of a statement in the history that it failed.
    pub fn mark_failed(&mut self, number: usize) {
        if let Some(entry) = number.checked_sub(1).and_then(|at| self.entries.get_mut(at)) {
            entry.succeeded = false;
        }
    }

    /// Before a statement runs, perhaps one of a function.
    pub fn begin(&mut self, statement: &Statement, is_in_function: bool) -> Mark {
        let kind = if self.whole > 0 || is_in_function { Part::Within } else { part(statement) };
        let is_outermost = kind == Part::Block && self.outermost.is_none();
        if is_outermost {
            self.outermost = Some((self.records.len(), false));
        }
        if matches!(kind, Part::Whole | Part::Within) {
            self.whole += 1;
        }
        Mark { records: self.records.len(), kind, is_outermost }
    }

    /// After a statement of a text ran. False if it failed and left nothing.
    pub fn end(
        &mut self,
        mark: Mark,
        statement: &Statement,
        text: &str,
        failure: Option<&Failure>,
    ) -> bool {
        let own = statement.span.of(text);
        match mark.kind {
            Part::Nothing | Part::Inside => return true,
            Part::Within => {
                self.whole -= 1;
                self.instead = None;
                return true;
            }
            Part::Whole => {
                self.whole -= 1;
                let instead = self.instead.take();
                let is_changed = std::mem::take(&mut self.is_changed);
                let has_effect = failure.is_none() || instead.is_some() || is_changed;
                let record = record((statement, own), failure.is_none(), instead);
                record.into_iter().for_each(|record| self.push(record));
                if failure.is_some() && is_changed {
                    let why = "failed after a function in it had changed a network";
                    self.push(Record::Lost { text: own.to_string(), why });
                }
                return has_effect;
            }
            Part::Block => self.end_block(&mark, own, failure.is_none()),
        }
        true
    }

    fn end_block(&mut self, mark: &Mark, text: &str, succeeded: bool) {
        let is_full = self.outermost.is_some_and(|(_, is_full)| is_full);
        if mark.is_outermost {
            self.outermost = None;
        }
        if succeeded {
            self.records.truncate(mark.records);
            self.push(Record::Ran { text: text.to_string(), defined: None });
        } else if mark.is_outermost && is_full {
            self.records.truncate(mark.records);
            let why = "failed after too many statements to list them";
            self.push(Record::Lost { text: text.to_string(), why });
        }
    }

    /// What a loop's name stands for from now on.
    pub fn assigned(&mut self, name: &str, value: impl FnOnce() -> String) {
        if self.whole == 0 && self.outermost.is_some_and(|(_, is_full)| !is_full) {
            self.push(Record::Ran { text: format!("{name} = {}", value()), defined: None });
        }
    }

    fn push(&mut self, record: Record) {
        if let Some((from, is_full)) = &mut self.outermost {
            *is_full |= self.records.len() - *from >= MOST_INSIDE;
            if *is_full {
                return;
            }
        }
        self.records.push(record);
    }

    /// The statement that runs is recorded in other words.
    pub fn record_instead(&mut self, text: String) {
        self.instead = Some(Instead::Text(text));
    }

    /// What the statement that runs did cannot be told in statements.
    pub fn cannot_be_told(&mut self, why: &'static str) {
        self.instead = Some(Instead::Lost(why));
    }

    /// The training that runs stopped after so many steps, and is recorded like this.
    pub fn stopped_after(&mut self, steps: u64) {
        self.instead = Some(Instead::Steps(steps));
    }

    /// A function has changed a name of the session.
    pub fn changed_by_function(&mut self) {
        self.is_changed = true;
    }

    /// The statement that runs is not recorded.
    pub fn leave_out(&mut self) {
        self.instead = Some(Instead::Nothing);
    }

    /// The statement that runs fails, but leaves what it did until then.
    pub fn leaves_effects(&mut self) {
        self.instead = Some(Instead::Failed);
    }
}

/// What a statement, given with its text, is recorded as.
fn record(
    (statement, text): (&Statement, &str),
    succeeded: bool,
    instead: Option<Instead>,
) -> Option<Record> {
    let text = match (instead, succeeded) {
        (Some(Instead::Nothing), _) | (None, false) => return None,
        (Some(Instead::Lost(why)), _) => {
            return Some(Record::Lost { text: text.to_string(), why });
        }
        (Some(Instead::Failed), _) => return Some(Record::Failed(text.to_string())),
        (Some(Instead::Text(other)), _) => other,
        (Some(Instead::Steps(steps)), _) => with_steps(statement, text, steps),
        (None, true) => text.to_string(),
    };
    let defined = match &statement.kind {
        StatementKind::Assign(Assignment { targets, operator: None, .. }) => match &targets[..] {
            [target] if target.steps.is_empty() => Some(target.name.text.clone()),
            _ => None,
        },
        _ => None,
    };
    Some(Record::Ran { text, defined })
}

/// The text of a training, with the number of steps after which it stops.
fn with_steps(statement: &Statement, text: &str, steps: u64) -> String {
    let StatementKind::Command { words, .. } = &statement.kind else { return text.to_string() };
    let own = words.iter().find_map(|word| match word {
        Word::Named { name, value, .. } if name == "max_steps" => Some(value.span),
        _ => None,
    });
    match own {
        Some(span) => {
            let from = statement.span.start;
            let (before, after) = (span.start - from, span.end - from);
            format!("{}{steps}{}", &text[..before], &text[after..])
        }
        None => format!("{text} max_steps={steps}"),
    }
}

/// How a statement is recorded.
fn part(statement: &Statement) -> Part {
    match &statement.kind {
        StatementKind::Command { verb, .. } => match verb.as_str() {
            "run" => Part::Block,
            "rerun" => Part::Inside,
            "history" | "transcript" | "quit" => Part::Nothing,
            _ => Part::Whole,
        },
        StatementKind::Help(_)
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Return(_) => Part::Nothing,
        StatementKind::If { .. }
        | StatementKind::While { .. }
        | StatementKind::For { .. }
        | StatementKind::Try { .. }
        | StatementKind::Time(_) => Part::Block,
        StatementKind::Assign(_)
        | StatementKind::Function(_)
        | StatementKind::Expression(_)
        | StatementKind::Print(_)
        | StatementKind::Assert(_) => Part::Whole,
    }
}
