//! Replacing a file as a whole or not at all.

use crate::left_over::{PREFIX, SUFFIX, remove_once};
use crate::{check_write, left_over, writes_nowhere};
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

/// A file that cannot be written; the one that was at the path before is untouched.
#[derive(Debug, Error)]
pub enum WriteError {
    /// A folder, a device or a pipe.
    #[error("it is not a file")]
    NotAFile,
    /// A file that its owner protected.
    #[error("the file there is read-only")]
    ReadOnly,
    /// What the system says, or what made the content.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl From<WriteError> for io::Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NotAFile => io::Error::new(io::ErrorKind::InvalidInput, error.to_string()),
            WriteError::ReadOnly => {
                io::Error::new(io::ErrorKind::PermissionDenied, error.to_string())
            }
            WriteError::System(error) => error,
        }
    }
}

/// A step of writing a file that the system can refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Making the temporary file.
    Create,
    /// Giving it the permissions of the old file.
    Permissions,
    /// Writing a piece of the content.
    Write,
    /// Flushing it to the disk.
    Sync,
    /// Putting it in the target's place.
    Rename,
}

/// Writes a file so that its path holds either all of the new bytes or its old contents.
///
/// The bytes go to a temporary file beside the target, are flushed to the disk, and take the target's place by one
/// rename. If anything fails before that, `write` included, the temporary file is removed and the target is untouched.
/// The new file gets the permissions of the one it replaces; a symbolic link stays, and the file that it points to is
/// replaced. Temporary files of processes that were killed are removed from the folder.
///
/// # Errors
/// The target is not a file or is read-only; the folder does not exist or may not be written to; the disk is
/// full; `write` failed; there is a sandbox. Where writes go nowhere, only what `write` itself returns.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    write_with(path, &|_| Ok(()), write)
}

/// As [`write_atomically`], asking `before` each step whether it fails: for tests of a disk that does.
///
/// # Errors
/// As of [`write_atomically`], and the errors of `before`.
pub fn write_with(
    path: &Path,
    before: &dyn Fn(Step) -> io::Result<()>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    check_write()?;
    if writes_nowhere() {
        // What is to be written may fail by itself.
        return Ok(write(&mut io::sink())?);
    }
    let target = behind_link(path)?;
    let old = match fs::metadata(&target) {
        Ok(old) if !old.is_file() => return Err(WriteError::NotAFile),
        Ok(old) if old.permissions().readonly() => return Err(WriteError::ReadOnly),
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    remove_once(folder);
    before(Step::Create)?;
    let file = temporary(folder)?;
    if let Some(old) = old {
        before(Step::Permissions)?;
        keep_permissions(&file, &old)?;
    }
    let mut out = BufWriter::with_capacity(1 << 16, Pieces { file, before });
    write(&mut out)?;
    let Pieces { file, .. } = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    before(Step::Sync)?;
    file.as_file().sync_all()?;
    before(Step::Rename)?;
    file.persist(&target).map_err(|error| error.error)?;
    // The rename itself reaches the disk with its folder. Some file systems cannot do that; the file is complete in any
    // case.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// The temporary file, whose pieces may fail to be written.
struct Pieces<'a> {
    file: NamedTempFile,
    before: &'a dyn Fn(Step) -> io::Result<()>,
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.before)(Step::Write)?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The file that a symbolic link points to, or the path itself.
fn behind_link(path: &Path) -> io::Result<PathBuf> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink());
    if is_link { fs::canonicalize(path) } else { Ok(path.to_path_buf()) }
}

/// A file in `folder` that is removed unless it is kept, locked while it is written, with the permissions of any new
/// file.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = Builder::new()
            .prefix(PREFIX)
            .suffix(SUFFIX)
            .make_in(folder, |path| File::create_new(path))?;
        // Where the system has no locks, no other process takes the file for one that was left.
        if file.as_file().lock().is_err() || left_over::is_there(file.path()) {
            return Ok(file);
        }
        // Another process found it before it was locked, and removed it.
    }
}

/// Gives a file the permissions of the one it will replace.
fn keep_permissions(file: &NamedTempFile, old: &Metadata) -> io::Result<()> {
    file.as_file().set_permissions(old.permissions())
}
