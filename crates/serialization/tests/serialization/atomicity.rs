//! A save that fails leaves the old file as it was, and no other file.

use crate::sample::checkpoint;
use relume_serialization::container::{Kind, Section, Writer};
use relume_serialization::{Checkpoint, SaveError, load, save, write_atomically};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with one file in it.
fn folder_with(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.rlm");
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A disk with room for so many bytes.
struct Full<'a> {
    out: &'a mut dyn Write,
    room: usize,
}

impl Write for Full<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        let written = self.out.write(&bytes[..bytes.len().min(self.room)])?;
        self.room -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[test]
fn a_disk_that_fills_up_leaves_the_old_file_and_no_litter() {
    let (folder, path) = folder_with(b"old");
    let values = vec![1.5; 100_000];
    let section = vec![Section::floats("numbers", &values)];
    let writer = Writer::new(Kind(*b"numbers\0"), section).unwrap();
    for room in [0, 1, 47, 48, 60, 5_000, 399_999, writer.length() as usize - 1] {
        let result = write_atomically(&path, |out| writer.write_to(&mut Full { out, room }));
        let error = result.unwrap_err();
        assert!(error.help().unwrap().contains("make room"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["network.rlm"]);
    }
    let room = writer.length() as usize;
    write_atomically(&path, |out| writer.write_to(&mut Full { out, room })).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), writer.length());
    assert_eq!(names(folder.path()), ["network.rlm"]);
}

#[test]
fn a_checkpoint_that_cannot_be_saved_touches_nothing() {
    let (folder, path) = folder_with(b"old");
    let mut bad = checkpoint();
    bad.tensors[1].name = bad.tensors[0].name.clone();
    assert!(matches!(save(&path, &bad), Err(SaveError::Duplicate { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["network.rlm"]);
}

#[test]
fn folders_that_are_not_there_and_targets_that_are_folders_are_refused() {
    let (folder, path) = folder_with(b"old");
    let error = save(folder.path().join("none/x.rlm"), &Checkpoint::default()).unwrap_err();
    let SaveError::Write { source, .. } = &error else { panic!("{error}") };
    let listing = fs::read_dir(folder.path().join("none")).unwrap_err();
    assert_eq!(source.to_string(), listing.to_string());
    assert!(error.help().unwrap().starts_with("make the folder first: mkdir -p"), "{error}");
    assert!(save(path.join("x.rlm"), &Checkpoint::default()).is_err());
    let error = save(folder.path(), &Checkpoint::default()).unwrap_err();
    assert!(matches!(error, SaveError::NotAFile { .. }));
    assert!(error.help().unwrap().contains("network.rlm"));
    assert!(save("", &Checkpoint::default()).is_err());
    assert_eq!(names(folder.path()), ["network.rlm"]);
}

#[test]
fn a_read_only_file_is_kept() {
    let (folder, path) = folder_with(b"old");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let error = save(&path, &checkpoint()).unwrap_err();
    assert!(matches!(error, SaveError::ReadOnly { .. }));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["network.rlm"]);
}

#[cfg(unix)]
#[test]
fn permissions_and_symbolic_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let (folder, path) = folder_with(b"old");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.rlm");
    symlink("network.rlm", &link).unwrap();
    save(&link, &Checkpoint::default()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(load(&path).unwrap(), Checkpoint::default());
    assert_eq!(mode(&path), 0o640);

    // A new file has the permissions of any new file.
    let (new, other) = (folder.path().join("new.rlm"), folder.path().join("other"));
    save(&new, &Checkpoint::default()).unwrap();
    fs::write(&other, "").unwrap();
    assert_eq!(mode(&new), mode(&other));
}

#[cfg(unix)]
#[test]
fn a_device_is_not_replaced() {
    let error = save("/dev/null", &Checkpoint::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot save to \"/dev/null\": it is not a file");
    assert!(load("/dev/null").is_err());
}

#[test]
fn names_of_other_formats_are_refused_and_what_is_there_stays() {
    let (folder, _) = folder_with(b"old");
    for name in
        ["net.safetensors", "net.PTH", "net.pt", "net.onnx", "net.gguf", "net.h5", "a.rlm.npz"]
    {
        let path = folder.path().join(name);
        fs::write(&path, b"theirs").unwrap();
        let error = save(&path, &checkpoint()).unwrap_err();
        assert!(matches!(error, SaveError::ForeignEnding { .. }), "{name}: {error}");
        assert!(error.help().is_some_and(|help| help.contains(".rlm")), "{name}");
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
    }
    for name in ["net", "net.rlm", "net.v2", "safetensors", ".onnx"] {
        save(folder.path().join(name), &checkpoint()).unwrap();
    }
}
