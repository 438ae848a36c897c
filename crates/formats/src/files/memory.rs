//! Sizes that files claim, compared with the memory there is before they are believed.

use relume_tensor::{bytes_text, free_memory};

/// What takes less (64 MiB) is not compared with the memory that there is.
const SMALL: usize = 64 << 20;

/// Refuses what takes more bytes than are free.
///
/// # Errors
/// How many are needed, and how many are free, as the end of a sentence about the file.
pub(crate) fn check(bytes: usize) -> Result<(), String> {
    match free_memory().filter(|_| bytes > SMALL) {
        Some(free) if bytes as u64 > free => Err(format!(
            "for which {} of memory are needed, and {} are free",
            bytes_text(bytes as u64),
            bytes_text(free)
        )),
        _ => Ok(()),
    }
}

/// Whether so many bytes are free, whatever their number; `true` where the system does not tell.
pub(crate) fn is_free(bytes: usize) -> bool {
    free_memory().is_none_or(|free| bytes as u64 <= free)
}

/// So many zeros.
///
/// # Errors
/// There is no memory for them.
pub(crate) fn zeros(count: usize) -> Result<Vec<u8>, String> {
    let mut zeros = reserved(count)?;
    zeros.resize(count, 0);
    Ok(zeros)
}

/// Room for so many bytes.
///
/// # Errors
/// There is no memory for them.
pub(crate) fn reserved(count: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    match bytes.try_reserve_exact(count) {
        Ok(()) => Ok(bytes),
        Err(_) => Err(format!("takes {} of memory, which are not free", bytes_text(count as u64))),
    }
}
