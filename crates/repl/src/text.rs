//! Texts that are run, and where they came from.

/// Where a text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Typed at the prompt.
    Prompt,
    /// Given with `-c`.
    Argument,
    /// Standard input.
    Pipe,
    /// A file.
    File(String),
}

impl Source {
    /// The name in front of line and column; none at the prompt.
    pub fn name(&self) -> Option<&str> {
        match self {
            Source::Prompt => None,
            Source::Argument => Some("-c"),
            Source::Pipe => Some("<stdin>"),
            Source::File(path) => Some(path),
        }
    }
}

/// A text with its source: what the places of statements belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it came from.
    pub source: Source,
}

impl Default for Text {
    fn default() -> Self {
        Text { text: String::new(), source: Source::Prompt }
    }
}
