//! From text to tokens. Lines go on where a bracket is open, around `->`, `,` and operators, and after a `\` at their
//! end.

use super::{Part, Span, SyntaxError};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Its position.
    pub span: Span,
}

/// The kind of a token.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// A number.
    Number(f64),
    /// A string, escapes resolved.
    Text(String),
    /// An f-string: text, and expressions in braces.
    Template(Vec<Part>),
    /// A name or a word.
    Name(String),
    /// An operator, a bracket or a comma.
    Symbol(&'static str),
    /// The end of a line, or `;`.
    Break,
}

/// Longest first, so that `->` is not read as `-` and `>`.
const SYMBOLS: [&str; 35] = [
    "**=", "->", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "^=", "%=", "@=", "**", "..", "(",
    ")", "[", "]", "{", "}", ",", ".", ":", "=", "<", ">", "+", "-", "*", "/", "%", "^", "@", ";",
];

/// A line does not end after these.
const OPEN_ENDED: [&str; 27] = [
    "**=", "**", "->", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "^=", "%=", "@=", "..", ",",
    "=", "<", ">", "+", "-", "*", "/", "%", "^", "@", GOES_ON,
];

/// At the end of a line: the statement continues in the next one.
const GOES_ON: &str = "\\";

/// The tokens of a text, without line breaks that end nothing.
///
/// # Errors
/// A character that the language does not have, a string without an end, a malformed number.
pub fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), depth: 0 };
    while let Some(c) = lexer.rest().chars().next() {
        lexer.token(c)?;
    }
    Ok(join_lines(text, lexer.tokens))
}

/// Whether a text cannot end with this token: the next line belongs to it.
pub fn ends_open(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Symbol(symbol) if OPEN_ENDED.contains(&symbol))
}

/// Cuts a text into tokens.
pub(super) struct Lexer<'a> {
    pub text: &'a str,
    pub at: usize,
    pub tokens: Vec<Token>,
    /// In how many braces of f-strings it is.
    pub depth: usize,
}

impl<'a> Lexer<'a> {
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The length of the match at the beginning of the rest.
    pub fn length(&self, fits: impl Fn(char) -> bool) -> usize {
        self.rest().find(|c| !fits(c)).unwrap_or(self.rest().len())
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        self.tokens.push(Token { kind, span: Span::new(self.at, self.at + length) });
        self.at += length;
    }

    /// Takes the token that begins with `c`.
    pub fn token(&mut self, c: char) -> Result<(), SyntaxError> {
        let next = self.rest().chars().nth(1);
        let digit_follows = next.is_some_and(|c| c.is_ascii_digit());
        match c {
            '\n' => self.push(TokenKind::Break, 1),
            c if c.is_whitespace() => self.at += c.len_utf8(),
            '#' => self.at += self.length(|c| c != '\n'),
            '"' | '\'' => self.string(c)?,
            'f' if let Some(quote @ ('"' | '\'')) = next => self.template(quote)?,
            c if c.is_ascii_digit() || (c == '.' && digit_follows) => self.number()?,
            c if c.is_alphabetic() || c == '_' => {
                let length = self.length(|c| c.is_alphanumeric() || c == '_');
                self.push(TokenKind::Name(self.rest()[..length].to_string()), length);
            }
            c => self.symbol(c)?,
        }
        Ok(())
    }

    fn symbol(&mut self, c: char) -> Result<(), SyntaxError> {
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.rest().starts_with(symbol)) {
            let kind = if symbol == ";" { TokenKind::Break } else { TokenKind::Symbol(symbol) };
            self.push(kind, symbol.len());
            return Ok(());
        }
        if let Some(rest) = self.rest().strip_prefix(GOES_ON)
            && rest.lines().next().is_none_or(|line| line.trim().is_empty())
        {
            self.push(TokenKind::Symbol(GOES_ON), GOES_ON.len());
            return Ok(());
        }
        let span = Span::new(self.at, self.at + c.len_utf8());
        let error = SyntaxError::new(span, format!("the language has no `{c}`"));
        Err(match c {
            '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
                error.help("strings are in double quotes: \"like this\"")
            }
            '→' => error.help("layers are joined with `->`"),
            '×' | '·' => error.help("numbers are multiplied with `*`"),
            '–' | '−' | '—' => error.help("minus is `-`"),
            '!' => error.help("write `not` before a condition"),
            '\\' => {
                error.help("at the end of a line it means that the line goes on in the next one")
            }
            _ => error,
        })
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        let rest = self.rest();
        let digits = |from: usize| {
            rest[from..]
                .find(|c: char| !c.is_ascii_digit() && c != '_')
                .map_or(rest.len(), |n| from + n)
        };
        let mut end = digits(0);
        // `2..5` is a range, not a number with two points.
        if rest[end..].starts_with('.') && !rest[end..].starts_with("..") {
            end = digits(end + 1);
        }
        if let Some(exponent) = rest[end..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            if exponent[sign..].starts_with(|c: char| c.is_ascii_digit()) {
                end = digits(end + 1 + sign);
            }
        }
        let span = Span::new(self.at, self.at + end);
        let glued = rest[end..].starts_with(|c: char| c.is_alphabetic() || c == '_');
        match rest[..end].replace('_', "").parse::<f64>() {
            Ok(value) if value.is_finite() && !glued => {
                self.push(TokenKind::Number(value), end);
                Ok(())
            }
            Ok(_) if !glued => Err(SyntaxError::new(span, "this number is too large")),
            _ => Err(SyntaxError::new(span, "a name cannot begin with a digit")
                .help("put a space or an operator between the number and what follows")),
        }
    }
}

/// Leaves out line breaks inside of brackets, after what is open-ended, and before `->`. A `;` always stays: it ends a
/// statement.
fn join_lines(text: &str, tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    // Braces hold statements: line breaks count inside them, but not in brackets within.
    let mut brackets: Vec<&str> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Symbol(symbol @ ("(" | "[" | "{")) => brackets.push(symbol),
            TokenKind::Symbol(")" | "]" | "}") => drop(brackets.pop()),
            TokenKind::Break if !text[token.span.start..].starts_with(';') => {
                let inside = brackets.last().is_some_and(|&bracket| bracket != "{");
                let open = joined.last().is_some_and(ends_open);
                let next = tokens[i..].iter().find(|token| token.kind != TokenKind::Break);
                let leads = next.is_some_and(|token| token.kind == TokenKind::Symbol("->"));
                if inside || open || leads {
                    joined.pop_if(|last| last.kind == TokenKind::Symbol(GOES_ON));
                    continue;
                }
            }
            _ => {}
        }
        joined.push(token.clone());
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, value) in [
            ("1", 1.0),
            (".5", 0.5),
            ("1e-3", 1e-3),
            ("1_000", 1000.0),
            ("2.5E2", 250.0),
            ("3.", 3.0),
        ] {
            assert_eq!(kinds(text), [TokenKind::Number(value)], "{text}");
        }
        assert_eq!(kinds("2..5").len(), 3);
        assert!(tokens("2x").is_err() && tokens("1e999").is_err());
    }

    #[test]
    fn a_line_goes_on_around_arrows_commas_and_brackets() {
        for text in [
            "a ->\nb",
            "a\n  -> b",
            "f(1,\n\n2)",
            "x = [1,\n2]",
            "a +\n# remark\nb",
            "train a \\\n b=3",
        ] {
            assert!(!kinds(text).contains(&TokenKind::Break), "{text}");
        }
        assert_eq!(kinds("a \\ \r\nb"), kinds("a b"));
        assert!(tokens("a \\ b").unwrap_err().help.unwrap().contains("end of a line"));
        assert!(kinds("a \\\n\nb").contains(&TokenKind::Break));
        assert!(kinds("a\nb").contains(&TokenKind::Break));
        assert!(kinds("for i in x {\na\n}").contains(&TokenKind::Break));
        for text in ["x = ; y", "[1, ; 2]", "a -> ; b"] {
            assert!(kinds(text).contains(&TokenKind::Break), "{text}");
        }
    }

    #[test]
    fn strings_know_their_escapes_and_their_end() {
        assert_eq!(kinds(r#""a\"b\n""#), [TokenKind::Text("a\"b\n".into())]);
        assert!(tokens("\"abc").unwrap_err().message.contains("no end"));
        assert!(tokens("“abc”").unwrap_err().help.unwrap().contains("double quotes"));
    }
}
