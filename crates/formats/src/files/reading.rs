//! Reading many files, several at a time, with an observer.

use crate::{Amount, Reader};
use rayon::prelude::*;
use relume_catalog::count_text;
use relume_datasets::DataError;
use relume_tensor::threads;
use std::path::Path;

/// Files between two calls of the observer.
const CHUNK: usize = 256;

/// Reads files and hands each result to `take` with its position, in order. With `skip_broken`, a file that cannot be
/// read is left out.
///
/// # Errors
/// The error of the first file that fails, or [`DataError::Interrupted`].
pub(crate) fn read_each<F: Sync, T: Send>(
    files: &[F],
    skip_broken: bool,
    reader: &dyn Reader,
    read: impl Fn(&F) -> Result<T, DataError> + Sync,
    mut take: impl FnMut(usize, T),
) -> Result<(), DataError> {
    for (i, chunk) in files.chunks(CHUNK).enumerate() {
        if reader.is_cancelled() {
            return Err(DataError::Interrupted);
        }
        reader.progress(i * CHUNK, files.len(), Amount::Files);
        let made: Vec<Result<T, DataError>> =
            threads::run(|| chunk.par_iter().map(&read).collect());
        for (at, made) in (i * CHUNK..).zip(made) {
            match made {
                Ok(made) => take(at, made),
                Err(error) if skip_broken && is_broken(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
    reader.progress(files.len(), files.len(), Amount::Files);
    Ok(())
}

/// The result of the first file that can be read, or else the error of the first file; `None` if there are no files.
pub(crate) fn read_first<F, T>(
    files: &[F],
    skip_broken: bool,
    read: impl Fn(&F) -> Result<T, DataError>,
) -> Option<Result<T, DataError>> {
    let mut first_error = None;
    for file in files {
        match read(file) {
            Err(error) if skip_broken && is_broken(&error) => {
                first_error = first_error.or(Some(Err(error)));
            }
            made => return Some(made),
        }
    }
    first_error
}

/// The items at some positions, which are in rising order.
pub(crate) fn kept<T>(all: Vec<T>, positions: &[usize]) -> Vec<T> {
    let mut positions = positions.iter().peekable();
    let all = all.into_iter().enumerate();
    all.filter_map(|(i, one)| positions.next_if_eq(&&i).map(|_| one)).collect()
}

/// The first of so many positions that is not among those that were read, which are in rising order.
pub(crate) fn first_left_out(count: usize, read: &[usize]) -> Option<usize> {
    (0..count).find(|at| read.get(*at) != Some(at))
}

/// The note on broken files that were left out, with the first of them; `None` if there are none.
pub(crate) fn broken_note(count: usize, first: Option<&Path>) -> Option<String> {
    let first = first?.file_name().unwrap_or_default().to_string_lossy();
    match count {
        0 => None,
        1 => Some(format!("one broken file left out: {first}")),
        count => Some(format!("{} broken files left out, the first {first}", count_text(count))),
    }
}

/// Whether a file cannot be read, rather than being of another kind or size.
fn is_broken(error: &DataError) -> bool {
    matches!(error, DataError::File { .. } | DataError::Read { .. })
}
