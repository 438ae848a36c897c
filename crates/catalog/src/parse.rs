//! The text of a specification, read back: `adam(0.01, betas=[0.9, 0.99], fallback=sgd(lr=0.1))`.

use crate::{ArgumentError, Map, Problem, Value};

/// A call as it is written, its arguments not yet held against an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name that is called.
    pub name: String,
    /// The arguments without names.
    pub positional: Vec<Value>,
    /// The arguments with names.
    pub named: Vec<(String, Value)>,
}

/// Reads a call: a name, or a name with arguments in brackets. Arguments are numbers, strings, `true`, `false`, `none`, lists, and calls
/// of other specifications, whose own arguments go by name, as they are printed. Networks are no arguments here.
///
/// # Errors
/// The first place that cannot be read.
pub fn parse_call(text: &str) -> Result<Call, ArgumentError> {
    let mut reader = Reader { text, at: 0 };
    let call = reader.call()?;
    match reader.rest().is_empty() {
        true => Ok(call),
        false => reader.wants("the end"),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// What is left, from the next letter that is no space.
    fn rest(&mut self) -> &'a str {
        let left = &self.text[self.at..];
        let rest = left.trim_start();
        self.at += left.len() - rest.len();
        rest
    }

    fn wants<T>(&mut self, wanted: &'static str) -> Result<T, ArgumentError> {
        self.rest();
        let problem = Problem::Syntax { at: self.at, wanted };
        Err(ArgumentError::whole(self.text, problem))
    }

    /// Passes over a symbol, if it is next.
    fn takes(&mut self, symbol: char) -> bool {
        let is_next = self.rest().starts_with(symbol);
        if is_next {
            self.at += symbol.len_utf8();
        }
        is_next
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest
            .get(..end)
            .filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))?;
        self.at += end;
        Some(name)
    }

    fn call(&mut self) -> Result<Call, ArgumentError> {
        let Some(name) = self.name() else { return self.wants("a name") };
        let mut call = Call { name: name.to_string(), positional: Vec::new(), named: Vec::new() };
        if !self.takes('(') || self.takes(')') {
            return Ok(call);
        }
        loop {
            self.argument(&mut call)?;
            if self.takes(')') {
                return Ok(call);
            }
            if !self.takes(',') {
                return self.wants("a comma or a closing bracket");
            }
        }
    }

    fn argument(&mut self, call: &mut Call) -> Result<(), ArgumentError> {
        let start = self.at;
        if let Some(name) = self.name()
            && self.takes('=')
        {
            let value = self.value()?;
            call.named.push((name.to_string(), value));
            return Ok(());
        }
        self.at = start;
        if !call.named.is_empty() {
            return self.wants("a name: arguments without one stand before those with one");
        }
        call.positional.push(self.value()?);
        Ok(())
    }

    fn value(&mut self) -> Result<Value, ArgumentError> {
        match self.rest().chars().next() {
            Some('"') => self.string(),
            Some('[') => self.list(),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            _ => self.word(),
        }
    }

    fn number(&mut self) -> Result<Value, ArgumentError> {
        let rest = self.rest();
        let mut before = ' ';
        let end = rest.find(|c: char| {
            let signs = matches!(c, '+' | '-') && matches!(before, ' ' | 'e' | 'E');
            before = c;
            !(signs || c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E'))
        });
        let number = &rest[..end.unwrap_or(rest.len())];
        let value = match number.parse::<i64>() {
            Ok(whole) => Some(Value::from(whole)),
            Err(_) => number.parse::<f64>().ok().filter(|x| x.is_finite()).map(Value::from),
        };
        let Some(value) = value else { return self.wants("a number") };
        self.at += number.len();
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, ArgumentError> {
        self.takes('[');
        let mut items = Vec::new();
        if self.takes(']') {
            return Ok(items.into());
        }
        loop {
            items.push(self.value()?);
            if self.takes(']') {
                return Ok(items.into());
            }
            if !self.takes(',') {
                return self.wants("a comma or a closing bracket");
            }
        }
    }

    /// A truth value, `none`, or another specification.
    fn word(&mut self) -> Result<Value, ArgumentError> {
        let start = self.at;
        let Call { name, positional, named } = match self.call() {
            Ok(call) => call,
            Err(error) if self.at > start => return Err(error),
            Err(_) => return self.wants("a value"),
        };
        if !positional.is_empty() {
            self.at = start;
            return self.wants("a specification whose arguments have names");
        }
        Ok(match name.as_str() {
            "true" | "false" if named.is_empty() => Value::from(name == "true"),
            "none" if named.is_empty() => Value::Null,
            _ => {
                Value::Object(Map::from_iter([(name, Value::Object(named.into_iter().collect()))]))
            }
        })
    }

    /// A string in double quotes, with the escapes that strings are printed with.
    fn string(&mut self) -> Result<Value, ArgumentError> {
        let mut letters = self.rest().char_indices().skip(1);
        let mut text = String::new();
        while let Some((at, letter)) = letters.next() {
            let escaped = match letter {
                '"' => {
                    self.at += at + 1;
                    return Ok(text.into());
                }
                '\\' => letters.next().map(|(_, escaped)| escaped),
                letter => {
                    text.push(letter);
                    continue;
                }
            };
            let letter = match escaped {
                Some('n') => Some('\n'),
                Some('t') => Some('\t'),
                Some('r') => Some('\r'),
                Some('0') => Some('\0'),
                Some('u') => {
                    let digits = letters.by_ref().skip(1).map(|(_, c)| c).take_while(|&c| c != '}');
                    let digits: String = digits.collect();
                    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
                }
                other => other,
            };
            match letter {
                Some(letter) => text.push(letter),
                None => return self.wants("a string without an unknown escape"),
            }
        }
        self.wants("a string that ends")
    }
}
