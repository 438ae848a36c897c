//! Help about an entry: its usage line, and its section of the reference.

use crate::{Argument, Default, Entry, Type, value_text};

/// The call with its arguments and defaults: `dropout(p=0.5)`; a command's without brackets.
pub fn usage(entry: &Entry) -> String {
    let arguments: Vec<String> = entry.arguments.iter().map(argument_usage).collect();
    match arguments.is_empty() {
        true => entry.name.to_string(),
        false => format!("{}({})", entry.name, arguments.join(", ")),
    }
}

fn argument_usage(argument: &Argument) -> String {
    match argument.default {
        Default::Required => argument.name.to_string(),
        Default::Absent => format!("{}=", argument.name),
        Default::Is(_) => format!("{}={}", argument.name, default_text(argument)),
    }
}

/// The default as text; empty when there is none.
fn default_text(argument: &Argument) -> String {
    match argument.default {
        Default::Is(literal) => match argument.ty {
            Type::Spec(_) => value_text(&literal.value()).trim_matches('"').to_string(),
            _ => value_text(&literal.value()),
        },
        Default::Required | Default::Absent => String::new(),
    }
}

/// The entry's section of the reference, in Markdown: its name as a heading of level three, to which a page can link.
pub fn reference_section(entry: &Entry) -> String {
    let mut page = format!("### {}\n\n{}\n\n", entry.name, wrapped(&format!("`{}`", usage(entry))));
    let mut summary = format!("{}.", sentence(entry.summary));
    if !entry.aliases.is_empty() {
        summary += &format!(" Also called `{}`.", entry.aliases.join("`, `"));
    }
    page += &format!("{}\n", wrapped(&summary));
    if !entry.details.is_empty() {
        page += &format!("\n{}\n", wrapped(entry.details.trim()));
    }
    if !entry.arguments.is_empty() {
        page += "\n| argument | is | default | |\n| --- | --- | --- | --- |\n";
        for argument in entry.arguments {
            let default = match argument.default {
                Default::Required => "must be given".to_string(),
                Default::Absent => "not set".to_string(),
                Default::Is(_) => format!("`{}`", default_text(argument)),
            };
            page += &format!(
                "| `{}` | {} | {} | {} |\n",
                argument.name, argument.ty, default, argument.help
            );
        }
    }
    if !entry.example.is_empty() {
        page += &format!("\n```\n{}\n```\n", entry.example.trim());
    }
    page
}

/// The longest line of a page, in characters.
const WIDTH: usize = 120;

/// Markdown with its long lines broken; rows of tables stay whole.
fn wrapped(text: &str) -> String {
    let lines = text.lines().map(|line| match line.starts_with('|') {
        true => line.to_string(),
        false => wrapped_line(line),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn wrapped_line(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        // At the beginning of a line these would be a list, a heading or a quotation.
        let is_mark = matches!(word, "-" | "+" | "*" | ">")
            || word.starts_with('#')
            || word.ends_with(['.', ')']) && word[..word.len() - 1].parse::<u64>().is_ok();
        if width > 0 {
            let breaks = width + 1 + length > WIDTH && !is_mark;
            out.push(if breaks { '\n' } else { ' ' });
            width = if breaks { 0 } else { width + 1 };
        }
        out += word;
        width += length;
    }
    out
}

/// A summary as the beginning of a sentence: its first letter is a capital.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
