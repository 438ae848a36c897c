//! What is said of compressed recordings by a program that was compiled without their codecs.

use super::sound::Decoded;

/// Refuses a file.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, String> {
    let is_known = bytes.starts_with(b"fLaC")
        || bytes.starts_with(b"OggS")
        || bytes.get(4..8) == Some(b"ftyp")
        || matches!(bytes, [0xFF, second, ..] if second & 0xE0 == 0xE0);
    Err(match is_known {
        true => "is compressed, and this program was compiled without the feature audio-codecs",
        false => "is neither a WAV nor an AIFF file",
    }
    .to_string())
}
