//! What a file that is not a Relume file seems to be, by its first bytes.

use std::fmt;

/// How many first bytes are needed to recognise a file.
pub(crate) const HEAD: u64 = 1024;

/// What the first bytes of a file look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookalike {
    /// Nothing at all.
    Empty,
    /// What `torch.save` writes: a zip archive around a pickle.
    PyTorch,
    /// A Keras model (`.keras`), a zip archive.
    Keras,
    /// NumPy's `.npz`, a zip archive of arrays.
    NumpyArchive,
    /// Another zip archive.
    Zip,
    /// Tensors by Hugging Face's safetensors.
    Safetensors,
    /// HDF5, as older Keras models are.
    Hdf5,
    /// NumPy's `.npy`.
    Numpy,
    /// A bare Python pickle, as very old PyTorch files are.
    Pickle,
    /// llama.cpp's GGUF.
    Gguf,
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// Something compressed by gzip.
    Gzip,
    /// Text.
    Text,
    /// Nothing that is recognised.
    Unknown,
}

impl Lookalike {
    /// What the beginning of a file looks like.
    pub fn of(head: &[u8]) -> Self {
        let contains = |needle: &[u8]| head.windows(needle.len()).any(|part| part == needle);
        match head {
            [] => Lookalike::Empty,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => {
                if contains(b"data.pkl") {
                    Lookalike::PyTorch
                } else if contains(b".npy") {
                    Lookalike::NumpyArchive
                } else if contains(b"model.weights.h5") || contains(b"metadata.json") {
                    Lookalike::Keras
                } else {
                    Lookalike::Zip
                }
            }
            [b'\x89', b'P', b'N', b'G', ..] => Lookalike::Png,
            [b'\x89', b'H', b'D', b'F', ..] => Lookalike::Hdf5,
            [b'\x93', b'N', b'U', b'M', b'P', b'Y', ..] => Lookalike::Numpy,
            [0xFF, 0xD8, 0xFF, ..] => Lookalike::Jpeg,
            [0x1F, 0x8B, ..] => Lookalike::Gzip,
            [b'G', b'G', b'U', b'F', ..] => Lookalike::Gguf,
            // The length of a JSON header below 4 GiB, then the header.
            [_, _, _, _, 0, 0, 0, 0, b'{', ..] => Lookalike::Safetensors,
            [0x80, 2..=5, ..] => Lookalike::Pickle,
            _ if is_text(head) => Lookalike::Text,
            _ => Lookalike::Unknown,
        }
    }

    /// What to do with such a file.
    pub fn help(self) -> Option<&'static str> {
        match self {
            Lookalike::Empty => Some("nothing was ever saved here, or it was lost: take a backup"),
            Lookalike::PyTorch | Lookalike::Pickle => Some(
                "write it as safetensors in Python: \
                 safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")",
            ),
            Lookalike::Safetensors => {
                Some("safetensors files hold weights without a network: import them into one")
            }
            Lookalike::Text => Some("a file of commands is run, not loaded: run \"FILE\""),
            Lookalike::Unknown => Some("saved networks end in .rlm"),
            _ => None,
        }
    }
}

/// Whether bytes, which may end inside a character, are UTF-8 text without control characters.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
}

impl fmt::Display for Lookalike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Lookalike::Empty => "is empty",
            Lookalike::PyTorch => "looks like a PyTorch file",
            Lookalike::Keras => "looks like a Keras model",
            Lookalike::NumpyArchive => "looks like NumPy arrays (.npz)",
            Lookalike::Zip => "looks like a zip archive",
            Lookalike::Safetensors => "looks like a safetensors file",
            Lookalike::Hdf5 => "looks like an HDF5 file, as Keras writes",
            Lookalike::Numpy => "looks like a NumPy array (.npy)",
            Lookalike::Pickle => "looks like a Python pickle, as old PyTorch files are",
            Lookalike::Gguf => "looks like a GGUF model",
            Lookalike::Png => "looks like a PNG picture",
            Lookalike::Jpeg => "looks like a JPEG picture",
            Lookalike::Gzip => "looks like gzip-compressed data",
            Lookalike::Text => "looks like text",
            Lookalike::Unknown => "does not begin as one",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_files_are_recognised_by_their_first_bytes() {
        let zip = |name: &str| [b"PK\x03\x04\0\0\0\0", name.as_bytes()].concat();
        let cases: [(&[u8], Lookalike); 12] = [
            (b"", Lookalike::Empty),
            (&zip("archive/data.pkl"), Lookalike::PyTorch),
            (&zip("weight.npy"), Lookalike::NumpyArchive),
            (&zip("word/document.xml"), Lookalike::Zip),
            (b"\x40\0\0\0\0\0\0\0{\"a\":", Lookalike::Safetensors),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0d", Lookalike::Png),
            (b"\x89HDF\r\n\x1a\n", Lookalike::Hdf5),
            (b"\x80\x02}q\0", Lookalike::Pickle),
            (b"\xff\xd8\xff\xe0", Lookalike::Jpeg),
            (b"mlp = input(64) -> dense(10)\n", Lookalike::Text),
            (b"caf\xc3", Lookalike::Text),
            (b"\x00\x01\x02", Lookalike::Unknown),
        ];
        for (head, wanted) in cases {
            assert_eq!(Lookalike::of(head), wanted, "{head:?}");
        }
    }
}
