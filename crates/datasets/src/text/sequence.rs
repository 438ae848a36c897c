//! Sequences of one length.

use super::PADDING;
use relume_catalog::Choice;

/// An end of a sequence, by Keras' names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Side {
    /// The end.
    Post,
    /// The beginning.
    #[default]
    Pre,
}

/// Writes a sequence of indices into a row of fixed length, as Keras' `pad_sequences` does: a longer one loses its
/// beginning (`truncate` [`Side::Pre`]) or its end, a shorter one gets padding (0) before it (`pad` [`Side::Pre`]) or
/// after it.
pub fn fit_length(ids: &[u32], row: &mut [u32], truncate: Side, pad: Side) {
    let kept = match (ids.len().checked_sub(row.len()), truncate) {
        (None, _) => ids,
        (Some(over), Side::Pre) => &ids[over..],
        (Some(_), Side::Post) => &ids[..row.len()],
    };
    let (own, padding) = match pad {
        Side::Pre => {
            let (padding, own) = row.split_at_mut(row.len() - kept.len());
            (own, padding)
        }
        Side::Post => row.split_at_mut(kept.len()),
    };
    own.copy_from_slice(kept);
    padding.fill(PADDING);
}

/// How many indices a text has without the padding after its end.
pub fn unpadded(ids: impl DoubleEndedIterator<Item = u32> + ExactSizeIterator) -> usize {
    let mut ids = ids;
    ids.rposition(|id| id != PADDING).map_or(0, |last| last + 1)
}
