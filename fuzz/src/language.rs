//! What the fuzz targets do with a text. An ordinary test of the workspace does the same with every text of the corpus.

use relume_repl::syntax::{self, TokenKind};
use relume_repl::{JsonOutput, Output, Session, Source, verbs};
use relume_tensor::{set_memory_limit, threads};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// Bytes of the longest text that is evaluated.
const LONGEST: usize = 4096;

/// The most bytes of the process.
const MEMORY: u64 = 1 << 30;

/// Statements, rounds of loops and calls of functions.
const STEPS: u64 = 2000;

/// After this long the session is interrupted as by Ctrl-C; what does not end soon after that hangs.
const PATIENCE: Duration = Duration::from_millis(300);

/// Whole numbers from here to [`HUGE`] are not evaluated: they are sizes that take long, not those that are refused.
const SMALL: f64 = 128.0;

/// Whole numbers from here on are no possible sizes.
const HUGE: f64 = 1e9;

/// Reads a text: tokens, statements, what the prompt shows of it, and the error with its help if it does not parse.
pub fn parser(text: &str) {
    let verbs = verbs();
    let complete = syntax::is_complete(text);
    let pieces = syntax::pieces(text, &verbs);
    assert!(pieces.is_sorted_by_key(|(span, _)| span.start), "pieces stand in their order");
    assert!(pieces.iter().all(|(span, _)| text.get(span.start..span.end).is_some()));
    match syntax::parse(text, &verbs) {
        Ok(statements) => {
            assert!(complete, "a text that parses asks for no more");
            assert!(statements.iter().all(|own| text.get(own.span.start..own.span.end).is_some()));
        }
        Err(_) => run(&mut Session::new(Output::captured().0), text, &Source::Prompt),
    }
}

/// Runs a text in a session of its own, with small bounds, in a folder of its own.
pub fn evaluator(text: &str) {
    if !is_harmless(text) {
        return;
    }
    let folder = folder();
    if threads::threads() != 1 {
        threads::set_threads(1).expect("a thread");
    }
    let (mut output, _captured) = Output::captured();
    // Results are shown as text or as JSON; a file is looked through before its first line runs, a line is not.
    output.json = (text.len() % 2 == 1).then(JsonOutput::default);
    let source = match text.len() % 4 {
        0 | 1 => Source::Prompt,
        _ => Source::File("text.relume".to_string()),
    };
    let mut session = Session::new(output);
    session.steps_left = Some(STEPS);
    let interrupt = session.interrupt();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            std::thread::park_timeout(PATIENCE);
            // Again and again: a training that begins takes earlier requests to stop back.
            while !is_done.load(Ordering::Acquire) {
                interrupt.set();
                std::thread::park_timeout(Duration::from_millis(50));
            }
        });
        run(&mut session, text, &source);
        is_done.store(true, Ordering::Release);
        watch.thread().unpark();
    });
    drop(session);
    clear(folder);
}

/// Runs a text; what fails is reported.
fn run(session: &mut Session, text: &str, source: &Source) {
    if let Err(failure) = session.run(text, source) {
        let span = failure.diagnostic.span.filter(|_| failure.text.is_none());
        if let (Some(span), None) = (span, &failure.trace) {
            assert!(text.get(span.start..span.end).is_some(), "the place is one of the text");
        }
        session.report(&failure, text, source);
    }
}

/// Whether a text is short, has no sizes that take long, and no strings that lead out of the folder.
fn is_harmless(text: &str) -> bool {
    // What cannot be read is not run.
    let Ok(tokens) = syntax::tokens(text) else { return text.len() <= LONGEST };
    let is_harmless = |token: &syntax::Token| match &token.kind {
        TokenKind::Number(x) => x.fract() != 0.0 || *x <= SMALL || *x >= HUGE,
        TokenKind::Text(_) | TokenKind::Template(_) => {
            let own = token.span.of(text);
            !own.contains(['/', '\\']) && !own.contains("..")
        }
        _ => true,
    };
    text.len() <= LONGEST && tokens.iter().all(is_harmless)
}

/// The folder that everything runs in; bounds of the process are set when it is made.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        set_memory_limit(Some(MEMORY));
        let folder = tempfile::tempdir().expect("a folder");
        std::env::set_current_dir(&folder).expect("a folder");
        folder
    });
    folder.path()
}

/// Removes what a text has written.
fn clear(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        std::fs::remove_file(entry.path()).expect("a file");
    }
}
