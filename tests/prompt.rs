//! The prompt at a terminal: typed-ahead and pasted lines, continued lines, and Ctrl-C.
#![cfg(unix)]

use expectrl::session::{OsSession, Session};
use expectrl::{ControlCode, Eof, Expect};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The prompt in a terminal of its own, after its greeting.
fn prompt() -> OsSession {
    let mut session = spawned(Path::new("nowhere"), &[]);
    seen(&mut session, "Ctrl-D leaves");
    session
}

/// The prompt with options, of a user whose settings are in a folder.
fn spawned(settings: &Path, options: &[&str]) -> OsSession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command
        .env("RELUME_HISTORY", "")
        .env("RELUME_STATE", "")
        .env("TERM", "xterm")
        .env("XDG_CONFIG_HOME", settings);
    command.args(options);
    let mut session = Session::spawn(command).expect("a terminal");
    session.set_expect_timeout(Some(Duration::from_secs(60)));
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

/// leaky_relu with slope 0 is relu, so that a run in which it stands goes on to the same bits: weights, the optimizer's
/// state, the order of the batches and the place in the run were kept.
#[test]
fn a_layer_is_replaced_where_ctrl_c_stopped_a_training_and_the_rest_goes_on() {
    let mut session = prompt();
    session
        .send_line("d = moons(samples=400000); net = dense(64) -> relu -> dense(2)")
        .expect("data");
    seen(&mut session, "net: ");
    session.send_line("train net on d epochs=1000").expect("a long run");
    seen(&mut session, "batch");
    session.send(ControlCode::EndOfText).expect("Ctrl-C");
    seen(&mut session, "interrupted in epoch");
    session.send_line("before = net; net.layers[1] = leaky_relu(slope=0)").expect("a change");
    for name in ["net", "before"] {
        session.send_line(format!("train {name} on d max_steps=3")).expect("three steps");
        seen(&mut session, "stopped in epoch");
    }
    let same = "print \"same\" all(net.layers[0].weight == before.layers[0].weight)";
    session.send_line(same).expect("a comparison");
    seen(&mut session, "\nsame true\r");
    session.send_line("kept = net.layers[0].weight; net.layers[1] = mish").expect("a change");
    session.send_line("print \"kept\" all(net.layers[0].weight == kept)").expect("a comparison");
    seen(&mut session, "\nkept true\r");
    session.send_line("train net on d").expect("the rest of the run");
    seen(&mut session, "/1000 · batch");
    session.send(ControlCode::EndOfText).expect("Ctrl-C");
    seen(&mut session, "interrupted in epoch");
    session.send_line("print \"moved\" any(net.layers[0].weight != kept)").expect("a comparison");
    seen(&mut session, "\nmoved true\r");
    leave(session);
}

#[test]
fn the_prompt_reads_a_file_of_settings_and_stands_whatever_is_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("relume")).expect("a folder");
    let file = folder.path().join("relume/config.relume");
    std::fs::write(&file, "set digits=2\nset dgits=3\nx = 1\n").expect("a file");
    let mut session = spawned(folder.path(), &[]);
    seen(&mut session, "set has no argument `dgits`");
    seen(&mut session, "a file of settings holds `set` alone");
    seen(&mut session, "Ctrl-D leaves");
    session.send_line("1 / 3").expect("an expression");
    seen(&mut session, "\n0.33\r");
    leave(session);
    std::fs::write(&file, "set digits=2\nset seed=[1\n").expect("a file");
    let mut session = spawned(folder.path(), &[]);
    seen(&mut session, "this bracket is never closed");
    session.send_line("1 / 4").expect("an expression");
    seen(&mut session, "\n0.25\r");
    leave(session);
    let mut session = spawned(folder.path(), &["--no-config"]);
    seen(&mut session, "Ctrl-D leaves");
    leave(session);
    std::fs::write(&file, "set greeting=false\n").expect("a file");
    let mut session = spawned(folder.path(), &[]);
    session.send_line("1 / 8").expect("an expression");
    seen(&mut session, "\n0.125\r");
    leave(session);
}

#[test]
fn a_transcript_has_an_epoch_in_a_line_though_the_terminal_redraws_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("session.log");
    let mut session = prompt();
    session.send_line(format!("transcript to \"{}\"", log.display())).expect("a transcript");
    seen(&mut session, "the transcript is written to");
    session.send_line("d = iris; net = dense(3); train net on d epochs=2").expect("a training");
    seen(&mut session, "epoch 2: loss");
    session.send_line("nothere").expect("an error");
    seen(&mut session, "define it first");
    leave(session);
    let text = std::fs::read_to_string(&log).expect("the transcript");
    for part in
        ["> train net on d epochs=2\n", "\nepoch 1/2 · loss", "\nerror: there is no `nothere`\n"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text}");
}
