//! The chunks of which WAV and AIFF files consist: a name, a length, and that many bytes.

use super::pcm::Order;

/// A chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    /// Four letters.
    pub name: [u8; 4],
    /// The length that it claims.
    pub claimed: u32,
    /// What is there of it, to the file's end at most.
    pub bytes: &'a [u8],
    /// All that follows its header.
    pub rest: &'a [u8],
}

/// The chunks of a file, from the first to one that the file's end cuts off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks<'a> {
    pub order: Order,
    pub rest: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (name, rest) = self.rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let claimed = self.order.u32(*length);
        let bytes = &rest[..rest.len().min(claimed as usize)];
        // A chunk of an odd length is followed by a byte that belongs to none.
        self.rest = rest.get(bytes.len() + bytes.len() % 2..).unwrap_or_default();
        Some(Chunk { name: *name, claimed, bytes, rest })
    }
}

/// The number in two bytes of a chunk.
pub(super) fn number16(bytes: &[u8], at: usize, order: Order) -> Option<u16> {
    Some(order.u16(*bytes.get(at..)?.first_chunk()?))
}

/// The number in four bytes of a chunk.
pub(super) fn number32(bytes: &[u8], at: usize, order: Order) -> Option<u32> {
    Some(order.u32(*bytes.get(at..)?.first_chunk()?))
}
