//! Specifications and values as text of the command language.

use crate::{Default, Entry, Type};
use serde_json::{Map, Value};

/// A count with commas: 9,610.
pub fn count_text(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun, whose plural ends in s: 1 sample, 1,437 samples.
pub fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count_text(count))
}

/// A call as text that parses back: required arguments first, then those that differ from their defaults, by name.
pub fn call_text(entry: &Entry, arguments: &Map<String, Value>) -> String {
    let mut parts = Vec::new();
    let mut positional = !entry.is_applied();
    for argument in entry.arguments {
        let Some(value) = arguments.get(argument.name) else { continue };
        if is_default(argument.default, value) {
            positional = false;
            continue;
        }
        let shown = shortest(&argument.ty, value);
        // The first argument is printed without its name if nothing comes before it.
        let bare = positional
            && (argument.default == Default::Required
                || std::ptr::eq(argument, &entry.arguments[0]));
        parts.push(if bare { shown } else { format!("{}={shown}", argument.name) });
        positional = bare;
    }
    match parts.is_empty() {
        true => entry.name.to_string(),
        false => format!("{}({})", entry.name, parts.join(", ")),
    }
}

pub(crate) fn is_default(default: Default, value: &Value) -> bool {
    match default {
        Default::Required => false,
        Default::Absent => value.is_null(),
        Default::Is(literal) => same(&literal.value(), value),
    }
}

/// Whether two values mean the same: 3 and 3.0, 3 and [3, 3] or [3, 3, 3], a name and that name without arguments.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Number(_), Value::Array(items)) => {
            items.len() > 1 && items.iter().all(|item| same(a, item))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::String(name), Value::Object(_)) => *name == value_text(b),
        _ => a == b,
    }
}

fn shortest(ty: &Type, value: &Value) -> String {
    let counts = match ty {
        Type::OneOf(types) => types,
        ty => std::slice::from_ref(ty),
    };
    match value.as_array() {
        Some(items)
            if counts.iter().any(|ty| ty.several() == Some(items.len()))
                && items.iter().all(|item| *item == items[0]) =>
        {
            value_text(&items[0])
        }
        _ => value_text(value),
    }
}

/// A value as text of the command language.
pub fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => match n.as_f64() {
            Some(x) if n.is_f64() => number_text(x),
            _ => n.to_string(),
        },
        Value::String(s) => quoted(s),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(value_text).collect();
            format!("[{}]", items.join(", "))
        }
        // A specification of another kind: {"adam": {"lr": 0.001}}.
        Value::Object(map) => {
            let calls = map.iter().map(|(name, arguments)| {
                let given: Vec<String> = match arguments {
                    Value::Object(arguments) => arguments
                        .iter()
                        .filter(|(_, value)| !value.is_null())
                        .map(|(name, value)| format!("{name}={}", value_text(value)))
                        .collect(),
                    _ => Vec::new(),
                };
                match given.is_empty() {
                    true => name.clone(),
                    false => format!("{name}({})", given.join(", ")),
                }
            });
            calls.collect::<Vec<_>>().join(" -> ")
        }
    }
}

/// A string in double quotes, with the escapes that the language knows.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            c if c.is_control() => out += &format!("\\u{{{:x}}}", u32::from(c)),
            c => out.push(c),
        }
    }
    out + "\""
}

/// A number in its shortest form: 3 for 3.0, 1e-8 for 0.00000001.
fn number_text(x: f64) -> String {
    let plain = format!("{x}");
    let scientific = format!("{x:e}");
    if plain.len() > scientific.len() + 2 { scientific } else { plain }
}
