//! One thread and eight give the same bits for every layer, forward and backward, on sizes whose work is divided.

use super::common::{chain, layers};
use relume_autograd::Tape;
use relume_layers::{LayerSpec, Mode, Network, NetworkSpec, Workspace};
use relume_tensor::{Indices, Rng, Shape, Tensor};
use serde_json::{Value, json};

/// Numbers of a batch of small samples: eight pieces of an element-wise pass.
const NUMBERS: usize = 8 * 32 * 1024;

/// Large samples of a batch.
const LARGE: usize = 128;

/// A network, and what it is given.
struct Case {
    spec: NetworkSpec,
    shape: Shape,
    x: Given,
}

enum Given {
    Numbers(Tensor),
    Tokens(Indices),
}

/// A layer of the table with many small samples.
fn many(name: &str, options: &Value, sample: &[usize]) -> Case {
    let shape = Shape::new(sample).unwrap();
    let batch = shape.with_batch(NUMBERS.div_ceil(shape.count())).unwrap();
    let x = Given::Numbers(Rng::new(1).normal_tensor(batch, 0.5, 1.0));
    Case { spec: chain(&[(name, options.clone())]), shape, x }
}

/// A layer of the table with large samples and more units; `None` where its options name sizes that others contradict.
fn large(name: &str, options: &Value, sample: &[usize]) -> Option<Case> {
    let mut options = options.clone();
    for size in ["units", "out_channels", "hidden"] {
        if let Some(value) = options.get_mut(size) {
            *value = json!(8 * value.as_u64().unwrap());
        }
    }
    let spec = chain(&[(name, options)]);
    let factor = [32, 8, 4, 3][sample.len() - 1];
    let scaled = |first: usize, others: usize| {
        let sizes = sample.iter().enumerate();
        let sizes = sizes.map(|(axis, size)| size * if axis == 0 { first } else { others });
        let shape = Shape::new(&sizes.collect::<Vec<_>>()).unwrap();
        spec.shapes(shape).is_ok().then_some(shape)
    };
    let shape =
        scaled(factor, factor).or_else(|| scaled(1, factor)).or_else(|| scaled(factor, 1))?;
    let batch = shape.with_batch(LARGE).unwrap();
    Some(Case { spec, shape, x: Given::Numbers(Rng::new(2).normal_tensor(batch, 0.5, 1.0)) })
}

/// The layers that `layers` has not: of indices, and of two inputs.
fn others() -> Vec<(&'static str, Case)> {
    let table = json!({"num_embeddings": 300, "dim": 48, "padding_idx": 0});
    let mut cases = Vec::new();
    for name in ["embedding", "embedding_bag"] {
        let mut rng = Rng::new(3);
        let tokens = Indices::from_fn([512, 40], |_| rng.below(300) as u32);
        let x = Given::Tokens(tokens);
        cases.push((name, Case { spec: chain(&[(name, table.clone())]), shape: 40.into(), x }));
    }
    let decoder = json!({"heads": 4, "dim_feedforward": 96});
    let halves = json!({
        "encoder": chain(&[("identity", json!({}))]),
        "decoder": chain(&[("transformer_decoder", decoder)]),
        "source": 17,
    });
    let case = || Case {
        spec: chain(&[("encoder_decoder", halves.clone())]),
        shape: [40, 48].into(),
        x: Given::Numbers(Rng::new(4).normal_tensor([LARGE, 40, 48], 0.5, 1.0)),
    };
    cases.extend([("encoder_decoder", case()), ("transformer_decoder", case())]);
    cases
}

fn cases() -> Vec<(&'static str, Case)> {
    let mut cases = others();
    for (name, options, sample) in layers() {
        cases.push((name, many(name, &options, &sample)));
        cases.extend(large(name, &options, &sample).map(|case| (name, case)));
    }
    cases
}

/// The bits of the output and of all gradients of a step.
fn step(case: &Case) -> Vec<Vec<u32>> {
    let mut network = Network::build(&case.spec, case.shape, 3).unwrap();
    let mut workspace = Workspace::on(Tape::new());
    let x = match &case.x {
        Given::Numbers(x) => workspace.tape.variable(x.clone()),
        Given::Tokens(x) => workspace.tape.constant(x.clone()),
    };
    let y = network.forward(&mut workspace, x, Mode::Training).unwrap();
    let output = workspace.tape.value(y).clone();
    let gradient = Rng::new(5).normal_tensor(output.shape(), 0.0, 1.0);
    workspace.tape.backward_from(y, gradient).unwrap();
    let mut all = vec![output];
    if let Given::Numbers(_) = case.x {
        all.push(workspace.tape.take_gradient(x).unwrap());
    }
    for (id, _) in network.parameters().iter().filter(|(_, own)| own.is_trained()) {
        all.push(workspace.take_gradient(id).unwrap());
    }
    all.iter().map(|tensor| tensor.data().iter().map(|x| x.to_bits()).collect()).collect()
}

#[test]
fn one_thread_and_eight_give_the_same_bits_for_every_layer() {
    let pools =
        [1, 8].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
    let mut seen = Vec::new();
    let mut differing = Vec::new();
    for (name, case) in cases() {
        let [one, eight] = pools.each_ref().map(|pool| pool.install(|| step(&case)));
        assert!(one.iter().flatten().any(|&bits| bits != 0), "{}", case.spec);
        if one != eight {
            differing.push(format!("{} on {}", case.spec, case.shape));
        }
        seen.push(name);
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    for entry in LayerSpec::ENTRIES {
        assert!(seen.contains(&entry.name), "{} is in no case", entry.name);
    }
}
