//! The channels of an image.

use relume_catalog::Choice;

/// How the colours of an image are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Channels {
    /// Three channels; gray images get three equal ones.
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
