//! Commands: a verb and its words.

use super::statement::Statements;
use super::{ExprKind, Name, StatementKind, SyntaxError, TokenKind, Word};

/// Words of a command that lead to the value after them.
pub const PREPOSITIONS: [&str; 4] = ["on", "to", "with", "from"];

impl Statements<'_> {
    /// A command, its verb taken already.
    pub fn command(&mut self, verb: Name) -> Result<StatementKind, SyntaxError> {
        let words = self.words()?;
        if verb.text == "delete" {
            // What it deletes is a verb again, if it is one.
            for word in &words {
                if let Word::Positional(expr) = word {
                    self.names.remove(expr.span.of(self.parser.text()));
                }
            }
        }
        if verb.text == "rename" {
            self.rename(&words);
        }
        Ok(StatementKind::Command { verb: verb.text, verb_span: verb.span, words })
    }

    /// `rename old to new`: from here on the new name is the defined one.
    fn rename(&mut self, words: &[Word]) {
        if let [Word::Positional(old), Word::Named { value: new, .. }] = words
            && let (ExprKind::Name(old), ExprKind::Name(new)) = (&old.kind, &new.kind)
            && self.names.remove(old)
        {
            self.names.insert(new.clone());
        }
    }

    /// The words of a command up to the end of the line.
    fn words(&mut self) -> Result<Vec<Word>, SyntaxError> {
        let mut words = Vec::new();
        while !self.is_at_end() && self.parser.peek_kind() != Some(&TokenKind::Symbol(",")) {
            let preposition = self.word().filter(|word| PREPOSITIONS.contains(&word.text.as_str()));
            words.push(if let Some((name, name_span)) = self.parser.name_before_equals() {
                Word::Named { name, name_span, value: self.parser.word()? }
            } else if let Some(Name { text: name, span: name_span }) = preposition {
                self.parser.skip();
                Word::Named { name, name_span, value: self.parser.word()? }
            } else if let Some(record) = self.parser.spread()? {
                Word::Positional(record)
            } else {
                Word::Positional(self.parser.word()?)
            });
        }
        self.refuse_a_comma()?;
        Ok(words)
    }

    fn refuse_a_comma(&mut self) -> Result<(), SyntaxError> {
        match self.parser.take(",") {
            Some(span) => Err(SyntaxError::new(span, "a command's words stand without commas")
                .help("leave the comma out")),
            None => Ok(()),
        }
    }

    /// The values of `print`: as words, or in brackets with commas between them.
    pub fn print(&mut self) -> Result<StatementKind, SyntaxError> {
        let end = self.parser.last().map(|token| token.span.end);
        let is_glued = self.parser.peek().is_some_and(|next| Some(next.span.start) == end);
        if is_glued && let Some(opened) = self.parser.take("(") {
            let (arguments, _) = self.parser.arguments(opened)?;
            if let Some((_, span)) = arguments.iter().find_map(|argument| argument.name.as_ref()) {
                return Err(SyntaxError::new(*span, "print takes values without names")
                    .help("for another form, write it as text: print f\"{a}, {b}\""));
            }
            return Ok(StatementKind::Print(
                arguments.into_iter().map(|argument| argument.value).collect(),
            ));
        }
        let mut values = Vec::new();
        while !self.is_at_end() && self.parser.peek_kind() != Some(&TokenKind::Symbol(",")) {
            values.push(self.parser.expression()?);
        }
        self.refuse_a_comma()?;
        Ok(StatementKind::Print(values))
    }
}
