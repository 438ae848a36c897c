//! Whether a text fits into memory once it is taken apart.

use super::{Span, SyntaxError};
use relume_tensor::{bytes_text, free_memory};

/// Bytes that a token takes at most, with what is made of it: a list of ten million tokens took 3.6 GB.
const TOKEN: u64 = 400;
/// Texts that take less (64 MiB) are not compared with the memory that there is.
const SMALL: u64 = 64 << 20;

/// Refuses a text that would take more memory than is free.
///
/// # Errors
/// How much it takes, and how much is free.
pub(super) fn check_room(text: &str) -> Result<(), SyntaxError> {
    // Few texts are so long that their tokens are to be counted.
    if text.len() as u64 * TOKEN <= SMALL {
        return Ok(());
    }
    let wanted = count(text) * TOKEN;
    match free_memory().filter(|&free| wanted > SMALL && wanted > free) {
        None => Ok(()),
        Some(free) => {
            let message = format!(
                "this text of {} takes up to {} of memory to be read, and {} are free",
                bytes_text(text.len() as u64),
                bytes_text(wanted),
                bytes_text(free)
            );
            Err(SyntaxError::new(Span::default(), message).help(
                "many numbers belong into a file: numpy(\"x.npy\"), csv(\"x.csv\", target=...)",
            ))
        }
    }
}

/// About how many tokens a text has: words, numbers and signs. A string is one.
fn count(text: &str) -> u64 {
    let (mut count, mut is_string, mut was_word) = (0, false, false);
    for byte in text.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | 0x80..);
        let begins = match byte {
            b'"' => {
                is_string = !is_string;
                is_string
            }
            _ if is_string => false,
            _ if is_word => !was_word,
            _ => !byte.is_ascii_whitespace() || byte == b'\n',
        };
        count += u64::from(begins);
        was_word = is_word && !is_string;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_signs_and_strings_are_counted_once() {
        for (text, expected) in
            [("", 0), ("a = [1.5, 2]\n", 8), ("print(\"a, b, c\")", 4), ("größe->2", 4), ("x", 1)]
        {
            assert_eq!(count(text), expected, "{text}");
        }
    }
}
