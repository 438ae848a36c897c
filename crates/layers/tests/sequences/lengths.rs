//! How lengths are found, kept and dropped.

use super::common::{built, chain};
use relume_layers::{LayerError, Mode, Network, Workspace};
use relume_tensor::{Rng, Tensor};
use serde_json::json;

fn run(network: &mut Network, x: &Tensor, lengths: Option<&[usize]>) -> Result<Tensor, LayerError> {
    let mut workspace = Workspace::inference();
    if let Some(lengths) = lengths {
        workspace.set_lengths(lengths);
    }
    let x = workspace.tape.constant(x.clone());
    let y = network.forward(&mut workspace, x, Mode::Inference)?;
    Ok(workspace.tape.value(y).clone())
}

/// Three samples of four steps whose ends are 9.
fn padded() -> (Tensor, [usize; 3]) {
    let lengths = [4, 1, 3];
    let mut x = Rng::new(1).uniform_tensor([3, 4, 2], -1.0, 1.0);
    for (sample, length) in lengths.iter().enumerate() {
        x.data_mut()[sample * 8..][length * 2..8].fill(9.0);
    }
    (x, lengths)
}

#[test]
fn masking_finds_the_lengths_that_could_have_been_given() {
    let (x, lengths) = padded();
    for (name, options) in [
        ("gru", json!({"hidden": 3, "bidirectional": true})),
        ("multihead_attention", json!({"heads": 1})),
        ("pool_over_time", json!({"mode": "max"})),
    ] {
        let mut plain = built(&[("dropout", json!({})), (name, options.clone())], &[4, 2]);
        let given = run(&mut plain, &x, Some(&lengths)).unwrap();
        let mut masked = built(&[("masking", json!({"value": 9})), (name, options)], &[4, 2]);
        assert_eq!(run(&mut masked, &x, None).unwrap(), given, "{name}");
        assert_ne!(run(&mut plain, &x, None).unwrap(), given, "{name}: padding counts otherwise");
    }
}

/// A batch all of whose samples end before the time does has the states of one without the rest, and zeros after them.
#[test]
fn recurrent_layers_leave_out_what_lies_behind_the_longest_sample() {
    let x = Rng::new(1).uniform_tensor([2, 6, 2], -1.0, 1.0);
    for name in ["rnn", "gru", "lstm"] {
        let options = json!({"hidden": 3, "layers": 2, "bidirectional": true});
        let layer = |time| built(&[(name, options.clone())], &[time, 2]);
        let all = run(&mut layer(6), &x, Some(&[3, 2])).unwrap();
        let cut = run(&mut layer(4), &x.slice(1, 0, 4).unwrap(), Some(&[3, 2])).unwrap();
        assert_eq!(all.slice(1, 0, 4).unwrap(), cut, "{name}");
        assert!(all.slice(1, 3, 6).unwrap().data().iter().all(|&x| x == 0.0), "{name}");
    }
}

/// With as many features as steps, the shape does not tell that the axes have changed places.
#[test]
fn lengths_end_where_time_is_no_longer_the_first_axis() {
    let x = Rng::new(1).uniform_tensor([2, 3, 3], -1.0, 1.0);
    let gru = ("gru", json!({"hidden": 2}));
    let mut turned = built(&[("permute", json!({"axes": [2, 1]})), gru.clone()], &[3, 3]);
    let all = run(&mut turned, &x, None).unwrap();
    assert_eq!(run(&mut turned, &x, Some(&[1, 2])).unwrap(), all);
    let mut kept = built(&[("permute", json!({"axes": [1, 2]})), gru], &[3, 3]);
    assert_ne!(run(&mut kept, &x, Some(&[1, 2])).unwrap(), run(&mut kept, &x, None).unwrap());
}

/// A sample alone, cut to its length, gives what it gives among others.
#[test]
fn a_sample_does_not_notice_its_padding() {
    let (x, lengths) = padded();
    let stages = [
        ("masking", json!({"value": 9})),
        ("lstm", json!({"hidden": 3, "layers": 2, "bidirectional": true})),
        ("transformer_encoder", json!({"heads": 2, "dim_feedforward": 4})),
        ("pool_over_time", json!({})),
    ];
    let all = run(&mut built(&stages, &[4, 2]), &x, None).unwrap();
    for (sample, &length) in lengths.iter().enumerate() {
        let own = x.slice(0, sample, sample + 1).unwrap().slice(1, 0, length).unwrap();
        let alone = run(&mut built(&stages[1..], &[length, 2]), &own, None).unwrap();
        relume_fixtures::assert_close(
            &alone,
            &all.slice(0, sample, sample + 1).unwrap(),
            &format!("sample {sample}"),
        );
    }
}

#[test]
fn padding_inside_of_a_sequence_counts() {
    let stages = [
        ("embedding", json!({"num_embeddings": 5, "dim": 2, "padding_idx": 0})),
        ("pool_over_time", json!({"mode": "sum"})),
    ];
    let mut network = built(&stages, &[4]);
    let x = Tensor::new([1, 4], vec![3.0, 0.0, 2.0, 0.0]).unwrap();
    let id = network.parameters().find("0.weight").unwrap();
    let table = Tensor::from_fn([5, 2], |i| i as f32);
    network.parameters_mut().get_mut(id).value = table;
    // Rows 3, 0 and 2.
    assert_eq!(run(&mut network, &x, None).unwrap().data(), [10.0, 13.0]);
}

#[test]
fn lengths_end_where_the_time_changes_and_outlast_what_goes_around() {
    let (x, lengths) = padded();
    // The mean over features leaves no time; the layers after it do not take features for steps.
    let mut network = built(
        &[("masking", json!({"value": 9})), ("flatten", json!({})), ("dense", json!({"units": 2}))],
        &[4, 2],
    );
    run(&mut network, &x, None).unwrap();
    let inner = chain(&[("gru", json!({"hidden": 2}))]);
    let around = [
        ("residual", json!({"body": inner})),
        ("concat", json!({"branches": [inner, chain(&[("identity", json!({}))])]})),
    ];
    for (name, options) in around {
        let stages = [(name, options), ("pool_over_time", json!({"mode": "last"}))];
        let mut network = built(&stages, &[4, 2]);
        let given = run(&mut network, &x, Some(&lengths)).unwrap();
        assert!(
            given.data().iter().all(|x| x.abs() < 3.0),
            "{name}: no padding comes out: {given:?}"
        );
        assert_ne!(run(&mut network, &x, None).unwrap(), given);
    }
}

#[test]
fn a_sample_of_nothing_but_padding_is_refused_by_its_number() {
    let stages = |name, options| {
        [("embedding", json!({"num_embeddings": 5, "dim": 2, "padding_idx": 0})), (name, options)]
    };
    let x = Tensor::new([2, 3], vec![1.0, 2.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    for (name, options) in [
        ("rnn", json!({"hidden": 2})),
        ("lstm", json!({"hidden": 2})),
        ("multihead_attention", json!({"heads": 1})),
        ("pool_over_time", json!({})),
    ] {
        let error = run(&mut built(&stages(name, options), &[3]), &x, None).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(name) && text.contains("sample 1 of the batch has no step"),
            "{text}"
        );
        assert!(error.help().is_some());
    }
    // A bag may be empty, as in PyTorch.
    let bag = [("embedding_bag", json!({"num_embeddings": 5, "dim": 2, "padding_idx": 0}))];
    assert_eq!(run(&mut built(&bag, &[3]), &x, None).unwrap().data()[2..], [0.0, 0.0]);
}

#[test]
fn lengths_that_do_not_fit_are_refused() {
    let (x, _) = padded();
    let mut network = built(&[("rnn", json!({"hidden": 2}))], &[4, 2]);
    let text = |result: Result<Tensor, LayerError>| result.unwrap_err().to_string();
    let error = text(run(&mut network, &x, Some(&[1, 2])));
    assert_eq!(error, "there are 2 lengths for 3 samples");
    let error = text(run(&mut network, &x, Some(&[1, 5, 2])));
    assert!(
        error.contains("sample 1") && error.contains("5 steps") && error.contains("only 4"),
        "{error}"
    );
    let error = text(run(&mut network, &x, Some(&[1, 2, 0])));
    assert!(error.contains("sample 2 of the batch has no step"), "{error}");
}
