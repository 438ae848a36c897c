//! Values as messages between processes of the same program.

use bincode::Options;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn options() -> impl Options {
    bincode::DefaultOptions::new().with_fixint_encoding().reject_trailing_bytes()
}

/// The bytes of a value, for another process of the same program: they are of no use in files.
///
/// # Errors
/// A value that has no fixed form, such as one of unknown length.
pub fn encode(value: &impl Serialize) -> Result<Vec<u8>, String> {
    options().serialize(value).map_err(|error| error.to_string())
}

/// The value of bytes.
///
/// # Errors
/// Bytes of another kind of value, or of another program.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    options().with_limit(bytes.len() as u64).deserialize(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_and_other_bytes_are_refused() {
        let value = (3u64, vec!["a".to_string()], Some(-0.0f32));
        let bytes = encode(&value).unwrap();
        assert_eq!(decode::<(u64, Vec<String>, Option<f32>)>(&bytes), Ok(value));
        assert!(decode::<(u64, Vec<String>)>(&bytes).is_err());
        // A length that the bytes do not hold.
        assert!(decode::<Vec<u64>>(&u64::MAX.to_le_bytes()).is_err());
    }
}
