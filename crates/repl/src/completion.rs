//! What the prompt offers while a line is edited: completion, hints, colours, and whether the line goes on.

use crate::Value;
use crate::argument_place::{ArgumentPlace, called, last_word, open_call, open_string, statement};
use crate::colours::coloured;
use crate::commands::verbs;
use crate::eval::{RUNS, fields};
use crate::names::Names;
use crate::stored_run;
use crate::syntax::{PREPOSITIONS, is_complete};
use crate::tables::{self, KINDS};
use relume_catalog::{Entry, Kind};
use relume_files::is_sandboxed;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use std::borrow::Cow;
use std::collections::BTreeMap;

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

/// Helps to edit a line, with what it knows of the session's names.
pub(crate) struct PromptHelper {
    names: BTreeMap<String, Known>,
    /// Whether lines are coloured.
    pub is_colored: bool,
    files: FilenameCompleter,
}

impl Helper for PromptHelper {}

impl Highlighter for PromptHelper {
    /// Verbs that are names are shown as names.
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        let verbs = verbs().into_iter().filter(|verb| !self.names.contains_key(*verb));
        match self.is_colored {
            true => coloured(line, &verbs.collect::<Vec<_>>()),
            false => Cow::Borrowed(line),
        }
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
        // After an opening bracket: the arguments of what is called.
        let name = last_word(line.get(..at)?.strip_suffix('(')?);
        let own = self.names.get(name).and_then(|known| known.usage.clone());
        let usage = match own {
            Some(usage) => usage,
            None => relume_catalog::usage(called(name)?),
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
        if let Some(start) = open_string(before) {
            if let Some(words) = words_in_quotes(before, start, &line[at..]) {
                return Ok((start, words));
            }
            let (start, mut paths) = self.files.complete(line, at, context)?;
            // What lies outside of a sandbox is not named.
            paths.retain(|path| !is_sandboxed() || relume_files::exists(&path.replacement));
            return Ok((start, paths));
        }
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        let mut candidates = self.candidates(&before[..start]);
        candidates.retain(|candidate| candidate.starts_with(word));
        candidates.sort();
        candidates.dedup();
        Ok((start, candidates.into_iter().map(pair).collect()))
    }
}

fn pair(text: String) -> Pair {
    Pair { display: text.clone(), replacement: text }
}

/// The words that a string may be which begins at a place, up to its closing quote; `None` of a string that may be a
/// path.
fn words_in_quotes(before: &str, start: usize, after: &str) -> Option<Vec<Pair>> {
    let (head, typed) = before.split_at(start);
    let quote = head.chars().next_back()?;
    let place = ArgumentPlace::of(&head[..start - quote.len_utf8()])?;
    let words = place.choices();
    if words.is_empty() && place.is_path() {
        return None;
    }
    let end = if after.starts_with(quote) { String::new() } else { quote.to_string() };
    let words = words.into_iter().filter(|word| word.starts_with(typed));
    Some(words.map(|word| pair(format!("{word}{end}"))).collect())
}

impl PromptHelper {
    /// A helper that knows no names yet.
    pub fn new() -> Self {
        PromptHelper { names: BTreeMap::new(), is_colored: false, files: FilenameCompleter::new() }
    }

    /// Takes a session's names over.
    pub fn learn(&mut self, names: &Names) {
        self.names = names.iter().map(|(name, value)| (name.clone(), Known::of(value))).collect();
    }

    /// The user's own names, or those of a kind.
    fn own(&self, kind: Option<&str>) -> Vec<String> {
        let fits = |known: &Known| kind.is_none_or(|kind| known.kind == kind);
        let own = self.names.iter().filter(|(_, known)| fits(known));
        own.map(|(name, _)| name.clone()).collect()
    }

    /// What may follow a text.
    fn candidates(&self, before: &str) -> Vec<String> {
        // After a point: what the value has.
        if let Some(owner) = before.strip_suffix('.') {
            if is_stored_run(owner) {
                return stored_run::known_fields();
            }
            let known = self.names.get(last_word(owner));
            return known.map(|known| known.fields.clone()).unwrap_or_default();
        }
        let trimmed = before.trim_end();
        let last = trimmed.rsplit(char::is_whitespace).next().unwrap_or_default();
        if last == "on" {
            return self.own(Some("a data set")).into_iter().chain(names(Kind::Data)).collect();
        }
        // After `optimizer=` and its like, or in the list after `groups=[`: what fits.
        if let Some(place) = ArgumentPlace::of(before) {
            return place.words(&|kind| names(kind).collect(), &|kind| self.own(kind));
        }
        self.in_call(before).unwrap_or_else(|| self.in_statement(before))
    }

    /// Inside of a call: its arguments, and values.
    fn in_call(&self, before: &str) -> Option<Vec<String>> {
        let entry = called(open_call(before)?)?;
        let arguments = entry.arguments.iter().map(|argument| format!("{}=", argument.name));
        let values =
            self.own(None).into_iter().chain(names(Kind::Layer)).chain(names(Kind::Activation));
        Some(arguments.chain(values).collect())
    }

    /// At the beginning of a statement: commands; after a verb: its words; otherwise values.
    fn in_statement(&self, before: &str) -> Vec<String> {
        let statement = statement(before);
        let own = self.own(None).into_iter();
        if statement.is_empty() {
            return names(Kind::Command).chain(own).chain(names(Kind::Function)).collect();
        }
        let verb = statement.split_whitespace().next().unwrap_or_default();
        let special = match verb {
            "help" => return Kind::ALL.into_iter().flat_map(names).chain(own).collect(),
            "save" => Some("session".to_string()),
            "transcript" | "calibrate" => Some("off".to_string()),
            _ => None,
        };
        // Statements with conditions and values take expressions.
        let takes_words = |entry: &&Entry| !entry.arguments.is_empty();
        match tables::find(Kind::Command, verb).filter(takes_words) {
            Some(entry) => {
                let word = |name: &str| match PREPOSITIONS.contains(&name) {
                    true => name.to_string(),
                    false => format!("{name}="),
                };
                let words = entry.arguments.iter().map(|argument| word(argument.name));
                words.chain(special).chain(own).collect()
            }
            None => {
                let kinds = KINDS.iter().chain(&[Kind::Function]);
                kinds.flat_map(|&kind| names(kind)).chain(own).collect()
            }
        }
    }
}

/// Whether a text ends in a run that was kept: `runs[-1]`.
fn is_stored_run(text: &str) -> bool {
    text.strip_suffix(']')
        .and_then(|text| text.rsplit_once('['))
        .is_some_and(|(base, _)| last_word(base) == RUNS)
}

/// The names of a kind.
fn names(kind: Kind) -> impl Iterator<Item = String> {
    tables::entries(kind).into_iter().map(|entry| entry.name.to_string())
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
        PromptHelper { names, is_colored: false, files: FilenameCompleter::new() }
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
        assert!(offers("set ", "color=") && offers("set color=", "\"never\""));
        assert!(offers("set json=", "true") && !offers("set seed=", "true"));
        assert!(offers("conv2d(3, padding=", "\"same\""));
        assert!(offers("print runs[-1].", "history") && offers("runs network=\"x\" ", "by="));
        assert!(
            offers("transcript ", "off")
                && offers("calibrate net ", "off")
                && offers("save ", "session")
        );
    }

    /// What is offered for the word that a line ends in.
    fn completed(line: &str) -> Vec<String> {
        let history = rustyline::history::DefaultHistory::new();
        let context = Context::new(&history);
        let (_, pairs) = helper().complete(line, line.len(), &context).expect("candidates");
        pairs.into_iter().map(|pair| pair.replacement).collect()
    }

    #[test]
    fn arguments_are_completed_by_what_they_may_be_and_nothing_else() {
        for (line, all) in [
            ("search net on flowers activation=[rel", &["relu", "relu6"][..]),
            ("compare net on flowers activation=[relu, gel", &["gelu"]),
            ("c = compare(net, flowers, activation=[relu, gel", &["gelu"]),
            ("search net on flowers method=\"", &["random\"", "halving\""]),
            ("search net on flowers method=\"ha", &["halving\""]),
            ("search net on flowers lr=logu", &["loguniform"]),
            ("compare net on flowers lr=logu", &[]),
            ("train net on flowers optimizer=adamw", &["adamw"]),
            ("search net on flowers optimizer=[adamw, lb", &["lbfgs"]),
            ("train net on flowers keep=\"b", &["best\""]),
            ("train net on flowers epochs=re", &[]),
            ("evaluate net on flowers metrics=[top", &["top_k"]),
            ("compare net on flowers metrics=[dens", &[]),
            ("lint net on flowers ignore=[dead", &["dead_units"]),
            ("train net on flowers schedule=sequential([cosi", &["cosine", "cosine_restarts"]),
            ("train net on flowers monitor=\"C", &[]),
        ] {
            let mut found = completed(line);
            found.sort_unstable();
            let mut wanted: Vec<String> = all.iter().map(ToString::to_string).collect();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{line}");
        }
        // Strings that are paths are completed by files.
        assert!(completed("d = csv(\"Carg").contains(&"Cargo.toml".to_string()));
        assert!(completed("save net to \"Carg").contains(&"Cargo.toml".to_string()));
    }
}
