//! Arguments that a specification does not have, left out while a text of a newer program is read.

use std::cell::RefCell;

/// How many names are kept: a text may have as many as it is long.
const MOST: usize = 20;

thread_local! {
    /// What was left out so far; `None` where nothing may be.
    static LEFT_OUT: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Reads something of a newer program: arguments that a specification does not have are left out instead of refused.
/// Returns what they are, as ``dense's `gain` ``, each once, and at most the first 20.
///
/// It holds for this thread until `read` ends. A Rust type cannot be told otherwise: serde passes nothing on.
pub fn skipping_unknown<R>(read: impl FnOnce() -> R) -> (R, Vec<String>) {
    /// Puts back what was before, even if `read` panics.
    struct Restore(Option<Vec<String>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            LEFT_OUT.replace(self.0.take());
        }
    }
    let _before = Restore(LEFT_OUT.replace(Some(Vec::new())));
    let result = read();
    (result, LEFT_OUT.take().unwrap_or_default())
}

/// Notes that `name` of `owner` is left out; false where it is to be refused.
pub fn skip_unknown(owner: &str, name: &str) -> bool {
    LEFT_OUT.with_borrow_mut(|left_out| {
        let Some(left_out) = left_out else { return false };
        let own = format!("{owner}'s `{name}`");
        if left_out.len() < MOST && !left_out.contains(&own) {
            left_out.push(own);
        }
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_named_once_and_only_while_it_may_be() {
        assert!(!skip_unknown("dense", "gain"));
        let (inner, outer) = skipping_unknown(|| {
            assert!(skip_unknown("dense", "gain") && skip_unknown("dense", "gain"));
            let ((), inner) = skipping_unknown(|| assert!(skip_unknown("adam", "phase")));
            assert!(skip_unknown("conv2d", "gain"));
            inner
        });
        assert_eq!(
            (inner, outer),
            (
                vec!["adam's `phase`".into()],
                vec!["dense's `gain`".into(), "conv2d's `gain`".into()]
            )
        );
        assert!(!skip_unknown("dense", "gain"));
        let ((), many) = skipping_unknown(|| {
            (0..99).for_each(|i| assert!(skip_unknown("dense", &i.to_string())))
        });
        assert_eq!(many.len(), MOST);
    }
}
