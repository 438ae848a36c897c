//! Recordings in files as programs write them: samples are those that libsndfile gives, what is missing is remarked,
//! and what cannot be read says why.

use relume_formats::DataSpec;
use relume_formats::audio::{Decoded, Sound};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A chunk of a WAV file, with the byte that follows an odd length.
fn chunk(name: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u32).to_le_bytes();
    let padding = vec![0; bytes.len() % 2];
    [&name[..], &length, bytes, &padding].concat()
}

/// The description of samples: format, channels, rate and bits.
fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let frame = channels * bits.div_ceil(8);
    let numbers = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    let rates = [rate.to_le_bytes(), (rate * u32::from(frame)).to_le_bytes()].concat();
    [numbers, rates, frame.to_le_bytes().to_vec(), bits.to_le_bytes().to_vec()].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let rest = [b"WAVE".to_vec(), chunks.concat()].concat();
    chunk(b"RIFF", &rest)
}

/// A file of one channel at 8,000 samples a second.
fn wave(tag: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", &format(tag, 1, 8000, bits)), chunk(b"data", data)])
}

fn samples(bytes: &[u8]) -> Vec<f32> {
    let decoded = Decoded::decode(bytes).unwrap();
    assert_eq!((decoded.sound.rate, &decoded.remark), (8000, &None));
    decoded.sound.samples
}

fn le16(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|x| x.to_le_bytes()).collect()
}

const HALVES: [i16; 3] = [16384, -16384, 8192];
const PARTS: [f32; 3] = [0.5, -0.5, 0.25];

#[test]
fn chunks_that_say_nothing_about_samples_are_passed_over() {
    let description = chunk(b"fmt ", &format(1, 1, 8000, 16));
    let data = chunk(b"data", &le16(&HALVES));
    // A list of odd length is followed by one more byte.
    let list = chunk(b"LIST", b"INFOISFT\x01\0\0\0x");
    let fact = chunk(b"fact", &[3, 0, 0, 0]);
    for chunks in [
        vec![list.clone(), description.clone(), data.clone()],
        vec![description.clone(), fact, list.clone(), data.clone()],
        vec![description.clone(), chunk(b"JUNK", &[0; 29]), data.clone(), list],
    ] {
        assert_eq!(samples(&riff(&chunks)), PARTS);
    }
    let error = Sound::decode(&riff(&[data.clone(), description.clone()])).unwrap_err();
    assert_eq!(error, "has samples, but no description (fmt) before them");
    let error = Sound::decode(&riff(&[description])).unwrap_err();
    assert_eq!(error, "ends before its samples");
}

#[test]
fn a_length_that_a_pipe_left_open_goes_to_the_files_end() {
    let mut bytes = wave(1, 16, &le16(&HALVES));
    // As ffmpeg writes it, as SoX writes it, and as it is before a program that records has filled it in.
    for (riff, data) in [(u32::MAX, u32::MAX), (0x7FFF_F024, 0x7FFF_F000), (0, 0)] {
        bytes[4..8].copy_from_slice(&riff.to_le_bytes());
        bytes[40..44].copy_from_slice(&data.to_le_bytes());
        assert_eq!(samples(&bytes), PARTS, "{data:#x}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_read_with_a_remark() {
    let whole = wave(1, 16, &le16(&[16384; 2000]));
    // The description and 1,500 samples and a half.
    let decoded = Decoded::decode(&whole[..44 + 3001]).unwrap();
    assert_eq!(decoded.sound.samples, vec![0.5; 1500]);
    assert_eq!(decoded.remark.unwrap(), "ends after 1,500 of its 2,000 samples");

    let folder = tempfile::tempdir().unwrap();
    for (name, length) in [("x/a.wav", 44 + 4000), ("x/b.wav", 44 + 3001), ("y/c.wav", 44 + 3000)] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &whole[..length]).unwrap();
    }
    let load = || {
        let path = vec![json!(folder.path())];
        DataSpec::from_arguments("sounds", path, Vec::new()).unwrap().inner().load().unwrap()
    };
    let text = load().to_string();
    let note =
        "2 recordings are incomplete, such as b.wav: it ends after 1,500 of its 2,000 samples";
    assert!(text.contains(note), "{text}");
    std::fs::write(folder.path().join("y/c.wav"), &whole).unwrap();
    let text = load().to_string();
    let note = "one recording is incomplete: b.wav ends after 1,500 of its 2,000 samples";
    assert!(text.contains(note), "{text}");
}

/// ITU-T G.711, tables 1a and 2a: the largest and the smallest values of each sign, in 16 bits.
#[test]
fn telephony_is_expanded_by_its_table() {
    let parts = |values: [i16; 4]| values.map(|x| f32::from(x) / 32768.0);
    assert_eq!(samples(&wave(7, 8, &[0x80, 0x00, 0xFF, 0xFE])), parts([32124, -32124, 0, 8]));
    assert_eq!(samples(&wave(6, 8, &[0xAA, 0x2A, 0xD5, 0x55])), parts([32256, -32256, 8, -8]));
}

#[test]
fn floating_point_numbers_of_both_sizes_are_read() {
    let numbers = [0.1f64, -2.5, 1e-9];
    let rounded = numbers.map(|x| x as f32);
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(samples(&wave(3, 64, &bytes)), rounded);
    let bytes: Vec<u8> = rounded.iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(samples(&wave(3, 32, &bytes)), rounded);
    for wrong in [f32::NAN, f32::INFINITY] {
        let error = Sound::decode(&wave(3, 32, &wrong.to_le_bytes())).unwrap_err();
        assert_eq!(error, "holds a sample that is not a finite number");
    }
}

#[test]
fn smaller_samples_are_the_upper_bits_of_larger_ones() {
    // 24 bits in the upper part of 32, as the extensible form describes them: frames of four bytes, 24 of 32 bits
    // valid, a mask of channels, and a GUID that begins with the tag.
    let guid = b"\x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71";
    let long = [&format(0xFFFE, 1, 8000, 32)[..], &[22, 0, 24, 0, 4, 0, 0, 0], guid].concat();
    let data = [0, 0, 0, 0x40, 0, 0, 0, 0xC0];
    let bytes = riff(&[chunk(b"fmt ", &long), chunk(b"data", &data)]);
    assert_eq!(samples(&bytes), [0.5, -0.5]);
    assert_eq!(samples(&wave(1, 12, &[0, 0x40, 0, 0xC0])), [0.5, -0.5]);
    assert_eq!(samples(&wave(1, 24, &[1, 0, 0, 0, 0, 0x80])), [1.0 / 8_388_608.0, -1.0]);
}

#[test]
fn files_of_more_than_four_gigabytes_and_of_the_other_byte_order_are_read() {
    // RF64: the lengths are in the chunk ds64 (of the file, of the samples, and the number of frames).
    let sizes = [100u64, 6, 3].map(u64::to_le_bytes).concat();
    let sizes = chunk(b"ds64", &[&sizes[..], &[0; 4]].concat());
    let data = [&b"data\xFF\xFF\xFF\xFF"[..], &le16(&HALVES), b"junk"].concat();
    let chunks = [sizes, chunk(b"fmt ", &format(1, 1, 8000, 16)), data].concat();
    for name in [b"RF64", b"BW64"] {
        let bytes = [&name[..], &[0xFF; 4], b"WAVE", &chunks].concat();
        assert_eq!(samples(&bytes), PARTS);
    }
    let big = [
        &b"RIFX\0\0\0\x2AWAVEfmt \0\0\0\x10\0\x01\0\x01\0\0\x1F\x40\0\0\x3E\x80\0\x02\0\x10"[..],
        b"data\0\0\0\x06\x40\0\xC0\0\x20\0",
    ];
    assert_eq!(samples(&big.concat()), PARTS);
}

/// An AIFF file of 3 frames at 8,000 samples a second; a kind makes an AIFF-C file.
fn aiff(channels: u8, bits: u8, kind: Option<&[u8; 4]>, data: &[u8]) -> Vec<u8> {
    let part = |name: &[u8; 4], bytes: &[u8]| {
        [&name[..], &(bytes.len() as u32).to_be_bytes(), bytes].concat()
    };
    // 8,000 as a number of 80 bits: 2^12 times 1.953125.
    let rate = [0x40, 0x0B, 0xFA, 0, 0, 0, 0, 0, 0, 0];
    let name = kind.map_or(Vec::new(), |kind| [&kind[..], &[0, 0]].concat());
    let common = [&[0, channels, 0, 0, 0, 3, 0, bits][..], &rate, &name].concat();
    let form = if kind.is_some() { b"AIFC" } else { b"AIFF" };
    let sound = part(b"SSND", &[&[0; 8], data].concat());
    part(b"FORM", &[&form[..], &part(b"COMM", &common), &sound].concat())
}

#[test]
fn aiff_files_are_read() {
    let big = [0x40, 0, 0xC0, 0, 0x20, 0];
    let little = [0, 0x40, 0, 0xC0, 0, 0x20];
    assert_eq!(samples(&aiff(1, 16, None, &big)), PARTS);
    assert_eq!(samples(&aiff(1, 16, Some(b"NONE"), &big)), PARTS);
    assert_eq!(samples(&aiff(1, 16, Some(b"sowt"), &little)), PARTS);
    assert_eq!(samples(&aiff(1, 8, None, &[64, 192, 32])), PARTS);
    let floats: Vec<u8> = PARTS.iter().flat_map(|x| x.to_be_bytes()).collect();
    assert_eq!(samples(&aiff(1, 32, Some(b"fl32"), &floats)), PARTS);
    // The mean of two channels.
    let both = [0x40, 0, 0, 0, 0xC0, 0, 0, 0, 0x20, 0, 0x20, 0];
    assert_eq!(samples(&aiff(2, 16, None, &both)), [0.25, -0.25, 0.25]);
    let decoded = Decoded::decode(&aiff(1, 16, None, &big[..4])).unwrap();
    assert_eq!(decoded.remark.unwrap(), "ends after 2 of its 3 samples");
    let error = Sound::decode(&aiff(1, 16, Some(b"ima4"), &big)).unwrap_err();
    assert_eq!(error, "is compressed as \"ima4\", which is not read");
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// The samples that make_recordings.py got from libsndfile and ffmpeg.
#[test]
fn compressed_recordings_have_the_samples_of_other_decoders() {
    let expected: Value = serde_json::from_slice(&fixture("recordings.json")).unwrap();
    for (name, wanted) in expected.as_object().unwrap() {
        let wanted = wanted.as_array().unwrap();
        let own = samples(&fixture(name));
        assert_eq!(own.len(), wanted.len(), "{name}");
        for (i, (x, wanted)) in own.iter().zip(wanted).enumerate() {
            let difference = (f64::from(*x) - wanted.as_f64().unwrap()).abs();
            // Transforms in f32, in another order.
            assert!(difference < 1e-6, "{name}, sample {i}: {difference}");
        }
    }
}

#[test]
fn a_tag_in_front_of_any_file_is_passed_over() {
    // An ID3 tag of 200 bytes after its header: seven bits of the length in each byte.
    let tag = [&b"ID3\x04\0\0\0\0\x01\x48"[..], &[7; 200]].concat();
    for name in ["tone.flac", "tone.mp3", "tone.ogg"] {
        let file = fixture(name);
        assert_eq!(samples(&[&tag[..], &file].concat()), samples(&file), "{name}");
    }
    assert_eq!(samples(&[tag.clone(), wave(1, 16, &le16(&HALVES))].concat()), PARTS);
    assert_eq!(Sound::decode(&tag).unwrap_err(), "is empty");
}

#[test]
fn compressed_files_that_are_cut_off_are_refused_or_remarked() {
    // Without its last frame, and without all that hold sound (before them is the encoder's delay).
    let file = fixture("tone.mp3");
    let decoded = Decoded::decode(&file[..file.len() - 50]).unwrap();
    assert_eq!(decoded.remark.unwrap(), "ends after 47 of its 500 samples");
    assert_eq!(decoded.sound.samples, samples(&file)[..47]);
    let error = Sound::decode(&file[..file.len() * 2 / 3]).unwrap_err();
    assert_eq!(error, "ends before its sound does");
    let file = fixture("tone.m4a");
    let error = Sound::decode(&file[..file.len() / 2]).unwrap_err();
    assert_eq!(error, "ends before the description of its sound (moov)");
    // A covering picture that is damaged says nothing about the samples: block 6 after the first of 34 bytes.
    let file = fixture("tone.flac");
    let broken = [&[6, 0, 0, 3][..], b"???"].concat();
    let with_cover = [&file[..42], &broken, &file[42..]].concat();
    assert_eq!(samples(&with_cover), samples(&file));
    // One bit of the samples.
    let mut damaged = file.clone();
    let at = file.len() - 100;
    damaged[at] ^= 4;
    assert!(Sound::decode(&damaged).unwrap_err().starts_with("is damaged"), "a flipped bit");
}

#[test]
fn what_cannot_be_read_says_why() {
    let sized = |rate: u32| {
        riff(&[chunk(b"fmt ", &format(1, 1, rate, 16)), chunk(b"data", &le16(&HALVES))])
    };
    let silent = riff(&[chunk(b"fmt ", &format(1, 0, 8000, 16)), chunk(b"data", &[])]);
    let opus = [&b"OggS\0\x02"[..], &[0; 20], &[1, 19], b"OpusHead\x01\x01\0\0\x40\x1F\0\0\0\0\0"];
    for (bytes, problem) in [
        (sized(0), "says that it has 0 samples a second"),
        (
            sized(2_000_000_000),
            "says that it has 2000000000 samples a second, which is more than is read",
        ),
        (silent, "says that it has no channels"),
        (wave(0x11, 4, &[0; 8]), "is compressed by format 0x0011 (IMA ADPCM), which is not read"),
        (wave(0x1234, 16, &[0; 8]), "is compressed by format 0x1234, which is not read"),
        (wave(1, 64, &[0; 8]), "has samples of 64 bits, which are not read"),
        (wave(1, 16, &[]), "holds no samples"),
        (b"RIFF\x04\0\0\0AVI ".to_vec(), "is a RIFF file, but not a WAV file"),
        (b"FORM\0\0\0\x04ILBM".to_vec(), "is an IFF file, but not an AIFF file"),
        (b"\x89PNG\r\n\x1A\n".to_vec(), "is not a WAV, AIFF, FLAC, MP3, Ogg, M4A or AAC file"),
        (b"".to_vec(), "is empty"),
    ] {
        assert_eq!(Sound::decode(&bytes).unwrap_err(), problem);
    }
    assert!(Sound::decode(&opus.concat()).is_err());
}

#[test]
fn a_length_that_a_header_only_claims_takes_no_memory() {
    // Two samples that claim to be two thousand million, in each container.
    let mut bytes = wave(1, 16, &le16(&HALVES[..2]));
    bytes[40..44].copy_from_slice(&0x7000_0000u32.to_le_bytes());
    assert_eq!(Decoded::decode(&bytes).unwrap().sound.samples.capacity(), 2);
    let mut bytes = aiff(1, 16, None, &[0x40, 0, 0xC0, 0]);
    bytes[22..26].copy_from_slice(&u32::MAX.to_be_bytes());
    let decoded = Decoded::decode(&bytes).unwrap();
    assert_eq!(decoded.sound.samples.capacity(), 2);
    assert_eq!(decoded.remark.unwrap(), "ends after 2 of its 4,294,967,295 samples");
}

#[test]
fn recordings_of_all_kinds_are_found_in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let files: [(&str, Vec<u8>); 5] = [
        ("x/1.MP3", fixture("tone.mp3")),
        ("x/2.ogg", fixture("tone.ogg")),
        ("x/3.m4a", fixture("tone.m4a")),
        ("y/4.flac", fixture("tone.flac")),
        ("y/5.aiff", aiff(1, 16, None, &[0x40, 0, 0xC0, 0, 0x20, 0])),
    ];
    for (name, bytes) in files {
        let path: PathBuf = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let path = vec![json!(folder.path())];
    let data =
        DataSpec::from_arguments("sounds", path, Vec::new()).unwrap().inner().load().unwrap();
    assert_eq!(data.len(), 5);
    assert_eq!(data.classes().unwrap(), ["x", "y"]);
}
