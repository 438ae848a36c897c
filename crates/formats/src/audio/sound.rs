//! Recordings, read from files of any kind.

use super::pcm::Layout;
use super::{aiff, compressed, wav};
use crate::files::folder::Endings;
use relume_catalog::count_text;
use relume_datasets::DataError;
use std::path::Path;

/// The files of recordings.
pub(crate) const ENDINGS: Endings = Endings {
    endings: &["wav", "flac", "mp3", "ogg", "m4a", "aiff", "aif", "aifc", "oga", "aac", "wave"],
    names: ["recording", "recordings"],
    unlabelled: &[],
};
/// A recording of more samples than this (six hours at 48 kHz) is refused.
pub(super) const MOST_SAMPLES: usize = 1 << 30;
/// The highest rate; that of `sounds` is no higher.
const HIGHEST_RATE: u32 = 1_000_000;

/// A recording of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Samples per second.
    pub rate: u32,
    /// From -1 to 1, unless the file has floating-point samples beyond.
    pub samples: Vec<f32>,
}

/// A recording as it was decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The recording.
    pub sound: Sound,
    /// What is missing from it, as a sentence that continues after the file's name; none if it is complete.
    pub remark: Option<String>,
}

impl Sound {
    /// Reads a file of any kind that [`Sound::decode`] knows.
    ///
    /// # Errors
    /// A file that cannot be read, is of another kind, or is damaged.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        Ok(Decoded::read(path)?.sound)
    }

    /// Decodes the bytes of a WAV, AIFF, FLAC, MP3, Ogg Vorbis, M4A or AAC file; all but the first two need the feature
    /// `audio-codecs`. Its content decides the format, not its name. Several channels are averaged.
    ///
    /// # Errors
    /// A sentence that continues after the file's name.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        Ok(Decoded::decode(bytes)?.sound)
    }
}

impl Decoded {
    /// Reads a file, as [`Sound::read`] does, with what is missing from it.
    ///
    /// # Errors
    /// A file that cannot be read, is of another kind, or is damaged.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let bytes = relume_files::read(path)
            .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
        Self::decode(&bytes).map_err(|problem| DataError::File {
            path: path.to_path_buf(),
            problem,
            help: Some(
                "recordings are WAV, AIFF, FLAC, MP3, Ogg Vorbis, M4A or AAC files; repair or remove it"
                    .to_string(),
            ),
        })
    }

    /// Decodes the bytes of a file, as [`Sound::decode`] does, with what is missing from it.
    ///
    /// # Errors
    /// A sentence that continues after the file's name.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let decoded = match without_tags(bytes) {
            [] => return Err("is empty".to_string()),
            rest @ ([b'R', b'I', b'F', b'F' | b'X', ..]
            | [b'R', b'F', b'6', b'4', ..]
            | [b'B', b'W', b'6', b'4', ..]) => wav::decode(rest)?,
            rest @ [b'F', b'O', b'R', b'M', ..] => aiff::decode(rest)?,
            rest => compressed::decode(rest)?,
        };
        let Sound { rate, samples } = &decoded.sound;
        match rate {
            1..=HIGHEST_RATE if samples.is_empty() => Err("holds no samples".to_string()),
            1..=HIGHEST_RATE => Ok(decoded),
            0 => Err("says that it has 0 samples a second".to_string()),
            _ => {
                Err(format!("says that it has {rate} samples a second, which is more than is read"))
            }
        }
    }
}

/// A file without the ID3 tags at its start, which music players put in front of any kind of file.
fn without_tags(mut bytes: &[u8]) -> &[u8] {
    while let [b'I', b'D', b'3', _, _, flags, a, b, c, d, rest @ ..] = bytes {
        // Seven bits in each byte of the length; a footer is as long as the header.
        let length =
            [a, b, c, d].into_iter().fold(0, |sum, byte| sum << 7 | usize::from(byte & 127));
        let footer = if flags & 16 == 0 { 0 } else { 10 };
        bytes = rest.get(length + footer..).unwrap_or_default();
    }
    bytes
}

/// The mean over the channels of each frame.
#[cfg(feature = "audio-codecs")]
pub(super) fn mixed(interleaved: &[f32], channels: usize) -> impl Iterator<Item = f32> {
    let mean = move |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
    interleaved.chunks_exact(channels.max(1)).map(mean)
}

/// Samples that were found in a file.
pub(super) struct Found<'a> {
    pub rate: u32,
    pub layout: Layout,
    pub bytes: &'a [u8],
    /// How many bytes of them there are to be, if that is known.
    pub length: Option<u64>,
}

/// The recording of samples that were found, with a remark if some are missing.
pub(super) fn decoded(found: Found<'_>) -> Result<Decoded, String> {
    let Found { rate, layout, bytes, length } = found;
    let wanted = length.unwrap_or(bytes.len() as u64);
    let bytes = &bytes[..bytes.len().min(usize::try_from(wanted).unwrap_or(usize::MAX))];
    if bytes.len() / layout.encoding.width() > MOST_SAMPLES {
        return Err(format!("holds more than {} samples", count_text(MOST_SAMPLES)));
    }
    let frame = layout.frame();
    let (own, all) = (bytes.len() / frame, wanted / frame as u64);
    let remark = (all > own as u64).then(|| ends_early(own, all));
    Ok(Decoded { sound: Sound { rate, samples: layout.mono(bytes)? }, remark })
}

/// The remark on a recording that has fewer samples than its file says.
pub(super) fn ends_early(own: usize, all: u64) -> String {
    format!("ends after {} of its {} samples", count_text(own), count(all))
}

/// A count with commas.
pub(super) fn count(count: u64) -> String {
    usize::try_from(count).map_or_else(|_| count.to_string(), count_text)
}
