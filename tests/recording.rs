//! What a session keeps: its history, the file that does the same again, and the transcript.

use relume_repl::{Captured, Failure, Output, Session, Source};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A session at a prompt of which everything is captured, in a folder of its own.
struct Typed {
    session: Session,
    captured: Captured,
    folder: tempfile::TempDir,
}

impl Typed {
    fn new() -> Self {
        let (output, captured) = Output::captured();
        let folder = tempfile::tempdir().expect("a folder");
        Typed { session: Session::new(output), captured, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn try_type(&mut self, text: &str) -> Result<(), Failure> {
        let text = text.replace("FOLDER", &self.folder.path().display().to_string());
        self.session.run(&text, &Source::Prompt)
    }

    /// What a line prints.
    fn types(&mut self, text: &str) -> String {
        let before = self.captured.results().len();
        if let Err(failure) = self.try_type(text) {
            panic!("{text}: {}", failure.diagnostic.message);
        }
        self.captured.results()[before..].to_string()
    }

    /// The message of a line that fails.
    fn fails(&mut self, text: &str) -> String {
        match self.try_type(text) {
            Err(failure) => failure.diagnostic.render(text),
            Ok(()) => panic!("{text} does not fail"),
        }
    }

    /// A line that is interrupted as soon as a text is seen among the remarks.
    fn interrupted(&mut self, text: &str, seen: &str) {
        let (interrupt, captured) = (self.session.interrupt(), self.captured.clone());
        let seen = seen.to_string();
        let from = captured.remarks().len();
        let waiting = std::thread::spawn(move || {
            while !captured.remarks()[from..].contains(&seen) {
                std::thread::sleep(Duration::from_millis(1));
            }
            interrupt.set();
        });
        assert_eq!(self.try_type(text).unwrap_err().code, relume_repl::ExitCode::Interrupted);
        waiting.join().expect("the other thread");
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect(name)
    }
}

/// What another process prints for a file, its remarks, and its exit code.
fn run_file(path: &Path) -> (String, String, Option<i32>) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_relume")).arg(path).output().expect("the program");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

const FIGURES: &str =
    "evaluate net on d; net.history.loss; other.history.loss; norm(net.layers[0].weight)";

#[test]
fn a_saved_session_gives_the_same_figures_in_another_process() {
    let mut typed = Typed::new();
    typed.write(
        "part.relume",
        "arguments units=3\nother = dense(units) -> tanh -> dense(3)\ntrain other on d epochs=1\n",
    );
    typed.types("set seed=7");
    typed.types("d = iris");
    typed.types("net = dense(8) -> tanh -> dropout(0.2)\n  -> dense(3)");
    typed.types("train net on d epochs=2 batch=16");
    typed.fails("train net on nowhere epochs=3");
    typed.fails("net = dense(8,");
    let training = "for lr in [0.1, 0.01] {\n  train net on d epochs=2 batch=16 optimizer=adam(lr=lr)\n  \
                    train net on d epochs=4000 batch=1 optimizer=adam(lr=lr)\n}";
    typed.interrupted(training, "epoch 5/4000");
    typed.types("rerun 4");
    typed.types("run \"FOLDER/part.relume\" units=5");
    let figures = typed.types(FIGURES);
    typed.types("save session to \"FOLDER/run.relume\"");
    let saved = typed.read("run.relume");
    assert!(saved.contains("set seed=0\nset seed=7\nd = iris\n"), "{saved}");
    assert!(saved.contains("lr = 0.1\ntrain net"), "{saved}");
    assert!(saved.contains("epochs=4000 batch=1 optimizer=adam(lr=lr) max_steps="), "{saved}");
    assert!(!saved.contains("nowhere") && !saved.contains("rerun"), "{saved}");
    let (again, remarks, code) = run_file(&typed.path("run.relume"));
    assert_eq!(code, Some(0), "{remarks}");
    assert!(again.ends_with(&figures), "{again}\n{figures}\n{saved}");
    assert!(!remarks.contains("fingerprint"), "{remarks}");
}

#[test]
fn a_saved_session_says_when_the_data_differ() {
    let mut typed = Typed::new();
    let table = "x,y\n1,2\n2,4\n3,6\n4,8\n5,10\n6,12\n7,14\n8,16\n9,18\n10,20\n";
    typed.write("t.csv", table);
    typed.types("d = csv(\"FOLDER/t.csv\", target=\"y\", task=\"numbers\")\nnet = dense(1)");
    typed.types("train net on d epochs=1");
    typed.types("save session to \"FOLDER/run.relume\"");
    let (_, remarks, code) = run_file(&typed.path("run.relume"));
    assert_eq!((code, remarks.contains("fingerprint")), (Some(0), false), "{remarks}");
    typed.write("t.csv", &table.replace("9,18", "9,19"));
    let (_, remarks, code) = run_file(&typed.path("run.relume"));
    assert_eq!(code, Some(0), "{remarks}");
    assert!(remarks.contains("warning: t are other data than were expected"), "{remarks}");
}

#[test]
fn what_failed_but_left_something_does_the_same_again() {
    let mut typed = Typed::new();
    typed.types("d = sine\nnet = dense(8) -> relu -> dense(1)");
    typed.fails("train net on d epochs=3 optimizer=sgd(lr=100000)");
    typed.types("m = dense(4) -> tanh -> dense(1)");
    typed.types("f(x) = {\n  x = 2 * x\n  x + 1\n}");
    typed.fails("for m2 in [m, m] { train m2 on d epochs=1; w = f(3); if w > 3 { nothere } }");
    let figures = typed.types("w; norm(m2.layers[0].weight); norm(net.layers[0].weight)");
    typed.types("save session to \"FOLDER/run.relume\"");
    let (again, remarks, code) = run_file(&typed.path("run.relume"));
    assert_eq!(code, Some(0), "{remarks}{}", typed.read("run.relume"));
    assert!(again.ends_with(&figures), "{again}\n{figures}\n{}", typed.read("run.relume"));
    assert!(typed.read("run.relume").contains("m2 = ([m, m])[0]\n"));
}

#[test]
fn only_a_saved_session_is_replaced_by_another() {
    let mut typed = Typed::new();
    typed.types("x = 1");
    typed.types("save session to \"FOLDER/run.relume\"");
    typed.types("save session to \"FOLDER/run.relume\"");
    typed.write("mine.relume", "x = 2\n");
    let message = typed.fails("save session to \"FOLDER/mine.relume\"");
    assert!(message.contains("holds no saved session"), "{message}");
    assert_eq!(typed.read("mine.relume"), "x = 2\n");
    // A name that a person has defined wins.
    typed.types("session = input(2) -> dense(1)");
    typed.types("save session to \"FOLDER/net.rlm\"");
    assert_eq!(typed.types("load(\"FOLDER/net.rlm\")"), "2 -> 1 · 3 parameters\n");
}

#[test]
fn a_loop_that_fails_late_is_said_and_not_told_wrongly() {
    let mut typed = Typed::new();
    typed.types("n = 0");
    typed.fails("for i in 0..6000 { n = n + 1; assert n < 5999 }");
    let message = typed.fails("save session to \"FOLDER/run.relume\"");
    assert!(message.contains("failed after too many statements"), "{message}");
    // So is a function that changes a network before it fails.
    let mut typed = Typed::new();
    typed.types("d = iris\nnet = dense(3)\nfit(n) = {\n  train net on d epochs=n\n  nothere\n}");
    typed.fails("fit(2)");
    assert_eq!(typed.types("shape(net.history.loss)"), "[2]\n");
    let message = typed.fails("save session to \"FOLDER/run.relume\"");
    assert!(message.contains("`fit(2)` failed after a function in it had changed"), "{message}");
    // One that fails early is told in its statements.
    let mut typed = Typed::new();
    typed.types("n = 0");
    typed.fails("for i in [2, 3, 4] { n = n + i; assert n < 5 }");
    assert_eq!(typed.types("n"), "5\n");
    typed.types("save session to \"FOLDER/run.relume\"");
    let (again, remarks, _) = run_file(&typed.path("run.relume"));
    assert_eq!(again, "5\n", "{remarks}");
}

#[test]
fn the_history_is_numbered_and_statements_of_it_run_again() {
    let mut typed = Typed::new();
    typed.types("a = 1; b = 2");
    typed.fails("nothere");
    typed.types("a + b");
    assert_eq!(
        typed.types("history"),
        "1    a = 1\n2    b = 2\n3 !  nothere\n4    a + b\n5    history\n"
    );
    assert_eq!(typed.types("history 2"), "5    history\n6    history 2\n");
    assert_eq!(typed.types("history 1..3"), "1    a = 1\n2    b = 2\n");
    assert_eq!(typed.types("history \"= ?\""), "1    a = 1\n2    b = 2\n8    history \"= ?\"\n");
    assert_eq!(typed.types("a = 5\nrerun 4"), "7\n");
    assert!(typed.captured.remarks().ends_with("> a + b\n"), "{}", typed.captured.remarks());
    assert_eq!(typed.types("rerun 1..3"), "");
}

#[test]
fn a_statement_that_fails_again_stops_the_others() {
    let mut typed = Typed::new();
    typed.types("a = 1");
    typed.fails("nothere");
    typed.types("a = 2");
    let message = typed.fails("rerun 1..4");
    assert!(message.contains("a statement that was run again failed"), "{message}");
    assert_eq!(typed.types("a"), "1\n");
    for (text, part) in [
        ("rerun 0", "the statements have numbers from 1 to 6"),
        ("rerun 99", "the statements have numbers from 1 to 6"),
        ("rerun 3..3", "3..3 holds no statement"),
        ("rerun \"a\"", "the number of a statement is wanted here, not a string"),
        ("rerun", "rerun needs `which`"),
    ] {
        let message = typed.fails(text);
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn a_transcript_has_what_is_typed_and_answered_and_keeps_what_was_there() {
    let mut typed = Typed::new();
    let begun = typed.types("transcript to \"FOLDER/session.log\"");
    assert!(begun.starts_with("the transcript is written to"), "{begun}");
    typed.types("transcript off");
    let before = typed.read("session.log");
    assert!(before.starts_with("# A transcript of relume "), "{before}");
    assert_eq!(
        typed.types("transcript to \"FOLDER/session.log\"").split_once(" /").expect("a path").0,
        "the transcript goes on at the end of"
    );
    typed.types("x = [1,\n  2]");
    typed.types("sum(x)");
    let failure = typed.try_type("nothere").expect_err("an error");
    typed.session.report(&failure, "nothere", &Source::Prompt);
    let added = "> x = [1,\n    2]\n> sum(x)\n3\n> nothere\nerror: there is no `nothere`\n  |  nothere\n  |  \
                 ^^^^^^^\nhelp: define it first: nothere = ...\n";
    let expected = before + added;
    assert_eq!(typed.read("session.log"), expected);
    typed.types("transcript off");
    typed.types("1 + 1");
    let log = typed.read("session.log");
    assert!(log == format!("{expected}> transcript off\n"), "{log}");
    let message = typed.fails("transcript off");
    assert!(message.contains("no transcript is being written"), "{message}");
}

#[test]
fn a_transcript_goes_into_no_file_of_another_kind() {
    let mut typed = Typed::new();
    for (name, text) in
        [("notes.txt", "buy milk\n"), ("photo.jpg", "\u{fffd}JFIF"), ("run.relume", "x = 1\n")]
    {
        typed.write(name, text);
        let message = typed.fails(&format!("transcript to \"FOLDER/{name}\""));
        assert!(message.contains("is there, and holds no transcript"), "{message}");
        assert!(message.contains("help: choose another name"), "{message}");
        typed.types("1 + 1");
        assert_eq!(typed.read(name), text);
    }
    typed.write("empty.log", "");
    typed.types("transcript to \"FOLDER/empty.log\"");
    assert!(typed.read("empty.log").starts_with("# A transcript of relume "));
}

#[test]
fn a_training_stops_after_as_many_steps_as_are_wanted_and_goes_on_to_the_same_bits() {
    let mut typed = Typed::new();
    typed.types("d = iris\nset seed=1\na = dense(4) -> dropout(0.1) -> dense(3)\nb = a");
    // 120 samples: four batches of 32 in an epoch.
    typed.types("train a on d epochs=3");
    typed.types("train b on d epochs=3 max_steps=0");
    assert_eq!(typed.types("b.history.loss"), "[]\n");
    typed.types("train b on d max_steps=6");
    typed.types("train b on d max_steps=2");
    assert_eq!(typed.types("shape(b.history.loss)"), "[2]\n");
    typed.types("train b on d");
    typed.types(
        "assert a.history.loss == b.history.loss; assert a.layers[0].weight == b.layers[0].weight",
    );
}
