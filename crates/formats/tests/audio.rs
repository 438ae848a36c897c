//! Sounds: features equal torchaudio's, files are read as they were written, and damaged ones are refused.

use relume_datasets::DataError;
use relume_datasets::raw::{AudioFeatures, FeatureKind};
use relume_fixtures::{Case, Fixtures, assert_close_with, check_each};
use relume_formats::audio::{Extractor, Sound, resample};
use relume_tensor::Tensor;
use std::path::Path;

fn samples(case: &Case) -> Vec<f32> {
    case.input("samples").data().to_vec()
}

#[test]
fn sounds_are_resampled_as_torchaudio_does() {
    check_each(Fixtures::load("audio").of("resample"), |case| {
        let rate = |name: &str| case.options()[name].as_u64().unwrap() as u32;
        let ours = Tensor::vector(&resample(&samples(case), rate("from"), rate("to")));
        let reason = "a sum of hundreds of products in f32 against f64";
        assert_close_with(1e-5, 2e-6, reason, &ours, case.output(), case.name());
    });
}

#[test]
fn features_are_those_of_torchaudio() {
    for kind in ["logmel", "mfcc"] {
        check_each(Fixtures::load("audio").of(kind), |case| {
            let options = serde_json::Value::Object(case.options().clone());
            let options: AudioFeatures = serde_json::from_value(options).unwrap();
            let sound = Sound { rate: options.rate, samples: samples(case) };
            let ours = Extractor::new(&options).unwrap().features(&sound).unwrap();
            assert_eq!(ours.dims()[1], options.width());
            // The rounding of a transform in f32 is 1e-7 of its loudest line; a band 60 dB below it is off by 1e-4 of
            // itself.
            let reason = "f32 against f64: quiet bands carry the rounding errors of loud ones";
            assert_close_with(1e-4, 2e-3, reason, &ours, case.output(), case.name());
        });
    }
}

fn telephone() -> AudioFeatures {
    AudioFeatures {
        kind: FeatureKind::Mfcc,
        features: 13,
        rate: 8000,
        window: 25.0,
        hop: 10.0,
        mels: 26,
        low: 0.0,
        high: None,
        deltas: 0,
    }
}

#[test]
fn sounds_shorter_than_a_window_have_features() {
    let extractor = Extractor::new(&telephone()).unwrap();
    for count in [1, 2, 100, 128, 129, 200] {
        let samples: Vec<f32> = (0..count).map(|i| (i as f32).sin()).collect();
        let features = extractor.features(&Sound { rate: 8000, samples }).unwrap();
        assert_eq!(features.dims(), [1 + count.max(129) / 80, 13], "{count} samples");
        assert!(features.is_finite());
    }
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for (options, message) in [
        (AudioFeatures { features: 30, ..telephone() }, "26 mel bands give no 30 coefficients"),
        (AudioFeatures { window: 0.1, ..telephone() }, "too short"),
        (AudioFeatures { hop: 0.01, ..telephone() }, "too short"),
        (AudioFeatures { high: Some(5000.0), ..telephone() }, "do not lie between 0 and half"),
        (AudioFeatures { low: 4000.0, ..telephone() }, "do not lie between 0 and half"),
    ] {
        let error = Extractor::new(&options).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

fn write_wav(path: &Path, spec: hound::WavSpec, frames: &[[f32; 2]]) {
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in frames.iter().flat_map(|frame| &frame[..spec.channels.into()]) {
        match spec.sample_format {
            hound::SampleFormat::Float => writer.write_sample(*sample).unwrap(),
            hound::SampleFormat::Int => {
                let unit = 2f32.powi(i32::from(spec.bits_per_sample) - 1);
                writer.write_sample((sample * unit) as i32).unwrap();
            }
        }
    }
    writer.finalize().unwrap();
}

#[test]
fn wav_files_of_all_kinds_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    // Numbers that eight bits hold.
    let frames = [[0.5, -0.25], [-1.0, 0.0], [0.25, 0.75]];
    use hound::SampleFormat::{Float, Int};
    for (bits_per_sample, sample_format) in [(8, Int), (16, Int), (24, Int), (32, Int), (32, Float)]
    {
        for channels in [1, 2] {
            let spec =
                hound::WavSpec { channels, sample_rate: 8000, bits_per_sample, sample_format };
            write_wav(&path, spec, &frames);
            let expected = match channels {
                1 => vec![0.5, -1.0, 0.25],
                _ => vec![0.125, -0.5, 0.5],
            };
            let sound = Sound::read(&path).unwrap();
            assert_eq!(sound, Sound { rate: 8000, samples: expected }, "{spec:?}");
        }
    }
}

/// tests/fixtures/tone.flac: soundfile.write("tone.flac", round(8000 * sin(i / 5)) / 32768 for 500 i, 8000).
#[test]
fn flac_files_come_back() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tone.flac");
    let sound = Sound::read(Path::new(path)).unwrap();
    assert_eq!((sound.rate, sound.samples.len()), (8000, 500));
    for (i, &x) in sound.samples.iter().enumerate() {
        let expected = (8000.0 * (i as f64 / 5.0).sin()).round() / 32768.0;
        assert_eq!(f64::from(x), expected, "sample {i}");
    }
    let bytes = std::fs::read(path).unwrap();
    for length in [0, 3, 20, 60, bytes.len() / 2, bytes.len() - 5] {
        assert!(Sound::decode(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn damaged_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    write_wav(&path, spec, &[[0.5, 0.0]; 40]);
    let whole = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        match Sound::read(&path) {
            Err(DataError::File { path: own, problem, .. }) if own == path => problem,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(b""), "is empty");
    assert_eq!(refused(b"some music"), "is not a WAV, AIFF, FLAC, MP3, Ogg, M4A or AAC file");
    assert_eq!(refused(&whole[..30]), "has a description (fmt) that ends too early");
    assert_eq!(refused(&whole[..40]), "ends before its samples");
    write_wav(&path, spec, &[]);
    assert_eq!(refused(&std::fs::read(&path).unwrap()), "holds no samples");
    let none = Sound::read(&folder.path().join("none.wav"));
    assert!(matches!(none, Err(DataError::Read { .. })));
}
