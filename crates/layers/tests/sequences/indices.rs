//! Whole numbers as they are, from a network's input to its embedding.

use super::common::built;
use relume_autograd::Tape;
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Array, Indices, Tensor};
use serde_json::json;

/// The output and the gradient of the first parameter.
fn passed(network: &Network, batch: Array) -> (Tensor, Tensor) {
    let mut network = network.clone();
    let mut workspace = Workspace::on(Tape::new());
    let x = workspace.tape.constant(batch);
    let y = network.forward(&mut workspace, x, Mode::Inference).unwrap();
    let output = workspace.tape.value(y).clone();
    workspace.tape.backward_from(y, Tensor::ones(output.shape())).unwrap();
    let (id, _) = network.parameters().iter().next().unwrap();
    (output, workspace.take_gradient(id).unwrap())
}

#[test]
fn tokens_mean_the_same_as_indices_and_as_numbers() {
    let table = json!({"num_embeddings": 5, "dim": 3, "padding_idx": 0, "max_norm": 1.5});
    let recurrent = ("lstm", json!({"hidden": 4, "output": "last"}));
    for stages in [
        vec![("embedding", table.clone()), recurrent],
        vec![("embedding_bag", table.clone())],
        vec![("embedding", table.clone()), ("pool_over_time", json!({"mode": "max"}))],
        // This one takes numbers, which is what it is given.
        vec![("dense", json!({"units": 2}))],
    ] {
        let network = built(&stages, &[4]);
        let indices = Indices::new([2, 4], vec![3, 1, 4, 2, 2, 1, 0, 0]).unwrap();
        let numbers = indices.to_tensor().unwrap();
        assert_eq!(
            passed(&network, indices.into()),
            passed(&network, numbers.into()),
            "{stages:?}"
        );
    }
}

#[test]
fn a_row_beyond_the_whole_numbers_of_f32_is_found_or_refused_never_another_one() {
    let rows = (1 << 24) + 2;
    let embedding = json!({"num_embeddings": rows, "dim": 1, "init": {"constant": {"value": 0}}});
    let mut network = built(&[("embedding", embedding)], &[1]);
    for (_, parameter) in network.parameters_mut().iter_mut() {
        parameter.value.data_mut()[rows - 1] = 5.0;
    }
    let last = Indices::new([1, 1], vec![rows as u32 - 1]).unwrap();
    assert_eq!(network.predict(&last).unwrap().data(), [5.0]);
    // 16777217 as f32 is 16777216, which is a row as well.
    let error = network.predict(&Tensor::full([1, 1], (rows - 1) as f32)).unwrap_err();
    assert!(format!("{error:?}").contains("16777216"), "{error:?}");
    let outside = Indices::new([1, 1], vec![rows as u32]).unwrap();
    assert!(network.predict(&outside).is_err());
}

/// A table of two index columns, each with an embedding of its own.
#[test]
fn parts_of_indices_stay_whole_numbers() {
    let table = |column: i64, rows: usize| {
        json!({"layers": [
            {"slice": {"start": column, "end": column + 1}},
            {"embedding": {"num_embeddings": rows, "dim": 2}},
            {"flatten": {}}
        ]})
    };
    let plain = json!({"layers": [{"slice": {"start": 1}}]});
    let branches = json!({"branches": [table(0, 4), table(1, 3), plain]});
    let network = built(&[("concat", branches), ("dense", json!({"units": 2}))], &[2]);
    let indices = Indices::new([3, 2], vec![3, 0, 1, 2, 2, 1]).unwrap();
    let numbers = indices.to_tensor().unwrap();
    assert_eq!(passed(&network, indices.into()), passed(&network, numbers.into()));
    // 16777217 would be 16777216 as f32: it is what the embedding refuses.
    let slice = ("slice", json!({"start": 1}));
    let embedding = ("embedding", json!({"num_embeddings": 3, "dim": 1}));
    let network = built(&[slice.clone(), embedding], &[2]);
    let large = Indices::new([1, 2], vec![0, 16_777_217]).unwrap();
    let error = format!("{:?}", network.predict(&large).unwrap_err());
    assert!(error.contains("16777217") && !error.contains("Inexact"), "{error}");
    // A network that gives a part of its indices gives numbers.
    let parts = Indices::new([2, 2], vec![5, 6, 7, 8]).unwrap();
    assert_eq!(built(&[slice], &[2]).predict(&parts).unwrap().data(), [6., 8.]);
}

#[test]
fn indices_that_a_layer_of_numbers_would_round_are_refused() {
    let network = built(&[("dense", json!({"units": 2}))], &[1]);
    let large = Indices::new([1, 1], vec![16_777_217]).unwrap();
    let error = format!("{:?}", network.predict(&large).unwrap_err());
    assert!(error.contains("InexactIndex"), "{error}");
}
