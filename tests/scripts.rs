//! Scripts from outside: arguments, checks, settings, and what the first line of a file may be.

#[path = "common/process.rs"]
mod process;

use std::path::Path;

/// What the program prints to both of its outputs, and its exit code.
fn relume(arguments: &[&str], input: &str, folder: &Path) -> (String, String, i32) {
    let output = process::relume(arguments, input, folder);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().expect("an exit code"))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

const TRAIN: &str = "arguments lr=0.01 name=\"first\" epochs\n[lr, epochs]; name\n";

#[test]
fn arguments_of_a_script_have_defaults_and_are_given_from_outside() {
    let folder = folder(&[("train.relume", TRAIN), ("plain.relume", "lr = 3\nlr\n")]);
    for (arguments, input, code, out, err) in [
        (&["train.relume", "--set", "epochs=2"][..], "", 0, "[0.01, 2]\nfirst\n", ""),
        (
            &["--set", "epochs=2", "--set", "lr=1e-3", "--set", "name=a b", "train.relume"],
            "",
            0,
            "[0.001, 2]\na b\n",
            "",
        ),
        (
            &["train.relume", "--set", "epochs=1 + 1", "--set", "name=\"q\""],
            "",
            0,
            "[0.01, 2]\nq\n",
            "",
        ),
        (&["-", "--set", "epochs=2"], TRAIN, 0, "[0.01, 2]\nfirst\n", ""),
        (
            &["train.relume"],
            "",
            1,
            "",
            "train.relume:1:32: error: `epochs` must be given: it has no default",
        ),
        (
            &["train.relume", "--set", "epoch=2"],
            "",
            2,
            "",
            "error: train.relume has no argument `epoch`\nhelp: did you mean `epochs`?\n",
        ),
        (
            &["train.relume", "--set", "epochs=2", "--set", "lr=fast"],
            "",
            1,
            "",
            "error: --set gives `fast`: there is no `fast`",
        ),
        (
            &["train.relume", "--set", "epochs=2", "--set", "lr=\"fast\""],
            "",
            1,
            "",
            "error: `lr` is a number, as its default, not a string",
        ),
        (
            &["plain.relume", "--set", "lr=1"],
            "",
            2,
            "",
            "help: declare it in the file: arguments lr=...\n",
        ),
        (&["train.relume", "--set", "lr"], "", 2, "", "write it as NAME=VALUE"),
        (&[], "run \"train.relume\" epochs=4 lr=2 * 3 name=\"x\"\n", 0, "[6, 4]\nx\n", ""),
        (
            &[],
            "run \"train.relume\" epochs=4 lrr=1\n",
            1,
            "",
            "<stdin>:1:29: error: train.relume has no argument `lrr`",
        ),
        (
            &[],
            "run \"train.relume\" epochs=4 lr=\"x\"\n",
            1,
            "",
            "`lr` is a number, as its default, not a string",
        ),
        (&[], "run \"plain.relume\"\n", 0, "3\n", ""),
        (&[], "arguments lr=0.5\nlr\n", 0, "0.5\n", ""),
        (&[], "arguments\n", 1, "", "arguments needs names"),
        (&[], "arguments 3\n", 1, "", "a name is wanted here"),
    ] {
        let (shown, errors, ended) = relume(arguments, input, folder.path());
        assert_eq!((shown.as_str(), ended), (out, code), "{arguments:?} {input}: {errors}");
        assert!(errors.contains(err), "{arguments:?} {input}: {errors}");
    }
}

#[test]
fn a_file_that_is_run_by_another_does_not_see_its_arguments() {
    let folder = folder(&[
        ("outer.relume", "arguments lr=1\nrun \"inner.relume\"\nlr\n"),
        ("inner.relume", "arguments lr=2\nlr\n"),
    ]);
    let (shown, errors, _) = relume(&["outer.relume", "--set", "lr=5"], "", folder.path());
    // The inner file's own default counts, and stays, as any definition does.
    assert_eq!(shown, "2\n2\n", "{errors}");
}

#[test]
fn what_fails_in_a_file_that_another_runs_is_reported_once() {
    let folder = folder(&[("inner.relume", "nothere\n1\n"), ("open.relume", "x = [1\n")]);
    for (options, file, shown, message) in [
        (&[][..], "inner", "", "inner.relume:1:1: error: there is no `nothere`"),
        (&["--keep-going"], "inner", "1\n2\n", "inner.relume:1:1: error: there is no `nothere`"),
        (&["--keep-going"], "open", "2\n", "open.relume:1:5: error: this bracket is never closed"),
    ] {
        let text = format!("run \"{file}.relume\"\n2\n");
        let (out, errors, code) = relume(options, &text, folder.path());
        assert_eq!((out.as_str(), code == 0), (shown, false), "{options:?} {file}: {errors}");
        assert_eq!(errors.matches(message).count(), 1, "{options:?} {file}: {errors}");
        assert!(errors.contains(&format!("error: {file}.relume failed")), "{errors}");
    }
}

#[test]
fn a_check_reports_all_mistakes_and_runs_nothing() {
    let folder = folder(&[
        (
            "right.relume",
            "#!/usr/bin/env relume\narguments lr=0.1\nd = csv(\"nowhere.csv\")\nnet = dense(3)\n\
             train net on d epochs=3\n\"run\"\n",
        ),
        (
            "wrong.relume",
            "\"run\"\nx = = 1\nnet = input(3, 8, 8) -> dense(2)\ntrain net on nothere epoch=3\ny = (1\n",
        ),
    ]);
    let (shown, errors, code) = relume(&["--check", "right.relume"], "", folder.path());
    assert_eq!((shown.as_str(), errors.as_str(), code), ("", "", 0));
    let (shown, errors, code) =
        relume(&["--check", "right.relume", "wrong.relume"], "", folder.path());
    assert_eq!((shown.as_str(), code), ("", 2));
    for place in [
        "wrong.relume:2:5: error:",
        "wrong.relume:3:25: error: dense(2) wants one row of features",
        "wrong.relume:4:14: error: there is no `nothere`",
        "wrong.relume:4:22: error: train has no argument `epoch`",
        "wrong.relume:5:5: error: this bracket is never closed",
    ] {
        assert!(errors.contains(place), "{place}: {errors}");
    }
    assert_eq!(errors.matches("error:").count(), 5, "{errors}");
    let (shown, _, code) = relume(&["--check", "--json"], "1 +\n", folder.path());
    assert_eq!(code, 2);
    let error: serde_json::Value = serde_json::from_str(shown.trim_end()).expect("one object");
    assert_eq!((&error["type"], &error["kind"]), (&"error".into(), &"syntax".into()));
    assert_eq!(relume(&["--check"], "1 + 1\n", folder.path()).2, 0);
}

#[cfg(unix)]
#[test]
fn a_file_whose_first_line_names_the_program_is_a_program() {
    use std::os::unix::fs::PermissionsExt;
    let text = format!("#!{}\narguments x=1\nx + 1\n", env!("CARGO_BIN_EXE_relume"));
    let folder = folder(&[("add.relume", &text)]);
    let path = folder.path().join("add.relume");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("rights");
    // While another test starts a program, that one still holds the file open that was just written.
    let output = loop {
        match std::process::Command::new(&path).args(["--set", "x=41"]).output() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {}
            output => break output.expect("it starts"),
        }
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "42\n");
}

#[test]
fn settings_are_all_shown_with_what_they_mean() {
    let folder = folder(&[]);
    let (shown, ..) = relume(&["--threads", "2", "-c", "set"], "", folder.path());
    let names = [
        "seed",
        "threads",
        "memory",
        "digits",
        "items",
        "progress",
        "color",
        "keep_going",
        "json",
        "runs",
        "tensorboard",
        "greeting",
    ];
    // What a setting means may go on in a line below.
    let is_first = |line: &&str| !line.starts_with(' ');
    let lines: Vec<&str> = shown.lines().skip(1).filter(is_first).collect();
    assert_eq!(lines.len(), names.len(), "{shown}");
    for (line, name) in lines.iter().zip(names) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words[0] == name && words.len() > 4, "{line}");
    }
}

#[test]
fn settings_change_what_is_shown() {
    let folder = folder(&[]);
    let show = |text: &str| {
        let (shown, errors, code) = relume(&["-c", text], "", folder.path());
        assert_eq!(code, 0, "{text}: {errors}");
        (shown, errors)
    };
    for (text, shown) in [
        ("set digits=3; 2 / 3; [0.12345, 1000.4]", "0.667\n[0.123, 1000]\n"),
        ("set digits=3; set digits=\"all\"; 1 / 3", "0.3333333333333333\n"),
        ("set items=4; 0..3; [1, 2, 3, 4, 5, 6]", "0..3\n[1, 2, ..., 5, 6]  (6 numbers)\n"),
        (
            "set json=true; 1; set json=false; 2",
            "{\"version\":1,\"type\":\"number\",\"value\":1}\n2\n",
        ),
    ] {
        assert_eq!(show(text).0, shown, "{text}");
    }
    let train = "d = iris; net = dense(3); train net on d epochs=2";
    assert!(show(train).1.contains("epoch 1/2"));
    assert!(!show(&format!("set progress=\"off\"; {train}")).1.contains("epoch 1/2"));
    let colored = relume(&["-c", "set color=\"always\"; nothere"], "", folder.path()).1;
    assert!(colored.contains("\u{1b}[1;31merror:\u{1b}[0m"), "{colored}");
    let going_on = relume(&["-c", "set keep_going=true\nnothere\n1"], "", folder.path());
    assert_eq!((going_on.0.as_str(), going_on.2), ("1\n", 1));
    for wrong in [
        "set digits=0",
        "set digits=\"few\"",
        "set items=1",
        "set color=\"red\"",
        "set progress=true",
    ] {
        assert_eq!(relume(&["-c", wrong], "", folder.path()).2, 1, "{wrong}");
    }
}

#[test]
fn scripts_read_a_file_of_settings_only_when_they_are_asked_to() {
    let folder = folder(&[
        ("relume/config.relume", "set digits=2\n"),
        ("mine.relume", "set digits=3\nx = 1\nset dgits=3\nset seed=5\n"),
    ]);
    let run =
        |arguments: &[&str]| relume(&[arguments, &["-c", "1 / 3"]].concat(), "", folder.path());
    assert_eq!(run(&[]).0, "0.3333333333333333\n");
    let (shown, errors, code) = run(&["--config", "mine.relume"]);
    assert_eq!((shown.as_str(), code), ("0.333\n", 0));
    assert!(
        errors.contains("mine.relume:2:1: error: a file of settings holds `set` alone"),
        "{errors}"
    );
    assert!(errors.contains("mine.relume:3:5: error: set has no argument `dgits`"), "{errors}");
    let (_, errors, code) = run(&["--config", "nowhere.relume"]);
    assert_eq!(code, 1);
    assert!(errors.contains("error: nowhere.relume: "), "{errors}");
}

/// What the program says with standard input from a device, or of one that a statement names.
#[cfg(target_os = "linux")]
#[test]
fn what_has_no_end_is_refused() {
    use std::fs::File;
    use std::process::Command;
    let folder = folder(&[]);
    let run = |arguments: &[&str], input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
        command.args(arguments).current_dir(folder.path());
        let output = command.stdin(File::open(input).expect("a device")).output().expect("runs");
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
    };
    let nul = "holds a NUL byte: this is not a text";
    let device = "it is a device, not a file";
    let model = "net = input(4) -> dense(2); ";
    for (arguments, input, said) in [
        (&[][..], "/dev/zero", nul),
        (&[], "/dev/urandom", nul),
        (&["-"], "/dev/zero", nul),
        (&["/dev/zero"], "/dev/null", nul),
        (&["--check", "/dev/zero"], "/dev/null", nul),
        (&["--config", "/dev/zero", "-c", "1"], "/dev/null", device),
        (&["-c", "run \"/dev/zero\""], "/dev/null", device),
        (&["-c", "csv(\"/dev/zero\")"], "/dev/null", device),
        (&["-c", "csv(\"-\")"], "/dev/zero", device),
        (&["-c", "csv(\"/dev/stdin\")"], "/dev/zero", device),
        (&["-c", "csv(\"/dev/urandom\")"], "/dev/null", device),
        (&["-c", "numpy(\"/dev/zero\", targets=\"/dev/zero\")"], "/dev/null", device),
        (&["-c", "idx(\"/dev/zero\", labels=\"/dev/zero\")"], "/dev/null", device),
        (&["-c", "libsvm(\"/dev/zero\")"], "/dev/null", device),
        (&["-c", "tagged(\"/dev/zero\")"], "/dev/null", device),
        (&["-c", "load(\"/dev/zero\")"], "/dev/null", "it is not a regular file"),
    ] {
        let (told, code) = run(arguments, input);
        assert!(told.contains(said), "{arguments:?} < {input}: {told}");
        assert!(matches!(code, Some(1 | 2)), "{arguments:?} < {input}: {code:?}");
    }
    let (told, code) = run(&["-c", &format!("{model}predict net on \"-\"")], "/dev/zero");
    assert!(told.contains(device) && code == Some(1), "{told}");
    // An empty one is an empty file.
    assert_eq!(run(&["/dev/null"], "/dev/zero"), (String::new(), Some(0)));
    assert_eq!(run(&["--config", "/dev/null", "-c", "1"], "/dev/zero").1, Some(0));
}
