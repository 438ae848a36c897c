//! Weights in half precision: the same bits as rounded ones in f32, in half of the memory.

use crate::common::{chain, layers};
use relume_autograd::Tape;
use relume_layers::{Mode, Network, Role, Workspace};
use relume_tensor::{Indices, Precision, Rng, Tensor};
use serde_json::json;

const HALVES: [Precision; 2] = [Precision::F16, Precision::Bf16];

fn built(stages: &[(&str, serde_json::Value)], input: &[usize]) -> Network {
    Network::build(&chain(stages), input.try_into().unwrap(), 3).unwrap()
}

/// The network in half precision, and the one in f32 whose weights are rounded to it.
fn both(network: &Network, precision: Precision) -> [Network; 2] {
    let half = network.to_precision(precision).unwrap();
    let wide = half.to_precision(Precision::F32).unwrap();
    for (_, parameter) in half.parameters().iter() {
        let wanted = if parameter.role == Role::Trained { precision } else { Precision::F32 };
        assert_eq!(parameter.value.precision(), wanted, "{}", parameter.name);
    }
    [half, wide]
}

#[test]
fn every_layer_gives_the_bits_of_its_rounded_weights() {
    let mut rng = Rng::new(8);
    for (name, options, input) in layers() {
        let network = built(&[(name, options)], &input);
        let shape = network.input().with_batch(3).unwrap();
        let x = rng.uniform_tensor(shape, 0.5, 1.5);
        for precision in HALVES {
            let [half, wide] = both(&network, precision);
            assert_eq!(
                half.predict(&x).unwrap(),
                wide.predict(&x).unwrap(),
                "{} {precision}",
                network.spec()
            );
        }
    }
}

#[test]
fn sequences_of_tokens_give_the_bits_of_their_rounded_weights() {
    let table = json!({"num_embeddings": 30, "dim": 24, "padding_idx": 0});
    let tokens = Indices::from_fn([5, 9], |i| if i % 9 > 6 { 0 } else { 1 + (i * 7 % 29) as u32 });
    for tail in [
        ("lstm", json!({"hidden": 20, "bidirectional": true, "output": "last"})),
        ("gru", json!({"hidden": 20})),
        ("transformer_encoder", json!({"heads": 4, "dim_feedforward": 40})),
        ("pool_over_time", json!({"mode": "max"})),
    ] {
        let network = built(&[("embedding", table.clone()), tail], &[9]);
        for precision in HALVES {
            let [half, wide] = both(&network, precision);
            assert_eq!(
                half.predict(&tokens),
                wide.predict(&tokens),
                "{} {precision}",
                network.spec()
            );
        }
    }
}

#[test]
fn weights_take_half_of_the_memory_and_passes_leave_it_so() {
    let network = built(&[("dense", json!({"units": 1000}))], &[500]);
    let mut half = None;
    let taken = allocation_counter::measure(|| {
        half = Some(network.to_precision(Precision::Bf16).unwrap());
    });
    // 2 bytes for each of 500 x 1000 weights and 1000 biases, and what little a list of two parameters takes.
    let weights = 2 * (500 * 1000 + 1000);
    assert!((weights..weights + 10_000).contains(&taken.bytes_current), "{taken:?}");
    let half = half.unwrap();
    let bytes = |network: &Network| -> usize {
        network.parameters().iter().map(|(_, parameter)| parameter.value.bytes()).sum()
    };
    half.predict(&Tensor::ones([4, 500])).unwrap();
    assert_eq!(2 * bytes(&half), bytes(&network));
}

#[test]
fn recurrent_layers_and_convolutions_widen_a_block_of_their_weights_at_a_time() {
    let conv = json!({"out_channels": 256, "kernel": 3});
    let transposed = json!({"out_channels": 256, "kernel": 3, "stride": 2});
    for (name, options, input) in [
        ("rnn", json!({"hidden": 512}), vec![2, 512]),
        ("gru", json!({"hidden": 256}), vec![2, 256]),
        ("lstm", json!({"hidden": 256}), vec![2, 256]),
        ("conv1d", conv.clone(), vec![256, 6]),
        ("conv2d", conv, vec![256, 4, 4]),
        ("conv_transpose2d", json!({"out_channels": 256, "kernel": 3}), vec![256, 4, 4]),
        ("conv_transpose2d", transposed, vec![256, 2, 2]),
    ] {
        let network = built(&[(name, options)], &input);
        let [half, _] = both(&network, Precision::Bf16);
        let x = Tensor::ones(network.input().with_batch(1).unwrap());
        let wide: usize = network.parameters().iter().map(|(_, own)| own.value.bytes()).sum();
        let taken = allocation_counter::measure(|| drop(half.predict(&x).unwrap()));
        // A recurrent layer packs its weights in 16 bits.
        assert!(taken.bytes_max < 5 * wide as u64 / 8, "{}: {taken:?} of {wide}", network.spec());
    }
}

#[test]
fn gradients_reach_weights_in_half_precision_and_writing_makes_them_f32() {
    let network = built(&[("dense", json!({"units": 3}))], &[4]);
    let [half, wide] = both(&network, Precision::F16);
    let gradients = [&half, &wide].map(|network| {
        let mut network = network.clone();
        let mut workspace = Workspace::on(Tape::new());
        let x = workspace.tape.constant(Tensor::from_fn([2, 4], |i| i as f32));
        let y = network.forward(&mut workspace, x, Mode::Training).unwrap();
        workspace.tape.backward_from(y, Tensor::ones([2, 3])).unwrap();
        let ids: Vec<_> = network.parameters().iter().map(|(id, _)| id).collect();
        ids.into_iter().map(|id| workspace.take_gradient(id).unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(gradients[0], gradients[1]);
    let mut trained = half.clone();
    trained.parameters_mut().iter_mut().for_each(|(_, own)| own.value.data_mut()[0] += 1.0);
    assert!(trained.parameters().iter().all(|(_, own)| own.value.precision() == Precision::F32));
    assert!(half.parameters().iter().all(|(_, own)| own.value.precision() == Precision::F16));
}

#[test]
fn a_weight_beyond_f16_is_refused_by_name_and_bf16_holds_it() {
    let mut network = built(&[("dense", json!({"units": 1}))], &[1]);
    for (_, parameter) in network.parameters_mut().iter_mut() {
        parameter.value.data_mut()[0] = 70_000.0;
    }
    let error = network.to_precision(Precision::F16).unwrap_err().to_string();
    assert!(error.contains("`0.weight` holds 70000") && error.contains("bf16"), "{error}");
    assert!(network.to_precision(Precision::Bf16).is_ok());
}
