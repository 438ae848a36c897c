//! The part of Python's literals that headers of arrays use.

/// How deeply lists may be nested; those of structured types are shallow.
const DEEPEST: usize = 16;

/// A value as Python writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Truth(bool),
    Whole(usize),
    /// A list or a tuple.
    List(Vec<Literal>),
    /// A dictionary whose keys are strings.
    Map(Vec<(String, Literal)>),
}

/// What is wrong with a text, and at which byte.
type Problem = (usize, &'static str);

/// The one literal of a text, with only white space around it.
pub(super) fn parse(text: &[u8]) -> Result<Literal, Problem> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err((parser.at, "nothing more is expected here")),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    /// The next byte that is not white space, without taking it.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Takes a byte if it is the next one.
    fn take(&mut self, wanted: u8) -> bool {
        let is_next = self.peek() == Some(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Result<Literal, Problem> {
        if depth > DEEPEST {
            return Err((self.at, "its lists are nested too deeply"));
        }
        match self.peek() {
            Some(quote @ (b'\'' | b'"')) => self.string(quote).map(Literal::Text),
            Some(b'(') => self.list(b')', depth),
            Some(b'[') => self.list(b']', depth),
            Some(b'{') => self.map(depth),
            Some(b'0'..=b'9') => self.whole(),
            Some(_) => self.truth(),
            None => Err((self.at, "a value is missing")),
        }
    }

    fn string(&mut self, quote: u8) -> Result<String, Problem> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => {
                    bytes.extend(self.text.get(self.at));
                    self.at += 1;
                }
                _ if byte == quote => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
                _ => bytes.push(byte),
            }
        }
        Err((start, "this string has no end"))
    }

    fn list(&mut self, end: u8, depth: usize) -> Result<Literal, Problem> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.value(depth + 1)?);
            self.comma(end)?;
        }
        Ok(Literal::List(items))
    }

    fn map(&mut self, depth: usize) -> Result<Literal, Problem> {
        self.at += 1;
        let mut entries = Vec::new();
        while !self.take(b'}') {
            let Some(quote @ (b'\'' | b'"')) = self.peek() else {
                return Err((self.at, "a name in quotes is expected here"));
            };
            let name = self.string(quote)?;
            if !self.take(b':') {
                return Err((self.at, "a colon is expected here"));
            }
            entries.push((name, self.value(depth + 1)?));
            self.comma(b'}')?;
        }
        Ok(Literal::Map(entries))
    }

    /// What follows an item: a comma, which is taken, or the end, which is not.
    fn comma(&mut self, end: u8) -> Result<(), Problem> {
        match self.take(b',') || self.peek() == Some(end) {
            true => Ok(()),
            false => Err((self.at, "a comma or the end of a list is expected here")),
        }
    }

    fn whole(&mut self) -> Result<Literal, Problem> {
        let start = self.at;
        let mut number = 0_usize;
        while let Some(digit) = self.text.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            number = number
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(usize::from(digit - b'0')))
                .ok_or((start, "this number is too large"))?;
            self.at += 1;
        }
        // Python 2 wrote an L after long numbers.
        self.at += usize::from(self.text.get(self.at) == Some(&b'L'));
        Ok(Literal::Whole(number))
    }

    fn truth(&mut self) -> Result<Literal, Problem> {
        for (word, value) in [(&b"True"[..], true), (b"False", false)] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(Literal::Truth(value));
            }
        }
        Err((self.at, "this is not a value"))
    }
}
