//! Networks as text: printed text parses to an equal network, and errors point to their place.

use relume_layers::{LayerSpec, NetworkSpec};

fn parsed(text: &str) -> NetworkSpec {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_printed_network_reads_back_as_itself() {
    for text in [
        "input(3, 32, 32) -> conv2d(16, [3, 5], padding=\"same\", dilation=[2, 1]) -> relu -> flatten -> dense(2)",
        "conv2d(8, 3, padding=[1, 2], groups=2, bias=false, init=orthogonal(gain=0.5)) -> maxpool2d(3, stride=2, \
        ceil_mode=true)",
        "(dense(8, init=he_normal) -> leaky_relu(slope=0.2) -> dropout(0.5)) * 3 -> dense(2, bias_init=zeros)",
        "input(20, 3) -> lstm(16, layers=2, dropout=0.1, bidirectional=true, output=\"last\") -> dense(2)",
        "input(12) -> encoder_decoder(embedding(9, 8, padding_idx=0, max_norm=1.5) -> transformer_encoder(2, \
        activation=gelu), embedding(9, 8) -> transformer_decoder(4, dim_feedforward=16, norm_first=true), source=5) -> \
        rnn(3, \
        nonlinearity=\"relu\") -> pool_over_time(\"last\")",
        "input(5) -> embedding_bag(9, 4, mode=\"max\", init=uniform(-0.1, 0.1)) -> dense(2)",
        "input(5, 8) -> masking(-1) -> learned_positions -> multihead_attention(2, causal=true, rotary=true) -> \
        lstm(3, forget_bias=1)",
        "residual(dense(4) -> batchnorm(momentum=0.3, affine=false) -> prelu(num_parameters=4)) -> concat(dense(3) -> \
        tanh, elu(alpha=2))",
        "input(3, 40) -> conv1d(8, 5, padding=\"same\", padding_mode=\"circular\") -> maxpool1d(2) -> \
        conv_transpose1d(4, 3, stride=2, output_padding=1) -> globalavgpool1d",
        "input(1, 8, 8, 8) -> conv3d(4, [1, 2, 3], padding=[0, 1, 1]) -> maxpool3d(2, stride=[1, 2, 2]) -> \
        conv_transpose3d(2, 2, stride=2) -> avgpool3d(2, divisor_override=3)",
        "conv_transpose2d(8, [3, 4], stride=2, padding=[1, 0], output_padding=1, groups=2, bias=false, dilation=2) -> \
        avgpool2d(3, count_include_pad=false) -> adaptive_maxpool2d([2, 3])",
        "upsample(scale_factor=[1.5, 2], mode=\"bilinear\", align_corners=true) -> pad2d([1, 2, 0, -1], value=0.5) -> \
        pixel_shuffle(2) -> pixel_unshuffle(2) -> upsample(7)",
        "input(12) -> reshape([3, -1]) -> permute([2, 1]) -> flatten(2) -> flatten(end=-2) -> pad1d(1, \
        mode=\"reflect\")",
        "layernorm([3, 4], bias=false) -> rmsnorm(4) -> groupnorm(3, affine=false) -> instancenorm(affine=true) -> \
        batchnorm(momentum=\"cumulative\")",
        "dropout2d(0.1) -> alpha_dropout -> gaussian_noise(0.05) -> globalmaxpool -> bilinear(4, left=dense(3) -> \
        tanh, right=dense(2), bias=false)",
        "chain(dense(4) -> relu) -> residual(dense(3), shortcut=dense(3)) -> concat(dense(2), chain(tanh), axis=-1) -> \
        (shared(dense(5), name=\"f\")) * 2 -> shared(relu)",
        "gelu(approximate=\"tanh\") -> softplus(beta=2, threshold=10) -> softmax(axis=-2)",
        "dense(64) -> formula(\"x * sigmoid(1.5 * x)\") -> residual(formula(\"f(x, a=param(1, shape='units')) = a * \
        x ^ -2\")) -> kan(3, grid=4, low=-2) -> snake(trained=true, shape=\"units\")",
        "hardtanh(min_val=-2) -> relu6 -> threshold(threshold=-0.5, value=-1e-8) -> rrelu(upper=0.5) -> swish(beta=2, \
        trained=true) -> sin(omega=30)",
        "dense(48) -> glu -> swiglu(axis=1) -> geglu(approximate=\"tanh\") -> maxout(pieces=3) -> softmin -> \
        hardshrink(lambd=0) -> celu(alpha=0.3)",
    ] {
        let network = parsed(text);
        assert_eq!(parsed(&network.to_string()), network, "{text}");
    }
}

/// A text with the value of a name in its place.
fn put_in(text: &str, (name, value): &(String, String)) -> String {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(name.as_str()) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_word = !before.ends_with(is_letter) && !after.starts_with(is_letter);
        out += before;
        out += if is_word { value } else { name };
        rest = after;
    }
    out + rest
}

#[test]
fn the_example_of_every_layer_reads_and_prints_back() {
    let mut seen = Vec::new();
    for entry in LayerSpec::ENTRIES {
        let mut names: Vec<(String, String)> = Vec::new();
        let mut networks = 0;
        for line in entry.example.lines() {
            let Some((name, text)) = line.split_once(" = ") else { continue };
            let text = names.iter().fold(text.to_string(), |text, own| put_in(&text, own));
            let Ok(network) = text.parse::<NetworkSpec>() else { continue };
            assert_eq!(parsed(&network.to_string()), network, "{text}");
            seen.extend(network.layers.iter().map(|stage| stage.entry().name));
            for stage in &network.layers {
                let inner =
                    stage.kind().networks().into_iter().flat_map(|inner| &inner.spec.layers);
                seen.extend(inner.map(|stage| stage.entry().name));
            }
            names.push((name.to_string(), text));
            networks += 1;
        }
        assert!(networks > 0, "{}: {}", entry.name, entry.example);
    }
    for entry in LayerSpec::ENTRIES {
        assert!(seen.contains(&entry.name), "no example has {}", entry.name);
    }
}

#[test]
fn the_notation_gives_the_stages_that_it_says() {
    let network = parsed(
        "input(3, 8, 8) -> (conv2d(4, 3, padding=\"same\") -> relu) * 2 -> flatten # remark\n -> dense(10)",
    );
    assert_eq!(network.input.as_deref(), Some(&[3, 8, 8][..]));
    let names: Vec<_> = network.layers.iter().map(|stage| stage.entry().name).collect();
    assert_eq!(names, ["conv2d", "relu", "conv2d", "relu", "flatten", "dense"]);
    assert_eq!(network.shapes([3, 8, 8].into()).unwrap().last().unwrap().to_vec(), [10]);
}

#[test]
fn what_is_wrong_is_refused_where_it_stands() {
    for (text, place, message) in [
        ("dense(8) -> dens(3)", "dens(3)", "there is no `dens`"),
        ("dense(8) ->", "", "something is missing at the end"),
        ("dense(0)", "0", "dense's `units` wants a whole number of at least 1"),
        ("dense(8, unit=3)", "unit", "dense has no argument `unit`"),
        ("relu -> dense(8, init=he)", "he", "there is no `he`"),
        ("leaky_relu(0.1)", "0.1", "leaky_relu's options go by name"),
        ("residual(3)", "3", "layers are wanted here"),
        ("dense(3) -> input(4)", "input(4)", "input(...) can only stand at the beginning"),
        ("input(0) -> relu", "0", "a size is a whole number of at least 1"),
        ("(dense(3)) * 0", "0", "a chain is repeated a whole number of times"),
        ("(dense(3)) * 10001", "10001", "a network has up to 10000 stages"),
        ("concat(dense(3), axis=\"a\")", "\"a\"", "concat's `axis` wants"),
        ("dense(3) dense(4)", "dense", "`dense` cannot stand here"),
        ("dense(3", "(", "this bracket is never closed"),
        ("", "", "something is missing at the end"),
    ] {
        let error = text.parse::<NetworkSpec>().expect_err(text);
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!(
            &text[error.span.start..error.span.end.min(text.len())],
            place,
            "{text}: {error}"
        );
    }
    let error = "dense(8)\n -> dens(3)".parse::<NetworkSpec>().unwrap_err();
    assert_eq!(error.to_string(), "2:5: there is no `dens` (did you mean `dense`?)");
}
