//! Options out of their range are refused, wherever the network was built or read, and options left out have their
//! defaults.

use relume_activations::{Maxout, Relu};
use relume_layers::conv::{Conv1d, Conv2d, ConvInitOptions, ConvOptions, Padding};
use relume_layers::initializers::{HeNormal, Nonlinearity, Normal, XavierUniform, Zeros};
use relume_layers::norm::{Batchnorm, Momentum};
use relume_layers::recurrent::{Gru, Lstm, Output, RecurrentOptions};
use relume_layers::shape::Pad2d;
use relume_layers::{LayerSpec, Network, NetworkSpec, Stage};
use relume_layers::{containers::Residual, dense::Dense};

fn network(stages: impl IntoIterator<Item = LayerSpec>) -> NetworkSpec {
    NetworkSpec::new(stages.into_iter().map(Stage::from).collect())
}

/// The refusal of a network for samples of a shape.
fn refusal(spec: &NetworkSpec, input: &[usize]) -> String {
    let input = input.try_into().unwrap();
    let error = Network::build(spec, input, 1).unwrap_err();
    assert_eq!(spec.shapes(input).unwrap_err().to_string(), error.to_string());
    error.to_string()
}

#[test]
fn a_network_built_in_rust_is_checked_before_it_is_built() {
    for (layer, message) in [
        (
            Conv2d::new(4, 3).stride(0).into(),
            "conv2d's `stride` wants a whole number or [height, width], each at least 1, not [0, 0]",
        ),
        (
            Conv2d::new(4, [3, 0]).into(),
            "conv2d's `kernel` wants a whole number or [height, width], each at least 1, not [3, 0]",
        ),
        (
            Conv2d::new(0, 3).into(),
            "conv2d's `out_channels` wants a whole number of at least 1, not 0",
        ),
        (
            Conv2d::new(4, 3).groups(0).into(),
            "conv2d's `groups` wants a whole number of at least 1, not 0",
        ),
        (
            Conv2d::new(4, 3).stride(2).padding(Padding::Same).into(),
            "conv2d: padding=\"same\" needs a stride of 1",
        ),
        (
            Batchnorm::new().eps(f64::NAN).into(),
            "batchnorm's `eps` wants a number above 0, not \"NaN\"",
        ),
        (
            Batchnorm::new().momentum(2.0).into(),
            "batchnorm's `momentum` wants a number from 0 to 1, or \"cumulative\", not 2",
        ),
        (
            Dense::new(3).init(Normal::new().std(-1.0)).into(),
            "dense's `init`: normal's `std` wants a number of at least 0, not -1",
        ),
        (
            Residual::new(network([Conv2d::new(3, 3).dilation(0).into()])).into(),
            "residual's `body`: conv2d's `dilation` wants a whole number or [height, width], each at least 1, not [0, \
            0]",
        ),
    ] {
        let layer: LayerSpec = layer;
        assert_eq!(refusal(&network([layer]), &[3, 8, 8]), message);
    }
    let steps = network([Gru::new(4).dropout(7.0).into()]);
    assert_eq!(refusal(&steps, &[5, 2]), "gru's `dropout` wants a number from 0 to 1, not 7");
    let gate = NetworkSpec::new(vec![Stage::Activation(Maxout::new().pieces(0).into())]);
    assert_eq!(refusal(&gate, &[4]), "maxout's `pieces` wants a whole number of at least 2, not 0");
}

#[test]
fn a_network_in_a_file_is_checked_when_it_is_read() {
    for (stage, message) in [
        (
            r#"{"gru": {"hidden": 4, "dropout": 7}}"#,
            "gru's `dropout` wants a number from 0 to 1, not 7",
        ),
        (
            r#"{"conv2d": {"out_channels": 4, "kernel": [3, 3], "stride": [0, 1]}}"#,
            "conv2d's `stride` wants a whole number or [height, width], each at least 1, not [0, 1]",
        ),
        (r#"{"dense": {"units": 3, "bais": true}}"#, "dense has no argument `bais`"),
        (r#"{"dense": {}}"#, "dense needs `units`"),
        (r#"{"densely": {}}"#, "there is no `densely`"),
        (
            r#"{"chain": {"body": {"layers": [{"relu": {"slope": 1}}]}}}"#,
            "chain's `body`: relu has no argument `slope`",
        ),
    ] {
        let file = format!(r#"{{"layers": [{stage}]}}"#);
        let error = serde_json::from_str::<NetworkSpec>(&file).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn options_left_out_of_a_file_have_their_defaults() {
    let read = |stage: &str| serde_json::from_str::<Stage>(stage).unwrap();
    let layer = |layer: LayerSpec| Stage::Layer(layer);
    assert_eq!(
        read(r#"{"conv2d": {"out_channels": 4, "kernel": 3, "padding": "same"}}"#),
        layer(Conv2d::new(4, 3).padding(Padding::Same).into())
    );
    assert_eq!(
        read(r#"{"lstm": {"hidden": 4, "output": "last"}}"#),
        layer(Lstm::new(4).output(Output::Last).into())
    );
    assert_eq!(
        read(r#"{"batchnorm": {"momentum": "cumulative"}}"#),
        layer(Batchnorm::new().momentum(Momentum::Cumulative).into())
    );
    // A file of a version that had no `sync` yet.
    assert_eq!(
        read(
            r#"{"batchnorm": {"eps": 0.00001, "momentum": 0.1, "affine": true, "track_running_stats": true}}"#
        ),
        layer(Batchnorm::new().sync(false).into())
    );
    assert_eq!(LayerSpec::from(Batchnorm::new().sync(true)).to_string(), "batchnorm(sync=true)");
    assert_eq!(LayerSpec::from(Batchnorm::new()).to_string(), "batchnorm");
    assert_eq!(read(r#"{"relu": {}}"#), Stage::Activation(Relu::new().into()));
}

#[test]
fn networks_are_written_with_all_options_but_the_defaults_of_initializers() {
    let json = |layer: LayerSpec| serde_json::to_string(&Stage::from(layer)).unwrap();
    assert_eq!(
        json(Conv1d::new(4, 3).init(XavierUniform::new().gain(Nonlinearity::Tanh)).into()),
        concat!(
            r#"{"conv1d":{"out_channels":4,"kernel":3,"stride":1,"padding":0,"dilation":1,"groups":1,"bias":true,"#,
            r#""padding_mode":"zeros","init":{"xavier_uniform":{"gain":"tanh"}},"bias_init":{"default":{}}}}"#
        )
    );
    assert_eq!(
        json(Batchnorm::new().sync(true).into()),
        concat!(
            r#"{"batchnorm":{"eps":0.00001,"momentum":0.1,"affine":true,"track_running_stats":true,"#,
            r#""sync":true}}"#
        )
    );
    let dense = Dense::new(3).init(HeNormal::new().a(0.2)).bias_init(Zeros::new());
    let body = network([dense.into()]);
    assert_eq!(
        json(Residual::new(body).into()),
        concat!(
            r#"{"residual":{"body":{"layers":[{"dense":{"units":3,"inputs":null,"bias":true,"#,
            r#""init":{"he_normal":{"a":0.2}},"bias_init":{"zeros":{}}}}]},"shortcut":null}}"#
        )
    );
}

#[test]
fn sizes_and_borders_are_one_number_or_several() {
    assert_eq!(
        LayerSpec::from(Conv2d::new(4, [3, 5]).padding([1, 2])).to_string(),
        "conv2d(4, [3, 5], padding=[1, 2])"
    );
    assert_eq!(
        LayerSpec::from(Conv2d::new(4, 3).padding(1)).to_string(),
        "conv2d(4, 3, padding=1)"
    );
    assert_eq!(LayerSpec::from(Pad2d::new(-1)).to_string(), "pad2d(-1)");
    assert_eq!(LayerSpec::from(Pad2d::new(vec![1, 0, 2, 0])).to_string(), "pad2d([1, 0, 2, 0])");
}
