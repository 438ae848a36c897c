//! Files that a script outside of Relume made from the documentation.

use crate::sample::{SPECIAL, bits, checkpoint};
use relume_serialization::{TensorKind, load, to_bytes};
use relume_tensor::Precision;
use std::fs;

/// The files of all versions of the format. The last one differs from the one before in a bias of 16 bits.
const VERSIONS: [&str; 3] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/version-1.rlm"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/version-2.rlm"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/version-3.rlm"),
];

#[test]
fn a_file_of_each_version_loads_with_every_value() {
    VERSIONS.iter().for_each(|path| check(path));
}

fn check(path: &str) {
    let loaded = load(path).unwrap();
    assert_eq!(loaded.network, r#"{"input":[3],"layers":["dense(2)"]}"#);
    assert_eq!(loaded.preparation.as_deref(), Some(r#"{"standardize":{"mean":[0.5]}}"#));
    assert_eq!(loaded.metadata["note"], "für später");
    assert_eq!(loaded.metadata["relume"], "0.1.0");
    let weight = loaded.tensor("0.weight").unwrap();
    assert_eq!(weight.dims(), [2, 3]);
    assert_eq!(bits(weight), SPECIAL);
    assert_eq!(loaded.tensor("0.count").unwrap().item(), Some(41.0));
    assert_eq!(loaded.tensor("0.empty").unwrap().dims(), [0, 4]);
    let kinds: Vec<_> = loaded.tensors.iter().map(|named| named.kind).collect();
    let parameter = |trainable| TensorKind::Parameter { trainable };
    let buffer = TensorKind::Buffer;
    assert_eq!(kinds, [parameter(true), parameter(false), buffer, buffer]);
    assert_eq!(loaded.optimizer, checkpoint().optimizer);
    assert_eq!(loaded.run, checkpoint().run);
}

#[test]
fn the_documented_layout_is_what_is_written() {
    assert!(to_bytes(&checkpoint()).unwrap() == fs::read(VERSIONS[1]).unwrap());
    let mut halves = checkpoint();
    let bias = &mut halves.tensors[1].tensor;
    *bias = bias.to_precision(Precision::Bf16);
    assert!(to_bytes(&halves).unwrap() == fs::read(VERSIONS[2]).unwrap());
    let loaded = load(VERSIONS[2]).unwrap();
    let bias = loaded.tensor("0.bias").unwrap();
    assert_eq!(bias.precision(), Precision::Bf16);
    // 0x3DCD and 0xC000, widened.
    assert_eq!(bits(bias), [0x3DCD_0000, 0xC000_0000]);
}

#[test]
fn only_files_with_weights_of_16_bits_have_the_version_that_older_programs_refuse() {
    let version = |path: &str| fs::read(path).unwrap()[8];
    assert_eq!(VERSIONS.map(version), [1, 2, 3]);
}
