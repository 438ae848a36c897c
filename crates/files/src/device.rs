//! Devices: most have no end, so reading one as a file would not return.

use std::fs::File;
use std::io::{self, Stdin, stdin};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether standard input is that of one of several processes which all need what it holds.
static IS_SHARED: AtomicBool = AtomicBool::new(false);

/// Refuses a device to be read as a file, such as /dev/zero. A terminal, where a person ends the text by Ctrl-D, and
/// /dev/null, which is empty, are read; so are files and pipes, and what else is no device is left to the system.
///
/// # Errors
/// A device.
#[cfg(unix)]
pub fn check_ends(file: &File) -> io::Result<()> {
    use std::io::{Error, ErrorKind, IsTerminal};
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let own = file.metadata()?;
    let kind = own.file_type();
    let is_device = kind.is_char_device() || kind.is_block_device();
    let is_null = || {
        std::fs::metadata("/dev/null")
            .is_ok_and(|null| null.file_type().is_char_device() && null.rdev() == own.rdev())
    };
    if !is_device || is_null() || file.is_terminal() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "it is a device, not a file"))
}

/// As on Unix; elsewhere devices are no files that can be opened.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn check_ends(_: &File) -> io::Result<()> {
    Ok(())
}

/// From now on, standard input is refused as data: one of several processes has it, and all need what it holds. It
/// cannot be taken back.
pub fn refuse_standard_input() {
    IS_SHARED.store(true, Ordering::SeqCst);
}

/// Standard input, to be read to its end.
///
/// # Errors
/// A device: see [`check_ends`]; one of several processes: see [`refuse_standard_input`].
pub fn standard_input() -> io::Result<Stdin> {
    if IS_SHARED.load(Ordering::SeqCst) {
        let problem = "of several processes only one has it: write it to a file that all can read, and name that";
        return Err(io::Error::new(io::ErrorKind::Unsupported, problem));
    }
    let own = stdin();
    #[cfg(unix)]
    check_ends(&File::from(std::os::fd::AsFd::as_fd(&own).try_clone_to_owned()?))?;
    Ok(own)
}

#[cfg(all(test, unix))]
mod tests {
    use crate::{open, read};
    use std::io::{ErrorKind, Write};

    #[test]
    fn devices_without_an_end_are_refused_and_files_and_pipes_are_read() {
        for path in ["/dev/zero", "/dev/urandom", "/dev/full"] {
            let error = open(path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{path}");
            assert_eq!(error.to_string(), "it is a device, not a file");
        }
        assert_eq!(read("/dev/null").unwrap(), b"");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.txt");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(read(&path).unwrap(), b"abc");
        // Links lead to what is read.
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert!(read(&link).is_err());
        // A named pipe, as the shell makes one for `<(command)`.
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let to = pipe.clone();
        let writing = std::thread::spawn(move || {
            std::fs::OpenOptions::new().write(true).open(to).unwrap().write_all(b"streamed")
        });
        assert_eq!(read(&pipe).unwrap(), b"streamed");
        writing.join().unwrap().unwrap();
    }
}
