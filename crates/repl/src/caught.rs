//! A panic inside of a statement: it ends the statement, and never the session.

use crate::syntax::Span;
use crate::{Failure, FailureKind};
use relume_tensor::OUT_OF_MEMORY;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the last panic said, with its place in the program.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// How many statements run, one inside of another.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Keeps what panics say for the error of the statement that runs, instead of printing it at once. Outside of
/// statements they are printed as before.
///
/// For programs that run sessions; it holds for all threads.
pub fn keep_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if RUNNING.load(Ordering::Relaxed) == 0 {
            return usual(info);
        }
        let text = message(info.payload());
        let text = match info.location() {
            Some(place) => format!("{text} ({}:{})", place.file(), place.line()),
            None => text,
        };
        // Of several threads, the first one says why.
        LAST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
    }));
}

fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_string());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Runs something; a panic becomes a failure of the statement at `span`.
pub(crate) fn caught<T>(
    span: Span,
    run: impl FnOnce() -> Result<T, Failure>,
) -> Result<Result<T, Failure>, Failure> {
    if RUNNING.fetch_add(1, Ordering::Relaxed) == 0 {
        // What a thread said that an earlier statement had left behind is not of this one.
        LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    RUNNING.fetch_sub(1, Ordering::Relaxed);
    result.map_err(|payload| {
        let kept = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
        let own = message(payload.as_ref());
        match own.strip_prefix(OUT_OF_MEMORY) {
            Some(shortage) => Failure::at(span, shortage)
                .of(FailureKind::Memory)
                .help("fewer samples at once, or smaller sizes; `vars` shows what takes memory, and `delete` frees it"),
            None => Failure::at(span, format!("this is a bug in relume: {}", kept.unwrap_or(own)))
                .of(FailureKind::Bug)
                .help("the session goes on, with the values from before; please report the statement"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(run: impl FnOnce()) -> Failure {
        let run = || {
            run();
            Ok(())
        };
        caught(Span::new(3, 5), run).and_then(|result| result).expect_err("a failure")
    }

    #[test]
    fn a_panic_is_a_bug_with_its_message() {
        let failure = failure(|| panic!("index 7 of 3"));
        assert_eq!(failure.kind, FailureKind::Bug);
        assert!(failure.diagnostic.message.contains("index 7 of 3"), "{failure:?}");
        assert_eq!(failure.diagnostic.span, Some(Span::new(3, 5)));
    }

    #[test]
    fn a_lack_of_memory_is_no_bug() {
        let failure = failure(|| panic!("{OUT_OF_MEMORY}1.0 GB of memory are needed"));
        assert_eq!(failure.kind, FailureKind::Memory);
        assert_eq!(failure.diagnostic.message, "1.0 GB of memory are needed");
    }
}
