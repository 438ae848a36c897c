//! TFRecords: how messages follow one another in a file.
//!
//! Each message stands between its length and two checksums, all little-endian: the length in 8 bytes, the masked
//! CRC-32C of these 8 bytes, the message, and its masked CRC-32C (TensorFlow, `core/lib/io/record_writer.cc`).

use std::io::{self, Write};

/// The masked CRC-32C of bytes: the checksum of a text that contains its own checksum would be weak, so it is rotated
/// by 15 bits and moved by a constant (TensorFlow, `core/lib/hash/crc32c.h`).
pub fn masked_crc(bytes: &[u8]) -> u32 {
    const DELTA: u32 = 0xa282_ead8;
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(DELTA)
}

/// Writes a message as a record.
///
/// # Errors
/// Those of the writer.
pub fn write_record(out: &mut dyn Write, message: &[u8]) -> io::Result<()> {
    let length = (message.len() as u64).to_le_bytes();
    out.write_all(&length)?;
    out.write_all(&masked_crc(&length).to_le_bytes())?;
    out.write_all(message)?;
    out.write_all(&masked_crc(message).to_le_bytes())
}
