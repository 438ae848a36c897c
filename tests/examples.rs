//! The scripts of docs/examples run to their end, on small data that are made here. docs/results.md has the results on
//! the real ones.

#[path = "common/media.rs"]
mod media;

use media::{png, wav};
use std::path::Path;
use std::process::Command;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/examples");

/// The scripts that need no data, or only data of the project.
const ON_BUNDLED_DATA: [&str; 3] = ["classifier", "digits", "recommender"];
const ON_PICTURES: [&str; 2] = ["cifar10", "cifar10_residual"];
const ON_TEXTS: [&str; 2] = ["imdb", "imdb_lstm"];
const ON_SOUNDS: [&str; 1] = ["speech"];

#[test]
fn scripts_on_bundled_data_run() {
    let folder = tempfile::tempdir().expect("a folder");
    // The recommender reads its ratings by their path from the project's root.
    write(
        &folder.path().join("docs/examples/ratings.csv"),
        &std::fs::read(format!("{SCRIPTS}/ratings.csv")).expect("ratings"),
    );
    run(&ON_BUNDLED_DATA, folder.path());
}

#[test]
fn scripts_on_pictures_run() {
    let folder = tempfile::tempdir().expect("a folder");
    for (part, class) in
        ["train", "test"].iter().flat_map(|part| (0..10).map(move |class| (part, class)))
    {
        write(&folder.path().join(format!("cifar10/{part}/class{class}/1.png")), &png(25 * class));
    }
    run(&ON_PICTURES, folder.path());
}

#[test]
fn scripts_on_texts_run() {
    let folder = tempfile::tempdir().expect("a folder");
    for part in ["train", "test"] {
        for (class, text) in [("pos", "a good film"), ("neg", "a dull film")] {
            for i in 0..3 {
                write(
                    &folder.path().join(format!("imdb/{part}/{class}/{i}_7.txt")),
                    text.as_bytes(),
                );
            }
        }
    }
    run(&ON_TEXTS, folder.path());
}

#[test]
fn scripts_on_sounds_run() {
    let folder = tempfile::tempdir().expect("a folder");
    for speaker in ["theo", "jackson"] {
        // The script's test part is the indices 0 to 4.
        for (digit, index) in (0..10).flat_map(|digit| (0..6).map(move |index| (digit, index))) {
            write(
                &folder.path().join(format!("recordings/{digit}_{speaker}_{index}.wav")),
                &wav(digit),
            );
        }
    }
    run(&ON_SOUNDS, folder.path());
}

#[test]
fn no_script_is_left_out() {
    let mut run: Vec<&str> = [&ON_BUNDLED_DATA[..], &ON_PICTURES, &ON_TEXTS, &ON_SOUNDS].concat();
    run.sort_unstable();
    let files = std::fs::read_dir(SCRIPTS).expect("the scripts");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("UTF-8"));
    let mut all: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".relume").map(str::to_string)).collect();
    all.sort_unstable();
    assert_eq!(run, all);
}

/// Runs scripts in a folder: each evaluates a network, and exits with 0.
fn run(scripts: &[&str], folder: &Path) {
    for script in scripts {
        let output = Command::new(env!("CARGO_BIN_EXE_relume"))
            .arg(format!("{SCRIPTS}/{script}.relume"))
            .current_dir(folder)
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("samples") && shown.contains(": loss "), "{script}: {shown}");
    }
}

fn write(path: &Path, contents: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, contents).expect("a file");
}
