//! What every layer promises.

use super::common::{batch, chain, layers, stage};
use relume_autograd::{GradcheckOptions, Tape, Var, gradcheck};
use relume_layers::{LayerError, LayerSpec, Mode, Network, ParameterId, Stage, Workspace};
use relume_tensor::{Rng, Shape};

#[test]
fn gradients_of_inputs_and_parameters_agree_with_finite_differences() {
    for (name, options, sample) in layers() {
        let spec = chain(&[(name, options)]);
        let mut network = Network::build(&spec, Shape::new(&sample).unwrap(), 3).unwrap();
        // Away from the ones and zeros that normalisations start with.
        let mut rng = Rng::new(5);
        let ids: Vec<ParameterId> =
            network.parameters().iter().filter(|(_, p)| p.is_trained()).map(|(id, _)| id).collect();
        for &id in &ids {
            let value = &mut network.parameters_mut().get_mut(id).value;
            *value = rng.uniform_tensor(value.shape(), -0.9, 0.9);
        }
        let mut inputs = vec![batch(&sample, name)];
        inputs.extend(ids.iter().map(|&id| network.parameters().get(id).value.clone()));
        let options = GradcheckOptions { most: 60, ..GradcheckOptions::default() };
        let report = gradcheck(
            |tape: &mut Tape, vars: &[Var]| -> Result<Var, LayerError> {
                // A clone draws the same random numbers every time.
                let mut network = network.clone();
                let mut workspace = Workspace::on(std::mem::take(tape));
                for (&id, &var) in ids.iter().zip(&vars[1..]) {
                    network.parameters_mut().get_mut(id).value = workspace.tape.value(var).clone();
                    workspace.place(id, var);
                }
                let y = network.forward(&mut workspace, vars[0], Mode::Training);
                *tape = workspace.tape;
                y
            },
            &inputs,
            options,
        )
        .unwrap();
        assert!(report.checked > 0 && report.passed(), "{spec}: {report:?}");
    }
}

#[test]
fn no_layer_lacks_a_gradient_check() {
    // Indices have no gradient and decoders take two inputs: tests/sequences/gradients.rs checks these.
    const ELSEWHERE: [&str; 4] =
        ["embedding", "embedding_bag", "transformer_decoder", "encoder_decoder"];
    let checked: Vec<&str> = layers().into_iter().map(|(name, ..)| name).collect();
    for entry in LayerSpec::ENTRIES.iter().filter(|entry| !ELSEWHERE.contains(&entry.name)) {
        assert!(checked.contains(&entry.name), "{}", entry.name);
    }
}

#[test]
fn layers_come_back_from_their_arguments_and_from_json_as_themselves() {
    for (name, options, _) in layers() {
        let stage = stage(name, &options);
        let json = serde_json::to_string(&stage).unwrap();
        assert_eq!(serde_json::from_str::<Stage>(&json).unwrap(), stage, "{json}");
        assert!(json.starts_with(&format!("{{{name:?}:")), "{json}");
        // Activation functions are read by tests of their own crate.
        let Stage::Layer(layer) = stage else { continue };
        let again =
            LayerSpec::from_arguments(name, vec![], layer.arguments().into_iter().collect());
        assert_eq!(again.unwrap(), layer);
        assert_eq!(serde_json::from_str::<LayerSpec>(&json).unwrap(), layer, "{json}");
    }
}

#[test]
fn in_use_nothing_is_random_and_one_sample_gives_what_it_gives_in_a_batch() {
    for (name, options, sample) in layers() {
        let spec = chain(&[(name, options)]);
        let network = Network::build(&spec, Shape::new(&sample).unwrap(), 3).unwrap();
        let x = batch(&sample, name);
        let y = network.predict(&x).unwrap();
        assert_eq!(y, network.predict(&x).unwrap(), "{spec}");
        assert_eq!(y.shape().without_batch(), network.output(), "{spec}");
        let alone = network.predict(&x.slice(0, 1, 2).unwrap()).unwrap();
        let together = y.slice(0, 1, 2).unwrap();
        for (a, b) in alone.data().iter().zip(together.data()) {
            assert!((a - b).abs() <= 1e-5 + 1e-5 * b.abs(), "{spec}: {a} alone, {b} in a batch");
        }
    }
}
