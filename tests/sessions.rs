//! The sessions of the README and of the language's page show exactly what the program prints, figures included.

// The sessions show errors as at the prompt, and some end with the operating system's own words.
#![cfg(unix)]

#[path = "common/media.rs"]
mod media;
#[path = "common/run.rs"]
mod program;

use media::{png, wav};
use program::run;
use std::path::Path;

/// Printed after each statement of a session, to separate their outputs.
const END: &str = "(end of this statement)";

#[test]
fn the_readme_shows_what_the_program_prints() {
    let page = include_str!("../README.md");
    let blocks = page.split("```\n").skip(1).step_by(2).filter(|block| block.starts_with("> "));
    let mut sessions = 0;
    for block in blocks {
        let folder = tempfile::tempdir().expect("a folder");
        check(block, "", folder.path());
        sessions += 1;
    }
    assert!(sessions >= 2, "only {sessions} sessions");
}

/// What the language's page presupposes: networks that were trained on its data.
const TRAINED: &str = "data = iris; net = dense(3); train net on data epochs=1
p = images(\"photos\"); classifier = flatten -> dense(2); train classifier on p epochs=1
r = texts(\"reviews.jsonl\", column=\"review\", target=\"sentiment\", words=50, length=8)
reviewer = embedding_bag(50, 4) -> dense(2); train reviewer on r epochs=1
t = csv(\"people.csv\", target=\"survived\", one_hot=[\"port\"], missing=\"median\", ignore=[\"name\"])
survival = dense(2); train survival on t epochs=1
mlp = input(64) -> dense(10)
";

#[test]
fn the_language_page_shows_what_the_program_prints() {
    let page = include_str!("../docs/language.md");
    let folder = tempfile::tempdir().expect("a folder");
    language_data(folder.path());
    let mut blocks: Vec<String> = Vec::new();
    for paragraph in page.split("\n\n").filter(|text| text.starts_with("    ")) {
        let lines: Vec<&str> =
            paragraph.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
        blocks.push(lines.join("\n"));
    }
    assert!(blocks.len() >= 5, "only {} examples", blocks.len());
    for block in blocks {
        check(&block, TRAINED, folder.path());
    }
}

/// Runs the statements of a session after others, and compares the shown output of each, if any, with the last lines of
/// what it prints. A block without the prompt's `> ` is statements alone. Each statement must succeed unless an error
/// is shown.
fn check(block: &str, before: &str, folder: &Path) {
    let is_session = block.starts_with("> ");
    let mut steps: Vec<(String, Vec<&str>)> = Vec::new();
    if is_session {
        for line in block.lines() {
            match (line.strip_prefix("> "), steps.last_mut()) {
                (Some(typed), _) => steps.push((typed.to_string(), Vec::new())),
                (None, Some((_, shown))) => shown.push(line),
                (None, None) => {}
            }
        }
    } else {
        steps.push((block.to_string(), Vec::new()));
    }
    let text: String = steps.iter().map(|(typed, _)| format!("{typed}\n\"{END}\"\n")).collect();
    let text = format!("{before}\"{END}\"\n{text}");
    let (output, _) = run(&["--keep-going"], &text, folder);
    let outputs: Vec<&str> = output.split(&format!("{END}\n")).skip(1).collect();
    assert!(outputs.len() > steps.len(), "{output}");
    for ((typed, shown), printed) in steps.iter().zip(outputs) {
        let printed: Vec<&str> = printed.lines().map(without_place).collect();
        let from = printed.len().saturating_sub(shown.len());
        assert_eq!(printed[from..], shown[..], "after `{typed}`, which prints {printed:#?}");
        let fails = printed.iter().any(|line| line.starts_with("error: "));
        let is_shown = shown.iter().any(|line| line.starts_with("error: "));
        assert!(is_shown || !fails, "`{typed}`: {printed:#?}");
    }
}

/// An error in a pipe begins with its place, which the prompt does not show.
fn without_place(line: &str) -> &str {
    match line.split_once(": error: ") {
        Some((place, _)) if place.starts_with("<stdin>:") => &line[place.len() + 2..],
        _ => line,
    }
}

/// The files that the language's page names.
fn language_data(folder: &Path) {
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    };
    for (class, shade) in [("cat", 60), ("dog", 180)] {
        for i in 0..5 {
            write(&format!("photos/{class}/{i}.png"), &png(shade + i));
            write(&format!("recordings/{class}/{i}.wav"), &wav(i));
        }
    }
    write("photo.png", &png(200));
    let people = include_bytes!("messages/data/people.csv");
    write("people.csv", people);
    write("next_year.csv", people);
    write("new.csv", people);
    write("new_photos/1.png", &png(100));
    write("ratings.csv", include_bytes!("../docs/examples/ratings.csv"));
    let review = |(review, sentiment): (&str, &str)| {
        format!("{{\"review\": \"{review}\", \"sentiment\": \"{sentiment}\"}}\n")
    };
    let reviews = [("a fine film", "good"), ("dull and far too long", "bad")].map(review).concat();
    write("reviews.jsonl", reviews.repeat(5).as_bytes());
}
