//! Every text of the fuzz targets' corpus runs through their bodies.
#![cfg(unix)]

#[path = "../fuzz/src/language.rs"]
mod bodies;

use std::path::Path;
use std::time::{Duration, Instant};

/// A text may take this long, on a machine that does other things too.
const LONGEST: Duration = Duration::from_secs(20);

fn check(target: &str, body: fn(&str)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let path = entry.expect("an entry").path();
        // The targets pass over what is not UTF-8, as here.
        let Ok(text) = String::from_utf8(std::fs::read(&path).expect("a file")) else { continue };
        let began = Instant::now();
        body(&text);
        assert!(began.elapsed() < LONGEST, "{}: {text}", path.display());
        seen += 1;
    }
    assert!(seen > 100, "only {seen} texts");
}

/// One test for both, since the evaluator sets bounds of the whole process.
#[test]
fn the_corpus_runs_through_the_bodies_of_the_fuzz_targets() {
    check("parser", bodies::parser);
    check("evaluator", bodies::evaluator);
}
