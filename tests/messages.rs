//! What the program prints, as snapshots: errors with their places and help, `help`, tables, JSON.
//!
//! `tests/messages/SUBJECT.relume` has scripts with an empty line between them; `SUBJECT.snap` has each script with
//! everything that the program printed, results and errors in order, and its exit code. It shows every change of words:
//! `INSTA_UPDATE=always cargo test --test messages` writes the new ones; read the difference before you commit it.

// Some messages end with the operating system's own words.
#![cfg(unix)]

#[path = "common/folders.rs"]
mod folders;
#[path = "common/run.rs"]
mod program;

use folders::{copy_files, data_folders};
use program::{run, run_in};
use std::path::{Path, PathBuf};

/// A test for each subject, under its name.
macro_rules! subjects {
    ($($test:ident: $subject:ident,)*) => {
        $(#[test] fn $test() { check(stringify!($subject)); })*

        #[test]
        fn every_subject_has_a_test() {
            let mut tested = vec![$(stringify!($subject)),*];
            tested.sort_unstable();
            let names = std::fs::read_dir(messages()).expect("the scripts").map(|file| {
                file.expect("a file").file_name().into_string().expect("UTF-8")
            });
            let mut there: Vec<String> =
                names.filter_map(|name| name.strip_suffix(".relume").map(str::to_string)).collect();
            there.sort_unstable();
            assert_eq!(tested, there);
        }
    };
}

subjects! {
    texts_that_do_not_parse_are_refused_as_recorded: syntax,
    statements_that_cannot_run_are_refused_as_recorded: statements,
    networks_that_do_not_fit_are_refused_as_recorded: networks,
    expressions_without_a_value_are_refused_as_recorded: values,
    functions_that_cannot_be_called_are_refused_as_recorded: functions,
    commands_without_what_they_need_are_refused_as_recorded: commands,
    wrong_options_are_refused_as_recorded: specifications,
    trainings_are_refused_as_recorded: training,
    data_are_refused_as_recorded: data,
    predictions_and_evaluations_are_refused_as_recorded: prediction,
    files_are_refused_as_recorded: files,
    changes_of_networks_and_steps_back_are_as_recorded: editing,
    help_says_what_is_recorded: help,
    commands_print_the_tables_that_are_recorded: tables,
    results_as_json_are_as_recorded: json,
    activations_of_ones_own_are_as_recorded: activations,
    explanations_are_as_recorded: explanations,
    sessions_show_themselves_as_recorded: sessions,
    habits_of_pytorch_are_answered_as_recorded: habits_pytorch,
    habits_of_keras_are_answered_as_recorded: habits_keras,
    habits_of_python_are_answered_as_recorded: habits_python,
    habits_of_other_prompts_are_answered_as_recorded: habits_prompt,
    habits_of_notation_are_answered_as_recorded: habits_notation,
    habits_of_tables_are_answered_as_recorded: habits_pandas,
}

/// The columns of a terminal.
const WIDTH: usize = 80;

/// Whether a line of a snapshot may be wider: what is typed, JSON, what is to be pasted, a network or a function as
/// text, and the epochs of a training.
fn may_be_wide(line: &str) -> bool {
    let own = line.trim_start();
    let begins = |starts: &[&str]| starts.iter().any(|start| own.starts_with(start));
    line.starts_with("> ")
        || begins(&["# ", "#! ", "{\"", "epoch ", "help: write: ", "or: ", "cure: "])
        || line.ends_with(" · sizes follow from the data")
        || own.contains("formula(")
        || own.starts_with("swoosh(x")
}

#[test]
fn all_lines_fit_into_80_columns() {
    let mut wide = String::new();
    for file in std::fs::read_dir(messages()).expect("the snapshots") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|ending| ending != "snap") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a snapshot");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let mut before = "";
        for line in text.lines() {
            let is_example = before.ends_with("for example:");
            if line.chars().count() > WIDTH && !is_example && !may_be_wide(line) {
                wide += &format!("{name}: {line}\n");
            }
            before = line;
        }
    }
    assert!(wide.is_empty(), "{wide}");
}

fn messages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages")
}

/// Runs the scripts of a subject in one folder of data, and compares what they print with the snapshot.
fn check(subject: &str) {
    let scripts = std::fs::read_to_string(messages().join(format!("{subject}.relume")));
    let folder = tempfile::tempdir().expect("a folder");
    data(folder.path());
    let shown: Vec<String> = scripts
        .expect("the scripts")
        .split("\n\n")
        .map(|script| transcript(script.trim_end(), folder.path()))
        .collect();
    record(subject, &shown.join("\n"));
}

fn record(subject: &str, shown: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(messages());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(subject, shown));
}

/// A script with everything that it prints: comments at its head unchanged, statements after `> `, then the output and
/// the exit code.
fn transcript(script: &str, folder: &Path) -> String {
    let is_head = |line: &&str| line.starts_with("# ") || line.starts_with("#! ");
    let head: Vec<&str> = script.lines().take_while(is_head).collect();
    let body: Vec<&str> = script.lines().skip(head.len()).collect();
    let options = head.iter().filter_map(|line| line.strip_prefix("#! "));
    let options: Vec<&str> = options.flat_map(str::split_whitespace).collect();
    let (output, code) = run_in(Some(WIDTH), &options, &(body.join("\n") + "\n"), folder);
    let mut shown: String = head.iter().map(|line| format!("{line}\n")).collect();
    for line in body {
        shown += format!("> {line}").trim_end();
        shown += "\n";
    }
    shown += &rounded(&output);
    if code == 0 { shown } else { shown + &format!("(exit code {code})\n") }
}

/// A text whose numbers have at most four digits after the decimal point: the last ones depend on the processor.
fn rounded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        out += before;
        match (number.split_once('.'), number.parse::<f64>()) {
            (Some((_, digits)), Ok(value)) if digits.len() > 4 => out += &format!("{value:.4}"),
            _ => out += number,
        }
        rest = after;
    }
    out + rest
}

/// The data that the scripts name: the shared folders, tables of this test, and broken files.
fn data(folder: &Path) {
    data_folders(folder);
    copy_files(&messages().join("data"), folder);
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    };
    for name in ["a/0.png", "b/0.png"] {
        write(&format!("broken_photos/{name}"), b"no picture");
    }
    write("broken-cifar/data_batch_1.bin", &[1; 100]);
    for (class, picture) in [("a", "train/bright/0.jpg"), ("b", "train/dark/0.png")] {
        let picture = std::fs::read(folder.join("photos").join(picture)).expect("a picture");
        write(
            &format!("mixed_photos/{class}/0.{}", if class == "a" { "jpg" } else { "png" }),
            &picture,
        );
    }
    let made = run(&[], "input(3) -> dense(2)\nsave _ to \"whole.rlm\"\n", folder);
    assert_eq!(made.1, 0, "{}", made.0);
    let whole = std::fs::read(folder.join("whole.rlm")).expect("a file");
    write("half.rlm", &whole[..whole.len() / 2]);
    write("long.rlm", &[&whole[..], &[0]].concat());
    let mut damaged = whole.clone();
    *damaged.last_mut().expect("a byte") ^= 1;
    write("damaged.rlm", &damaged);
}
