//! Suggestions hold: each line that an error's help offers after `write:` runs in the place of what was typed.

#![cfg(unix)]

#[path = "common/folders.rs"]
mod folders;
#[path = "common/run.rs"]
mod program;

use folders::{copy_files, data_folders};
use program::run;
use std::path::Path;

const SUBJECTS: [&str; 6] = ["pytorch", "keras", "python", "prompt", "notation", "pandas"];

/// The scripts of a subject, without the comment at their head.
fn scripts(subject: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/messages/habits_{subject}.relume"));
    let text = std::fs::read_to_string(path).expect("the scripts");
    let (_, text) = text.split_once('\n').expect("a head");
    text.split("\n\n").map(|script| script.trim_end().to_string()).collect()
}

/// The lines that the help of an error offers.
fn suggestions(output: &str) -> Vec<&str> {
    let lines = output.lines();
    lines
        .filter_map(|line| {
            line.strip_prefix("help: write: ").or(line.strip_prefix("         or: "))
        })
        .collect()
}

/// What stands before the line that failed.
fn setup<'a>(script: &'a str, output: &str) -> &'a str {
    let place = output.lines().find_map(|line| line.strip_prefix("<stdin>:")).expect("a place");
    let line: usize = place.split(':').next().and_then(|line| line.parse().ok()).expect("a line");
    let end = script.lines().take(line - 1).map(|line| line.len() + 1).sum::<usize>();
    &script[..end]
}

fn check(subject: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    data_folders(folder.path());
    copy_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages/data"), folder.path());
    std::fs::write(folder.path().join("fails.relume"), "1 + 1\n").expect("a file");
    let mut failures = String::new();
    for script in scripts(subject) {
        let (output, code) = run(&[], &(script.clone() + "\n"), folder.path());
        assert_ne!(code, 0, "{script} is no mistake");
        for line in suggestions(&output) {
            let (output, code) =
                run(&[], &format!("{}{line}\n", setup(&script, &output)), folder.path());
            if code != 0 {
                failures += &format!("{script}\n  suggests: {line}\n{output}\n");
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn lines_offered_to_users_of_pytorch_run() {
    check("pytorch");
}

#[test]
fn lines_offered_to_users_of_keras_run() {
    check("keras");
}

#[test]
fn lines_offered_to_users_of_python_run() {
    check("python");
}

#[test]
fn lines_offered_to_users_of_other_prompts_run() {
    check("prompt");
}

#[test]
fn lines_offered_to_users_of_tables_run() {
    check("pandas");
}

#[test]
fn lines_offered_for_other_notation_run() {
    check("notation");
}

#[test]
fn habits_with_one_meaning_are_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let setup = "x = [[1, 2], [3, 4]]; y = [[1, 0], [0, 1]]; net = dense(10)";
    for (typed, shown) in [
        ("print(x[0])", "[1, 2]"),
        ("len(x)", "2"),
        ("x.shape", "[2, 2]"),
        ("x.shape[0]", "2"),
        ("x.T", "[[1, 3],\n [2, 4]]"),
        ("x[0:2][1]", "[3, 4]"),
        ("x[::2]", "[[1, 2]]"),
        ("x.sum(0)", "[4, 6]"),
        ("sum(x, dim=0)", "[4, 6]"),
        ("x.mean()", "2.5"),
        ("(x @ y.T)[0]", "[1, 2]"),
        ("x.mm(y)[0]", "[1, 2]"),
        ("matmul(x, y)[1]", "[3, 4]"),
        ("cat([x, y], dim=0).shape", "[4, 2]"),
        ("True", "true"),
        ("False == false", "true"),
        ("True = 3; True", "3"),
        ("'text'", "text"),
        ("f'{2}'", "2"),
        ("[1, 2, ]", "[1, 2]"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1_000", "1000"),
        ("größe\u{a0}=\t3; größe", "3"),
        ("relu()", "relu · sizes follow from the data"),
        ("dense(3, bias=False)", "dense(3, bias=false) · sizes follow from the data"),
        ("linear(3)", "dense(3) · sizes follow from the data"),
        ("embedding(1000, 64)", "embedding(1000, 64) · sizes follow from the data"),
        ("maxpool2d(3, 2)", "maxpool2d(3, stride=2) · sizes follow from the data"),
        ("exit; 1", ""),
        ("exit = 3; exit", "3"),
    ] {
        let (output, code) = run(&[], &format!("{setup}\n{typed}\n"), folder.path());
        let own = output.strip_prefix("net: dense(10) · sizes follow from the data\n");
        assert_eq!((own.map(str::trim_end), code), (Some(shown), 0), "{typed}");
    }
}

#[test]
fn at_least_150_wrong_inputs_are_recorded() {
    let count: usize = SUBJECTS.iter().map(|subject| scripts(subject).len()).sum();
    assert!(count >= 150, "{count}");
}
