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
        // Messages with long paths stay in one line.
        .env("COLUMNS", "100")
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

/// The prompt of a user whose lost sessions, settings and history are in a folder.
fn kept(folder: &Path) -> OsSession {
    kept_with(folder, &[])
}

/// The same with options.
fn kept_with(folder: &Path, options: &[&str]) -> OsSession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command.args(options);
    command.env("RELUME_HISTORY", folder.join("history")).env("XDG_STATE_HOME", folder);
    command.env("TERM", "xterm").env("XDG_CONFIG_HOME", folder).env_remove("RELUME_STATE");
    let mut session = Session::spawn(command).expect("a terminal");
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    seen(&mut session, "Ctrl-D leaves");
    session
}

fn signal(session: &OsSession, name: &str) {
    let pid = session.get_process().pid().to_string();
    let sent = Command::new("kill").args(["-s", name, &pid]).status().expect("kill");
    assert!(sent.success());
}

#[test]
fn a_killed_session_is_restored_with_its_weights_and_a_finished_one_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("net.rlm");
    let mut session = kept(folder.path());
    session
        .send_line("set seed=5; d = iris(); net = dense(16) -> relu -> dense(3)")
        .expect("a net");
    seen(&mut session, "net: ");
    session.send_line("train net on d epochs=3; f(x, y=2) = x ^ y").expect("a training");
    seen(&mut session, "epoch 3: loss");
    session
        .send_line("t = randn(40, 40); m = t > 0; l = [0.1, \"a\", (x=exp(1000), y=true)]; o = sgd(lr=0.1)")
        .expect("values");
    session.send_line(format!("save net to \"{}\"", file.display())).expect("a file");
    seen(&mut session, "saved to");
    session.send_line("s = sum(t); print \"sum\" s").expect("a sum");
    seen(&mut session, "\nsum ");
    seen(&mut session, "> ");
    // A session that lives is not offered to another one.
    no_session_to_restore(kept(folder.path()));
    signal(&session, "KILL");
    session.expect(Eof).expect("the end");
    // In a sandbox there are no files of other sessions.
    let here = folder.path().display().to_string();
    no_session_to_restore(kept_with(folder.path(), &["--sandbox", &here]));

    let mut session = kept(folder.path());
    session.send_line("restore").expect("a command");
    seen(&mut session, "8 values are restored");
    let before = format!("before = load(\"{}\")", file.display());
    session.send_line(before).expect("the network of before");
    for (what, check) in [
        ("weights", "all(net.layers[0].weight == before.layers[0].weight)"),
        ("function", "f(3) == 9"),
        ("tensor", "sum(t) == s and sum(m) > 0"),
        ("list", "l[0] == 0.1 and l[2].x == exp(1000)"),
    ] {
        session.send_line(format!("print \"{what}\" {check}")).expect("a check");
        seen(&mut session, &format!("\n{what} true\r"));
    }
    // It trains on from where it was.
    session.send_line("train net on d epochs=1; train before on d epochs=1").expect("trainings");
    seen(&mut session, "epoch 4: loss");
    seen(&mut session, "epoch 4: loss");
    session
        .send_line("print \"same\" all(net.layers[2].weight == before.layers[2].weight)")
        .expect("a check");
    seen(&mut session, "\nsame true\r");
    leave(session);

    no_session_to_restore(kept(folder.path()));
    let history = std::fs::read_to_string(folder.path().join("history")).expect("the history");
    assert!(history.contains("train net on d epochs=3"), "{history}");
}

#[test]
fn a_restore_that_was_undone_is_told_in_the_file_of_the_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = kept(folder.path());
    session.send_line("set seed=3; x = [1, 2]; y = sum(x); print \"sum\" y").expect("values");
    seen(&mut session, "\nsum 3\r");
    seen(&mut session, "> ");
    signal(&session, "KILL");
    session.expect(Eof).expect("the end");

    let mut session = kept(folder.path());
    session.send_line("restore").expect("a command");
    seen(&mut session, "2 values are restored");
    session.send_line("undo").expect("a command");
    seen(&mut session, "undid: restore");
    let file = |name: &str| folder.path().join(name);
    let save = |name: &str| format!("save session to \"{}\"", file(name).display());
    session.send_line(save("undone.relume")).expect("a file");
    seen(&mut session, "the session is saved to");
    session.send_line("redo").expect("a command");
    seen(&mut session, "redid: restore");
    session.send_line("print \"again\" y").expect("a value");
    seen(&mut session, "\nagain 3\r");
    session.send_line(save("redone.relume")).expect("a file");
    seen(&mut session, "the session is saved to");
    leave(session);
    // Run again, the names are gone, and there.
    for (name, code) in [("undone.relume", 1), ("redone.relume", 0)] {
        let text = std::fs::read_to_string(file(name)).expect("the session");
        std::fs::write(file(name), format!("{text}assert y == 3\n")).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
        let output = command.arg(file(name)).output().expect("the program");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{name}: {said}\n{text}");
        assert!(code == 0 || said.contains("there is no `y`"), "{said}");
    }
}

/// The numbers of lost sessions stay those that were listed, whatever became of one of them.
#[test]
fn a_session_keeps_its_number_until_it_is_discarded_by_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["aa", "bb"] {
        let mut session = kept(folder.path());
        session.send_line(format!("{name} = 1; print \"done\" {name}")).expect("a value");
        seen(&mut session, "\ndone 1\r");
        seen(&mut session, "> ");
        signal(&session, "KILL");
        session.expect(Eof).expect("the end");
        // The next one is a second younger.
        std::thread::sleep(Duration::from_millis(1100));
    }
    let mut session = kept(folder.path());
    session.send_line("restore discard=true").expect("a command");
    seen(&mut session, "2 sessions were listed: which one is to be discarded?");
    session.send_line("restore 1").expect("a command");
    seen(&mut session, "1 value is restored");
    session.send_line("restore 1 discard=true").expect("a command");
    seen(&mut session, "session 1 is no longer there");
    session.send_line("restore 2").expect("a command");
    seen(&mut session, "1 value is restored");
    session.send_line("print \"sum\" aa + bb").expect("a check");
    seen(&mut session, "\nsum 2\r");
    leave(session);
}

fn no_session_to_restore(mut session: OsSession) {
    session.send_line("restore").expect("a command");
    seen(&mut session, "there is no session to restore");
    leave(session);
}

/// Expressions are read again in the order in which they need one another, whatever their names.
#[test]
fn what_is_restored_may_need_what_comes_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = kept(folder.path());
    session.send_line("z = moons(samples=50); a = z.train; aa = a[0..3]").expect("data");
    session.send_line("r = (x=-0.0, o=sgd(lr=0.5)); print \"done\" 1").expect("a record");
    seen(&mut session, "\ndone 1\r");
    seen(&mut session, "> ");
    signal(&session, "KILL");
    session.expect(Eof).expect("the end");
    let mut session = kept(folder.path());
    session.send_line("restore").expect("a command");
    seen(&mut session, "4 values are restored");
    session.send_line("print \"record\" 1 / r.x r.o").expect("a check");
    seen(&mut session, "\nrecord -inf sgd(0.5)\r");
    leave(session);
}

#[test]
fn a_terminal_that_is_closed_while_a_network_trains_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = kept(folder.path());
    session.send_line("d = digits(); net = dense(32) -> relu -> dense(10)").expect("a net");
    seen(&mut session, "net: ");
    session.send_line("train net on d epochs=100000 batch=8").expect("a long run");
    seen(&mut session, "epoch 2/");
    signal(&session, "HUP");
    session.expect(Eof).expect("the end");
    let mut session = kept(folder.path());
    session.send_line("restore").expect("a command");
    seen(&mut session, "2 values are restored");
    session.send_line("train net on d max_steps=1").expect("a step");
    seen(&mut session, "stopped in epoch");
    session.send_line("print \"epochs\" net.history.loss[0] > 0").expect("a check");
    seen(&mut session, "\nepochs true\r");
    // A kill while it trains loses a second or so: the network is kept on its way.
    session.send_line("train net on d").expect("the rest of the run");
    seen(&mut session, " · batch");
    std::thread::sleep(Duration::from_secs(4));
    signal(&session, "KILL");
    session.expect(Eof).expect("the end");
    let mut session = kept(folder.path());
    session.send_line("restore").expect("a command");
    seen(&mut session, "2 values are restored");
    session.send_line("restore discard=true").expect("a command");
    seen(&mut session, "session 1 is no longer there: it was restored or discarded");
    leave(session);
}

#[test]
fn ctrl_c_stops_a_loop_and_the_prompt_lives() {
    let mut session = prompt();
    session.send_line("d = csv(\"-\", target=\"y\")").expect("a refused source");
    seen(&mut session, "error");
    session.send_line("x = 0; while true { x += 1 }").expect("a loop");
    std::thread::sleep(Duration::from_millis(500));
    session.send(ControlCode::EndOfText).expect("Ctrl-C");
    seen(&mut session, "interrupted");
    session.send_line("6 * 7").expect("an expression");
    seen(&mut session, "\n42\r");
    leave(session);
}
