//! Temporary files of processes that were killed while they wrote.

use std::collections::HashSet;
use std::fs::{self, File};
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
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && entry.file_name().to_str().is_some_and(is_temporary) {
            remove_unlocked(&entry.path());
        }
    }
}

/// Whether a file has a name as `tempfile` makes them.
fn is_temporary(name: &str) -> bool {
    let random = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    random.is_some_and(|own| own.len() == 6 && own.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Removes a file that no process writes. It is locked until it is gone: another process could lock it in between. If
/// the system has no locks, every file counts as one that is being written.
fn remove_unlocked(path: &Path) {
    if let Ok(file) = File::options().write(true).open(path)
        && file.try_lock().is_ok()
    {
        let _ = fs::remove_file(path);
    }
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
        for name in [".relume-dead01.tmp", ".relume-alive1.tmp", ".relume-my-notes.tmp", "own.tmp"]
        {
            fs::write(path(name), "x").unwrap();
        }
        fs::create_dir(path(".relume-folder.tmp")).unwrap();
        let alive = File::open(path(".relume-alive1.tmp")).unwrap();
        alive.lock().unwrap();
        remove(folder.path());
        assert!(!path(".relume-dead01.tmp").exists());
        for name in [".relume-alive1.tmp", ".relume-my-notes.tmp", "own.tmp", ".relume-folder.tmp"]
        {
            assert!(path(name).exists(), "{name}");
        }
        drop(alive);
        remove(folder.path());
        assert!(!path(".relume-alive1.tmp").exists());
    }
}
