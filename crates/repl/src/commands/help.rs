//! `help`.

use crate::lines::{WIDTH, beside, folded, statement};
use crate::syntax::Span;
use crate::{Failure, Session, Value, json, tables};
use relume_catalog::{Argument, Entry, Kind, nearest, sentence, usage};
use serde_json::json;
use unicode_width::UnicodeWidthStr;

/// Describes a topic; without one, lists all topics.
pub fn help(session: &mut Session, topic: Option<(&str, Span)>) -> Result<(), Failure> {
    let Some((topic, span)) = topic else {
        session.output.result(
            &overview(),
            || json!({ "type": "overview", "commands": names(Kind::Command), "kinds": all_names() }),
        );
        return Ok(());
    };
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| names_kind(*kind, topic)) {
        session.output.result(&list(kind), || {
            let entries = tables::entries(kind).into_iter().map(json::entry).collect::<Vec<_>>();
            json!({ "type": "entries", "kind": kind.noun(), "entries": entries })
        });
        return Ok(());
    }
    if let Some(Value::Function(function)) = session.names.get(topic) {
        let (usage, text) = (function.usage(), function.to_string());
        let shown = format!("{usage}\n  A function of your own: {text}");
        let own = json!({ "name": topic, "kind": "function", "summary": usage, "example": text });
        session.output.result(&shown, || json!({ "help": [own] }));
        return Ok(());
    }
    let found: Vec<&Entry> =
        Kind::ALL.into_iter().filter_map(|kind| tables::find(kind, topic)).collect();
    let named = arguments(topic);
    if found.is_empty() && !named.is_empty() {
        session.output.result(&of_arguments(topic, &named), || {
            let own = named.iter().map(|(entry, argument)| {
                json!({ "argument": argument.name, "of": entry.name, "kind": entry.kind.noun(), "text": argument.help })
            });
            json!({ "help": own.collect::<Vec<_>>() })
        });
        return Ok(());
    }
    if found.is_empty() {
        let all = Kind::ALL
            .into_iter()
            .flat_map(|kind| tables::entries(kind).into_iter().map(|entry| entry.name));
        let failure = Failure::at(span, format!("there is no help on `{topic}`"));
        return Err(match nearest(topic, all) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help("`help` alone lists what there is"),
        });
    }
    let text: Vec<String> = found.iter().map(|entry| describe(entry)).collect();
    session.output.result(
        &text.join("\n"),
        || json!({ "help": found.iter().map(|entry| json::entry(entry)).collect::<Vec<_>>() }),
    );
    Ok(())
}

/// The arguments of this name, with what they belong to.
fn arguments(topic: &str) -> Vec<(&'static Entry, &'static Argument)> {
    let entries = Kind::ALL.into_iter().flat_map(tables::entries);
    let own = |entry: &'static Entry| {
        let own = entry.arguments.iter().filter(move |argument| argument.name == topic);
        own.map(move |argument| (entry, argument))
    };
    entries.flat_map(own).collect()
}

/// Arguments of one name: what has each, and what it says.
fn of_arguments(topic: &str, named: &[(&Entry, &Argument)]) -> String {
    let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
    for (entry, argument) in named {
        let text = format!("{} ({})", argument.help, argument.ty);
        match texts.iter_mut().find(|(own, _)| *own == text) {
            // A command may have a function of its name.
            Some((_, of)) if of.contains(&entry.name) => {}
            Some((_, of)) => of.push(entry.name),
            None => texts.push((text, vec![entry.name])),
        }
    }
    let mut shown = format!("{topic} is an argument\n");
    for (text, of) in texts {
        shown += &folded("  ", 4, &format!("of {}: {text}", of.join(", ")));
    }
    shown
}

fn names(kind: Kind) -> Vec<&'static str> {
    tables::entries(kind).into_iter().map(|entry| entry.name).collect()
}

/// The names of all kinds.
fn all_names() -> serde_json::Value {
    Kind::ALL.into_iter().map(|kind| json!({ "kind": kind.noun(), "names": names(kind) })).collect()
}

fn names_kind(kind: Kind, topic: &str) -> bool {
    let heading = kind.heading().to_lowercase();
    topic.eq_ignore_ascii_case(&heading) || topic.eq_ignore_ascii_case(kind.noun())
}

fn list(kind: Kind) -> String {
    let entries = tables::entries(kind).into_iter();
    let rows: Vec<_> = entries.map(|entry| (entry.name, sentence(entry.summary))).collect();
    format!("{}\n{}", kind.heading(), beside(0, &rows))
}

fn overview() -> String {
    let mut text = list(Kind::Command);
    text += "\n";
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Command) {
        text += &folded(&format!("{}: ", kind.heading()), 2, &names(kind).join(", "));
    }
    text + "\n`help NAME` says more about each, with an example. Layers are joined with `->`:\n\
        dense(128) -> relu -> dense(10)\n"
}

fn describe(entry: &Entry) -> String {
    let head = match entry.kind {
        Kind::Command => entry.name.to_string(),
        _ => usage(entry),
    };
    let mut text = folded("", 4, &head) + &folded("  ", 2, &sentence(entry.summary));
    if !entry.aliases.is_empty() {
        text += &folded("  ", 4, &format!("also called {}", entry.aliases.join(", ")));
    }
    let argument =
        |argument: &Argument| (argument.name, format!("{} ({})", argument.help, argument.ty));
    let rows: Vec<_> = entry.arguments.iter().map(argument).collect();
    text += &beside(4, &rows);
    text += &entry.details.lines().map(detail).collect::<String>();
    text + &example(entry.example)
}

/// The example, with its lines below each other; wide ones begin below the words that lead to it.
fn example(example: &str) -> String {
    const HEAD: &str = "  for example:";
    let beside = HEAD.len() + 1;
    let is_wide = example.lines().any(|line| beside + line.width() > WIDTH);
    let indent = if is_wide { 4 } else { beside };
    let lines = example.lines().flat_map(|line| statement(line, WIDTH - indent));
    let lines: Vec<String> = lines.collect();
    let gap = if is_wide { format!("\n{:indent$}", "") } else { " ".to_string() };
    format!("{HEAD}{gap}{}\n", lines.join(&format!("\n{:indent$}", "")))
}

/// A line of the details: a paragraph, an item of a list, or a row of a table, which stays whole.
fn detail(line: &str) -> String {
    let own = line.trim_start();
    let indent = 2 + line.len() - own.len();
    match own.starts_with('|') {
        true => format!("{:indent$}{own}\n", ""),
        false => {
            let item = if own.starts_with("- ") { 2 } else { 0 };
            folded(&" ".repeat(indent), indent + item, own)
        }
    }
}
