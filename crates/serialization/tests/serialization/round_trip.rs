//! A loaded file equals the saved one, to the bit.

use crate::sample::{bits, checkpoint, named};
use proptest::prelude::*;
use relume_serialization::{
    Checkpoint, OptimizerState, RunState, SaveError, Series, TensorKind, from_bytes, load,
    safetensors, save, to_bytes,
};
use relume_tensor::{Precision, Tensor};
use std::fs;

#[test]
fn a_file_gives_back_every_bit_and_saving_again_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first.rlm", "second.rlm"].map(|name| folder.path().join(name));
    save(&first, &checkpoint()).unwrap();
    save(&second, &load(&first).unwrap()).unwrap();
    save(&second, &load(&second).unwrap()).unwrap();
    assert!(fs::read(&first).unwrap() == fs::read(&second).unwrap());
    assert!(fs::read(&first).unwrap() == to_bytes(&checkpoint()).unwrap());
}

#[test]
fn a_bare_network_is_a_checkpoint_too() {
    let bare = Checkpoint { network: "{}".into(), ..Checkpoint::default() };
    assert_eq!(from_bytes(&to_bytes(&bare).unwrap()).unwrap(), bare);
    let untrained = Checkpoint {
        optimizer: Some(OptimizerState::default()),
        run: Some(RunState::default()),
        preparation: Some(String::new()),
        ..bare
    };
    assert_eq!(from_bytes(&to_bytes(&untrained).unwrap()).unwrap(), untrained);
}

#[test]
fn large_tensors_long_histories_and_many_tensors_fit() {
    let kind = TensorKind::Parameter { trainable: true };
    let long = Tensor::from_fn([300, 701], |i| (i as f32).sin());
    let mut tensors = vec![named("long", kind, [300, 701], long.data())];
    // Their records take more than the mebibyte that a section of records may have.
    tensors
        .extend((0..20_000).map(|i| named(&format!("layer.{i}.weight"), kind, [1], &[i as f32])));
    let points = (0..200_000).map(|step| (step, (step as f64).sqrt())).collect();
    let history = vec![Series { name: "loss".into(), points }];
    let slots = vec![("momentum".into(), vec![Tensor::scalar(1.0); 70_000])];
    let large = Checkpoint {
        tensors,
        run: Some(RunState { history, ..RunState::default() }),
        optimizer: Some(OptimizerState { slots, ..OptimizerState::default() }),
        ..Checkpoint::default()
    };
    let bytes = to_bytes(&large).unwrap();
    assert!(from_bytes(&bytes).unwrap() == large);
}

#[test]
fn two_things_of_one_name_and_endless_names_are_refused() {
    let mut twice = checkpoint();
    twice.tensors.push(twice.tensors[0].clone());
    let error = to_bytes(&twice).unwrap_err();
    assert_eq!(error.to_string(), "two parts of the file would be called `tensor/0.weight`");

    let mut endless = checkpoint();
    endless.tensors[0].name = "x".repeat(70_000);
    assert!(matches!(to_bytes(&endless), Err(SaveError::NameTooLong { length: 70_007, .. })));
}

proptest! {
    #[test]
    fn any_numbers_and_names_survive(
        tensors in prop::collection::btree_map(
            any::<String>(),
            (prop::collection::vec(any::<u32>(), 0..40), any::<Option<bool>>()),
            0..6,
        ),
        metadata in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4),
        points in prop::collection::vec((any::<u64>(), any::<u64>()), 0..10),
        (network, step) in (any::<String>(), any::<u64>()),
    ) {
        let tensors = tensors.iter().map(|(name, (bits, trainable))| {
            let values: Vec<f32> = bits.iter().copied().map(f32::from_bits).collect();
            let kind = trainable
                .map_or(TensorKind::Buffer, |trainable| TensorKind::Parameter { trainable });
            named(name, kind, [values.len()], &values)
        });
        let points = points.iter().map(|&(at, bits)| (at, f64::from_bits(bits))).collect();
        let history = vec![Series { name: network.clone(), points }];
        let run = Some(RunState { step, history, ..RunState::default() });
        let saved =
            Checkpoint { network, tensors: tensors.collect(), metadata, run, ..Default::default() };

        let bytes = to_bytes(&saved).unwrap();
        let loaded = from_bytes(&bytes).unwrap();
        prop_assert_eq!(&to_bytes(&loaded).unwrap(), &bytes);
        for (loaded, saved) in loaded.tensors.iter().zip(&saved.tensors) {
            prop_assert_eq!(&loaded.name, &saved.name);
            prop_assert_eq!(loaded.kind, saved.kind);
            prop_assert_eq!(bits(&loaded.tensor), bits(&saved.tensor));
        }
        prop_assert_eq!(loaded.metadata, saved.metadata);
    }
}

#[test]
fn weights_in_half_precision_keep_their_type_and_take_half_of_the_file() {
    let kind = TensorKind::Parameter { trainable: true };
    let values: Vec<f32> = (0..6000).map(|i| (i as f32).sin()).collect();
    let single = Checkpoint {
        network: "{}".into(),
        tensors: vec![named("0.weight", kind, [60, 100], &values)],
        ..Checkpoint::default()
    };
    for precision in [Precision::F16, Precision::Bf16] {
        let mut half = single.clone();
        half.tensors[0].tensor = half.tensors[0].tensor.to_precision(precision);
        let bytes = to_bytes(&half).unwrap();
        // 2 bytes less for each number, and a few more for the name of the section.
        let saved = to_bytes(&single).unwrap().len() - bytes.len();
        assert!((12_000 - 16..=12_000).contains(&saved), "{saved}");
        let back = from_bytes(&bytes).unwrap();
        assert_eq!(back.tensors[0].tensor.precision(), precision);
        assert_eq!(back, half);
        assert!(to_bytes(&back).unwrap() == bytes);
        let weights = safetensors::from_bytes(&safetensors::to_bytes(&half).unwrap()).unwrap();
        assert_eq!(weights.tensors[0].tensor.precision(), precision);
        assert_eq!(weights.tensors, half.tensors);
    }
}
