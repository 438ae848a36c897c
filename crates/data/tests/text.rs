//! Texts as numbers.

use relume_data::text::{Encoding, Folder, folder, read_text};
use std::fs;
use std::path::Path;

/// A folder that goes away with the test, and these files in it.
fn files(of: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in of {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

fn refusal(root: &Path, error: &relume_data::DataError) -> String {
    let text = format!("{error} | {}", error.help().unwrap_or_default());
    text.replace(root.to_str().unwrap(), "SET")
}

#[test]
fn texts_are_found_as_images_are_and_those_without_a_class_left_out() {
    let root = files(&[
        ("train/pos/10_9.txt", b"good"),
        ("train/pos/2_7.TXT", b"fine"),
        ("train/pos/deeper/1.txt", b"fair"),
        ("train/pos/urls.csv", b"no text"),
        ("train/neg/0_1.txt", b"bad"),
        ("train/unsup/0_0.txt", b"who knows"),
        ("train/labels.txt", b"beside the classes"),
        ("test/neg/0_2.txt", b"worse"),
    ]);
    let Folder { classes, files: found, test, left_out } = folder(root.path()).unwrap();
    assert_eq!((classes, test), (vec!["neg".to_string(), "pos".to_string()], Some("test")));
    let found: Vec<_> = found
        .iter()
        .map(|file| {
            (
                file.path.strip_prefix(root.path()).unwrap().to_str().unwrap(),
                file.class,
                file.is_test,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("train/neg/0_1.txt", 0, false),
            ("train/pos/10_9.txt", 1, false),
            ("train/pos/2_7.TXT", 1, false),
            ("train/pos/deeper/1.txt", 1, false),
            ("test/neg/0_2.txt", 0, true),
        ]
    );
    assert_eq!(left_out, [root.path().join("train/unsup")]);
}

#[test]
fn folders_without_texts_are_refused_with_what_to_do() {
    let root = files(&[("pos/1.txt", b"good"), ("neg/1.jpg", b"?")]);
    assert_eq!(
        refusal(root.path(), &folder(root.path()).unwrap_err()),
        "SET/neg: no text is in the folder of this class | texts end in .txt; remove the folder if it is no class"
    );
    let root = files(&[("1.txt", b"good"), ("unsup/1.txt", b"who knows")]);
    assert_eq!(
        refusal(root.path(), &folder(root.path()).unwrap_err()),
        "SET: there are no folders of classes here | put the texts of each class into a folder of its own: FOLDER/CLASS/0001.txt"
    );
    let root =
        files(&[("train/pos/1.txt", b"a"), ("test/pos/1.txt", b"b"), ("test/neg/1.txt", b"c")]);
    assert_eq!(
        refusal(root.path(), &folder(root.path()).unwrap_err()),
        "SET/test/neg: SET/train has no class \"neg\" | both parts must have the same classes"
    );
}

#[test]
fn bytes_are_read_as_they_are_meant_or_refused_with_their_place() {
    let root = files(&[
        ("plain", "caf\u{e9}".as_bytes()),
        ("marked", b"\xEF\xBB\xBFcaf\xC3\xA9"),
        ("latin", b"a\nb\ncaf\xE9 au lait"),
        ("cut", b"caf\xC3"),
        ("wide", b"\xFF\xFEa\0"),
        ("empty", b""),
    ]);
    let read = |name: &str, encoding| read_text(&root.path().join(name), encoding);
    assert_eq!(read("plain", Encoding::Utf8).unwrap(), "café");
    assert_eq!(read("marked", Encoding::Utf8).unwrap(), "café");
    assert_eq!(read("empty", Encoding::Utf8).unwrap(), "");
    assert_eq!(read("latin", Encoding::Latin1).unwrap(), "a\nb\ncafé au lait");
    let refused = |name| refusal(root.path(), &read(name, Encoding::Utf8).unwrap_err());
    assert_eq!(
        refused("latin"),
        "SET/latin: is no UTF-8: byte 7 (0xE9, line 3) begins no character | save it as UTF-8, or read it with encoding=\"latin-1\""
    );
    assert!(refused("cut").contains("byte 3 (0xC3, line 1)"));
    assert_eq!(refused("wide"), "SET/wide: is UTF-16 | save it as UTF-8");
    assert!(refused("missing").contains("SET/missing: No such file"));
}
