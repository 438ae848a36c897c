//! `help`.

use crate::syntax::Span;
use crate::{Failure, Session, Value, json, show, tables};
use relume_catalog::{Entry, Kind, nearest, sentence, usage};
use serde_json::json;

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
    let rows = tables::entries(kind)
        .into_iter()
        .map(|entry| vec![entry.name.to_string(), sentence(entry.summary)]);
    show::table(&[kind.heading(), ""], rows)
}

fn overview() -> String {
    let mut text = list(Kind::Command);
    text += "\n";
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Command) {
        text += &format!("{}: {}\n", kind.heading(), names(kind).join(", "));
    }
    text + "\n`help NAME` says more about each, with an example. Layers are joined with `->`: dense(128) -> relu -> \
        dense(10)\n"
}

fn describe(entry: &Entry) -> String {
    let head = match entry.kind {
        Kind::Command => entry.name.to_string(),
        _ => usage(entry),
    };
    let mut text = format!("{head}\n  {}\n", sentence(entry.summary));
    if !entry.aliases.is_empty() {
        text += &format!("  also called {}\n", entry.aliases.join(", "));
    }
    if !entry.arguments.is_empty() {
        let rows = entry.arguments.iter().map(|argument| {
            vec![format!("  {}", argument.name), argument.ty.to_string(), argument.help.to_string()]
        });
        let table = show::table(&["  argument", "is", ""], rows);
        text += &table;
    }
    if !entry.details.is_empty() {
        text += &format!("  {}\n", entry.details.replace('\n', "\n  "));
    }
    text + &format!("  for example: {}\n", entry.example.replace('\n', "\n               "))
}
