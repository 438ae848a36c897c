//! Statements with blocks: `if`, `while`, `for`, `try`, and what leaves them.

use super::statement::{Statements, Within};
use super::{Name, Statement, StatementKind, SyntaxError, TokenKind};

const IF: &str = "if x > 1 { ... } else { ... }";
const WHILE: &str = "while x < 10 { ... }";
const FOR: &str = "for x in [1, 2, 3] { ... }";
const TRY: &str = "try { ... } else error { print error }";

impl Statements<'_> {
    /// `{ ... }`, which `example` shows.
    pub fn block(&mut self, example: &str) -> Result<Vec<Statement>, SyntaxError> {
        let Some(opened) = self.parser.take("{") else {
            let error = SyntaxError::new(self.parser.here(), "`{` is wanted here");
            return Err(match self.is_symbol(0, "=") {
                true => error.help("to compare, write `==`"),
                false => error.help(example),
            });
        };
        let outer = self.within;
        self.within.is_block = true;
        let statements = self.statements()?;
        self.within = outer;
        self.parser.close("}", opened)?;
        Ok(statements)
    }

    /// A block in which `break` and `continue` may stand.
    fn loop_body(&mut self, example: &str) -> Result<Vec<Statement>, SyntaxError> {
        let outer = self.within;
        self.within = Within { is_loop: true, ..outer };
        let body = self.block(example)?;
        self.within = outer;
        Ok(body)
    }

    pub fn if_else(&mut self) -> Result<StatementKind, SyntaxError> {
        let mut arms = Vec::new();
        loop {
            arms.push((self.parser.expression()?, self.block(IF)?));
            if !self.take_else(|parser, at| parser.is_symbol(at, "{") || parser.is_name(at, "if")) {
                return Ok(StatementKind::If { arms, otherwise: Vec::new() });
            }
            if self.parser.take_word("if").is_none() {
                return Ok(StatementKind::If { arms, otherwise: self.block(IF)? });
            }
        }
    }

    /// Takes `else`, in this line, or in a later one if what follows it fits.
    fn take_else(&mut self, fits: impl Fn(&Self, usize) -> bool) -> bool {
        let mut at = 0;
        while self.parser.ahead(at).is_some_and(|token| token.kind == TokenKind::Break) {
            at += 1;
        }
        let is_else = self.is_name(at, "else") && (at == 0 || fits(self, at + 1));
        if is_else {
            (0..=at).for_each(|_| self.parser.skip());
        }
        is_else
    }

    pub fn while_loop(&mut self) -> Result<StatementKind, SyntaxError> {
        Ok(StatementKind::While {
            condition: self.parser.expression()?,
            body: self.loop_body(WHILE)?,
        })
    }

    pub fn for_loop(&mut self) -> Result<StatementKind, SyntaxError> {
        let mut names = Vec::new();
        loop {
            let Some(name) = self.word() else {
                return Err(
                    SyntaxError::new(self.parser.here(), "a name is wanted after `for`").help(FOR)
                );
            };
            self.parser.skip();
            names.push(name);
            if self.parser.take(",").is_none() {
                break;
            }
        }
        if self.parser.take_word("in").is_none() {
            return Err(SyntaxError::new(self.parser.here(), "`in` is wanted here").help(FOR));
        }
        for name in &names {
            self.refuse_reserved(name)?;
        }
        let items = self.parser.expression()?;
        self.names.extend(names.iter().map(|name| name.text.clone()));
        Ok(StatementKind::For { names, items, body: self.loop_body(FOR)? })
    }

    pub fn try_else(&mut self) -> Result<StatementKind, SyntaxError> {
        let body = self.block(TRY)?;
        let fits = |parser: &Self, at| {
            parser.is_symbol(at, "{")
                || (parser.is_symbol(at + 1, "{") && !parser.is_name(at, "if"))
        };
        if !self.take_else(fits) {
            let error = SyntaxError::new(
                self.parser.here(),
                "`else` is wanted here: what is done if it fails",
            );
            return Err(error.help(TRY));
        }
        let error: Option<Name> = self.word();
        if let Some(name) = &error {
            self.refuse_reserved(name)?;
            self.parser.skip();
            self.names.insert(name.text.clone());
        }
        Ok(StatementKind::Try { body, error, otherwise: self.block(TRY)? })
    }

    pub fn inside_loop(
        &self,
        word: &Name,
        kind: StatementKind,
    ) -> Result<StatementKind, SyntaxError> {
        if self.within.is_loop {
            return Ok(kind);
        }
        let message = format!("`{}` stands outside of a loop", word.text);
        Err(SyntaxError::new(word.span, message)
            .help("it belongs inside of for ... { } or while ... { }"))
    }

    pub fn return_value(&mut self, word: &Name) -> Result<StatementKind, SyntaxError> {
        if !self.within.is_function {
            return Err(SyntaxError::new(word.span, "`return` stands outside of a function")
                .help("for example: f(x) = { return x ^ 2 }"));
        }
        let value = if self.is_at_end() { None } else { Some(self.parser.expression()?) };
        Ok(StatementKind::Return(value))
    }
}
