//! What is to be written, made from what was captured.

use super::classes::{canonical, foreign, hexadecimal, split_digits};
use super::pattern::{Captures, pair};
use super::scan::items;

/// Names of the session that are put where none was typed, or one that is not defined.
pub(super) struct Own<'a> {
    /// The network, if there is one.
    pub network: Option<&'a str>,
    /// The data set, if there is one.
    pub data: Option<&'a str>,
    /// Whether a name is defined.
    pub is_defined: &'a dyn Fn(&str) -> bool,
}

impl Own<'_> {
    /// The network that a command is for: the one that was typed, or the session's own where that is not defined.
    fn network_for(&self, typed: &str) -> String {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let name = typed.split(|c| !is_part(c)).next().unwrap_or_default();
        self.network.filter(|_| !(self.is_defined)(name)).unwrap_or(typed).to_string()
    }
}

/// A template with its captures in place.
pub(super) fn fill(template: &str, captures: &Captures<'_>, own: &Own<'_>) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out += &rest[..at];
        rest = &rest[at + 1..];
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            out += match name {
                "net" => own.network.unwrap_or("net"),
                _ => own.data.unwrap_or("digits"),
            };
            rest = after;
            continue;
        }
        let sign = usize::from(rest.starts_with(['*', '+', '%']));
        let length =
            rest[sign..].find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len() - sign);
        let (name, after) = rest.split_at(sign + length);
        let (change, after) = match after.strip_prefix('~') {
            Some(after) => after
                .split_at(after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len())),
            None => ("", after),
        };
        let captured =
            captures.iter().find(|(capture, _)| capture == name).map_or("", |(_, text)| *text);
        let changed = match change {
            "net" => own.network_for(captured),
            _ => changed(captured, name, change),
        };
        rest = push(&mut out, &changed, after);
    }
    out + rest
}

/// Adds a capture; where it is empty, or begins with the comma of a first argument, no lone comma and no blank stay.
fn push<'t>(out: &mut String, text: &str, after: &'t str) -> &'t str {
    if text.is_empty() {
        if out.ends_with(['(', '[']) {
            return after.strip_prefix(',').unwrap_or(after).trim_start();
        }
        if after.starts_with([')', ']']) {
            let kept = out.trim_end().trim_end_matches(',').len();
            out.truncate(kept);
        }
        return after;
    }
    let text = match out.ends_with(['(', '[']) || out.ends_with(", ") {
        true => text.trim_start_matches(',').trim_start(),
        false => text,
    };
    out.push_str(text);
    let has_two = text.ends_with(',') && after.starts_with([',', ')', ']']);
    if has_two {
        out.truncate(out.len() - 1);
    }
    after
}

/// A capture in another form.
fn changed(text: &str, name: &str, change: &str) -> String {
    match change {
        "bare" => bare(text).to_string(),
        // Braces of a plain string stand for themselves.
        "inner" if text.starts_with('f') => bare(&text[1..]).to_string(),
        "inner" => bare(text).replace('{', "{{").replace('}', "}}"),
        "raw" => text.to_string(),
        "own" => canonical(bare(text)),
        "lower" => bare(text).to_lowercase(),
        "quote" if text.starts_with(['"', '\'']) => text.to_string(),
        "quote" => format!("\"{text}\""),
        "rlm" => with_ending(text, "rlm"),
        "relume" => with_ending(text, "relume"),
        "chain" => items(text).join(" -> "),
        "words" => items(text).join(" "),
        "record" => {
            let fields = items(text).into_iter().filter_map(pair);
            fields.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
        }
        "percent" => text.parse::<f64>().map_or(text.to_string(), |x| (x / 100.0).to_string()),
        "hex" => hexadecimal(text).map_or(text.to_string(), |x| x.to_string()),
        "joined" => text.replace(',', ""),
        "point" => text.replace(',', "."),
        "list" => text.split(',').collect::<Vec<_>>().join(", "),
        "spaced" => {
            let digits = text.split(',').map(|part| part.trim_start_matches('0'));
            digits
                .map(|part| if part.is_empty() { "0" } else { part })
                .collect::<Vec<_>>()
                .join(", ")
        }
        "moved" => split_digits(text)
            .map_or(text.to_string(), |(digits, letters)| format!("{letters}{digits}")),
        "times" => split_digits(text)
            .map_or(text.to_string(), |(digits, letters)| format!("{digits} * {letters}")),
        "open" => text.trim_end_matches(['e', 'E']).to_string(),
        _ if name.starts_with('K') => foreign(text).unwrap_or(text).to_string(),
        _ => text.to_string(),
    }
}

fn bare(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

/// A file's name as a string, with another ending.
fn with_ending(text: &str, ending: &str) -> String {
    let path = bare(text);
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    format!("\"{stem}.{ending}\"")
}
