//! A steady training step takes all its buffers from the pool, and gives the same bits on any number of threads.

use super::common::built;
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Rng, Tensor};
use serde_json::{Value, json};
/// What a step may ask the system for: the axis that two directions are joined along is noted anew each time.
const SMALL: u64 = 64;

fn networks() -> Vec<(Network, Tensor)> {
    let table = json!({"num_embeddings": 30, "dim": 24, "padding_idx": 0});
    let tails: [(&str, Value); 6] = [
        ("rnn", json!({"hidden": 20, "layers": 2, "bidirectional": true, "dropout": 0.2})),
        ("gru", json!({"hidden": 20, "layers": 2, "bidirectional": true})),
        ("lstm", json!({"hidden": 20, "bidirectional": true, "output": "last"})),
        ("multihead_attention", json!({"heads": 4, "dropout": 0.1, "rotary": true})),
        ("transformer_encoder", json!({"heads": 4, "dim_feedforward": 40})),
        ("pool_over_time", json!({"mode": "max"})),
    ];
    let mut rng = Rng::new(4);
    let indices =
        Tensor::from_fn([20, 9], |i| if i % 9 > 5 { 0.0 } else { (1 + rng.below(29)) as f32 });
    let chain = |tail: (&str, Value)| built(&[("embedding", table.clone()), tail], &[9]);
    let mut all: Vec<_> = tails.into_iter().map(|tail| (chain(tail), indices.clone())).collect();
    all.push((built(&[("embedding_bag", table)], &[9]), indices));
    all
}

/// One step; the sum of all gradients' numbers, bit by bit.
fn step(network: &mut Network, workspace: &mut Workspace, x: &Tensor) -> u64 {
    workspace.clear();
    let x = workspace.tape.constant(x.clone());
    let y = network.forward(workspace, x, Mode::Training).unwrap();
    let ones = Tensor::ones(workspace.tape.value(y).shape());
    workspace.tape.backward_from(y, ones).unwrap();
    let mut bits = 0u64;
    for (id, _) in network.parameters().iter() {
        for &x in workspace.take_gradient(id).unwrap().data() {
            bits = bits.rotate_left(7) ^ u64::from(x.to_bits());
        }
    }
    workspace.clear();
    bits
}

#[test]
fn a_steady_step_takes_no_new_buffer() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        for (mut network, x) in networks() {
            let mut workspace = Workspace::recording();
            (0..3).for_each(|_| assert_ne!(step(&mut network, &mut workspace, &x), 0));
            let taken = allocation_counter::measure(|| {
                assert_ne!(step(&mut network, &mut workspace, &x), 0);
            });
            assert!(taken.bytes_total < SMALL, "{}: {taken:?}", network.spec());
        }
    });
}

#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let all = networks().into_iter();
            all.map(|(mut network, x)| step(&mut network, &mut Workspace::recording(), &x))
                .collect::<Vec<u64>>()
        })
    };
    let one = with(1);
    assert!(one.iter().all(|&bits| bits != 0));
    assert_eq!(one, with(2));
    assert_eq!(one, with(5));
}
