//! The prompt: editing, completion, hints and the history of what was typed.

use crate::colours::coloured;
use crate::commands::verbs;
use crate::eval::fields;
use crate::syntax::{PREPOSITIONS, is_complete};
use crate::tables::{self, KINDS};
use crate::{Failure, Session, Source, Value};
use relume_catalog::{Entry, Kind};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Editor, Helper};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What greets a user: something worth pasting.
const GREETING: &str = "Relume: neural networks at the prompt. Try:\n\
  digits = digits(); mlp = dense(128) -> relu -> dropout(0.2) -> dense(10); train mlp on digits epochs=5\n\
  help lists the commands, Ctrl-D leaves.";

/// Reads and runs lines until the user leaves.
///
/// # Errors
/// A terminal that cannot be read from.
pub fn run_prompt(session: &mut Session) -> Result<(), ReadlineError> {
    let interrupt = session.interrupt();
    // While a line is edited rustyline reads Ctrl-C itself; while one runs, it asks training to stop.
    if let Err(error) = ctrlc::set_handler(move || interrupt.set()) {
        session.output.remark(&format!("Ctrl-C will end the program: {error}"));
    }
    let config = Config::builder().auto_add_history(true).max_history_size(1000)?.build();
    let mut editor: Editor<PromptHelper, FileHistory> = Editor::with_config(config)?;
    editor
        .set_helper(Some(PromptHelper { names: BTreeMap::new(), files: FilenameCompleter::new() }));
    let history = history_file();
    if let Some(path) = &history {
        // The first session has no file yet.
        drop(editor.load_history(path));
    }
    session.output.remark(GREETING);
    while !session.is_over() {
        if let Some(helper) = editor.helper_mut() {
            helper.names = session
                .names
                .iter()
                .map(|(name, value)| (name.clone(), Known::of(value)))
                .collect();
        }
        match editor.readline("> ") {
            Ok(line) => {
                session.interrupt().take();
                session.typed.push(line.clone());
                if let Err(failure) = session.run(&line, &Source::Prompt) {
                    show_failure(session, &failure, &line);
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error),
        }
    }
    if let Some(path) = &history
        && let Err(error) = editor.save_history(path)
    {
        session.output.remark(&format!("the history was not saved to {}: {error}", path.display()));
    }
    Ok(())
}

fn show_failure(session: &mut Session, failure: &Failure, line: &str) {
    // Interrupted training has said so itself.
    if failure.code != crate::ExitCode::Interrupted {
        session.report(failure, line, &Source::Prompt);
    }
}

/// Where what was typed is kept between sessions: `RELUME_HISTORY`, or a file in the user's folder.
fn history_file() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("RELUME_HISTORY") {
        return Some(path.into()).filter(|path: &PathBuf| !path.as_os_str().is_empty());
    }
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
    Some(PathBuf::from(home).join(".relume_history"))
}

/// What completion needs to know of a value.
#[derive(Clone, Debug)]
struct Known {
    kind: &'static str,
    fields: Vec<String>,
    /// How it is called, if it is a function.
    usage: Option<String>,
}

impl Known {
    fn of(value: &Value) -> Self {
        let usage = match value {
            Value::Function(function) => Some(function.usage()),
            _ => None,
        };
        Known { kind: value.kind(), fields: fields(value), usage }
    }
}

struct PromptHelper {
    names: BTreeMap<String, Known>,
    files: FilenameCompleter,
}

impl Helper for PromptHelper {}

impl Highlighter for PromptHelper {
    /// Verbs that are names are shown as names.
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        let verbs = verbs().into_iter().filter(|verb| !self.names.contains_key(*verb));
        coloured(line, &verbs.collect::<Vec<_>>())
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Validator for PromptHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_complete(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Hinter for PromptHelper {
    type Hint = String;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<String> {
        // Behind an opening bracket: the arguments of what is called.
        let name = line.get(..at)?.strip_suffix('(')?;
        let start = name.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |i| i + 1);
        let name = &name[start..];
        let own = self.names.get(name).and_then(|known| known.usage.clone());
        let mut kinds = KINDS.iter().chain(&[Kind::Function]);
        let usage = match own {
            Some(usage) => usage,
            None => relume_catalog::usage(kinds.find_map(|&kind| tables::find(kind, name))?),
        };
        Some(usage.split_once('(')?.1.to_string()).filter(|_| at == line.len())
    }
}

impl Completer for PromptHelper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..at];
        if before.matches('"').count() % 2 == 1 {
            return self.files.complete(line, at, context);
        }
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        let mut candidates = self.candidates(&before[..start]);
        candidates.retain(|candidate| candidate.starts_with(word));
        candidates.sort();
        candidates.dedup();
        let pair = |text: String| Pair { display: text.clone(), replacement: text };
        Ok((start, candidates.into_iter().map(pair).collect()))
    }
}

impl PromptHelper {
    /// What may stand behind a text.
    fn candidates(&self, before: &str) -> Vec<String> {
        let names =
            |kind: Kind| tables::entries(kind).into_iter().map(|entry| entry.name.to_string());
        let own = |kind: Option<&str>| {
            let all = self
                .names
                .iter()
                .filter(move |(_, known)| kind.is_none_or(|kind| known.kind == kind));
            all.map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        // Behind a point: what the value has.
        if let Some(owner) = before.strip_suffix('.') {
            let start =
                owner.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |i| i + 1);
            return self
                .names
                .get(&owner[start..])
                .map(|known| known.fields.clone())
                .unwrap_or_default();
        }
        let trimmed = before.trim_end();
        let last = trimmed.rsplit(char::is_whitespace).next().unwrap_or_default();
        // Behind `on`: data.
        if last == "on" {
            return own(Some("a data set")).into_iter().chain(names(Kind::Data)).collect();
        }
        // Behind `optimizer=` and its like, or in the list behind `groups=[`: what fits.
        if let Some(argument) = last.trim_end_matches('[').strip_suffix('=') {
            let argument = argument
                .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default();
            let kind = match argument {
                "optimizer" | "fallback" => Some(Kind::Optimizer),
                "groups" => Some(Kind::Group),
                "loss" => Some(Kind::Loss),
                "schedule" | "schedules" => Some(Kind::Schedule),
                "init" | "bias_init" => Some(Kind::Initializer),
                _ => None,
            };
            if let Some(kind) = kind {
                return names(kind).collect();
            }
        }
        // Inside of a call: its arguments, and values.
        if let Some(open) = open_call(before)
            && let Some(entry) =
                KINDS.iter().chain(&[Kind::Function]).find_map(|&kind| tables::find(kind, open))
        {
            let arguments = entry.arguments.iter().map(|argument| format!("{}=", argument.name));
            return arguments
                .chain(own(None))
                .chain(names(Kind::Layer))
                .chain(names(Kind::Activation))
                .collect();
        }
        let statement =
            before.rsplit(['\n', ';', '{', '}']).next().unwrap_or_default().trim_start();
        if statement.is_empty() {
            return names(Kind::Command).chain(own(None)).chain(names(Kind::Function)).collect();
        }
        let verb = statement.split_whitespace().next().unwrap_or_default();
        if verb == "help" {
            return Kind::ALL.into_iter().flat_map(names).collect();
        }
        // Statements with conditions and values take expressions.
        let takes_words = |entry: &&Entry| !entry.arguments.is_empty();
        if let Some(entry) = tables::find(Kind::Command, verb).filter(takes_words) {
            let words = entry.arguments.iter().map(|argument| {
                match PREPOSITIONS.contains(&argument.name) {
                    true => argument.name.to_string(),
                    false => format!("{}=", argument.name),
                }
            });
            return words.chain(own(None)).collect();
        }
        KINDS
            .iter()
            .chain(&[Kind::Function])
            .flat_map(|&kind| names(kind))
            .chain(own(None))
            .collect()
    }
}

/// The name of the innermost call that is still open.
fn open_call(before: &str) -> Option<&str> {
    let mut depth = 0;
    for (i, c) in before.char_indices().rev() {
        match c {
            ')' | ']' => depth += 1,
            '(' | '[' if depth > 0 => depth -= 1,
            '(' => {
                let name = &before[..i];
                let start =
                    name.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |i| i + 1);
                return Some(&name[start..]).filter(|name| !name.is_empty());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helper() -> PromptHelper {
        let data = Known {
            kind: "a data set",
            fields: vec!["train".to_string(), "test".to_string()],
            usage: None,
        };
        let names = BTreeMap::from([("flowers".to_string(), data)]);
        PromptHelper { names, files: FilenameCompleter::new() }
    }

    #[test]
    fn completion_knows_the_place_it_is_in() {
        let helper = helper();
        let offers = |before: &str, word: &str| helper.candidates(before).iter().any(|c| c == word);
        assert!(offers("", "train") && offers("", "flowers"));
        assert!(offers("train net on ", "flowers") && !offers("train net on ", "dense"));
        assert!(offers("train net on flowers optimizer=", "adamw"));
        assert!(!offers("train net on flowers optimizer=", "relu"));
        assert!(offers("train net on flowers optimizer=adam(groups=[", "group"));
        assert!(offers("train net on flowers schedule=", "onecycle"));
        assert!(offers("train net on flowers optimizer=lbfgs(", "line_search_fn="));
        assert!(offers("conv2d(32, ", "padding=") && !offers("conv2d(32, ", "slope="));
        assert!(offers("flowers.", "test") && !offers("flowers.", "train="));
        assert!(offers("net = dense(3) -> ", "relu"));
        assert!(offers("d = images(\"x\") -> ", "randomcrop") && offers("d = images(", "size="));
        assert!(offers("train net on ", "images") && offers("randomcrop(32, ", "padding="));
        assert!(offers("if true { ", "train") && offers("if true { } ", "print"));
        assert!(
            offers("while ", "flowers") && offers("print ", "sum") && offers("if x > ", "mean")
        );
        assert!(offers("help ", "cosine") && offers("help ", "while"));
        assert!(offers("train net ", "epochs=") && offers("train net ", "on"));
    }
}
