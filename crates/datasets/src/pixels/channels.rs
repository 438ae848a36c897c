//! The channels of an image.

use relume_catalog::Choice;

/// What becomes of the colours of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Channels {
    /// Three channels; gray images get three that are alike.
    Rgb,
    /// One channel.
    Gray,
}

impl Channels {
    /// How many there are.
    pub fn count(self) -> usize {
        match self {
            Channels::Rgb => 3,
            Channels::Gray => 1,
        }
    }
}
