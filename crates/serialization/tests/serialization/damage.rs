//! A file with any error in it is refused, with a reason and help.

use crate::sample::{checkpoint, named};
use proptest::prelude::*;
use relume_serialization::container::{Kind, Section, Writer};
use relume_serialization::{FormatError, Part, TensorKind, from_bytes, load, to_bytes};
use std::fs;

#[test]
fn every_changed_byte_is_noticed() {
    let good = to_bytes(&checkpoint()).unwrap();
    for at in 0..good.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut bad = good.clone();
            bad[at] ^= change;
            assert!(from_bytes(&bad).is_err(), "byte {at} changed by {change:#04x}");
        }
    }
}

/// Each bit of a file is changed in turn, and put back. Nothing in the file is without a checksum or a fixed value, so
/// none may be loaded, whether to the same or to anything else.
fn every_bit_is_noticed(mut file: Vec<u8>) {
    for at in 0..file.len() {
        for bit in 0..8 {
            file[at] ^= 1 << bit;
            assert!(from_bytes(&file).is_err(), "bit {bit} of byte {at}");
            file[at] ^= 1 << bit;
        }
    }
    assert!(from_bytes(&file).is_ok());
}

#[test]
fn every_changed_bit_is_noticed() {
    every_bit_is_noticed(to_bytes(&checkpoint()).unwrap());
}

/// 524,288 loads; run by hand, and its figure is in docs/reliability.md.
#[test]
#[ignore = "takes longer than all other tests of the crate"]
fn every_changed_bit_of_a_file_of_64_kib_is_noticed() {
    let mut large = checkpoint();
    let values: Vec<f32> = (0..15_800).map(|i| (i as f32).cos()).collect();
    large.tensors.push(named("1.weight", TensorKind::Buffer, [158, 100], &values));
    let length = to_bytes(&large).unwrap().len();
    large.metadata.insert("filler".into(), "x".repeat((1 << 16) - 34 - length));
    let file = to_bytes(&large).unwrap();
    assert!(file.len().abs_diff(1 << 16) < 64, "{} bytes", file.len());
    every_bit_is_noticed(file);
}

#[test]
fn every_truncation_and_every_extension_is_noticed() {
    let good = to_bytes(&checkpoint()).unwrap();
    for length in 0..good.len() {
        let error = from_bytes(&good[..length]).unwrap_err();
        match error {
            FormatError::Truncated { length: found, .. } => assert_eq!(found, length as u64),
            FormatError::NotRelume { .. } => assert_eq!(length, 0),
            other => panic!("cut after {length} bytes: {other}"),
        }
    }
    for more in [1, 7, 8, 5000] {
        let mut long = good.clone();
        long.resize(good.len() + more, 0);
        assert!(matches!(from_bytes(&long), Err(FormatError::TooLong { .. })));
    }
}

#[test]
fn the_error_names_the_part_that_is_damaged() {
    let good = to_bytes(&checkpoint()).unwrap();
    let damaged = |at: usize| {
        let mut bad = good.clone();
        bad[at] ^= 4;
        match from_bytes(&bad) {
            Err(FormatError::Damaged { part }) => part,
            other => panic!("byte {at}: {other:?}"),
        }
    };
    let last = "optimizer/tensor/exp_avg_sq/0".to_string();
    assert_eq!(damaged(6), Part::Header);
    assert_eq!(damaged(8), Part::Header);
    assert_eq!(damaged(50), Part::Table);
    assert_eq!(damaged(good.len() - 1), Part::Section(last.clone()));

    // "exp_avg/1" is one number of 4 bytes, so 4 bytes of padding come before the last section of 8.
    assert_eq!(good[good.len() - 12..good.len() - 8], [0; 4]);
    assert_eq!(damaged(good.len() - 10), Part::PaddingBefore(last));
}

#[test]
fn another_kind_of_relume_file_is_named() {
    let mut bytes = Vec::new();
    let other = vec![Section::bytes("network", &b"{}"[..])];
    Writer::new(Kind(*b"dataset\0"), other).unwrap().write_to(&mut bytes).unwrap();
    let error = from_bytes(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "this Relume file holds `dataset`, not `network`");
}

#[test]
fn a_missing_and_a_surplus_section_are_named() {
    let file = |sections: &[(&str, &'static [u8])]| {
        let mut bytes = Vec::new();
        let sections = sections.iter().map(|&(name, bytes)| Section::bytes(name, bytes));
        let writer = Writer::new(Kind(*b"network\0"), sections.collect()).unwrap();
        writer.write_to(&mut bytes).unwrap();
        bytes
    };
    let (network, tensors) = (("network", &b"{}"[..]), ("tensors/0", &[0; 8][..]));
    assert!(from_bytes(&file(&[tensors, network])).is_ok());
    let error = from_bytes(&file(&[network])).unwrap_err();
    assert_eq!(error.to_string(), "the section `tensors/0` is missing");
    let error = from_bytes(&file(&[network, tensors, ("run/plan", b"{}")])).unwrap_err();
    assert_eq!(error.to_string(), "the section `run/plan` does not belong in this file");
    let error = from_bytes(&file(&[("network", b"\xFF"), tensors])).unwrap_err();
    assert_eq!(error.to_string(), "the section `network` is not valid: it is not UTF-8 text");
}

#[test]
fn other_files_are_told_by_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.rlm");
    let told = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let error = load(&path).unwrap_err();
        (error.problem.to_string(), error.help().unwrap_or_default())
    };
    let (error, help) = told(b"PK\x03\x04\0\0\0\0archive/data.pkl");
    assert_eq!(error, "this is not a Relume file: it looks like a PyTorch file");
    assert!(help.contains("safetensors"), "{help}");
    assert_eq!(told(b"").0, "this is not a Relume file: it is empty");
    let (error, help) = told(b"mlp = input(64) -> dense(10)\n");
    assert_eq!(error, "this is not a Relume file: it looks like text");
    assert!(help.contains("run"), "{help}");
    assert_eq!(
        told(b"\x89PNG\r\n\x1a\n").0,
        "this is not a Relume file: it looks like a PNG picture"
    );
}

#[test]
fn a_missing_file_and_a_folder_are_errors_with_help() {
    let folder = tempfile::tempdir().unwrap();
    let error = load(folder.path().join("none.rlm")).unwrap_err();
    assert!(error.to_string().starts_with("cannot load \""), "{error}");
    assert!(error.help().unwrap().contains("check the name"));
    let error = load(folder.path()).unwrap_err();
    assert!(error.help().unwrap().contains("a file in it"));
}

proptest! {
    #[test]
    fn no_garbage_is_taken_for_a_checkpoint(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(from_bytes(&bytes).is_err());
    }

    #[test]
    fn any_damage_is_noticed(changes in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..20)) {
        let good = to_bytes(&checkpoint()).unwrap();
        let mut bad = good.clone();
        for (at, change) in changes {
            bad[at.index(good.len())] ^= change;
        }
        prop_assume!(bad != good);
        prop_assert!(from_bytes(&bad).is_err());
    }
}
