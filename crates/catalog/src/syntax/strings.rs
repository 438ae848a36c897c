//! Strings in the text: `"a"`, `'a'`, and f-strings with expressions in braces.

use super::lexer::Lexer;
use super::{Format, Span, SyntaxError, Token, TokenKind};

/// f-strings inside of the braces of f-strings, at most so deep.
const DEEPEST: usize = 4;

/// A part of an f-string, before its expressions are parsed.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text as it stands, escapes resolved.
    Text(String),
    /// `{tokens:format}`.
    Braces {
        /// The tokens of the expression.
        tokens: Vec<Token>,
        /// How its value is written.
        format: Format,
        /// From brace to brace.
        span: Span,
    },
}

impl Lexer<'_> {
    /// Takes a string in single or double quotes.
    pub fn string(&mut self, quote: char) -> Result<(), SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            match self.rest().chars().next() {
                None | Some('\n') => return Err(self.without_end(start, quote)),
                Some('\\') => value.push(self.escape(start, quote)?),
                Some(c) => {
                    self.at += c.len_utf8();
                    if c == quote {
                        break;
                    }
                    value.push(c);
                }
            }
        }
        self.end(start, TokenKind::Text(value));
        Ok(())
    }

    /// Takes an f-string; `{{` and `}}` are braces.
    pub fn template(&mut self, quote: char) -> Result<(), SyntaxError> {
        let start = self.at;
        self.at += 2;
        let (mut parts, mut text) = (Vec::new(), String::new());
        loop {
            let rest = self.rest();
            match rest.chars().next() {
                None | Some('\n') => return Err(self.without_end(start, quote)),
                Some('\\') => text.push(self.escape(start, quote)?),
                Some(brace @ ('{' | '}')) if rest[1..].starts_with(brace) => {
                    text.push(brace);
                    self.at += 2;
                }
                Some('{') => {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(self.braces()?);
                }
                Some('}') => {
                    let span = Span::new(self.at, self.at + 1);
                    return Err(SyntaxError::new(span, "no brace is open that `}` could close")
                        .help("in an f-string, a brace as text is written twice: }}"));
                }
                Some(c) => {
                    self.at += c.len_utf8();
                    if c == quote {
                        break;
                    }
                    text.push(c);
                }
            }
        }
        parts.push(Part::Text(text));
        parts.retain(|part| *part != Part::Text(String::new()));
        self.end(start, TokenKind::Template(parts));
        Ok(())
    }

    /// The expression between braces, and its format after a colon.
    fn braces(&mut self) -> Result<Part, SyntaxError> {
        let opened = self.at;
        let mut inner =
            Lexer { text: self.text, at: opened + 1, tokens: Vec::new(), depth: self.depth + 1 };
        let open = Span::new(opened, opened + 1);
        if inner.depth > DEEPEST {
            return Err(SyntaxError::new(open, "this is nested too deeply")
                .help("give a part of it a name first"));
        }
        let unclosed = || {
            SyntaxError::new(open, "this brace is never closed")
                .help("close it with `}`; in an f-string, a brace as text is written twice: {{")
        };
        let mut brackets = 0usize;
        loop {
            match inner.rest().chars().next() {
                None | Some('\n') => return Err(unclosed()),
                Some('}' | ':') if brackets == 0 => break,
                Some(c) => {
                    match c {
                        '(' | '[' | '{' => brackets += 1,
                        ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
                        _ => {}
                    }
                    inner.token(c)?;
                }
            }
        }
        let Lexer { at: ended, tokens, .. } = inner;
        let rest = &self.text[ended..];
        let length = rest
            .find(['}', '\n', '"'])
            .filter(|&at| rest[at..].starts_with('}'))
            .ok_or_else(unclosed)?;
        let given = &rest[..length];
        let format =
            Format::parse(given.strip_prefix(':').unwrap_or_default()).ok_or_else(|| {
                SyntaxError::new(
                    Span::new(ended, ended + length),
                    format!("`{given}` is no format"),
                )
                .help("for example {x:.3} (digits), {x:.2f} (decimals), {x:.1%}, {x:,} or {x:>8}")
            })?;
        self.at = ended + length + 1;
        Ok(Part::Braces { tokens, format, span: Span::new(opened, self.at) })
    }

    /// The character that a backslash and what follows it stand for.
    fn escape(&mut self, start: usize, quote: char) -> Result<char, SyntaxError> {
        let at = self.at;
        let Some(c) = self.rest().chars().nth(1).filter(|&c| c != '\n') else {
            return Err(self.without_end(start, quote));
        };
        self.at += 1 + c.len_utf8();
        Ok(match c {
            'n' => '\n',
            't' => '\t',
            '"' | '\'' | '\\' => c,
            'u' if self.rest().starts_with('{') => {
                let digits: String =
                    self.rest()[1..].chars().take_while(|&c| c != '}').take(8).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                let code = code.filter(|_| self.rest()[1 + digits.len()..].starts_with('}'));
                self.at += digits.len() + 2;
                code.ok_or_else(|| {
                    SyntaxError::new(Span::new(at, at + 2), "this is not the number of a character")
                })?
            }
            c => {
                return Err(SyntaxError::new(
                    Span::new(at, self.at),
                    format!("a string has no `\\{c}`"),
                )
                .help("it knows \\n, \\t, \\\" and \\\\; a path's backslash is written twice"));
            }
        })
    }

    fn end(&mut self, start: usize, kind: TokenKind) {
        self.tokens.push(Token { kind, span: Span::new(start, self.at) });
    }

    fn without_end(&self, start: usize, quote: char) -> SyntaxError {
        let end = self.at + self.length(|c| c != '\n');
        SyntaxError::new(Span::new(start, end), "this string has no end")
            .help(format!("end it with {quote} on the same line"))
    }
}
