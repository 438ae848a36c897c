//! Files of bytes, packed by gzip or not.

use crate::DataError;
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::Path;

/// What the first bytes of a gzip file are.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file's bytes; those of a gzip file, which its content tells, are unpacked.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let bytes = std::fs::read(path)
        .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).map_err(|error| {
        DataError::File {
            path: path.to_path_buf(),
            problem: format!("its gzip data are broken after {} bytes: {error}", unpacked.len()),
            help: Some("the file may be cut off; get it once more".to_string()),
        }
    })?;
    Ok(unpacked)
}
