//! Every path that the pages name exists.

use std::path::Path;

/// The texts in backticks of a page, without code blocks.
fn code(page: &str) -> Vec<&str> {
    let mut is_block = false;
    let prose = page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        is_block ^= fence;
        !is_block && !fence
    });
    prose.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn files_that_the_pages_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for page in ["README.md", "CONTRIBUTING.md", "docs/architecture.md"] {
        let text = std::fs::read_to_string(root.join(page)).expect(page);
        for name in code(&text) {
            let tops = ["crates/", "tests/", "docs/", "benches/", "bin/", ".ci/"];
            let is_path =
                tops.iter().any(|top| name.starts_with(top)) && !name.contains([' ', '*']);
            if is_path {
                assert!(root.join(name).exists(), "{page} names {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "only {seen} names");
}
