//! What a function says about samples that it cannot take.

/// A wish for other samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// What is wanted, as in "wants an even number along axis -1".
    pub wanted: String,
    /// What to do about it, if there is something to say.
    pub help: Option<String>,
}

impl Misfit {
    /// A wish without advice.
    pub fn new(wanted: impl Into<String>) -> Self {
        Misfit { wanted: wanted.into(), help: None }
    }

    /// The same wish with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
