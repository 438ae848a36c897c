//! Recordings in WAV and FLAC files.

use crate::DataError;
use crate::sources::folder::Endings;
use std::io::Cursor;
use std::path::Path;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// Files that hold recordings.
pub(crate) const ENDINGS: Endings =
    Endings { endings: &["wav", "flac"], names: ["recording", "recordings"], unlabelled: &[] };
/// A recording of more samples than this (six hours at 48 kHz) is taken for a forgery.
const MOST_SAMPLES: usize = 1 << 30;

/// A recording of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Samples in a second.
    pub rate: u32,
    /// From -1 to 1.
    pub samples: Vec<f32>,
}

impl Sound {
    /// Reads a WAV or FLAC file; what it is is seen from itself, not from its name. Several channels are averaged.
    ///
    /// # Errors
    /// A file that cannot be read, is of another kind, or is damaged.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let bytes = std::fs::read(path)
            .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
        Self::decode(bytes).map_err(|problem| DataError::File {
            path: path.to_path_buf(),
            problem,
            help: Some("recordings are WAV or FLAC files; repair or remove it".to_string()),
        })
    }

    /// Decodes a file's bytes.
    ///
    /// # Errors
    /// A sentence that goes on from the file's name.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, String> {
        let sound = match bytes.as_slice() {
            [b'R', b'I', b'F', b'F', ..] => wav(&bytes)?,
            [b'f', b'L', b'a', b'C', ..] => flac(bytes)?,
            [] => return Err("is empty".to_string()),
            _ => return Err("is neither a WAV nor a FLAC file".to_string()),
        };
        match sound.samples.is_empty() {
            true => Err("holds no samples".to_string()),
            false => Ok(sound),
        }
    }
}

/// The mean over the channels of each frame.
fn mixed(interleaved: &[f32], channels: usize) -> Vec<f32> {
    let mean = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
    interleaved.chunks_exact(channels.max(1)).map(mean).collect()
}

fn wav(bytes: &[u8]) -> Result<Sound, String> {
    let damaged = |error: hound::Error| format!("cannot be decoded: {error}");
    let reader = hound::WavReader::new(Cursor::new(bytes)).map_err(damaged)?;
    let spec = reader.spec();
    let samples: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Float => {
            reader.into_samples::<f32>().collect::<Result<_, _>>().map_err(damaged)?
        }
        hound::SampleFormat::Int => {
            let unit = 2f32.powi(1 - i32::from(spec.bits_per_sample));
            let scaled = |sample: Result<i32, hound::Error>| Ok(sample? as f32 * unit);
            reader.into_samples::<i32>().map(scaled).collect::<Result<_, _>>().map_err(damaged)?
        }
    };
    if samples.iter().any(|x| !x.is_finite()) {
        return Err("holds a sample that is not a finite number".to_string());
    }
    Ok(Sound { rate: spec.sample_rate, samples: mixed(&samples, spec.channels.into()) })
}

fn flac(bytes: Vec<u8>) -> Result<Sound, String> {
    let damaged = |error: symphonia::core::errors::Error| format!("cannot be decoded: {error}");
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(damaged)?;
    let track = format.default_track(TrackType::Audio).ok_or("holds no audio")?;
    let (id, wanted) = (track.id, track.num_frames);
    let codec = track.codec_params.as_ref().and_then(|codec| codec.audio());
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(codec.ok_or("holds no audio")?, &AudioDecoderOptions::default())
        .map_err(damaged)?;
    let mut sound = Sound { rate: 0, samples: Vec::new() };
    let mut interleaved = Vec::new();
    while let Some(packet) = format.next_packet().map_err(damaged)? {
        if packet.track_id != id {
            continue;
        }
        let decoded = decoder.decode(&packet).map_err(damaged)?;
        sound.rate = decoded.spec().rate();
        decoded.copy_to_vec_interleaved(&mut interleaved);
        sound.samples.extend(mixed(&interleaved, decoded.spec().channels().count()));
        if sound.samples.len() > MOST_SAMPLES {
            return Err(format!("holds more than {MOST_SAMPLES} samples"));
        }
    }
    match wanted {
        Some(wanted) if wanted > sound.samples.len() as u64 => {
            Err(format!("ends after {} of its {wanted} samples", sound.samples.len()))
        }
        _ => Ok(sound),
    }
}
