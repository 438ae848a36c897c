//! Compressed recordings: FLAC, MP3, Ogg Vorbis, M4A and AAC.

use super::mp4::priming;
use super::sound::{Decoded, MOST_SAMPLES, Sound, count, ends_early, mixed};
use relume_catalog::count_text;
use std::io::Cursor;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::{AdtsReader, FlacReader, IsoMp4Reader, MpaReader, OggReader};
use symphonia::default::get_codecs;

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Flac,
    Ogg,
    Mp4,
    Mp3,
    Adts,
}

/// The kind of a file, by its first bytes.
fn kind(bytes: &[u8]) -> Option<Kind> {
    Some(match bytes {
        [b'f', b'L', b'a', b'C', ..] => Kind::Flac,
        [b'O', b'g', b'g', b'S', ..] => Kind::Ogg,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Kind::Mp4,
        // Eleven bits that are set, and the layer: none is AAC's.
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => Kind::Adts,
        [0xFF, second, ..] if second & 0xE6 == 0xE2 => Kind::Mp3,
        _ => return None,
    })
}

/// Decodes a file.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, String> {
    let Some(kind) = kind(bytes) else {
        return Err("is not a WAV, AIFF, FLAC, MP3, Ogg, M4A or AAC file".to_string());
    };
    let mut format = opened(kind, bytes).map_err(undecodable)?;
    let Some(track) = format.default_track(TrackType::Audio) else {
        return Err("holds no sound".to_string());
    };
    let (id, all) = (track.id, track.num_frames);
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
        return Err("holds no sound".to_string());
    };
    // FLAC has a checksum of its samples: pieces that were left out are found.
    let options = AudioDecoderOptions::default().verify(kind == Kind::Flac);
    let mut decoder = get_codecs()
        .make_audio_decoder(parameters, &options)
        .map_err(|_| format!("holds sound of a kind that is not read{}", named(bytes)))?;
    let mut stream = read(&mut *format, &mut *decoder, id)?;
    let is_wrong = decoder.finalize().verify_ok == Some(false);
    let own = stream.sound.samples.len();
    let missing = all.filter(|&all| all > own as u64);
    if kind == Kind::Mp4 {
        let all = all.and_then(|all| usize::try_from(all).ok());
        stream.sound.samples.truncate(all.unwrap_or(own));
        let before = priming(bytes, stream.sound.rate).min(stream.sound.samples.len());
        stream.sound.samples.drain(..before);
    }
    match (kind, stream.problem.take(), missing) {
        // A damaged FLAC file is never taken for a whole one: what it holds is exact, or it is nothing.
        (Kind::Flac, None, Some(all)) => Err(format!(
            "is damaged or cut off: {} of its {} samples can be read",
            count_text(own),
            count(all)
        )),
        (Kind::Flac, None, None) if is_wrong => {
            Err("is damaged: its samples do not match its checksum".to_string())
        }
        (Kind::Flac, Some(error), _) => Err(undecodable(error)),
        (_, Some(error), _) if own == 0 => Err(undecodable(error)),
        (_, None, Some(_)) if own == 0 => Err("ends before its sound does".to_string()),
        (_, _, Some(all)) => stream.with(Some(ends_early(own, all))),
        (_, Some(Error::IoError(_)), None) => stream.with(Some("is cut off".to_string())),
        (_, Some(error), None) => {
            stream.with(Some(format!("is damaged, and was read in part: {error}")))
        }
        (Kind::Ogg, None, None) if !has_end(bytes) => stream.with(Some("is cut off".to_string())),
        _ => stream.with(None),
    }
}

fn opened(kind: Kind, bytes: &[u8]) -> Result<Box<dyn FormatReader + '_>, Error> {
    let options = FormatOptions::default();
    let stream = |bytes| {
        MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default())
    };
    Ok(match kind {
        Kind::Flac => {
            let source = Box::new(Cursor::new(without_metadata(bytes)));
            let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
            Box::new(FlacReader::try_new(stream, options)?)
        }
        Kind::Ogg => Box::new(OggReader::try_new(stream(bytes), options)?),
        Kind::Mp4 => Box::new(IsoMp4Reader::try_new(stream(bytes), options)?),
        Kind::Mp3 => Box::new(MpaReader::try_new(stream(bytes), options)?),
        Kind::Adts => Box::new(AdtsReader::try_new(stream(bytes), options)?),
    })
}

/// A FLAC file with its first block of metadata (the description of its samples) alone: covers and comments, which may
/// be damaged, say nothing about the sound.
fn without_metadata(bytes: &[u8]) -> Vec<u8> {
    let mut at = 4;
    let mut first = &bytes[4..4];
    while let Some(&[flags, a, b, c]) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let end = at + 4 + u32::from_be_bytes([0, a, b, c]) as usize;
        if flags & 127 == 0 && first.is_empty() {
            first = bytes.get(at + 4..end).unwrap_or_default();
        }
        at = end;
        if flags & 128 != 0 {
            break;
        }
    }
    let length = (first.len() as u32).to_be_bytes();
    let frames = bytes.get(at..).unwrap_or_default();
    [b"fLaC", &[128, length[1], length[2], length[3]], first, frames].concat()
}

/// What was read of a stream.
struct Stream {
    sound: Sound,
    /// The first error, before which or around which samples were read.
    problem: Option<Error>,
}

impl Stream {
    fn with(self, remark: Option<String>) -> Result<Decoded, String> {
        Ok(Decoded { sound: self.sound, remark })
    }
}

/// Reads a track's packets to the end, or to where it cannot be read further. A packet that is damaged is left out.
fn read(
    format: &mut dyn FormatReader,
    decoder: &mut dyn AudioDecoder,
    track: u32,
) -> Result<Stream, String> {
    let mut sound = Sound { rate: 0, samples: Vec::new() };
    let (mut problem, mut interleaved) = (None, Vec::new());
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) if packet.track_id == track => packet,
            Ok(Some(_)) => continue,
            Ok(None) => break,
            Err(error) => {
                problem = problem.or(Some(error));
                break;
            }
        };
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let (rate, channels) = (buffer.spec().rate(), buffer.spec().channels().count());
                if sound.samples.is_empty() {
                    sound.rate = rate;
                } else if rate != sound.rate {
                    return Err(format!("changes from {} to {rate} samples a second", sound.rate));
                }
                buffer.copy_to_vec_interleaved::<f32>(&mut interleaved);
                sound.samples.extend(mixed(&interleaved, channels));
                if sound.samples.len().saturating_mul(channels) > MOST_SAMPLES {
                    return Err(format!("holds more than {} samples", count_text(MOST_SAMPLES)));
                }
            }
            Err(error @ (Error::DecodeError(_) | Error::IoError(_))) => {
                problem = problem.or(Some(error));
            }
            Err(error) => {
                problem = problem.or(Some(error));
                break;
            }
        }
    }
    match sound.samples.iter().all(|x| x.is_finite()) {
        true => Ok(Stream { sound, problem }),
        false => Err("holds a sample that is not a finite number".to_string()),
    }
}

/// Whether the last page of an Ogg file says that it is the last.
fn has_end(bytes: &[u8]) -> bool {
    let last = bytes.windows(4).rposition(|window| window == b"OggS");
    last.and_then(|at| bytes.get(at + 5)).is_some_and(|flags| flags & 4 != 0)
}

/// The name of sound that is not read, in parentheses.
fn named(bytes: &[u8]) -> &'static str {
    let start = &bytes[..bytes.len().min(256)];
    let has = |word: &[u8]| start.windows(word.len()).any(|window| window == word);
    match () {
        () if has(b"OpusHead") => " (Opus)",
        () if has(b"Speex") => " (Speex)",
        () => "",
    }
}

fn undecodable(error: Error) -> String {
    match error {
        Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "ends before its sound does".to_string()
        }
        Error::Unsupported("isomp4: missing moov atom") => {
            "ends before the description of its sound (moov)".to_string()
        }
        error => format!("cannot be decoded: {error}"),
    }
}
