//! Weights to and from PyTorch.

use crate::sample::{bits, checkpoint, named};
use relume_serialization::safetensors::{SafetensorsError, from_bytes, load, save, to_bytes};
use relume_serialization::{Checkpoint, TensorKind};
use serde_json::Value;

const PYTORCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pytorch.safetensors");

#[test]
fn a_state_dictionary_of_pytorch_is_read() {
    let weights = load(PYTORCH).unwrap();
    // What golden/pytorch.py prints.
    let wanted: [(&str, &[usize], &[f32]); 10] = [
        ("0.bias", &[2], &[0.25, -0.5]),
        (
            "0.weight",
            &[2, 3],
            &[1.0, 0.540_302_34, -0.416_146_84, -0.989_992_5, -0.653_643_6, 0.283_662_2],
        ),
        ("1.bias", &[2], &[0.0, 0.0]),
        ("1.num_batches_tracked", &[], &[1.0]),
        ("1.running_mean", &[2], &[0.501_670_8, -0.670_620_14]),
        ("1.running_var", &[2], &[2.795_588, 3.674_293_5]),
        ("1.weight", &[2], &[1.0, 1.0]),
        ("bfloat", &[3], &[1.0, -0.333_984_38, 65536.0]),
        ("double", &[3], &[1.0, -0.333_251_95, 65504.0]),
        ("half", &[3], &[1.0, -0.333_251_95, 65504.0]),
    ];
    assert_eq!(weights.tensors.len(), wanted.len());
    for (name, shape, values) in wanted {
        let found = weights.tensors.iter().find(|named| named.name == name).unwrap();
        assert_eq!(found.tensor.dims(), shape, "{name}");
        assert_eq!(found.tensor.data(), values, "{name}");
        assert_eq!(found.kind, TensorKind::Parameter { trainable: true });
    }
    assert_eq!(weights.network, None);
    assert_eq!(weights.metadata["made"], "by PyTorch");
}

#[test]
fn what_is_written_follows_the_format() {
    let two = Checkpoint {
        network: r#"{"layers":["dense(1)"]}"#.into(),
        tensors: vec![
            named("b", TensorKind::Buffer, [2], &[1.0, 2.0]),
            named("a", TensorKind::Parameter { trainable: false }, [1, 1], &[-1.0]),
        ],
        ..Checkpoint::default()
    };
    let bytes = to_bytes(&two).unwrap();
    // 8 bytes length of the header, the header, the numbers in the order of the names.
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    assert_eq!(
        header["a"],
        serde_json::json!({ "dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4] })
    );
    assert_eq!(
        header["b"],
        serde_json::json!({ "dtype": "F32", "shape": [2], "data_offsets": [4, 12] })
    );
    let note = header["__metadata__"]["relume"].as_str().unwrap();
    let note: Value = serde_json::from_str(note).unwrap();
    assert_eq!(note["network"]["layers"][0], "dense(1)");
    let numbers = [-1.0_f32, 1.0, 2.0].map(f32::to_le_bytes);
    assert_eq!(bytes[8 + length..], *numbers.as_flattened());
}

#[test]
fn a_network_comes_back_with_its_order_kinds_and_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.safetensors");
    let saved = checkpoint();
    save(&path, &saved).unwrap();
    let loaded = load(&path).unwrap();
    assert_eq!(loaded.network.as_ref(), Some(&saved.network));
    assert_eq!(loaded.preparation, saved.preparation);
    assert_eq!(loaded.metadata, saved.metadata);
    assert_eq!(loaded.tensors.len(), saved.tensors.len());
    for (loaded, saved) in loaded.tensors.iter().zip(&saved.tensors) {
        assert_eq!(loaded.name, saved.name);
        assert_eq!(loaded.kind, saved.kind);
        assert_eq!(loaded.tensor.shape(), saved.tensor.shape());
        assert_eq!(bits(&loaded.tensor), bits(&saved.tensor));
    }
    assert!(to_bytes(&saved).unwrap() == to_bytes(&saved.clone()).unwrap());
}

#[test]
fn what_the_format_cannot_hold_is_refused() {
    let kind = TensorKind::Buffer;
    let holding = |network: &str, names: &[&str]| Checkpoint {
        network: network.into(),
        tensors: names.iter().map(|name| named(name, kind, [1], &[0.0])).collect(),
        ..Checkpoint::default()
    };
    let refused = |checkpoint| to_bytes(&checkpoint).unwrap_err();
    assert!(matches!(refused(holding("{}", &["a", "b", "a"])), SafetensorsError::Name { .. }));
    assert!(matches!(refused(holding("{}", &["__metadata__"])), SafetensorsError::Name { .. }));
    assert!(matches!(refused(holding("{", &["a"])), SafetensorsError::NotJson { .. }));
}

#[test]
fn damaged_files_are_errors() {
    let good = to_bytes(&checkpoint()).unwrap();
    for length in 0..good.len() {
        assert!(from_bytes(&good[..length]).is_err(), "cut after {length} bytes");
    }
    for at in 0..good.len() {
        // The format has no checksums: all that can be promised is that nothing panics.
        let mut bad = good.clone();
        bad[at] ^= 0x80;
        let _ = from_bytes(&bad);
    }
    let mut forged = good.clone();
    forged[..8].fill(0xFF);
    assert!(from_bytes(&forged).is_err());
}
