//! A steady step takes all its buffers from the pool, in use as in training, and gives the same bits on any number of
//! threads.

use super::common::{batch, chain, layers};
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Rng, Shape, Tensor};

/// A convolution notes its weights' places for each group anew in every pass, an activation with trained constants
/// their places and sums.
const SMALL: u64 = 2048;

fn networks() -> Vec<(Network, Tensor)> {
    let all = layers().into_iter().map(|(name, options, sample)| {
        let network = Network::build(&chain(&[(name, options)]), Shape::new(&sample).unwrap(), 3);
        (network.unwrap(), batch(&sample, name))
    });
    all.collect()
}

/// One pass, and back if it trains; all numbers of output and gradients, bit by bit.
fn step(network: &mut Network, workspace: &mut Workspace, x: &Tensor, mode: Mode) -> u64 {
    workspace.clear();
    let x = workspace.tape.variable(x.clone());
    let y = network.forward(workspace, x, mode).unwrap();
    let mut bits = 0u64;
    let mut take = |tensor: &Tensor| {
        for &x in tensor.data() {
            bits = bits.rotate_left(7) ^ u64::from(x.to_bits());
        }
    };
    take(workspace.tape.value(y));
    if mode == Mode::Training {
        let gradient = workspace.tape.value(y).clone();
        workspace.tape.backward_from(y, gradient).unwrap();
        take(&workspace.tape.take_gradient(x).unwrap());
        for (id, _) in network.parameters().iter().filter(|(_, p)| p.is_trained()) {
            take(&workspace.take_gradient(id).unwrap());
        }
    }
    workspace.clear();
    bits
}

#[test]
fn a_steady_step_takes_no_new_buffer() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        for mode in [Mode::Inference, Mode::Training] {
            for (mut network, x) in networks() {
                let mut workspace = match mode {
                    Mode::Inference => Workspace::inference(),
                    Mode::Training => Workspace::recording(),
                };
                for _ in 0..3 {
                    step(&mut network, &mut workspace, &x, mode);
                }
                let taken = allocation_counter::measure(|| {
                    step(&mut network, &mut workspace, &x, mode);
                });
                let notes = ["conv", "formula", "rational", "dynamic_tanh"];
                let has_notes = notes.iter().any(|own| network.spec().to_string().starts_with(own));
                let most = if has_notes { SMALL } else { 0 };
                assert!(taken.bytes_total <= most, "{mode:?} {}: {taken:?}", network.spec());
            }
        }
    });
}

/// Large enough to be cut into several pieces.
#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let networks = || {
        let large = layers().into_iter().filter_map(|(name, options, mut sample)| {
            for size in sample.iter_mut().skip(1) {
                *size *= 4;
            }
            let spec = chain(&[(name, options)]);
            let shape = Shape::new(&sample).unwrap();
            // Those that name a size refuse another.
            spec.shapes(shape).ok()?;
            let x = Rng::new(1).normal_tensor(shape.with_batch(300).unwrap(), 0.5, 1.0);
            Some((Network::build(&spec, shape, 3).unwrap(), x))
        });
        large.collect::<Vec<_>>()
    };
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let all = networks().into_iter();
            all.map(|(mut network, x)| {
                step(&mut network, &mut Workspace::recording(), &x, Mode::Training)
            })
            .collect::<Vec<u64>>()
        })
    };
    let one = with(1);
    assert!(one.len() > 40);
    assert_eq!(one, with(2));
    assert_eq!(one, with(5));
}
