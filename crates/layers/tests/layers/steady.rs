//! A steady step takes all its buffers from the pool, in use as in training.

use super::common::{batch, chain, layers};
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Shape, Tensor};

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

/// One pass, and back if it trains.
fn step(network: &mut Network, workspace: &mut Workspace, x: &Tensor, mode: Mode) {
    workspace.clear();
    let x = workspace.tape.variable(x.clone());
    let y = network.forward(workspace, x, mode).unwrap();
    if mode == Mode::Training {
        let gradient = workspace.tape.value(y).clone();
        workspace.tape.backward_from(y, gradient).unwrap();
        workspace.tape.take_gradient(x).unwrap();
        for (id, _) in network.parameters().iter().filter(|(_, p)| p.is_trained()) {
            workspace.take_gradient(id).unwrap();
        }
    }
    workspace.clear();
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
