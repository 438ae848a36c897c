//! What every layer promises: gradients that agree with finite differences, refusals that name the place and a fix, text and
//! JSON that come back as the same layer, and use without randomness.

use relume_activations::ActivationSpec;
use relume_autograd::{AutogradError, GradcheckOptions, Tape, Var, gradcheck};
use relume_catalog::Value;
use relume_layers::{
    LayerError, LayerSpec, Mode, Network, NetworkSpec, ParameterId, Stage, Workspace,
};
use relume_tensor::{Rng, Shape, Tensor};
use serde_json::json;

fn stage(name: &str, options: &Value) -> Stage {
    let named: Vec<(String, Value)> =
        options.as_object().cloned().unwrap_or_default().into_iter().collect();
    match LayerSpec::find(name) {
        Some(_) => LayerSpec::from_arguments(name, vec![], named).unwrap().into(),
        None => ActivationSpec::from_arguments(name, vec![], named).unwrap().into(),
    }
}

fn chain(stages: &[(&str, Value)]) -> NetworkSpec {
    NetworkSpec::new(stages.iter().map(|(name, options)| stage(name, options)).collect())
}

fn dense(units: usize) -> Value {
    json!(chain(&[("dense", json!({ "units": units }))]))
}

/// Every layer of this crate's feed-forward part with options away from their defaults, and the shape of a sample.
fn layers() -> Vec<(&'static str, Value, Vec<usize>)> {
    vec![
        ("dense", json!({"units": 3}), vec![4]),
        ("bilinear", json!({"units": 3}), vec![4]),
        ("bilinear", json!({"units": 2, "left": dense(3), "right": dense(2)}), vec![2, 4]),
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
        ("dropout", json!({"p": 0.3}), vec![6]),
        ("dropout1d", json!({"p": 0.3}), vec![4, 3]),
        ("dropout2d", json!({"p": 0.3}), vec![4, 2, 2]),
        ("dropout3d", json!({"p": 0.3}), vec![4, 1, 2, 2]),
        ("alpha_dropout", json!({"p": 0.3}), vec![6]),
        ("gaussian_noise", json!({"std": 0.3}), vec![6]),
        (
            "chain",
            json!({"body": chain(&[("dense", json!({"units": 3})), ("tanh", json!({}))])}),
            vec![4],
        ),
        ("residual", json!({"body": dense(3), "shortcut": dense(3)}), vec![4]),
        ("residual", json!({"body": dense(4)}), vec![4]),
        (
            "concat",
            json!({"branches": [json!(chain(&[("tanh", json!({}))])), json!(chain(&[("identity", json!({}))]))], "axis": 1}),
            vec![2, 3],
        ),
        ("shared", json!({"body": dense(3), "name": "f"}), vec![4]),
    ]
}

/// Numbers of a batch that are far enough from one another that no small step changes which one is the largest.
fn batch(sample: &[usize], mode: &str) -> Tensor {
    let shape = Shape::new(sample).unwrap().with_batch(3).unwrap();
    let mut rng = Rng::new(7);
    let mut order: Vec<usize> = (0..shape.count()).collect();
    rng.shuffle(&mut order);
    let step = if mode.contains("maxpool") { 0.5 } else { 2.0 / order.len() as f32 };
    Tensor::from_fn(shape, |i| order[i] as f32 * step - 1.0)
}

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
fn layers_come_back_from_their_arguments_and_from_json_as_themselves() {
    for (name, options, _) in layers() {
        let Stage::Layer(layer) = stage(name, &options) else { panic!("{name}") };
        let again =
            LayerSpec::from_arguments(name, vec![], layer.arguments().into_iter().collect());
        assert_eq!(again.unwrap(), layer);
        let json = serde_json::to_string(&layer).unwrap();
        assert_eq!(serde_json::from_str::<LayerSpec>(&json).unwrap(), layer, "{json}");
        assert!(json.starts_with(&format!("{{{name:?}:")), "{json}");
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
        ("conv1d", json!({"out_channels": 4, "kernel": 0}), "at least 1"),
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

/// A network, its parameters as one list of numbers each, and the gradients of the sum of squares of its output.
fn gradients(spec: &NetworkSpec, x: &Tensor, parameters: &[(&str, Tensor)]) -> Vec<Tensor> {
    let mut network = Network::build(spec, x.shape().without_batch(), 1).unwrap();
    let ids: Vec<ParameterId> = parameters
        .iter()
        .map(|(name, value)| {
            let id = network.parameters().find(name).unwrap_or_else(|| panic!("no {name}"));
            network.parameters_mut().get_mut(id).value = value.clone();
            id
        })
        .collect();
    assert_eq!(network.parameters().len(), ids.len(), "{spec}: each set of parameters once");
    let mut workspace = Workspace::recording();
    let input = workspace.tape.constant(x.clone());
    let y = network.forward(&mut workspace, input, Mode::Training).unwrap();
    let gradient = workspace.tape.value(y).clone();
    workspace.tape.backward_from(y, gradient).unwrap();
    ids.iter().map(|&id| workspace.take_gradient(id).unwrap()).collect()
}

#[test]
fn shared_layers_have_one_set_of_parameters_whose_gradients_are_summed() {
    let block = |name: &str| {
        let body = chain(&[("dense", json!({"units": 3})), ("tanh", json!({}))]);
        ("shared", json!({"body": body, "name": name}))
    };
    let mut rng = Rng::new(9);
    let mut random = |shape: &[usize]| rng.uniform_tensor(Shape::new(shape).unwrap(), -1.0, 1.0);
    let (x, weight, bias) = (random(&[4, 3]), random(&[3, 3]), random(&[3]));
    let shared = chain(&[block(""), ("sigmoid", json!({})), block("")]);
    let [dw, db] = <[Tensor; 2]>::try_from(gradients(
        &shared,
        &x,
        &[("0.0.weight", weight.clone()), ("0.0.bias", bias.clone())],
    ))
    .unwrap();
    // The same network with two sets of the same numbers: the sum of their gradients is expected.
    let apart = chain(&[block("a"), ("sigmoid", json!({})), block("b")]);
    let each = gradients(
        &apart,
        &x,
        &[
            ("0.0.weight", weight.clone()),
            ("0.0.bias", bias.clone()),
            ("2.0.weight", weight),
            ("2.0.bias", bias),
        ],
    );
    for (sum, parts) in [(dw, [&each[0], &each[2]]), (db, [&each[1], &each[3]])] {
        for (i, &sum) in sum.data().iter().enumerate() {
            let expected = parts[0].data()[i] + parts[1].data()[i];
            assert!((sum - expected).abs() < 1e-5, "{sum} for {expected}");
            assert!(parts.iter().all(|part| part.data()[i] != sum), "one part alone");
        }
    }
}

#[test]
fn shared_layers_stand_in_branches_and_behind_images_of_other_sizes() {
    let conv = json!({"out_channels": 2, "kernel": 3, "padding": 1});
    let block = ("shared", json!({"body": chain(&[("conv2d", conv)])}));
    let small =
        chain(&[("maxpool2d", json!({"kernel": 2})), block.clone(), ("globalavgpool", json!({}))]);
    let large = chain(&[block, ("globalavgpool", json!({}))]);
    let spec = chain(&[("concat", json!({"branches": [small, large]}))]);
    let network = Network::build(&spec, [2, 6, 8].into(), 1).unwrap();
    assert_eq!((network.parameters().len(), network.output()), (2, [4].into()));
    let again: NetworkSpec = serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
    let again = Network::build(&again, [2, 6, 8].into(), 1).unwrap();
    assert_eq!(again.parameters(), network.parameters());
}

#[test]
fn shared_layers_that_cannot_share_are_refused_where_they_stand() {
    let block = |units: usize| ("shared", json!({"body": dense(units), "name": "f"}));
    for (spec, part) in [
        (
            chain(&[block(3), block(4)]),
            "wants the layers that \"f\" is where it first stands, dense(3)",
        ),
        (chain(&[block(3), block(3)]), "0.0.weight of 3 x 5, not 3 x 3"),
    ] {
        let error = Network::build(&spec, [5].into(), 1).unwrap_err();
        let LayerError::Shape(error) = error else { panic!("{error:?}") };
        assert_eq!(error.path[0], 1);
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.help.is_some_and(|help| help.contains("another name")));
    }
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
