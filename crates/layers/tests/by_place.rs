//! Arguments by place: layers whose order is another than PyTorch's take those alone that must be given.

use relume_layers::LayerSpec;
use serde_json::{Value, json};

fn error(name: &str, positional: &[Value]) -> (String, Option<String>) {
    let error = LayerSpec::from_arguments(name, positional.to_vec(), vec![]).expect_err(name);
    (error.to_string(), error.help())
}

#[test]
fn arguments_that_pytorch_orders_otherwise_are_refused_by_place() {
    for (name, given, line) in [
        ("linear", vec![10, 5], "dense(10, inputs=5)"),
        ("dense", vec![10, 5], "dense(10, inputs=5)"),
        ("conv2d", vec![1, 16, 3], "conv2d(1, 16, stride=3)"),
        ("conv_transpose1d", vec![1, 16, 3], "conv_transpose1d(1, 16, stride=3)"),
        ("lstm", vec![10, 20], "lstm(10, layers=20)"),
        ("gru", vec![10, 20], "gru(10, layers=20)"),
        ("rnn", vec![10, 20], "rnn(10, layers=20)"),
        ("batchnorm", vec![64], "batchnorm(eps=64)"),
        ("instancenorm", vec![64], "instancenorm(eps=64)"),
        ("groupnorm", vec![4, 16], "groupnorm(4, eps=16)"),
        ("multihead_attention", vec![512, 8], "multihead_attention(512, dropout=8)"),
        ("transformer_encoder", vec![512, 8], "transformer_encoder(512, dim_feedforward=8)"),
        ("embedding_bag", vec![9, 4, 1], "embedding_bag(9, 4, mode=1)"),
    ] {
        let given: Vec<Value> = given.into_iter().map(|x: i64| json!(x)).collect();
        let (message, help) = error(name, &given);
        assert!(message.contains("by name") || message.contains("go by name"), "{name}: {message}");
        assert_eq!(help.as_deref(), Some(format!("here that would be by name: {line}").as_str()));
    }
}

#[test]
fn arguments_in_pytorchs_order_are_taken_by_place() {
    for (name, given) in [
        ("maxpool2d", vec![3, 2]),
        ("avgpool1d", vec![3, 2]),
        ("embedding", vec![1000, 64, 0]),
        ("flatten", vec![1, 2]),
        ("conv2d", vec![16, 3]),
    ] {
        let given: Vec<Value> = given.into_iter().map(|x: i64| json!(x)).collect();
        assert!(LayerSpec::from_arguments(name, given, vec![]).is_ok(), "{name}");
    }
}
