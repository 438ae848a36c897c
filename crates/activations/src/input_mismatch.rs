//! Why a function or a layer cannot take its input.

/// What a function or a layer needs instead of the input that it cannot take.
#[derive(Clone, Debug, PartialEq)]
pub struct InputMismatch {
    /// What is needed, as in "wants one row of features".
    pub wanted: String,
    /// What to do about it, if there is advice.
    pub help: Option<String>,
}

impl InputMismatch {
    /// What is needed, without advice.
    pub fn new(wanted: impl Into<String>) -> Self {
        InputMismatch { wanted: wanted.into(), help: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
