//! Recordings in WAV and FLAC files.

use crate::files::folder::Endings;
use relume_datasets::DataError;
use std::io::Cursor;
use std::path::Path;

/// The files of recordings.
pub(crate) const ENDINGS: Endings =
    Endings { endings: &["wav", "flac"], names: ["recording", "recordings"], unlabelled: &[] };
/// A recording of more samples than this (six hours at 48 kHz) is refused.
const MOST_SAMPLES: usize = 1 << 30;

/// A recording of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Samples per second.
    pub rate: u32,
    /// From -1 to 1.
    pub samples: Vec<f32>,
}

impl Sound {
    /// Reads a WAV or FLAC file. Its content decides the format, not its name. Several channels are averaged.
    ///
    /// # Errors
    /// A file that cannot be read, is of another kind, or is damaged.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let bytes = std::fs::read(path)
            .map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
        Self::decode(&bytes).map_err(|problem| DataError::File {
            path: path.to_path_buf(),
            problem,
            help: Some("recordings are WAV or FLAC files; repair or remove it".to_string()),
        })
    }

    /// Decodes a file's bytes.
    ///
    /// # Errors
    /// A sentence that continues after the file's name.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let sound = match bytes {
            [b'R', b'I', b'F', b'F', ..] => wav(bytes)?,
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

fn flac(bytes: &[u8]) -> Result<Sound, String> {
    let damaged = |error: claxon::Error| format!("cannot be decoded: {error}");
    let mut reader = claxon::FlacReader::new(Cursor::new(bytes)).map_err(damaged)?;
    let info = reader.streaminfo();
    let unit = 2f32.powi(1 - info.bits_per_sample as i32);
    let mut samples = Vec::new();
    for sample in reader.samples() {
        samples.push(sample.map_err(damaged)? as f32 * unit);
        if samples.len() > MOST_SAMPLES {
            return Err(format!("holds more than {MOST_SAMPLES} samples"));
        }
    }
    let sound = Sound { rate: info.sample_rate, samples: mixed(&samples, info.channels as usize) };
    match info.samples {
        Some(wanted) if wanted > sound.samples.len() as u64 => {
            Err(format!("ends after {} of its {wanted} samples", sound.samples.len()))
        }
        _ => Ok(sound),
    }
}
