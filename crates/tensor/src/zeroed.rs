//! Large buffers whose memory may not be there.

use crate::storage::Element;
use std::alloc::{Layout, alloc_zeroed};

/// So many zeros; `None` if there is no memory for them.
///
/// As `vec![0.0; count]`, which ends the program instead: the system's own zeros are taken, so that pages are touched
/// when they are first written, by the thread that writes them.
pub(crate) fn try_zeroed<T: Element>(count: usize) -> Option<Vec<T>> {
    let layout = Layout::array::<T>(count).ok()?;
    if layout.size() == 0 {
        return Some(Vec::new());
    }
    // SAFETY: the layout is not empty.
    let pointer = unsafe { alloc_zeroed(layout) }.cast::<T>();
    if pointer.is_null() {
        return None;
    }
    // SAFETY: the global allocator gave the memory for exactly `count` numbers of this type, and all of its bytes are
    // zero, which is a value of every `Element`.
    Some(unsafe { Vec::from_raw_parts(pointer, count, count) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_zeros_and_can_be_freed() {
        for count in [0, 1, 1000] {
            assert_eq!(try_zeroed::<f32>(count), Some(vec![0.0; count]));
            assert_eq!(try_zeroed::<u32>(count), Some(vec![0; count]));
        }
    }

    #[test]
    fn what_no_machine_has_is_not_there() {
        assert_eq!(try_zeroed::<f32>(isize::MAX as usize / 4), None);
        assert_eq!(try_zeroed::<f32>(usize::MAX), None);
    }
}
