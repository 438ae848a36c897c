//! The gate that every path passes, and the sandbox.

use crate::device::check_ends;
use std::fs::{self, File, OpenOptions, ReadDir};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The folder of the sandbox, with all links in its path resolved.
static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// From now on, this process reads only what is in `folder` or below it, and writes nothing. It cannot be taken back.
///
/// It holds for what goes through this crate, on all threads. Symbolic links and `..` are resolved before paths are
/// compared, so that no name leads out of the folder.
///
/// # Errors
/// A folder that is not there, or another one than before.
pub fn sandbox(folder: &Path) -> io::Result<()> {
    let folder = fs::canonicalize(folder)?;
    if !folder.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    match *FOLDER.get_or_init(|| folder.clone()) == folder {
        true => Ok(()),
        false => Err(denied("there is a sandbox already, of another folder".to_string())),
    }
}

/// Whether what this process writes goes nowhere.
static NOWHERE: AtomicBool = AtomicBool::new(false);

/// From now on, what this process writes goes nowhere, without an error: another process that does the same writes it.
/// Nothing is made, renamed or removed. It cannot be taken back.
pub fn write_nowhere() {
    NOWHERE.store(true, Ordering::SeqCst);
}

/// Whether what this process writes goes nowhere.
pub fn writes_nowhere() -> bool {
    NOWHERE.load(Ordering::SeqCst)
}

/// Whether there is a sandbox.
pub fn is_sandboxed() -> bool {
    FOLDER.get().is_some()
}

fn denied(problem: String) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, problem)
}

/// The path to open: the one without links, if there is a sandbox.
fn readable(path: &Path) -> io::Result<PathBuf> {
    let Some(folder) = FOLDER.get() else { return Ok(path.to_path_buf()) };
    within(path, folder)
}

/// The path without links, if it is in the folder.
///
/// One that is not there is refused for the place where it would be: no error says what there is outside of the folder.
fn within(path: &Path, folder: &Path) -> io::Result<PathBuf> {
    let or_here = |path: &Path| if path == Path::new("") { ".".into() } else { path.to_path_buf() };
    let mut nearest = path.ancestors().filter_map(|path| fs::canonicalize(or_here(path)).ok());
    if !nearest.next().is_some_and(|real| real.starts_with(folder)) {
        return Err(denied(format!("the sandbox allows reading below {} only", folder.display())));
    }
    fs::canonicalize(or_here(path))
}

/// Refuses to write if there is a sandbox.
///
/// # Errors
/// There is one.
pub fn check_write() -> io::Result<()> {
    match is_sandboxed() {
        true => Err(denied("the sandbox allows no writing".to_string())),
        false => Ok(()),
    }
}

/// Opens a file or a pipe for reading.
///
/// # Errors
/// A path outside of the sandbox, a device, or what the system says.
pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
    let file = File::open(readable(path.as_ref())?)?;
    check_ends(&file)?;
    Ok(file)
}

/// The bytes of a file.
///
/// # Errors
/// As of [`open`].
pub fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut file = open(path)?;
    let mut bytes = Vec::new();
    // What is known of the length saves copies; a pipe has none.
    let length = file.metadata().map_or(0, |own| own.len());
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file.
///
/// # Errors
/// As of [`open`], or a file that is not UTF-8.
pub fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    let bytes = read(path)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

/// The entries of a folder, with paths that begin as the folder's does.
///
/// # Errors
/// As of [`open`].
pub fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    readable(path.as_ref())?;
    fs::read_dir(path)
}

/// Whether there is a file at a path, or what a link leads to is one; never outside of the sandbox.
pub fn is_file(path: impl AsRef<Path>) -> bool {
    readable(path.as_ref()).is_ok_and(|path| path.is_file())
}

/// Whether there is a folder at a path, or what a link leads to is one; never outside of the sandbox.
pub fn is_dir(path: impl AsRef<Path>) -> bool {
    readable(path.as_ref()).is_ok_and(|path| path.is_dir())
}

/// Whether there is something at a path; never outside of the sandbox.
pub fn exists(path: impl AsRef<Path>) -> bool {
    readable(path.as_ref()).is_ok_and(|path| path.exists())
}

/// Opens a file to write after its end; it is made if it is not there.
///
/// # Errors
/// A sandbox, or what the system says.
pub fn append(path: impl AsRef<Path>) -> io::Result<File> {
    check_write()?;
    let path = if writes_nowhere() { Path::new(NULL) } else { path.as_ref() };
    OpenOptions::new().create(!writes_nowhere()).append(true).open(path)
}

/// The device that takes all and keeps nothing.
const NULL: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Locks a file that this process writes, until it is closed. Where the system has no locks, and where nothing is
/// written, that is no error.
pub fn lock(file: &File) {
    // All who write nowhere have the same file, and must not wait for each other.
    if !writes_nowhere() {
        let _ = file.lock();
    }
}

/// Makes a folder, and those that it is in.
///
/// # Errors
/// A sandbox, or what the system says.
pub fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    check_write()?;
    if writes_nowhere() {
        return Ok(());
    }
    fs::create_dir_all(path)
}

/// Makes a folder that is not there yet, in one that is.
///
/// # Errors
/// A sandbox, a path that is taken, or what the system says.
pub fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    check_write()?;
    if writes_nowhere() {
        return Ok(());
    }
    fs::create_dir(path)
}

/// Gives a file another name; a file that has it is replaced.
///
/// # Errors
/// A sandbox, or what the system says.
pub fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    check_write()?;
    if writes_nowhere() {
        return Ok(());
    }
    fs::rename(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_folder_whatever_leads_out_of_it() {
        let outer = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(outer.path()).unwrap();
        let folder = root.join("in");
        fs::create_dir_all(folder.join("deep")).unwrap();
        // Its name begins as the folder's does.
        fs::create_dir_all(root.join("inside")).unwrap();
        for path in ["in/own.txt", "in/deep/own.txt", "secret.txt", "inside/secret.txt"] {
            fs::write(root.join(path), "x").unwrap();
        }
        #[cfg(unix)]
        for (link, to) in [("link.txt", "../secret.txt"), ("up", ".."), ("own", "deep")] {
            std::os::unix::fs::symlink(to, folder.join(link)).unwrap();
        }
        let allowed = ["own.txt", "deep/own.txt", "deep/../own.txt", ".", "own/own.txt"];
        for path in allowed {
            assert!(within(&folder.join(path), &folder).is_ok(), "{path}");
        }
        let outside = ["..", "../secret.txt", "../inside/secret.txt", "deep/../../secret.txt"];
        let further = ["link.txt", "up/secret.txt", "up/none.txt", "../none", "../none/none"];
        for path in outside.into_iter().chain(further) {
            let error = within(&folder.join(path), &folder).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{path}");
        }
        for path in ["none.txt", "none/none.txt", "none/../../secret.txt"] {
            let error = within(&folder.join(path), &folder).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{path}");
        }
        assert!(within(Path::new("/etc/passwd"), &folder).is_err());
        assert!(within(Path::new(""), &folder).is_err());
    }
}
