//! Replacing a file as a whole or not at all.

use crate::SaveError;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// Writes a file so that its path holds either all of the new bytes or its old contents.
///
/// The bytes go to a temporary file beside the target, are flushed to the disk, and take the target's place by one
/// rename. If anything fails before that, `write` included, the temporary file is removed and the target is untouched.
/// The new file gets the permissions of the one it replaces; a symbolic link stays, and the file that it points to is
/// replaced.
///
/// # Errors
/// The target is not a file or is read-only; the folder does not exist or may not be written to; the disk is
/// full; `write` failed.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), SaveError> {
    let failed = SaveError::at(path);
    let target = behind_link(path).map_err(&failed)?;
    let old = match fs::metadata(&target) {
        Ok(old) if !old.is_file() => return Err(SaveError::NotAFile { path: path.into() }),
        Ok(old) if old.permissions().readonly() => {
            return Err(SaveError::ReadOnly { path: path.into() });
        }
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let replace = || {
        let file = temporary(folder, old.as_ref())?;
        let mut out = BufWriter::with_capacity(1 << 16, file);
        write(&mut out)?;
        let file = out.into_inner()?;
        file.as_file().sync_all()?;
        file.persist(&target)?;
        Ok(())
    };
    replace().map_err(failed)?;
    // The rename itself reaches the disk with its folder. Some file systems cannot do that; the file is complete in any
    // case.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// The file that a symbolic link points to, or the path itself.
fn behind_link(path: &Path) -> io::Result<PathBuf> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink());
    if is_link { fs::canonicalize(path) } else { Ok(path.to_path_buf()) }
}

/// A file in `folder` that is removed unless it is kept, with the permissions of the file it will replace
/// or else those of any new file.
fn temporary(folder: &Path, old: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let file = Builder::new()
        .prefix(".relume-")
        .suffix(".tmp")
        .make_in(folder, |path| File::create_new(path))?;
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions())?;
    }
    Ok(file)
}
