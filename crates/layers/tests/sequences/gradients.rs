//! Against finite differences.

use super::common::{built, decoder};
use relume_autograd::{AutogradError, GradcheckOptions, OpRef, Tape, Var, gradcheck};
use relume_layers::{LayerError, Mode, Network, Workspace, ops};
use relume_tensor::{Indices, Rng, Shape, Tensor};
use serde_json::json;
use std::sync::Arc;

/// The gradients of a network's input and parameters; some numbers of each.
fn check(name: &str, network: &Network, x: &Tensor, lengths: Option<&[usize]>) {
    let mut inputs = vec![x.clone()];
    inputs.extend(network.parameters().iter().map(|(_, parameter)| parameter.value.clone()));
    let function = |tape: &mut Tape, vars: &[Var]| -> Result<Var, LayerError> {
        let mut network = network.clone();
        let mut workspace = Workspace::on(std::mem::take(tape));
        let ids: Vec<_> = network.parameters().iter().map(|(id, _)| id).collect();
        ids.iter().zip(&vars[1..]).for_each(|(&id, &var)| workspace.place(id, var));
        if let Some(lengths) = lengths {
            workspace.set_lengths(lengths);
        }
        let y = network.forward(&mut workspace, vars[0], Mode::Inference);
        *tape = workspace.tape;
        y
    };
    let options = GradcheckOptions { most: 24, ..GradcheckOptions::default() };
    let report = gradcheck(function, &inputs, options).unwrap();
    assert!(report.checked > 0 && report.passed(), "{name}: {report:?}");
}

fn random(shape: &[usize]) -> Tensor {
    Rng::new(11).uniform_tensor(Shape::new(shape).unwrap(), -1.0, 1.0)
}

#[test]
fn recurrent_layers_agree_with_finite_differences() {
    for (name, options) in [
        ("rnn", json!({"hidden": 3, "layers": 2, "bidirectional": true})),
        ("gru", json!({"hidden": 3, "layers": 2, "bidirectional": true})),
        ("lstm", json!({"hidden": 3, "layers": 2, "bidirectional": true})),
        ("gru", json!({"hidden": 17, "output": "last", "bias": false})),
    ] {
        let network = built(&[(name, options)], &[4, 2]);
        check(name, &network, &random(&[3, 4, 2]), None);
        check(name, &network, &random(&[3, 4, 2]), Some(&[4, 1, 2]));
        // All of them end before the time does.
        check(name, &network, &random(&[3, 4, 2]), Some(&[2, 1, 2]));
    }
}

#[test]
fn attention_and_blocks_agree_with_finite_differences() {
    for (name, options) in [
        ("multihead_attention", json!({"heads": 2, "causal": true})),
        ("multihead_attention", json!({"heads": 1, "rotary": true, "bias": false})),
        (
            "transformer_encoder",
            json!({"heads": 2, "dim_feedforward": 5, "activation": {"tanh": {}}}),
        ),
        (
            "transformer_encoder",
            json!({"heads": 2, "dim_feedforward": 5, "norm_first": true, "activation": {"silu": {}}}),
        ),
        ("learned_positions", json!({})),
        ("sinusoidal_positions", json!({})),
    ] {
        let network = built(&[(name, options)], &[4, 4]);
        check(name, &network, &random(&[2, 4, 4]), None);
        check(name, &network, &random(&[2, 4, 4]), Some(&[3, 1]));
    }
    let options = json!({"heads": 2, "dim_feedforward": 3, "activation": {"tanh": {}}});
    let network = Network::build(&decoder(options, 3, false), [5, 4].into(), 3).unwrap();
    check("transformer_decoder", &network, &random(&[2, 5, 4]), None);
}

#[test]
fn pooling_agrees_with_finite_differences() {
    for mode in ["mean", "sum", "max", "last"] {
        let network = built(&[("pool_over_time", json!({"mode": mode}))], &[4, 3]);
        check(mode, &network, &random(&[2, 4, 3]), None);
        check(mode, &network, &random(&[2, 4, 3]), Some(&[3, 1]));
    }
}

/// Gradients of the table; indices have none.
#[test]
fn embeddings_agree_with_finite_differences() {
    let indices = Indices::new([2, 4], vec![1, 0, 3, 1, 2, 2, 2, 0]).unwrap();
    let bag = |mode| {
        let op = ops::EmbeddingBag { mode, padding: Some(0), scale_by_frequency: false };
        OpRef::from(Arc::new(op))
    };
    let embedding = ops::Embedding { padding: None, scale_by_frequency: false };
    for (name, op) in [
        ("embedding", Arc::new(embedding).into()),
        ("mean", bag(ops::OverTime::Mean)),
        ("sum", bag(ops::OverTime::Sum)),
        ("max", bag(ops::OverTime::Max)),
    ] {
        let function = |tape: &mut Tape, vars: &[Var]| -> Result<Var, AutogradError> {
            let x = tape.constant(indices.clone());
            tape.apply(&op, &[x, vars[0]])
        };
        let report = gradcheck(function, &[random(&[4, 3])], GradcheckOptions::default()).unwrap();
        assert!(report.checked > 0 && report.passed(), "{name}: {report:?}");
    }
}
