//! Bytes of any encoding as UTF-8.

use crate::text::Encoding;
use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, BufRead};

/// The bytes of a text file, converted to UTF-8. A byte order mark at its start decides the encoding and is left out.
/// Text that is UTF-8 already is handed on as it is: whether it is valid is checked where its lines are known.
pub(crate) struct Decoded<R> {
    source: R,
    conversion: Conversion,
    /// Bytes read so far, for errors.
    read: usize,
}

enum Conversion {
    None,
    Latin1,
    By(Box<Decoder>),
}

impl<R: BufRead> Decoded<R> {
    /// Begins to read. Without a given encoding and without a mark, it is UTF-8.
    ///
    /// # Errors
    /// Those of the source.
    pub fn new(mut source: R, given: Option<Encoding>) -> io::Result<Self> {
        let first = source.fill_buf()?;
        let start = [0, 1, 2].map(|at| first.get(at).copied());
        let (encoding, mark) = match start {
            [Some(0xEF), Some(0xBB), Some(0xBF)] => (None, 3),
            [Some(0xFF), Some(0xFE), _] => (Some(UTF_16LE), 2),
            [Some(0xFE), Some(0xFF), _] => (Some(UTF_16BE), 2),
            // Without a mark, the zeros of letters that ASCII has tell the order of bytes.
            [Some(0), Some(_), _] if given == Some(Encoding::Utf16) => (Some(UTF_16BE), 0),
            _ => match given {
                Some(Encoding::Utf16) => (Some(UTF_16LE), 0),
                Some(Encoding::Windows1252) => (Some(WINDOWS_1252), 0),
                _ => (None, 0),
            },
        };
        source.consume(mark);
        let conversion = match encoding {
            Some(encoding) => Conversion::By(Box::new(encoding.new_decoder_without_bom_handling())),
            None if mark == 0 && given == Some(Encoding::Latin1) => Conversion::Latin1,
            None => Conversion::None,
        };
        Ok(Decoded { source, conversion, read: mark })
    }

    /// The source.
    pub fn source(&self) -> &R {
        &self.source
    }

    /// Adds the next bytes to `out`; `false` at the end.
    ///
    /// # Errors
    /// Those of the source, bytes that are no character, or no memory for them.
    pub fn fill(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        let input = self.source.fill_buf()?;
        let count = input.len();
        let is_last = count == 0;
        match &mut self.conversion {
            Conversion::None => {
                out.try_reserve(count)?;
                out.extend_from_slice(input);
            }
            Conversion::Latin1 => {
                let from = out.len();
                out.try_reserve(2 * count)?;
                out.resize(from + 2 * count, 0);
                let written = encoding_rs::mem::convert_latin1_to_utf8(input, &mut out[from..]);
                out.truncate(from + written);
            }
            Conversion::By(decoder) => {
                let from = out.len();
                let most = decoder.max_utf8_buffer_length_without_replacement(count);
                let most = most.unwrap_or(4 * count + 16);
                out.try_reserve(most)?;
                out.resize(from + most, 0);
                let (result, taken, written) =
                    decoder.decode_to_utf8_without_replacement(input, &mut out[from..], is_last);
                out.truncate(from + written);
                if let DecoderResult::Malformed(..) = result {
                    let at = self.read + taken;
                    let problem = format!("the bytes before byte {at} are no character");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
                }
            }
        }
        self.source.consume(count);
        self.read += count;
        Ok(!is_last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], given: Option<Encoding>) -> io::Result<String> {
        let mut text = Vec::new();
        // A small buffer: characters are cut in two.
        let source = io::BufReader::with_capacity(3, bytes);
        let mut decoded = Decoded::new(source, given)?;
        while decoded.fill(&mut text)? {}
        Ok(String::from_utf8(text).unwrap())
    }

    /// Python: "größe,€" in each encoding.
    #[test]
    fn each_encoding_is_read() {
        let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            "größe,€😀".encode_utf16().flat_map(order).collect()
        };
        let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for (bytes, given, expected) in [
            ("größe".as_bytes().to_vec(), None, "größe"),
            (marked(b"\xEF\xBB\xBF", "größe".as_bytes()), None, "größe"),
            (marked(b"\xEF\xBB\xBF", "größe".as_bytes()), Some(Encoding::Latin1), "größe"),
            (marked(b"\xFF\xFE", &little), None, "größe,€😀"),
            (marked(b"\xFE\xFF", &big), None, "größe,€😀"),
            (little, Some(Encoding::Utf16), "größe,€😀"),
            (b"\0g\0r".to_vec(), Some(Encoding::Utf16), "gr"),
            (b"gr\xF6\xDFe,\x80".to_vec(), Some(Encoding::Windows1252), "größe,€"),
            (b"gr\xF6\xDFe,\x80".to_vec(), Some(Encoding::Latin1), "größe,\u{80}"),
        ] {
            assert_eq!(decoded(&bytes, given).unwrap(), expected);
        }
        assert!(decoded(b"\xFF\xFE\0\xDC", None).is_err());
    }
}
