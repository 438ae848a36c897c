//! What is wrong is refused with its place and a fix.

use super::common::{chain, dense};
use relume_autograd::AutogradError;
use relume_catalog::Value;
use relume_layers::{LayerError, LayerSpec, Mode, Network, Workspace};
use relume_tensor::{Shape, Tensor};
use serde_json::json;

#[test]
fn what_does_not_fit_is_refused_with_the_layer_and_a_fix() {
    let conv = |more: Value| {
        let mut options = json!({"out_channels": 4, "kernel": 3});
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        options
    };
    for (name, options, sample, wanted, help) in [
        (
            "conv1d",
            conv(json!({"kernel": 8})),
            vec![2, 6],
            "only 6 long",
            "a kernel of at most 6, padding=1",
        ),
        (
            "conv1d",
            conv(json!({"groups": 2})),
            vec![3, 6],
            "2 groups do not divide 3",
            "groups=1, 3",
        ),
        ("conv1d", conv(json!({})), vec![2, 6, 6], "wants a line", ""),
        (
            "conv2d",
            conv(json!({})),
            vec![28, 28],
            "wants an image",
            "input -> reshape([1, 28, 28]) -> conv2d(4, 3)",
        ),
        (
            "conv2d",
            conv(json!({"padding": 5, "padding_mode": "reflect"})),
            vec![1, 5, 5],
            "no 5 numbers",
            "",
        ),
        ("conv3d", conv(json!({})), vec![1, 2, 8, 8], "only 2 deep", "conv3d(4, 3, padding=1)"),
        (
            "conv_transpose2d",
            conv(json!({"padding": 4})),
            vec![1, 3, 3],
            "cuts 8 off",
            "padding=2 at most",
        ),
        ("maxpool1d", json!({"kernel": 7}), vec![2, 6], "only 6 long", "a kernel of at most 6"),
        (
            "avgpool2d",
            json!({"kernel": 2, "padding": 2}),
            vec![2, 6, 6],
            "more than half",
            "padding=1 at most",
        ),
        ("adaptive_avgpool2d", json!({"output_size": 2}), vec![6], "wants an image", ""),
        ("globalmaxpool", json!({}), vec![6], "wants an image", ""),
        ("flatten", json!({"start": 3}), vec![2, 3], "wants an axis 3", "the axes are 1 to 2"),
        (
            "reshape",
            json!({"sizes": [5, -1]}),
            vec![2, 6],
            "wants a multiple of 5",
            "one may be -1",
        ),
        ("permute", json!({"axes": [2, 1]}), vec![2, 3, 4], "wants samples of 2 axes", "1 to 3"),
        (
            "slice",
            json!({"start": 1, "end": 5}),
            vec![3, 7],
            "wants the indices from 1 to 5 (there are 3)",
            "end <= 3",
        ),
        ("slice", json!({"start": 0, "axis": 3}), vec![3, 7], "wants an axis 3", "1 to 2"),
        (
            "upsample",
            json!({"size": 4, "mode": "linear"}),
            vec![1, 3, 3],
            "wants 1 axes",
            "\"bilinear\"",
        ),
        (
            "upsample",
            json!({"size": [4, 4, 4]}),
            vec![1, 3, 3],
            "wants 2 axes",
            "one number for all",
        ),
        ("upsample", json!({"scale_factor": 0.2}), vec![1, 3, 3], "is 0", "at least 1"),
        (
            "pixel_shuffle",
            json!({"upscale_factor": 2}),
            vec![6, 3, 3],
            "a multiple of 4 channels",
            "8 channels",
        ),
        (
            "pixel_unshuffle",
            json!({"downscale_factor": 2}),
            vec![1, 3, 4],
            "that 2 divides",
            "upsample([4, 4])",
        ),
        (
            "pad1d",
            json!({"padding": 4, "mode": "reflect"}),
            vec![1, 4],
            "has no 4 numbers",
            "pad less",
        ),
        ("pad1d", json!({"padding": [-3, -1]}), vec![1, 4], "nothing is left", ""),
        (
            "layernorm",
            json!({"normalized_shape": [4]}),
            vec![3, 5],
            "end in 4",
            "leave normalized_shape out",
        ),
        (
            "groupnorm",
            json!({"num_groups": 4}),
            vec![6, 3],
            "4 groups do not divide 6",
            "1, 2, 3, 6",
        ),
        ("instancenorm", json!({}), vec![6, 1], "more than one place", "leave instancenorm out"),
        ("instancenorm", json!({}), vec![6], "[channels, ...space]", "layernorm"),
        ("dropout2d", json!({}), vec![6], "wants an image", ""),
        ("bilinear", json!({"units": 2}), vec![2, 3, 3], "two rows of features", "flatten"),
        ("residual", json!({"body": dense(3)}), vec![4], "keep the shape", "shortcut=dense(3)"),
        ("residual", json!({"body": dense(3), "shortcut": dense(2)}), vec![4], "both ways", ""),
        (
            "concat",
            json!({"branches": [dense(3), dense(2)], "axis": 1}),
            vec![2, 4],
            "branches of the same size",
            "axis 1",
        ),
    ] {
        let spec = chain(&[(name, options)]);
        let Err(LayerError::Shape(error)) = spec.shapes(Shape::new(&sample).unwrap()) else {
            panic!("{spec} was not refused")
        };
        let text = error.to_string();
        assert!(text.starts_with(name) && text.contains(wanted), "{text}");
        let advice = error.help.unwrap_or_default();
        assert!(advice.contains(help), "{text}: {advice:?}");
    }
}

#[test]
fn options_that_contradict_each_other_are_refused_at_definition() {
    for (name, options, part) in [
        ("conv1d", json!({"out_channels": 4, "kernel": 0}), "from 1 to"),
        (
            "conv1d",
            json!({"out_channels": 5, "kernel": 3, "groups": 2}),
            "2 groups do not divide 5",
        ),
        (
            "conv3d",
            json!({"out_channels": 4, "kernel": 3, "stride": 2, "padding": "same"}),
            "stride of 1",
        ),
        ("conv3d", json!({"out_channels": 4, "kernel": [3, 3]}), "[depth, height, width]"),
        (
            "conv_transpose1d",
            json!({"out_channels": 4, "kernel": 3, "output_padding": 2}),
            "smaller than",
        ),
        ("flatten", json!({"start": 0}), "axis 0 is the batch"),
        ("reshape", json!({"sizes": [-1, -1]}), "only one size"),
        ("reshape", json!({"sizes": [0, 4]}), "at least 1"),
        ("permute", json!({"axes": [1, 1]}), "each of 1, 2"),
        ("slice", json!({"start": 0, "axis": 0}), "axis 0 is the batch"),
        ("upsample", json!({}), "either size or scale_factor"),
        ("upsample", json!({"size": 3, "align_corners": true}), "align_corners"),
        ("pad2d", json!({"padding": [1, 2]}), "one number or 4"),
        ("pad1d", json!({"padding": 1, "mode": "reflect", "value": 2.0}), "value goes with"),
        ("concat", json!({"branches": []}), "at least one network"),
        ("concat", json!({"branches": [dense(3)], "axis": 0}), "axis 0 is the batch"),
    ] {
        let named = options.as_object().unwrap().clone().into_iter().collect();
        let error = LayerSpec::from_arguments(name, vec![], named).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn sizes_beyond_all_memory_are_refused_before_anything_is_allocated() {
    for (name, options, sample) in [
        ("dense", json!({"units": 1u64 << 40}), vec![2]),
        (
            "conv2d",
            json!({"out_channels": 1, "kernel": 1, "padding": 1_000_000_000}),
            vec![1, 2, 2],
        ),
        ("conv_transpose2d", json!({"out_channels": 1u64 << 60, "kernel": 2}), vec![1, 2, 2]),
        (
            "conv_transpose1d",
            json!({"out_channels": 1, "kernel": 1_000_000_000, "dilation": 1_000_000_000}),
            vec![1, 2],
        ),
        ("upsample", json!({"size": 1_000_000_000}), vec![1, 2, 2]),
        ("adaptive_avgpool3d", json!({"output_size": 1_000_000_000}), vec![1, 2, 2, 2]),
        ("pad3d", json!({"padding": 1_000_000}), vec![1, 2, 2, 2]),
    ] {
        let error = chain(&[(name, options)]).shapes(Shape::new(&sample).unwrap()).unwrap_err();
        assert!(error.to_string().contains("numbers of a sample"), "{error}");
        assert!(error.help().is_some_and(|help| help.contains("2^30")));
    }
    let far = vec![("kernel".to_string(), json!(2_000_000_000))];
    assert!(LayerSpec::from_arguments("maxpool1d", vec![], far).is_err());
}

/// The tape refuses what shapes alone do not show.
#[test]
fn operations_refuse_inputs_of_other_sizes() {
    let spec = chain(&[("avgpool2d", json!({"kernel": 2}))]);
    let mut network = Network::build(&spec, [1, 4, 4].into(), 1).unwrap();
    let mut workspace = Workspace::recording();
    let x = workspace.tape.constant(Tensor::ones([1, 1, 4, 6]));
    let error = network.forward(&mut workspace, x, Mode::Training).unwrap_err();
    assert!(matches!(error, LayerError::Input { .. }), "{error:?}");
    let op = relume_layers::ops::View::Remove(1);
    let x = workspace.tape.constant(Tensor::ones([2, 2]));
    let error = workspace.tape.apply(std::sync::Arc::new(op), &[x]).unwrap_err();
    assert!(matches!(error, AutogradError::Value { .. }), "{error:?}");
}
