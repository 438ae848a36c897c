//! What does not fit into memory is an error with a figure, and the session goes on.

#[path = "common/oversized.rs"]
mod oversized;
#[path = "common/run.rs"]
mod program;

use program::run;
use std::fmt::Write;
use std::path::Path;

/// What is said of a script that must fail in its last line but one, and goes on to print "still here".
fn refused(script: &str) -> String {
    let script = format!("{script}\nprint(\"still here\")");
    let (output, _) = run(&["--keep-going"], &script, Path::new("."));
    assert!(output.contains("still here"), "{output}");
    output
}

#[test]
fn a_weight_that_does_not_fit_is_refused_before_it_is_made() {
    let said = refused("set memory=\"200MB\"\nm = input(10000) -> dense(10000)");
    assert!(said.contains("dense(10000)"), "{said}");
    assert!(said.contains("400.0 MB of memory are needed"), "{said}");
}

#[test]
fn sizes_that_no_machine_has_are_refused() {
    for size in ["10000000000", "4000000000000000"] {
        let said = refused(&format!("m = input({size}) -> dense({size})"));
        assert!(said.contains("take smaller sizes"), "{said}");
    }
}

#[test]
fn a_tensor_that_does_not_fit_leaves_what_was_there() {
    let said = refused("set memory=\"200MB\"\nx = 7\nx = zeros([10000, 10000])\nprint(x)");
    assert!(said.contains("400.0 MB of memory are needed"), "{said}");
    assert!(said.contains("\n7\n"), "{said}");
}

#[test]
fn a_training_says_what_it_takes_and_for_what() {
    // 1797 x (4096 + 10) numbers for a batch of all samples, beside 4 x 4096 x 75 for weights and state.
    let said = refused(
        "set memory=\"100MB\"\nm = input(64) -> dense(20000) -> relu -> dense(10)\n\
         train m on digits epochs=1 batch=1400 optimizer=adam()",
    );
    assert!(said.contains("training takes"), "{said}");
    assert!(said.contains("for a batch of 1,400"), "{said}");
    assert!(said.contains("6.0 MB for gradients, 12.0 MB for the optimizer's state"), "{said}");
    assert!(said.contains("smaller batch="), "{said}");
}

#[test]
fn the_limit_is_shown_and_taken_away_again() {
    let (output, code) =
        run(&["--json"], "set memory=\"8GB\"\nset\nset memory=\"all\"\nset", Path::new("."));
    assert_eq!(code, 0, "{output}");
    assert!(output.contains("\"memory\":\"8.0 GB\""), "{output}");
    assert!(output.contains("\"memory\":\"all\""), "{output}");
}

/// Checks that each statement is refused for what it says, and that a value from before is what it was.
fn check_refusals(statements: &[(String, &str)], run: impl Fn(&str) -> String) {
    let mut script = "x = 7\n".to_string();
    for (statement, _) in statements.iter().filter(|(statement, _)| statement.len() < 1000) {
        let _ = writeln!(script, "{statement}");
    }
    let output = run(&format!("{script}print(x)"));
    for (statement, said) in statements {
        // A text that cannot be read takes none of its statements; it is a session of its own.
        let own = match statement.len() < 1000 {
            true => output.clone(),
            false => run(statement),
        };
        assert!(own.contains(said), "{said}: {own}");
    }
    assert!(output.contains("\n7\n"), "{output}");
}

#[test]
fn large_pictures_arrays_networks_and_lines_are_refused_by_the_limit_of_the_session() {
    let folder = tempfile::tempdir().expect("a folder");
    check_refusals(&oversized::statements(folder.path()), |script| {
        // A line is run by itself, after the limit was set.
        std::fs::write(folder.path().join("script.relume"), script).expect("written");
        let limited = "set memory=\"500MB\"\nrun \"script.relume\"\nprint(\"still here\")";
        let (output, code) = run(&["--keep-going"], limited, folder.path());
        assert!(matches!(code, 1 | 2), "{output}");
        assert!(output.contains("still here\n"), "{output}");
        output
    });
}

#[cfg(target_os = "linux")]
#[test]
fn they_are_refused_by_the_limit_of_the_process() {
    let folder = tempfile::tempdir().expect("a folder");
    check_refusals(&oversized::statements(folder.path()), |script| {
        std::fs::write(folder.path().join("script.relume"), script).expect("written");
        let program = env!("CARGO_BIN_EXE_relume");
        let limited =
            format!("ulimit -v 500000; {program} --threads 1 --keep-going script.relume 2>&1");
        let mut command = std::process::Command::new("bash");
        let output =
            command.args(["-c", &limited]).current_dir(folder.path()).output().expect("bash");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{text}");
        text
    });
}
