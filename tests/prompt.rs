//! The prompt at a terminal: typed-ahead and pasted lines, continued lines, and Ctrl-C.
#![cfg(unix)]

use expectrl::session::{OsSession, Session};
use expectrl::{ControlCode, Eof, Expect};
use std::process::Command;
use std::time::Duration;

/// The prompt in a terminal of its own, after its greeting.
fn prompt() -> OsSession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command.env("RELUME_HISTORY", "").env("TERM", "xterm");
    let mut session = Session::spawn(command).expect("a terminal");
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    seen(&mut session, "Ctrl-D leaves");
    session
}

fn seen(session: &mut OsSession, text: &str) {
    session.expect(text).unwrap_or_else(|error| panic!("{text}: {error}"));
}

fn leave(mut session: OsSession) {
    // Before the prompt is ready, the terminal itself would take Ctrl-D.
    seen(&mut session, "> ");
    session.send(ControlCode::EndOfTransmission).expect("Ctrl-D");
    session.expect(Eof).expect("the end");
}

#[test]
fn lines_that_come_at_once_all_run() {
    let mut session = prompt();
    session.send("first = 40\rsecond = 2\rfirst + second\r").expect("three lines");
    seen(&mut session, "\n42\r");
    session.send("assert first \\\r== 40; 10 * first\r").expect("a line that goes on");
    seen(&mut session, "\n400\r");
    leave(session);
}

#[test]
fn ctrl_c_stops_training_and_evaluation_and_the_prompt_lives() {
    let mut session = prompt();
    session.send_line("d = moons(samples=4000000, test=0.9)").expect("data");
    seen(&mut session, "4,000,000 samples");
    session.send_line("net = dense(512) -> relu -> dense(512) -> dense(2)").expect("a network");
    seen(&mut session, "net: ");
    session.send_line("train net on d epochs=1000").expect("a long run");
    seen(&mut session, "batch");
    session.send(ControlCode::EndOfText).expect("Ctrl-C");
    seen(&mut session, "interrupted in epoch");
    session.send_line("evaluate net on d").expect("a long evaluation");
    seen(&mut session, "evaluating: ");
    session.send(ControlCode::EndOfText).expect("Ctrl-C");
    seen(&mut session, "evaluation was interrupted");
    session.send_line("6 * 7").expect("an expression");
    seen(&mut session, "\n42\r");
    leave(session);
}
