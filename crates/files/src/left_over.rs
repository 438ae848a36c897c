//! Temporary files of processes that were killed while they wrote.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How the names of temporary files begin and end.
pub(crate) const PREFIX: &str = ".relume-";
pub(crate) const SUFFIX: &str = ".tmp";

/// The folders that this process has searched.
static SEARCHED: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// Removes temporary files that no process writes any more, the first time that a folder is written to.
///
/// A file that is being written is locked by its process, and the system takes the lock away when that ends, however it
/// ends. What cannot be removed stays: nothing depends on it.
pub(crate) fn remove_once(folder: &Path) {
    let mut searched = SEARCHED.lock().unwrap_or_else(PoisonError::into_inner);
    if searched.get_or_insert_default().insert(folder.to_path_buf()) {
        remove(folder);
    }
}

fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_temporary =
            name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_temporary && is_file && is_left_over(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether no process writes the file. If the system has no locks, every file counts as one that is being written.
fn is_left_over(path: &Path) -> bool {
    let file = File::options().write(true).open(path);
    file.is_ok_and(|file| match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    })
}

/// Whether a file was not removed since it was made.
pub(crate) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in [".relume-dead.tmp", ".relume-alive.tmp", ".relume-notes", "own.tmp"] {
            fs::write(path(name), "x").unwrap();
        }
        fs::create_dir(path(".relume-folder.tmp")).unwrap();
        let alive = File::open(path(".relume-alive.tmp")).unwrap();
        alive.lock().unwrap();
        remove(folder.path());
        assert!(!path(".relume-dead.tmp").exists());
        for name in [".relume-alive.tmp", ".relume-notes", "own.tmp", ".relume-folder.tmp"] {
            assert!(path(name).exists(), "{name}");
        }
        drop(alive);
        remove(folder.path());
        assert!(!path(".relume-alive.tmp").exists());
    }
}
