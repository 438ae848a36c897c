//! What carries messages between processes.

use super::GroupError;

/// What a message is for: messages with the same tag from the same rank arrive in the order in which they were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Tag {
    /// Numbers that are summed.
    Numbers = 1,
    /// A value for all.
    Gather,
    /// A value from rank 0.
    Broadcast,
    /// A piece of work, or a request for one.
    Work,
    /// A rank that cannot go on.
    Alarm,
    /// How a statement ended ([`Group::agree`](super::Group::agree)).
    Agree,
}

impl Tag {
    /// All tags.
    pub const ALL: [Tag; 6] =
        [Tag::Numbers, Tag::Gather, Tag::Broadcast, Tag::Work, Tag::Alarm, Tag::Agree];
}

/// What is called while a message has not come: it pauses, and fails when it never will.
pub type Wait<'a> = &'a mut dyn FnMut() -> Result<(), GroupError>;

/// Carries messages between processes of the same program. One thread at a time uses it.
pub trait Transport: Send + Sync + std::fmt::Debug {
    /// The number of this process, from 0.
    fn rank(&self) -> usize;

    /// How many processes there are.
    fn size(&self) -> usize;

    /// Whether the process was started to work with others, be it the only one.
    fn is_launched(&self) -> bool {
        true
    }

    /// Sends bytes, and returns before they have arrived.
    ///
    /// # Errors
    /// A rank that cannot be reached.
    fn send(&self, to: usize, tag: Tag, bytes: &[u8]) -> Result<(), GroupError>;

    /// Takes the next message with this tag, of one rank or of any, with the rank that sent it; `None` if there is none
    /// yet.
    ///
    /// # Errors
    /// A transport that is broken.
    fn take(&self, from: Option<usize>, tag: Tag) -> Result<Option<(usize, Vec<u8>)>, GroupError>;

    /// Takes the next message of one rank, whatever its tag, in the order in which that rank sent them; `None` if there
    /// is none yet.
    ///
    /// # Errors
    /// A transport that is broken.
    fn take_next(&self, from: usize) -> Result<Option<(Tag, Vec<u8>)>, GroupError>;

    /// Sends numbers to a rank, and receives as many as there is room for from the same or another one, both at once
    /// ([`Tag::Numbers`]). `wait` is called until all is done.
    ///
    /// # Errors
    /// A rank that cannot be reached or that sends another number of numbers, and those of `wait`.
    fn swap(
        &self,
        send: Option<(usize, &[f32])>,
        receive: Option<(usize, &mut [f32])>,
        wait: Wait<'_>,
    ) -> Result<(), GroupError>;

    /// Whether this process was told to end: it then waits for others for a few seconds at most.
    fn is_ending(&self) -> bool {
        false
    }

    /// Tells the user of this process something while it waits.
    fn say(&self, text: &str) {
        eprintln!("{text}");
    }
}
