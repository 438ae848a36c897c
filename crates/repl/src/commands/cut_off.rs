//! Statements that end too early: what follows the last of their words.

use crate::syntax::{PREPOSITIONS, SyntaxError, Token, TokenKind, tokens};
use crate::tables;
use relume_catalog::{Entry, Kind};

/// An error at the end of a statement, with a line that shows what follows there. Other errors stay as they are.
pub fn with_what_follows(error: SyntaxError, text: &str) -> SyntaxError {
    let rest = text.get(error.span.start..).unwrap_or_default();
    let is_at_the_end = rest.is_empty() || rest.starts_with(['\n', ';', '}']);
    if error.help.is_some() || !is_at_the_end {
        return error;
    }
    let Ok(all) = tokens(text) else { return error };
    let before = all.partition_point(|token| token.span.end <= error.span.start);
    let words = statement(&all[..before]);
    let help = match words.split_first() {
        None => return error,
        Some((verb, words)) => match entry(verb) {
            Some(entry) => of_command(entry, words),
            None => match words.last().map(|token| &token.kind) {
                Some(TokenKind::Symbol("=" | "+=" | "-=" | "*=" | "/=" | "%=" | "**=")) => {
                    of_name(verb, text)
                }
                Some(TokenKind::Symbol("->")) => {
                    "layers are joined with `->`: dense(16) -> relu -> dense(2)".to_string()
                }
                Some(TokenKind::Symbol(operator)) if !"()[]{},.:".contains(operator) => {
                    format!("a value follows `{operator}`")
                }
                _ => return error,
            },
        },
    };
    error.help(help)
}

/// The tokens of the last statement; that after `time` is one.
fn statement(tokens: &[Token]) -> &[Token] {
    let begins =
        |token: &Token| matches!(token.kind, TokenKind::Break | TokenKind::Symbol("{" | "}"));
    let start = tokens.iter().rposition(begins).map_or(0, |at| at + 1);
    let own = &tokens[start..];
    let is_timed = own.len() > 1 && is_word(&own[0], "time") && entry(&own[1]).is_some();
    if is_timed { &own[1..] } else { own }
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(&token.kind, TokenKind::Name(name) if name == word)
}

/// The command that a word begins.
fn entry(token: &Token) -> Option<&'static Entry> {
    match &token.kind {
        TokenKind::Name(name) => tables::find(Kind::Command, name),
        _ => None,
    }
}

/// What follows the last word of a command.
fn of_command(entry: &Entry, words: &[Token]) -> String {
    let name = |at: usize| match words.len().checked_sub(at).and_then(|at| words.get(at)) {
        Some(Token { kind: TokenKind::Name(name), .. }) => Some(name.as_str()),
        _ => None,
    };
    let is_named = matches!(words.last().map(|token| &token.kind), Some(TokenKind::Symbol("=")));
    let (leads, argument) = match name(1) {
        Some(word) if PREPOSITIONS.contains(&word) => (word.to_string(), entry.argument(word)),
        _ if is_named => (
            format!("{}=", name(2).unwrap_or_default()),
            name(2).and_then(|own| entry.argument(own)),
        ),
        _ => (String::new(), None),
    };
    let example = format!("for example: {}", entry.example_line());
    match argument {
        Some(argument) => {
            format!("`{leads}` is followed by {}; {example}", lowercase(argument.help))
        }
        None => example,
    }
}

/// What a name is given.
fn of_name(name: &Token, text: &str) -> String {
    format!("a value follows: {} = 3", name.span.of(text))
}

/// A help line as a part of a sentence: its first sentence, without the full stop.
fn lowercase(help: &str) -> String {
    let first = help.split([';', '\n']).next().unwrap_or_default();
    let first = first.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let mut letters = first.chars();
    let begin = letters.next().map(|letter| letter.to_lowercase().to_string());
    begin.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use crate::commands::ENTRIES;
    use crate::syntax::tokens;
    use crate::{Output, Session, Source};

    /// What a text says when it is run, if it fails.
    fn failure(text: &str) -> Option<(String, String)> {
        let mut session = Session::new(Output::captured().0);
        session.steps_left = Some(100);
        let failure = session.run(text, &Source::Prompt).err()?;
        Some((failure.diagnostic.message, failure.diagnostic.help.unwrap_or_default()))
    }

    /// The last line of each command's example, cut off after each of its words.
    #[test]
    fn a_command_that_is_cut_off_shows_what_follows() {
        for entry in ENTRIES {
            let (setup, line) = entry.example.rsplit_once('\n').unwrap_or(("", entry.example));
            for token in tokens(line).expect("an example") {
                let cut = &line[..token.span.end];
                // What is whole writes a file.
                if cut == line || cut.contains(" to \"") || setup.contains("set runs") {
                    break;
                }
                // What runs as it stands was no mistake; the data of examples need not be there.
                let Some((message, help)) = failure(&format!("{setup}\n{cut}")) else { continue };
                assert!(!help.is_empty(), "{cut}: {message}");
            }
        }
    }

    #[test]
    fn what_follows_is_told_by_the_last_word() {
        let train = "for example: train mlp on digits epochs=20 optimizer=adam(lr=0.001)";
        for (text, help) in [
            ("train net on", format!("`on` is followed by the data set; {train}")),
            (
                "train net on digits epochs=",
                format!("`epochs=` is followed by passes over the data; {train}"),
            ),
            ("time train net on", format!("`on` is followed by the data set; {train}")),
            (
                "save net to",
                "`to` is followed by the file, usually ending in .rlm; for example: save mlp to \
             \"digits.rlm\""
                    .to_string(),
            ),
            ("assert", "for example: assert 1 + 1 == 2".to_string()),
            ("x =", "a value follows: x = 3".to_string()),
            (
                "net = dense(3) ->",
                "layers are joined with `->`: dense(16) -> relu -> dense(2)".to_string(),
            ),
        ] {
            assert_eq!(failure(text).map(|(_, help)| help), Some(help), "{text}");
        }
    }
}
