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

/// A count with its noun in either form: 1 class, 10 classes.
pub fn counted_as(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", count_text(count), if count == 1 { one } else { many })
}

/// A call as text that parses back: required arguments first, then those that differ from their defaults, by name.
pub fn call_text(entry: &Entry, arguments: &Map<String, Value>) -> String {
    let mut parts = Vec::new();
    let mut positional = !entry.is_applied();
    for (at, argument) in entry.arguments.iter().enumerate() {
        let Some(value) = arguments.get(argument.name) else { continue };
        if is_default(argument.default, value) {
            positional = false;
            continue;
        }
        let shown = shortest(&argument.ty, value);
        // The first argument is printed without its name if nothing comes before it, and if it is read so.
        let bare = positional
            && at < entry.positional
            && (argument.default == Default::Required || at == 0);
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

/// A number in its shortest form: 3 for 3.0, 1e-8 for 0.00000001, 1e30 for a one with thirty zeros.
pub fn number_text(x: f64) -> String {
    let plain = format!("{x}");
    let scientific = format!("{x:e}");
    if plain.len() > scientific.len() + 2 { scientific } else { plain }
}

/// A number with so many decimals, 0.1235; one so large that they say nothing has an exponent, 1.2346e12.
pub fn decimals(x: f64, digits: usize) -> String {
    const LARGE: f64 = 1e9;
    if x.is_finite() && x.abs() >= LARGE {
        format!("{x:.digits$e}")
    } else {
        format!("{x:.digits$}")
    }
}

/// A number with so many significant digits, at least one: 0.00123 for 0.0012345 and three.
pub fn rounded(x: f64, digits: usize) -> f64 {
    format!("{x:.*e}", digits.saturating_sub(1)).parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_whatever_their_size() {
        for (x, text) in
            [(3.0, "3"), (0.001, "0.001"), (1e-8, "1e-8"), (1e30, "1e30"), (-1e30, "-1e30")]
        {
            assert_eq!(number_text(x), text);
        }
        for (x, text) in [
            (0.123_456, "0.1235"),
            (-12.0, "-12.0000"),
            (1.234_56e12, "1.2346e12"),
            (-1e30, "-1.0000e30"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(decimals(x, 4), text);
        }
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1, "sample"), "1 sample");
        assert_eq!(counted(1437, "sample"), "1,437 samples");
        assert_eq!(counted_as(1, "class", "classes"), "1 class");
        assert_eq!(counted_as(0, "class", "classes"), "0 classes");
    }

    #[test]
    fn numbers_keep_as_many_digits_as_are_asked_for() {
        for (x, digits, kept) in [
            (0.001_234_5, 3, 0.001_23),
            (0.000_31, 1, 0.000_3),
            (9.99, 2, 10.0),
            (-1234.5, 2, -1200.0),
            (0.0, 4, 0.0),
            (7.5, 0, 8.0),
        ] {
            assert_eq!(rounded(x, digits), kept, "{x} to {digits}");
        }
        assert!(rounded(f64::NAN, 3).is_nan());
        assert_eq!(rounded(f64::INFINITY, 3), f64::INFINITY);
    }
}
