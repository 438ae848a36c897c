//! Large allocations that fail, each in turn: a training, a load, a save and a table are then an error or succeed, and
//! the session goes on with its values unchanged.
//!
//! Only requests of more than 256 KiB fail, whose sizes come from outside: smaller ones end the program, as Rust has
//! it. The allocator is that of all threads of this program, so it holds a single test.

use relume_repl::{Captured, FailureKind, Output, Session, Source, keep_panics};
use relume_tensor::{release_idle_buffers, threads};
use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// The system's allocator, which refuses large requests when it is told to.
struct Failing;

/// Requests of so many bytes, such as the buffer of a file, are always granted.
const SMALL: usize = 256 << 10;
/// Large requests that are still granted, and how many are refused after them.
static GRANTED: AtomicUsize = AtomicUsize::new(usize::MAX);
static REFUSED: AtomicUsize = AtomicUsize::new(0);
/// How many were refused.
static COUNT: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Failing = Failing;

fn is_refused(bytes: usize) -> bool {
    let less = |count: usize| count.checked_sub(1);
    if bytes <= SMALL || GRANTED.load(SeqCst) == usize::MAX {
        return false;
    }
    if GRANTED.fetch_update(SeqCst, SeqCst, less).is_ok() {
        return false;
    }
    let is_refused = REFUSED.fetch_update(SeqCst, SeqCst, less).is_ok();
    COUNT.fetch_add(usize::from(is_refused), SeqCst);
    is_refused
}

// SAFETY: a request is passed on to the system's allocator unchanged, or refused as the contract allows.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match is_refused(layout.size()) {
            true => std::ptr::null_mut(),
            // SAFETY: the caller keeps the contract of `alloc`.
            false => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match is_refused(layout.size()) {
            true => std::ptr::null_mut(),
            // SAFETY: the caller keeps the contract of `alloc_zeroed`.
            false => unsafe { System.alloc_zeroed(layout) },
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        match is_refused(size) {
            true => std::ptr::null_mut(),
            // SAFETY: the caller keeps the contract of `realloc`.
            false => unsafe { System.realloc(pointer, layout, size) },
        }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs something while `refused` large allocations fail, after `granted` that do not. Returns how many failed.
fn refusing<R>(granted: usize, refused: usize, run: impl FnOnce() -> R) -> (R, usize) {
    threads::on_every_thread(release_idle_buffers);
    REFUSED.store(refused, SeqCst);
    COUNT.store(0, SeqCst);
    GRANTED.store(granted, SeqCst);
    let result = run();
    GRANTED.store(usize::MAX, SeqCst);
    (result, COUNT.load(SeqCst))
}

/// A session in a folder, and what it prints.
struct Place<'a> {
    folder: &'a Path,
    session: Session,
    captured: Captured,
}

impl<'a> Place<'a> {
    fn of(folder: &'a Path) -> Self {
        let (output, captured) = Output::captured();
        Place { folder, session: Session::new(output), captured }
    }

    /// Runs a text, in which `IN` is the folder.
    fn run(&mut self, text: &str) -> Result<(), relume_repl::Failure> {
        let text = text.replace("IN", self.folder.to_str().expect("UTF-8"));
        self.session.run(&text, &Source::Prompt)
    }

    /// What a text prints, and the file that it writes.
    fn state(&mut self, text: &str) -> (String, Vec<u8>) {
        let before = self.captured.results().len();
        self.run(text).expect("the state can be shown");
        let file = std::fs::read(self.folder.join("state.rlm")).unwrap_or_default();
        (self.captured.results()[before..].to_string(), file)
    }

    /// Refuses each large allocation of a statement in turn, alone and with all that follow. Each time `state` is the
    /// same if the statement failed. Returns how many allocations there are, and how many of the failures were errors.
    fn survives(&mut self, prepare: &str, statement: &str, state: &str) -> (usize, usize) {
        let mut errors = 0;
        for refused in [1, usize::MAX] {
            for granted in 0.. {
                self.run(prepare).expect("prepared");
                let before = self.state(state);
                let (result, count) = refusing(granted, refused, || self.run(statement));
                if count == 0 {
                    result.expect("it runs where nothing fails");
                    if refused == 1 {
                        break;
                    }
                    return (granted, errors);
                }
                let Err(failure) = result else { continue };
                errors += 1;
                let message = format!("{statement}, {granted} granted: {:?}", failure.diagnostic);
                assert_ne!(failure.kind, FailureKind::Bug, "{message}");
                assert!(self.state(state) == before, "{message}");
            }
        }
        unreachable!("the second round returns")
    }
}

/// A table of 3,000 rows and 60 columns: rows are few, so that what has a number for each of them is small.
fn table() -> String {
    let mut text = (0..60).map(|i| format!("c{i},")).collect::<String>() + "y\n";
    for row in 0..3000 {
        for column in 0..60 {
            let _ = write!(text, "{},", (row * 7 + column * 13) % 1000);
        }
        let _ = writeln!(text, "{}", row % 3);
    }
    text
}

#[test]
fn every_large_allocation_that_fails_is_an_error_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    keep_panics();
    threads::set_threads(1).expect("a thread");
    std::fs::write(folder.join("table.csv"), table()).expect("written");
    let mut place = Place::of(folder);
    place
        .run(
            "set seed=1\ntrained = dense(1500) -> relu -> dense(10)\n\
             d = digits\n\
             train trained on d epochs=1 batch=256\nsave trained to \"IN/net.rlm\"\n\
             t = csv(\"IN/table.csv\", target=\"y\")",
        )
        .expect("it runs");
    let saved = "save m to \"IN/state.rlm\"";
    for (prepare, statement, state) in [
        ("m = trained", "train m on d epochs=1 batch=256", saved),
        ("m = trained", "evaluate m on d", saved),
        ("m = 7", "m = load(\"IN/net.rlm\")", "print(m)"),
        ("m = trained", "save m to \"IN/new.rlm\"", saved),
        ("m = 7", "m = csv(\"IN/table.csv\", target=\"y\")", "print(m)"),
        ("m = input(60) -> dense(1500) -> dense(3)", "train m on t epochs=1 batch=512", saved),
        ("m = 7", "m = ones([400, 400]) @ ones([400, 400]) + 1", "print(m)"),
    ] {
        let (allocations, errors) = place.survives(prepare, statement, state);
        println!("{statement}: {allocations} large allocations, {errors} errors");
        // What is saved is written from where it is.
        let has_large = !statement.starts_with("save");
        assert_eq!((allocations > 0, errors > 0), (has_large, has_large), "{statement}");
    }
}
