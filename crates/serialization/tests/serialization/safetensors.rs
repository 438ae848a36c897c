//! Weights to and from PyTorch.

use crate::sample::{bits, checkpoint, named};
use relume_serialization::safetensors::{
    SafetensorsError, Weights, from_bytes, load, save, to_bytes,
};
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

/// A file of this head and so many bytes of numbers.
fn forged(head: &str, numbers: usize) -> Result<Weights, String> {
    let mut bytes = (head.len() as u64).to_le_bytes().to_vec();
    bytes.extend(head.as_bytes());
    bytes.extend(vec![0; numbers]);
    from_bytes(&bytes).map_err(|error| error.to_string())
}

#[test]
fn forged_heads_are_refused_for_what_is_wrong_with_them() {
    let tensor = |kind: &str, shape: &str, start: u64, end: u64| {
        format!(r#"{{"dtype":"{kind}","shape":{shape},"data_offsets":[{start},{end}]}}"#)
    };
    let pair = |first: &str, second: &str| format!(r#"{{"a":{first},"b":{second}}}"#);
    let one = |own: &str| format!(r#"{{"a":{own}}}"#);
    let (first, second) = (tensor("F32", "[2]", 0, 8), tensor("F32", "[2]", 8, 16));
    assert_eq!(forged(&pair(&first, &second), 16).unwrap().tensors.len(), 2);
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(9000), "]".repeat(9000));
    for (head, numbers, said) in [
        (
            pair(&first, &tensor("F32", "[3]", 4, 16)),
            16,
            "the tensor `b` overlaps the one before it",
        ),
        (pair(&first, &first), 8, "the tensor `b` overlaps the one before it"),
        (pair(&first, &tensor("F32", "[1]", 12, 16)), 16, "`b` does not follow the one before it"),
        (one(&second), 16, "`a` does not follow the one before it"),
        (pair(&first, &second), 12, "`b` would reach beyond the end of the file"),
        (one(&tensor("F32", "[2]", 0, 1 << 60)), 8, "`a` would reach beyond the end of the file"),
        (one(&tensor("F32", "[2]", 0, u64::MAX)), 8, "`a` would reach beyond the end of the file"),
        (pair(&first, &second), 20, "4 bytes follow its last tensor"),
        ("{}".to_string(), 1, "1 bytes follow its last tensor"),
        (one(&tensor("F32", "[3]", 0, 8)), 8, "`a` has a shape that does not fit its bytes"),
        (one(&tensor("F64", "[2]", 0, 8)), 8, "`a` has a shape that does not fit its bytes"),
        (one(&tensor("F32", "[2]", 8, 0)), 0, "`a` does not follow the one before it"),
        (
            one(&tensor("U8", "[4294967296,4294967296]", 0, 0)),
            0,
            "`a` has a shape that does not fit",
        ),
        (one(&tensor("U8", "[0,4294967296,4294967296]", 0, 0)), 0, "`a` has a shape that does not"),
        (one(&tensor("F32", "[1,1,1,1,1,1,2]", 0, 8)), 8, "a tensor has at most 6 axes, not 7"),
        (one(&tensor("C64", "[1]", 0, 8)), 8, "`a` has numbers of type C64"),
        (one(&tensor("F31", "[2]", 0, 8)), 8, "unknown variant `F31`"),
        (one(&tensor("F32", "[-2]", 0, 8)), 8, "invalid value: integer `-2`"),
        (format!(r#"{{"a":{first},"a":{second}}}"#), 16, "the name `a` is there twice"),
        (r#"{"__metadata__":{"k":"1","k":"2"}}"#.to_string(), 0, "the name `k` is there twice"),
        (
            r#"{"__metadata__":{},"__metadata__":{}}"#.to_string(),
            0,
            "`__metadata__` is there twice",
        ),
        (r#"{"__metadata__":{"k":1}}"#.to_string(), 0, "invalid type: integer `1`"),
        (r#"{"__metadata__":{"relume":"{"}}"#.to_string(), 0, "the note of Relume is not JSON"),
        (r#"{"a":7}"#.to_string(), 0, "invalid type: integer `7`"),
        ("[]".to_string(), 0, "expected an object of tensors"),
        (format!("{}]", one(&first)), 8, "trailing characters"),
        (one(&first)[..30].to_string(), 8, "EOF while parsing"),
        (deep, 0, "its head: "),
        (format!("{{\"\u{1b}[31m{}\":7}}", "x".repeat(5000)), 0, "control character"),
        (
            format!("{{\"\\u001b[31m{}\":{second}}}", "x".repeat(5000)),
            16,
            r"the tensor `\u{1b}[31mxxx",
        ),
    ] {
        let error = forged(&head, numbers).unwrap_err();
        let begin = &head[..head.len().min(200)];
        assert!(error.contains(said), "{begin}: {error}");
        assert!(error.len() < 500 && !error.contains(char::is_control), "{begin}: {error:?}");
    }
}

#[test]
fn the_length_of_the_head_is_held_against_the_file() {
    for (length, said) in [
        (u64::MAX, "its head would have 18446744073709551615 bytes, and 2 are there"),
        (1 << 40, "its head would have 1099511627776 bytes, and 2 are there"),
        (3, "its head would have 3 bytes, and 2 are there"),
        (1, "EOF while parsing"),
        (0, "EOF while parsing"),
    ] {
        let bytes = [&length.to_le_bytes()[..], b"{}"].concat();
        let error = from_bytes(&bytes).unwrap_err().to_string();
        assert!(error.contains(said), "{length}: {error}");
    }
    assert!(from_bytes(b"1234567").unwrap_err().to_string().contains("shorter than 8 bytes"));
    assert_eq!(from_bytes(b"\x02\0\0\0\0\0\0\0{}").unwrap(), Weights::default());
}
