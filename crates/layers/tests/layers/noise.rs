//! What layers do at random while training.

use super::common::chain;
use relume_catalog::Value;
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Shape, Tensor};
use serde_json::json;

/// What training makes of a batch of ones.
fn trained(name: &str, options: Value, sample: &[usize]) -> Tensor {
    let spec = chain(&[(name, options)]);
    let mut network = Network::build(&spec, Shape::new(sample).unwrap(), 3).unwrap();
    let mut workspace = Workspace::recording();
    let x =
        workspace.tape.variable(Tensor::ones(Shape::new(sample).unwrap().with_batch(100).unwrap()));
    let y = network.forward(&mut workspace, x, Mode::Training).unwrap();
    workspace.tape.value(y).clone()
}

#[test]
fn channel_dropout_leaves_out_whole_channels() {
    for (name, sample) in [
        ("dropout1d", vec![20, 3]),
        ("dropout2d", vec![20, 3, 2]),
        ("dropout3d", vec![20, 1, 3, 2]),
    ] {
        let y = trained(name, json!({"p": 0.25}), &sample);
        let places = Shape::new(&sample[1..]).unwrap().count();
        let mut left_out = 0;
        for channel in y.data().chunks_exact(places) {
            assert!(channel.iter().all(|&x| x == channel[0]), "{name}: a channel in parts");
            assert!(channel[0] == 0.0 || (channel[0] - 1.0 / 0.75).abs() < 1e-6, "{name}");
            left_out += usize::from(channel[0] == 0.0);
        }
        // 2000 channels: four standard deviations are 77.
        assert!((423..=577).contains(&left_out), "{name}: {left_out} of 2000");
    }
}

#[test]
fn alpha_dropout_gives_pytorchs_two_values() {
    // torch.nn.functional.alpha_dropout(torch.ones(8), 0.25, True) gives these two.
    let y = trained("alpha_dropout", json!({"p": 0.25}), &[30]);
    let (kept, dropped) = (1.248_439_3, -1.143_544_2);
    let count = |value: f32| y.data().iter().filter(|&&x| (x - value).abs() < 2e-6).count();
    assert_eq!(count(kept) + count(dropped), 3000, "{:?}", &y.data()[..8]);
    assert!((655..=845).contains(&count(dropped)), "{}", count(dropped));
    assert!(trained("alpha_dropout", json!({"p": 1.0}), &[3]).data().iter().all(|&x| x == 0.0));
}

#[test]
fn gaussian_noise_has_its_standard_deviation() {
    let y = trained("gaussian_noise", json!({"std": 0.5}), &[100]);
    let mean = y.mean();
    let variance = y.map(|x| (x - mean) * (x - mean)).mean();
    // 10,000 numbers: four standard errors.
    assert!((mean - 1.0).abs() < 0.02 && (variance - 0.25).abs() < 0.0142, "{mean} {variance}");
}
