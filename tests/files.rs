//! Files of earlier versions of the program load, predict to the same bits, and can be trained further. A file of
//! another program, or one that could not be loaded again, is refused.

#[path = "common/run.rs"]
mod program;

use program::run;
use serde_json::Value;
use std::path::Path;

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/files");

/// The numbers in the program's answers, one list for each answer that has any.
fn numbers(answers: &str) -> Vec<Vec<f64>> {
    fn collect(value: &Value, out: &mut Vec<f64>) {
        match value {
            Value::Number(number) => out.extend(number.as_f64()),
            Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for line in answers.lines() {
        let Ok(answer) = serde_json::from_str::<Value>(line) else { continue };
        let mut own = Vec::new();
        collect(&answer["value"], &mut own);
        all.extend((!own.is_empty()).then_some(own));
    }
    all
}

/// Whether this is the kind of processor on which the answers were made: others round sums differently.
fn is_their_processor() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[test]
fn files_of_version_1_predict_to_the_same_bits_and_go_on_training() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["digits-1.rlm", "reviews-1.rlm", "reviews.jsonl"] {
        std::fs::copy(Path::new(FILES).join(name), folder.path().join(name)).expect("a file");
    }
    let questions = std::fs::read_to_string(format!("{FILES}/ask.relume")).expect("the questions");
    let expected = std::fs::read_to_string(format!("{FILES}/answers.jsonl")).expect("answers");
    let (output, code) = run(&["--json"], &questions, folder.path());
    assert_eq!(code, 0, "{output}");
    let (given, expected) = (numbers(&output), numbers(&expected));
    assert_eq!(given.len(), expected.len(), "{output}");
    // The answers before anything is trained again.
    let at_once = 9;
    for (at, (given, expected)) in given.iter().zip(&expected).enumerate() {
        let tolerance = match at < at_once {
            true if is_their_processor() => 0.0,
            true => 1e-5,
            false => 1e-3,
        };
        assert_eq!(given.len(), expected.len(), "answer {at}");
        for (given, expected) in given.iter().zip(expected) {
            let distance = (given - expected).abs();
            let most = tolerance * expected.abs().max(1.0);
            assert!(distance <= most, "answer {at}: {given} instead of {expected}");
        }
    }
}

#[test]
fn a_file_written_anew_is_of_the_latest_version_and_says_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["digits-1", "reviews-1"] {
        let old = Path::new(FILES).join(format!("{name}.rlm"));
        std::fs::copy(old, folder.path().join("old.rlm")).expect("a file");
        let ask = "net.history\nnet.layers[0].weight\nnet.layers[3].bias\nsummary net\n";
        let text = format!(
            "net = load(\"old.rlm\")\n{ask}save net to \"new.rlm\"\nnet = load(\"new.rlm\")\n{ask}save net \
            to \"again.rlm\"\n"
        );
        let (output, code) = run(&["--json"], &text, folder.path());
        assert_eq!(code, 0, "{output}");
        let lines: Vec<&str> = output.lines().collect();
        let (before, after) = lines.split_at(lines.len() / 2);
        assert_eq!(before[..5], after[..5]);
        let read = |name: &str| std::fs::read(folder.path().join(name)).expect("a file");
        let new = read("new.rlm");
        assert_eq!(new[8..12], 2u32.to_le_bytes());
        assert!(new.len() < read("old.rlm").len(), "nothing stands in it twice");
        assert!(new == read("again.rlm"));
    }
}

#[test]
fn networks_are_nested_alike_where_they_are_defined_saved_and_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    for container in ["chain", "residual", "shared", "concat"] {
        let nested = |depth: usize| {
            format!("{}relu{}", format!("{container}(").repeat(depth), ")".repeat(depth))
        };
        let text = format!(
            "net = input(3) -> dense(3) -> {}\nsave net to \"net.rlm\"\nnet = load(\"net.rlm\")\nnet([1, 2, 3])\n",
            nested(30)
        );
        let (output, code) = run(&[], &text, folder.path());
        assert_eq!(code, 0, "{output}");
        for begin in ["", "input(3) -> "] {
            let (output, code) = run(&[], &format!("net = {begin}{}\n", nested(31)), folder.path());
            assert_eq!(code, 1, "{output}");
            assert!(output.contains("error: networks are nested more than 30 deep"), "{output}");
            assert!(output.contains("help: "), "{output}");
        }
    }
    let text = format!("load(\"{FILES}/nested-1.rlm\")\n");
    let (output, code) = run(&[], &text, folder.path());
    assert_eq!(code, 1, "{output}");
    assert!(output.contains("nested-1.rlm: networks are nested more than 30 deep"), "{output}");
}

#[test]
fn a_name_that_stands_for_another_format_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["net.safetensors", "net.pth", "net.onnx", "net.gguf", "net.h5"] {
        let text = format!("net = input(3) -> dense(2)\nsave net to \"{name}\"\n");
        let (output, code) = run(&[], &text, folder.path());
        assert_eq!(code, 1, "{output}");
        assert!(output.contains("its ending stands for"), "{output}");
        assert!(output.contains("help: save it as \"net.rlm\""), "{output}");
        assert!(!folder.path().join(name).exists());
    }
}
