//! A process whose writes go nowhere. It is a test program of its own: the mode cannot be taken back.

use std::io::{Error, ErrorKind, Write};

#[test]
fn nothing_is_made_changed_or_removed_and_nothing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("old.txt"), "old").unwrap();
    std::fs::write(path(".relume-dead01.tmp"), "left over").unwrap();
    relume_files::write_nowhere();

    relume_files::write_atomically(&path("old.txt"), |out| out.write_all(b"new")).unwrap();
    relume_files::write_atomically(&path("new.txt"), |out| out.write_all(b"new")).unwrap();
    relume_files::create_dir(path("a")).unwrap();
    relume_files::create_dir_all(path("b/c")).unwrap();
    relume_files::rename(path("old.txt"), path("renamed.txt")).unwrap();
    let mut appended = relume_files::append(path("b/c/lines.txt")).unwrap();
    appended.write_all(b"a line").unwrap();
    // Both are the same device: a lock of one would hold up the other.
    let second = relume_files::append(path("other.txt")).unwrap();
    relume_files::lock(&appended);
    relume_files::lock(&second);

    let mut left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|own| own.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".relume-dead01.tmp", "old.txt"]);
    assert_eq!(std::fs::read_to_string(path("old.txt")).unwrap(), "old");

    // What makes the content may still fail.
    let failed = |_: &mut dyn Write| Err(Error::new(ErrorKind::InvalidData, "no content"));
    let error = relume_files::write_atomically(&path("new.txt"), failed).unwrap_err();
    assert_eq!(error.to_string(), "no content");
}

#[test]
fn standard_input_that_one_of_several_processes_has_is_no_data() {
    relume_files::refuse_standard_input();
    let error = relume_files::standard_input().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().ends_with("write it to a file that all can read, and name that"));
}
