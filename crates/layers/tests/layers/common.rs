//! The layers that the tests go through.

use relume_activations::ActivationSpec;
use relume_catalog::Value;
use relume_layers::{LayerSpec, NetworkSpec, Stage};
use relume_tensor::{Rng, Shape, Tensor};
use serde_json::json;

pub fn stage(name: &str, options: &Value) -> Stage {
    let named: Vec<(String, Value)> =
        options.as_object().cloned().unwrap_or_default().into_iter().collect();
    match LayerSpec::find(name) {
        Some(_) => LayerSpec::from_arguments(name, vec![], named).unwrap().into(),
        None => ActivationSpec::from_arguments(name, vec![], named).unwrap().into(),
    }
}

pub fn chain(stages: &[(&str, Value)]) -> NetworkSpec {
    NetworkSpec::new(stages.iter().map(|(name, options)| stage(name, options)).collect())
}

pub fn dense(units: usize) -> Value {
    json!(chain(&[("dense", json!({ "units": units }))]))
}

/// An activation function with trained constants of every shape.
const FORMULA: &str = "f(x, a=param(1.2), b=param(0.5, shape=\"units\"), c=param(2, shape=\"features\")) = \
                       a * tanh(b * x) + where(x > 0, c * x, x * sigmoid(x))";

/// Layers that take numbers, with options away from their defaults, and the shape of a sample.
pub fn layers() -> Vec<(&'static str, Value, Vec<usize>)> {
    vec![
        ("dense", json!({"units": 3}), vec![4]),
        ("bilinear", json!({"units": 3}), vec![4]),
        ("bilinear", json!({"units": 2, "left": dense(3), "right": dense(2)}), vec![2, 4]),
        ("kan", json!({"units": 3}), vec![4]),
        ("formula", json!({ "definition": FORMULA }), vec![3, 4]),
        ("rational", json!({}), vec![4]),
        ("dynamic_tanh", json!({"alpha": 0.8}), vec![2, 3]),
        ("kan", json!({"units": 2, "grid": 3, "order": 2, "low": -2, "high": 3}), vec![3, 4]),
        (
            "conv1d",
            json!({"out_channels": 4, "kernel": 3, "groups": 2, "stride": 2, "padding": 1}),
            vec![2, 6],
        ),
        (
            "conv1d",
            json!({"out_channels": 2, "kernel": 4, "padding": "same", "padding_mode": "reflect"}),
            vec![2, 5],
        ),
        (
            "conv2d",
            json!({"out_channels": 4, "kernel": [3, 2], "groups": 2, "dilation": [1, 2]}),
            vec![2, 4, 5],
        ),
        (
            "conv2d",
            json!({"out_channels": 2, "kernel": 3, "padding": 2, "padding_mode": "circular"}),
            vec![1, 3, 4],
        ),
        (
            "conv3d",
            json!({"out_channels": 2, "kernel": [2, 1, 3], "groups": 2, "stride": [2, 1, 1], "padding": 1}),
            vec![2, 3, 2, 3],
        ),
        (
            "conv_transpose1d",
            json!({"out_channels": 4, "kernel": 3, "groups": 2, "stride": 2, "output_padding": 1}),
            vec![2, 3],
        ),
        (
            "conv_transpose2d",
            json!({"out_channels": 2, "kernel": [3, 2], "stride": [1, 2], "padding": 1}),
            vec![2, 3, 3],
        ),
        (
            "conv_transpose3d",
            json!({"out_channels": 2, "kernel": 2, "stride": [2, 1, 2], "dilation": [1, 2, 1]}),
            vec![1, 2, 2, 2],
        ),
        ("maxpool1d", json!({"kernel": 3, "stride": 2, "padding": 1}), vec![2, 6]),
        ("maxpool2d", json!({"kernel": [3, 2], "stride": [1, 2], "padding": 1}), vec![2, 5, 4]),
        ("maxpool3d", json!({"kernel": 2, "stride": 1, "dilation": [1, 2, 1]}), vec![1, 3, 4, 3]),
        (
            "avgpool1d",
            json!({"kernel": 3, "stride": 2, "padding": 1, "count_include_pad": false}),
            vec![2, 6],
        ),
        (
            "avgpool2d",
            json!({"kernel": [3, 2], "stride": 2, "padding": 1, "ceil_mode": true}),
            vec![2, 5, 4],
        ),
        ("avgpool3d", json!({"kernel": 2, "stride": 1, "divisor_override": 3}), vec![1, 3, 3, 2]),
        ("adaptive_maxpool1d", json!({"output_size": 3}), vec![2, 5]),
        ("adaptive_maxpool2d", json!({"output_size": [2, 3]}), vec![2, 3, 5]),
        ("adaptive_avgpool1d", json!({"output_size": 3}), vec![2, 5]),
        ("adaptive_avgpool2d", json!({"output_size": [2, 3]}), vec![2, 3, 5]),
        ("adaptive_avgpool3d", json!({"output_size": [2, 1, 3]}), vec![1, 3, 2, 4]),
        ("globalmaxpool1d", json!({}), vec![2, 5]),
        ("globalmaxpool", json!({}), vec![2, 3, 4]),
        ("globalmaxpool", json!({}), vec![3, 4]),
        ("globalavgpool1d", json!({}), vec![2, 5]),
        ("globalavgpool", json!({}), vec![2, 2, 3, 2]),
        ("flatten", json!({"start": 2}), vec![2, 3, 2]),
        ("reshape", json!({"sizes": [3, -1]}), vec![2, 6]),
        ("permute", json!({"axes": [3, 1, 2]}), vec![2, 3, 4]),
        ("slice", json!({"start": 1, "end": -1, "axis": 2}), vec![2, 4, 3]),
        ("upsample", json!({"size": [5, 3], "mode": "bilinear"}), vec![1, 3, 4]),
        (
            "upsample",
            json!({"scale_factor": [1.5, 2.0], "mode": "bicubic", "align_corners": true}),
            vec![1, 3, 2],
        ),
        ("pixel_shuffle", json!({"upscale_factor": 2}), vec![4, 2, 3]),
        ("pixel_unshuffle", json!({"downscale_factor": 2}), vec![1, 4, 2]),
        ("pad1d", json!({"padding": [2, 1], "mode": "reflect"}), vec![2, 4]),
        ("pad2d", json!({"padding": [2, 1, 0, 3], "mode": "replicate"}), vec![1, 3, 3]),
        ("pad3d", json!({"padding": 1, "value": 0.5}), vec![1, 2, 3, 2]),
        ("batchnorm", json!({"momentum": 0.3}), vec![2, 3]),
        ("layernorm", json!({"eps": 0.01}), vec![2, 5]),
        ("layernorm", json!({"normalized_shape": [3, 2], "bias": false}), vec![2, 3, 2]),
        ("groupnorm", json!({"num_groups": 2}), vec![4, 3]),
        ("instancenorm", json!({"affine": true}), vec![2, 3, 2]),
        ("rmsnorm", json!({}), vec![5]),
        ("local_response_norm", json!({"size": 2, "alpha": 0.5}), vec![3, 2]),
        ("dropout", json!({"p": 0.3}), vec![6]),
        ("dropout1d", json!({"p": 0.3}), vec![4, 3]),
        ("dropout2d", json!({"p": 0.3}), vec![4, 2, 2]),
        ("dropout3d", json!({"p": 0.3}), vec![4, 1, 2, 2]),
        ("alpha_dropout", json!({"p": 0.3}), vec![6]),
        ("gaussian_noise", json!({"std": 0.3}), vec![6]),
        ("rnn", json!({"hidden": 3, "nonlinearity": "relu"}), vec![4, 2]),
        ("gru", json!({"hidden": 3, "bidirectional": true}), vec![4, 2]),
        ("lstm", json!({"hidden": 3, "layers": 2, "output": "last"}), vec![4, 2]),
        ("multihead_attention", json!({"heads": 2, "causal": true}), vec![3, 4]),
        (
            "transformer_encoder",
            json!({"heads": 2, "dim_feedforward": 5, "activation": {"tanh": {}}, "dropout": 0.2}),
            vec![3, 4],
        ),
        ("sinusoidal_positions", json!({"base": 100}), vec![3, 4]),
        ("learned_positions", json!({}), vec![3, 4]),
        ("masking", json!({"value": 9}), vec![3, 2]),
        ("pool_over_time", json!({"mode": "sum"}), vec![4, 3]),
        (
            "chain",
            json!({"body": chain(&[("dense", json!({"units": 3})), ("tanh", json!({}))])}),
            vec![4],
        ),
        ("residual", json!({"body": dense(3), "shortcut": dense(3)}), vec![4]),
        ("residual", json!({"body": dense(4)}), vec![4]),
        (
            "concat",
            json!({
                "branches": [chain(&[("tanh", json!({}))]), chain(&[("identity", json!({}))])],
                "axis": 1
            }),
            vec![2, 3],
        ),
        ("shared", json!({"body": dense(3), "name": "f"}), vec![4]),
    ]
}

/// Numbers of a batch that are far enough from one another that no small step changes which one is the largest.
pub fn batch(sample: &[usize], mode: &str) -> Tensor {
    let shape = Shape::new(sample).unwrap().with_batch(3).unwrap();
    let mut rng = Rng::new(7);
    let mut order: Vec<usize> = (0..shape.count()).collect();
    rng.shuffle(&mut order);
    let step = if mode.contains("maxpool") { 0.5 } else { 2.0 / order.len() as f32 };
    Tensor::from_fn(shape, |i| order[i] as f32 * step - 1.0)
}
