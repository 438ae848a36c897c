//! What does not fit into memory is an error with a figure, and the session goes on.

#[path = "common/run.rs"]
mod program;

use program::run;
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
