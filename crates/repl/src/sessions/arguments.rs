//! Arguments of scripts: names that a file declares with `arguments`, and that are given by who runs it.

use crate::syntax::{self, Expr, ExprKind, Statement, StatementKind, Word};
use crate::{Failure, Session, Source, Value, commands};
use relume_catalog::nearest;

/// An argument that a script is given.
#[derive(Clone, Debug)]
pub struct ScriptArgument {
    pub(crate) name: String,
    pub(crate) value: Given,
}

/// The value of an argument.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// An expression as text, from the command line.
    Text(String),
    /// A value of the session that runs the script.
    Value(Box<Value>),
}

impl ScriptArgument {
    /// An argument from the command line, `NAME=VALUE`; none of a text that is not of this form.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.split_once('=')?;
        let name = name.trim();
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let value = Given::Text(value.trim().to_string());
        is_name.then(|| ScriptArgument { name: name.to_string(), value })
    }
}

/// What a script says about an argument that it was given and does not know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UnknownArgument {
    /// Its position among those that were given.
    pub index: usize,
    pub message: String,
    pub help: String,
}

/// The names that a script declares; none of a text that does not parse.
pub(crate) fn declared(text: &str) -> Option<Vec<String>> {
    let statements = syntax::parse(text, &commands::verbs()).ok()?;
    Some(statements.iter().flat_map(names).collect())
}

/// The names that a statement declares.
fn names(statement: &Statement) -> Vec<String> {
    let StatementKind::Command { verb, words, .. } = &statement.kind else { return Vec::new() };
    if verb != "arguments" {
        return Vec::new();
    }
    let name = |word: &Word| match word {
        Word::Named { name, .. } => Some(name.clone()),
        Word::Positional(Expr { kind: ExprKind::Name(name), .. }) => Some(name.clone()),
        Word::Positional(_) => None,
    };
    words.iter().filter_map(name).collect()
}

/// Whether a script knows all the names that it is given.
///
/// # Errors
/// The first one that it does not know, with the nearest that it does.
pub(crate) fn check<'a>(
    script: &str,
    text: &str,
    given: impl Iterator<Item = &'a str>,
) -> Result<(), UnknownArgument> {
    // What does not parse is refused when it is run.
    let Some(declared) = declared(text) else { return Ok(()) };
    for (index, name) in given.enumerate() {
        if declared.iter().any(|own| own == name) {
            continue;
        }
        let known = declared.iter().map(String::as_str);
        let help = match (nearest(name, known), declared.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, true) => format!("declare it in the file: arguments {name}=..."),
            (None, false) => format!("it has {}", declared.join(", ")),
        };
        let message = format!("{script} has no argument `{name}`");
        return Err(UnknownArgument { index, message, help });
    }
    Ok(())
}

/// Where a declared name stands.
pub(crate) fn place(word: &Word) -> syntax::Span {
    match word {
        Word::Named { name_span, .. } => *name_span,
        Word::Positional(expr) => expr.span,
    }
}

impl Session {
    /// Runs a text with arguments, which it declares by `arguments`.
    ///
    /// # Errors
    /// As [`Session::run`]; an argument that the text does not know: nothing was run then.
    pub fn run_with(
        &mut self,
        text: &str,
        source: &Source,
        arguments: Vec<ScriptArgument>,
    ) -> Result<(), Failure> {
        let script = source.name().unwrap_or("the text");
        let given = arguments.iter().map(|argument| argument.name.as_str());
        check(script, text, given).map_err(|unknown| {
            let mut failure = Failure::unplaced(unknown.message).help(unknown.help);
            failure.code = crate::ExitCode::Syntax;
            failure
        })?;
        let before = std::mem::replace(&mut self.given, arguments);
        let result = self.run(text, source);
        self.given = before;
        result
    }

    /// The value of a declared argument: the one that was given, which must be what the default is, or the default.
    ///
    /// # Errors
    /// An argument of the wrong kind, or one that must be given.
    pub(crate) fn declared_argument(
        &mut self,
        name: &str,
        default: Option<&Expr>,
        word: &Word,
    ) -> Result<Value, Failure> {
        let span = place(word);
        let given = self.given.iter().find(|argument| argument.name == name).cloned();
        let default = default.map(|expr| self.evaluate(expr)).transpose()?;
        let (given, default) = match (given, default) {
            (None, Some(default)) => return Ok(default),
            (None, None) => {
                return Err(Failure::at(
                    span,
                    format!("`{name}` must be given: it has no default"),
                )
                .help(format!("run \"FILE\" {name}=...   or   relume FILE --set {name}=...")));
            }
            (Some(argument), default) => (argument.value, default),
        };
        let value = match given {
            Given::Value(value) => *value,
            Given::Text(text) => self.argument_of_text(&text, default.as_ref(), span)?,
        };
        match default {
            Some(default) if default.kind() != value.kind() => Err(Failure::at(
                span,
                format!("`{name}` is {}, as its default, not {}", default.kind(), value.kind()),
            )),
            _ => Ok(value),
        }
    }

    /// The value of a text from the command line. For a string, the text is taken as it is, without its quotes if it
    /// has some; everything else is an expression.
    fn argument_of_text(
        &mut self,
        text: &str,
        default: Option<&Value>,
        span: syntax::Span,
    ) -> Result<Value, Failure> {
        if matches!(default, Some(Value::Text(_))) && !text.starts_with('"') {
            return Ok(Value::Text(text.to_string()));
        }
        self.value(text).map_err(|failure| {
            let problem = &failure.diagnostic.message;
            let mut placed = Failure::at(span, format!("--set gives `{text}`: {problem}"));
            placed.diagnostic.help = failure.diagnostic.help;
            placed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_the_command_line_are_a_name_and_a_value() {
        let parsed = |text| ScriptArgument::parse(text).map(|argument| argument.name);
        assert_eq!(parsed("lr=0.1").as_deref(), Some("lr"));
        assert_eq!(parsed("name=a=b").as_deref(), Some("name"));
        for text in ["lr", "=1", "1x=2", "a b=1"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn an_argument_that_a_script_does_not_know_is_refused_with_the_nearest() {
        let script = "arguments data lr=0.1\nlr\n";
        assert_eq!(check("a", script, ["lr", "data"].into_iter()), Ok(()));
        let unknown = check("a", script, ["lr", "dta"].into_iter()).unwrap_err();
        assert_eq!((unknown.index, unknown.help.as_str()), (1, "did you mean `data`?"));
        let unknown = check("a", "1 + 1", ["lr"].into_iter()).unwrap_err();
        assert_eq!(unknown.message, "a has no argument `lr`");
        assert_eq!(unknown.help, "declare it in the file: arguments lr=...");
    }
}
