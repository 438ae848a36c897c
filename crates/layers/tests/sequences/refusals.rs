//! What is refused, where, and with which words.

use super::common::{built, chain};
use relume_layers::{LayerError, LayerSpec, NetworkSpec};
use relume_tensor::Tensor;
use serde_json::{Value, json};

fn refused(stages: &[(&str, Value)], input: &[usize]) -> (String, Option<String>) {
    match chain(stages).shapes(input.try_into().unwrap()) {
        Err(LayerError::Shape(error)) => (error.to_string(), error.help),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused_at_definition() {
    let cases: [(&str, Value, &[usize], &str); 12] = [
        ("embedding", json!({"num_embeddings": 5, "dim": 2}), &[2, 2, 2, 2, 2], "wants indices"),
        (
            "embedding_bag",
            json!({"num_embeddings": 5, "dim": 2}),
            &[4, 2],
            "wants a bag of indices",
        ),
        ("rnn", json!({"hidden": 4}), &[4], "wants a sequence [time, features]"),
        ("gru", json!({"hidden": 4}), &[3, 4, 4], "wants a sequence [time, features]"),
        ("gru", json!({"hidden": 4}), &[0, 4], "at least one step"),
        ("masking", json!({}), &[4], "wants a sequence"),
        ("pool_over_time", json!({}), &[4], "wants a sequence"),
        ("sinusoidal_positions", json!({}), &[4], "wants a sequence"),
        (
            "multihead_attention",
            json!({"heads": 3}),
            &[5, 8],
            "divided among its 3 heads (8 cannot)",
        ),
        ("transformer_encoder", json!({"heads": 5}), &[5, 8], "divided among its 5 heads"),
        (
            "multihead_attention",
            json!({"heads": 2, "rotary": true}),
            &[5, 6],
            "even size for rotary=true (they have 3)",
        ),
        (
            "transformer_decoder",
            json!({"heads": 2}),
            &[5, 6],
            "wants an encoder's output to look at",
        ),
    ];
    for (name, options, input, part) in cases {
        let (text, _) = refused(&[(name, options)], input);
        assert!(text.contains(part), "{text}");
    }
    let (_, help) = refused(&[("multihead_attention", json!({"heads": 3}))], &[5, 8]);
    assert_eq!(help.unwrap(), "write heads=2, or change the features before it");
}

#[test]
fn halves_that_do_not_go_together_are_refused_at_definition() {
    let halves = |encoder: &[(&str, Value)], source: usize| {
        let decoder = chain(&[("transformer_decoder", json!({"heads": 1}))]);
        json!({"encoder": chain(encoder), "decoder": decoder, "source": source})
    };
    let identity = [("identity", json!({}))];
    let (text, help) = refused(&[("encoder_decoder", halves(&identity, 5))], &[5, 4]);
    assert!(text.contains("wants more steps than its source=5") && help.is_some(), "{text}");
    let pooled = [("pool_over_time", json!({}))];
    let (text, _) = refused(&[("encoder_decoder", halves(&pooled, 3))], &[5, 4]);
    assert!(
        text.contains("an encoder that gives a sequence") && text.contains("gives 4"),
        "{text}"
    );
    let wide = [("dense", json!({"units": 6}))];
    let (text, _) = refused(&[("encoder_decoder", halves(&wide, 3))], &[5, 4]);
    assert!(text.contains("as many features as the encoder's output has, 6"), "{text}");
    // Inside of a residual, a decoder still finds its encoder.
    let inner = chain(&[("transformer_decoder", json!({"heads": 1}))]);
    let decoder = chain(&[("residual", json!({"body": inner}))]);
    let options = json!({"encoder": chain(&identity), "decoder": decoder, "source": 2});
    assert_eq!(
        chain(&[("encoder_decoder", options)]).shapes([5, 4].into()).unwrap(),
        [[3, 4].into()]
    );
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    for (name, options, part) in [
        (
            "embedding",
            json!({"num_embeddings": 5, "dim": 2, "padding_idx": 5}),
            "from 0 to 4, not 5",
        ),
        (
            "embedding_bag",
            json!({"num_embeddings": 5, "dim": 2, "mode": "max", "scale_grad_by_freq": true}),
            "does not go with mode=\"max\"",
        ),
        ("lstm", json!({"hidden": 2, "bias": false, "forget_bias": 1}), "needs biases"),
        ("rnn", json!({"hidden": 2, "nonlinearity": "gelu"}), "\"tanh\" or \"relu\""),
        ("pool_over_time", json!({"mode": "min"}), "\"mean\" or"),
    ] {
        let named = options.as_object().unwrap().clone().into_iter().collect();
        let error = LayerSpec::from_arguments(name, vec![], named).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn an_index_that_is_no_row_is_refused_with_its_place() {
    for name in ["embedding", "embedding_bag"] {
        for (wrong, shown) in [(5.0, "5"), (-1.0, "-1"), (1.5, "1.5"), (f32::NAN, "NaN")] {
            let network = built(&[(name, json!({"num_embeddings": 5, "dim": 2}))], &[3]);
            let x = Tensor::new([2, 3], vec![0.0, 4.0, 1.0, 2.0, 3.0, wrong]).unwrap();
            let error = network.predict(&x).unwrap_err().to_string();
            let part = format!("sample 1, step 2: {shown} is not an index of a table of 5 rows");
            assert!(error.contains(&part), "{error}");
        }
    }
}

#[test]
fn a_frozen_table_is_not_trained() {
    let network =
        built(&[("embedding", json!({"num_embeddings": 5, "dim": 2, "freeze": true}))], &[3]);
    assert_eq!((network.parameters().count(), network.parameters().trained_count()), (10, 0));
}

#[test]
fn specifications_survive_json_and_print_as_they_were_written() {
    let gelu = json!({"gelu": {"approximate": "none"}});
    let encoder = chain(&[("embedding", json!({"num_embeddings": 9, "dim": 4, "padding_idx": 0}))]);
    let decoder = chain(&[("transformer_decoder", json!({"heads": 2, "activation": gelu}))]);
    let spec = chain(&[
        ("encoder_decoder", json!({"encoder": encoder, "decoder": decoder, "source": 3})),
        ("rnn", json!({"hidden": 3, "nonlinearity": "relu"})),
        ("multihead_attention", json!({"heads": 3, "causal": true})),
        ("pool_over_time", json!({"mode": "last"})),
    ]);
    assert_eq!(
        spec.to_string(),
        "encoder_decoder(embedding(9, 4, padding_idx=0), transformer_decoder(2, \
        activation=gelu(approximate=\"none\")), source=3) \
         -> rnn(3, nonlinearity=\"relu\") -> multihead_attention(3, causal=true) -> pool_over_time(\"last\")"
    );
    let json = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<NetworkSpec>(&json).unwrap(), spec);
}
