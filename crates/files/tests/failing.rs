//! Each step of writing a file fails in turn: the old file stays, and no other one is left.

use relume_files::{Step, write_atomically, write_with};
use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Pieces of the content; each is larger than the buffer, so that it is a write of its own.
const PIECES: usize = 5;

fn write(path: &Path, before: &dyn Fn(Step) -> io::Result<()>) -> bool {
    let content =
        |out: &mut dyn io::Write| (0..PIECES).try_for_each(|i| out.write_all(&[i as u8; 100_000]));
    write_with(path, before, content).is_ok()
}

#[test]
fn whatever_step_fails_the_old_file_stays_and_nothing_is_left_over() {
    for old in [None, Some(b"old")] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("net.rlm");
        if let Some(old) = old {
            fs::write(&path, old).expect("written");
        }
        let steps = RefCell::new(Vec::new());
        let counted = |step: Step| {
            steps.borrow_mut().push(step);
            Ok(())
        };
        let other = folder.path().join("other.rlm");
        if let Some(old) = old {
            fs::write(&other, old).expect("written");
        }
        assert!(write(&other, &counted));
        fs::remove_file(&other).expect("removed");
        let steps = steps.into_inner();
        assert!(steps.len() >= PIECES + 3, "{steps:?}");
        assert_eq!(steps.contains(&Step::Permissions), old.is_some());
        for (failing, step) in steps.iter().enumerate() {
            for kind in [ErrorKind::StorageFull, ErrorKind::Other, ErrorKind::PermissionDenied] {
                let at = Cell::new(0);
                let failing_one = |_| {
                    let is_it = at.replace(at.get() + 1) == failing;
                    if is_it { Err(kind.into()) } else { Ok(()) }
                };
                assert!(!write(&path, &failing_one), "step {failing}: {step:?}");
                assert_eq!(fs::read(&path).ok().as_deref(), old.map(|old| &old[..]));
                let count = fs::read_dir(folder.path()).expect("a folder").count();
                assert_eq!(count, usize::from(old.is_some()), "step {failing}: {step:?}");
            }
        }
        assert!(write(&path, &|_| Ok(())));
        assert_eq!(fs::metadata(&path).expect("a file").len(), 100_000 * PIECES as u64);
    }
}

#[test]
fn temporary_files_of_killed_processes_are_removed_by_the_next_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let left = folder.path().join(".relume-x7Kq2p.tmp");
    fs::write(&left, "half of a network").expect("written");
    write_atomically(&folder.path().join("a.txt"), |out| out.write_all(b"a")).expect("written");
    assert!(!left.exists());
}
