//! Against PyTorch.

use super::common::{chain, decoder, stage};
use relume_autograd::{OpRef, Tape};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_layers::{Mode, Network, NetworkSpec, Workspace, ops};
use relume_tensor::{Shape, Tensor};
use serde_json::{Value, json};
use std::sync::Arc;

/// The case's network, and what stands before the names of its parameters.
fn spec(case: &Case) -> (NetworkSpec, String) {
    let options = Value::Object(case.options().clone());
    match case.op() {
        "chain" => {
            let stages = case.setting()["stages"].as_array().unwrap().iter();
            let made = stages.map(|pair| stage(pair[0].as_str().unwrap(), pair[1].clone()));
            (NetworkSpec::new(made.collect()), String::new())
        }
        "transformer_decoder" => {
            let padded = case.setting()["padded"].as_bool().unwrap();
            let spec = decoder(options, case.number("source") as usize, padded);
            (spec, format!("0.decoder.{}.", usize::from(padded)))
        }
        op => (chain(&[(op, options)]), "0.".to_string()),
    }
}

fn lengths(case: &Case) -> Option<Vec<usize>> {
    let list = case.setting().get("lengths")?.as_array().unwrap();
    Some(list.iter().map(|length| length.as_u64().unwrap() as usize).collect())
}

fn check(case: &Case) {
    let (spec, prefix) = spec(case);
    let x = case.input("x");
    let mut network = Network::build(&spec, x.shape().without_batch(), 1).unwrap();
    let names: Vec<String> = network.parameters().iter().map(|(_, p)| p.name.clone()).collect();
    let theirs: Vec<String> =
        case.parameters().map(|(name, _)| format!("{prefix}{name}")).collect();
    assert_eq!(names, theirs, "{}: PyTorch's names in PyTorch's order", case.name());
    for (name, value) in case.parameters() {
        let id = network.parameters().find(&format!("{prefix}{name}")).unwrap();
        let parameter = network.parameters_mut().get_mut(id);
        assert_eq!(parameter.value.shape(), value.shape(), "{}: {name}", case.name());
        parameter.value = value.clone();
    }
    let given = lengths(case);
    for (mut workspace, mode) in
        [(Workspace::recording(), Mode::Training), (Workspace::inference(), Mode::Inference)]
    {
        if let Some(lengths) = &given {
            workspace.set_lengths(lengths);
        }
        let x = workspace.tape.variable(x.clone());
        let y = network.forward(&mut workspace, x, mode).unwrap();
        assert_close(workspace.tape.value(y), case.output(), case.name());
        if mode == Mode::Inference {
            continue;
        }
        workspace.tape.backward_from(y, case.grad_output().clone()).unwrap();
        let context = |name: &str| format!("{}: gradient of {name}", case.name());
        for (name, gradient) in case.gradients() {
            let own = match name {
                "x" => workspace.tape.take_gradient(x),
                _ => {
                    let id = network.parameters().find(&format!("{prefix}{name}")).unwrap();
                    workspace.take_gradient(id)
                }
            };
            assert_close(&own.unwrap(), gradient, &context(name));
        }
        for (name, value) in case.parameters_after() {
            let id = network.parameters().find(&format!("{prefix}{name}")).unwrap();
            assert_close(&network.parameters().get(id).value, value, &context("afterwards"));
        }
    }
}

/// Cases of a file, but not those of an operation alone.
fn check_networks(file: &str) {
    let fixtures = Fixtures::load(file);
    let of_network = |case: &&Case| {
        case.op() != "attention_operation" && !case.inputs().any(|(name, _)| name == "h0")
    };
    check_each(fixtures.iter().filter(of_network), check);
}

#[test]
fn recurrent_layers_agree_with_pytorch() {
    check_networks("layers/recurrent");
}

#[test]
fn embeddings_and_what_pools_them_agree_with_pytorch() {
    check_networks("layers/embedding");
}

#[test]
fn attention_agrees_with_pytorch() {
    check_networks("layers/attention");
}

#[test]
fn transformer_blocks_agree_with_pytorch() {
    check_networks("layers/transformer");
}

/// An operation on inputs in this order, and the gradients of all that PyTorch has gradients of.
fn check_operation(case: &Case, op: OpRef, inputs: &[(&str, Tensor)]) {
    let mut tape = Tape::new();
    let vars: Vec<_> = inputs.iter().map(|(_, value)| tape.variable(value.clone())).collect();
    let y = tape.apply(op, &vars).unwrap();
    assert_close(tape.value(y), case.output(), case.name());
    tape.backward_from(y, case.grad_output().clone()).unwrap();
    for (name, gradient) in case.gradients() {
        let at = inputs.iter().position(|(given, _)| *given == name).unwrap();
        let own = tape.gradient(vars[at]).unwrap();
        let context = format!("{}: gradient of {name}", case.name());
        assert_close(own, &gradient.reshape(own.shape()).unwrap(), &context);
    }
}

#[test]
fn first_states_of_recurrent_layers_agree_with_pytorch() {
    let fixtures = Fixtures::load("layers/recurrent");
    let with_state = |case: &&Case| case.inputs().any(|(name, _)| name == "h0");
    check_each(fixtures.iter().filter(with_state), |case| {
        let bias = case.parameters().len() == 4;
        let mut inputs = vec![("x", case.input("x").clone())];
        inputs.extend(case.parameters().map(|(name, value)| (name, value.clone())));
        inputs.push(("h0", case.input("h0").at(0).unwrap()));
        let op: OpRef = match case.op() {
            "gru" => Arc::new(ops::Recurrent { cell: ops::Gru, reverse: false, bias }).into(),
            _ => Arc::new(ops::Recurrent { cell: ops::Rnn::Tanh, reverse: false, bias }).into(),
        };
        check_operation(case, op, &inputs);
    });
}

#[test]
fn attention_with_masks_and_memory_agrees_with_pytorch() {
    let fixtures = Fixtures::load("layers/attention");
    check_each(fixtures.of("attention_operation"), |case| {
        let optional = |name: &str| {
            let found = case.inputs().find(|(given, _)| *given == name);
            found.map_or(Tensor::zeros(0), |(_, value)| value.clone())
        };
        let op = ops::MultiheadAttention { heads: 2, bias: true, causal: false, rotation: None };
        let inputs = [
            ("x", case.input("x").clone()),
            ("memory", case.input("memory").clone()),
            ("in_proj_weight", case.parameter("in_proj_weight").clone()),
            ("out_proj.weight", case.parameter("out_proj.weight").clone()),
            ("mask", optional("mask")),
            ("factors", optional("factors")),
            ("in_proj_bias", case.parameter("in_proj_bias").clone()),
            ("out_proj.bias", case.parameter("out_proj.bias").clone()),
        ];
        check_operation(case, Arc::new(op).into(), &inputs);
    });
}

#[test]
fn parameters_start_as_in_pytorch() {
    let input = Shape::from([3, 8]);
    let spec = chain(&[("transformer_encoder", json!({"heads": 2, "dim_feedforward": 200}))]);
    let network = Network::build(&spec, input, 5).unwrap();
    let value = |name: &str| {
        let id = network.parameters().find(&format!("0.{name}")).unwrap();
        &network.parameters().get(id).value
    };
    // xavier_uniform_ of [24, 8], and 1/sqrt(inputs) for the others; biases of attention 0.
    let bounds = [
        ("self_attn.in_proj_weight", (6.0f32 / 32.0).sqrt()),
        ("self_attn.out_proj.weight", 8.0f32.powf(-0.5)),
        ("linear1.weight", 8.0f32.powf(-0.5)),
        ("linear1.bias", 8.0f32.powf(-0.5)),
        ("linear2.weight", 200.0f32.powf(-0.5)),
    ];
    for (name, bound) in bounds {
        let most = value(name).max().max(-value(name).min());
        assert!(most <= bound * 1.000_001 && most > 0.9 * bound, "{name}: {most} {bound}");
    }
    for name in ["self_attn.in_proj_bias", "self_attn.out_proj.bias", "norm1.bias"] {
        assert!(value(name).data().iter().all(|&x| x == 0.0), "{name}");
    }
    assert!(value("norm2.weight").data().iter().all(|&x| x == 1.0));

    let spec = chain(&[("embedding", json!({"num_embeddings": 500, "dim": 40, "padding_idx": 7}))]);
    let network = Network::build(&spec, 3.into(), 5).unwrap();
    let table = &network.parameters().get(network.parameters().find("0.weight").unwrap()).value;
    assert!((table.variance() - 1.0).abs() < 0.03 && table.mean().abs() < 0.02);
    assert!(table.at(7).unwrap().data().iter().all(|&x| x == 0.0));

    let spec = chain(&[("lstm", json!({"hidden": 3, "layers": 2, "forget_bias": 1}))]);
    let network = Network::build(&spec, [4, 2].into(), 5).unwrap();
    for layer in 0..2 {
        let bias = |of: &str| {
            let id = network.parameters().find(&format!("0.bias_{of}_l{layer}")).unwrap();
            network.parameters().get(id).value.data().to_vec()
        };
        let sums: Vec<f32> = bias("ih").iter().zip(bias("hh")).map(|(a, b)| a + b).collect();
        assert_eq!(sums[3..6], [1.0; 3]);
        assert!(sums[..3].iter().chain(&sums[6..]).all(|&sum| sum != 1.0));
    }
}
