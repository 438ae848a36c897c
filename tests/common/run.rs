//! Runs the program and returns what a user sees: results and errors in order.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// The output of the program for a text on its standard input, results and errors through one pipe, and its exit code.
/// Training speeds are left out, since they differ from run to run.
pub fn run(options: &[&str], text: &str, folder: &Path) -> (String, i32) {
    run_in(None, options, text, folder)
}

/// The same at a terminal of so many columns, in which messages are folded.
pub fn run_in(
    columns: Option<usize>,
    options: &[&str],
    text: &str,
    folder: &Path,
) -> (String, i32) {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command.args(["--threads", "2"]).args(options).current_dir(folder).stdin(Stdio::piped());
    match columns {
        Some(columns) => command.env("COLUMNS", columns.to_string()),
        None => command.env_remove("COLUMNS"),
    };
    command.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
    let mut child = command.spawn().expect("the program starts");
    // The command holds two writing ends of the pipe, and reading ends only when all of them are closed.
    drop(command);
    // A program that has ended already does not read its input.
    drop(child.stdin.take().expect("standard input").write_all(text.as_bytes()));
    let mut output = Vec::new();
    reader.read_to_end(&mut output).expect("the program's output");
    let code = child.wait().expect("the program ends").code().expect("an exit code");
    let output = String::from_utf8(output).expect("UTF-8");
    assert!(!output.contains("panicked"), "{text}: {output}");
    (output.lines().map(|line| without_speed(line) + "\n").collect(), code)
}

fn without_speed(line: &str) -> String {
    let is_kept = |part: &&str| !part.ends_with(" samples/s") && !part.ends_with(" left");
    line.split(" · ").filter(is_kept).collect::<Vec<_>>().join(" · ")
}
