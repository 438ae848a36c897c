//! Runs the program as a process, with its two outputs apart.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What the program with these arguments makes of an input, in a folder that is also its folder of settings.
pub fn relume(arguments: &[&str], input: &str, folder: &Path) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_relume"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_STATE_HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that has ended already does not read its input.
    drop(child.stdin.take().expect("standard input").write_all(input.as_bytes()));
    child.wait_with_output().expect("the program ends")
}
