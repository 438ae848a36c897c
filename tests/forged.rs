//! Forged checkpoints, whose checksums match: what they say is checked as at the prompt, before anything is built, and
//! costs no more memory than the file and 64 MiB.
//!
//! The memory of every thread of this program is counted, so it holds a single test.

#[path = "common/counting.rs"]
mod counting;

use relume_formats::DataSpec;
use relume_layers::NetworkSpec;
use relume_serialization::{Checkpoint, Series, TensorKind};
use relume_training::{Interrupt, Model, Plan, Silent, fit, load, save};
use serde_json::{Value, json};
use std::path::Path;

/// What loading a file may take beside the file's own length.
const SPARE: usize = 64 << 20;

/// A model that was trained for an epoch, as a checkpoint.
fn honest(folder: &Path) -> Checkpoint {
    let named = vec![("samples".to_string(), 40.into())];
    let data = DataSpec::from_arguments("moons", vec![], named).unwrap().inner().load().unwrap();
    let spec: NetworkSpec =
        "dense(4) -> batchnorm -> relu -> dropout(0.1) -> dense(2)".parse().unwrap();
    let mut model = Model::new(spec, 1);
    let plan = Plan { batch: 16, ..Plan::for_data(&data, 1) };
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    let path = folder.join("honest.rlm");
    save(&model, &path).unwrap();
    let mut checkpoint = relume_serialization::load(&path).unwrap();
    checkpoint.preparation = Some(json!({ "shift": [0.5], "scale": [2.0] }).to_string());
    relume_serialization::save(&path, &checkpoint).unwrap();
    assert!(load(&path).is_ok());
    checkpoint
}

/// What is wrong with how a checkpoint is refused, for something else than `said` or with too much memory.
fn fault(folder: &Path, what: &str, checkpoint: &Checkpoint, said: &str) -> Option<String> {
    let path = folder.join("forged.rlm");
    relume_serialization::save(&path, checkpoint).unwrap();
    let length = std::fs::metadata(&path).unwrap().len() as usize;
    let (before, begin) = (counting::begin(), std::time::Instant::now());
    let loaded = load(&path);
    let taken = counting::most() - before;
    let refusal = match loaded {
        Ok(_) => "it is loaded".to_string(),
        Err(error) => error.to_string(),
    };
    let is_refused = refusal.starts_with(&*path.to_string_lossy()) && refusal.len() < 2000;
    if begin.elapsed().as_secs() >= 5 {
        return Some(format!("{what}: {:?}", begin.elapsed()));
    }
    if taken > length + SPARE {
        return Some(format!("{what}: {taken} bytes for a file of {length}"));
    }
    (!is_refused || !refusal.contains(said)).then(|| format!("{what}: {refusal}"))
}

/// A text of a checkpoint with one value replaced: `place` is a JSON pointer.
fn replaced(text: &str, place: &str, value: Value) -> String {
    let mut json: Value = serde_json::from_str(text).unwrap();
    let (parent, name) = place.rsplit_once('/').unwrap();
    match json.pointer_mut(parent).unwrap_or_else(|| panic!("{place} in {text}")) {
        Value::Object(fields) => drop(fields.insert(name.to_string(), value)),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other} at {parent}"),
    }
    json.to_string()
}

/// Sizes that would take all memory, and what the refusal says.
fn absurd_sizes() -> Vec<(Value, Value, &'static str)> {
    let layers = |layers: Value| json!({ "layers": layers });
    let dense = |units: u64| json!([{ "dense": { "units": units } }]);
    let lstm = |hidden: u64, count: u64| json!([{ "lstm": { "hidden": hidden, "layers": count } }]);
    let conv = |name: &str, channels: u64| json!([{ name: { "out_channels": channels, "kernel": [30, 30] } }]);
    let nested =
        json!([{ "chain": { "body": { "layers": [{ "dense": { "units": 1_000_000 } }] } } }]);
    vec![
        (layers(dense(1_000_000_000)), json!([2]), "0.weight"),
        (layers(dense(1 << 40)), json!([2]), "numbers of a sample"),
        (layers(nested), json!([2]), "no parameter `0.0.weight`"),
        (
            layers(json!([{ "embedding": { "num_embeddings": 4_000_000_000_u64, "dim": 1000 } }])),
            json!([2]),
            "0.weight",
        ),
        (layers(lstm(100_000_000, 1)), json!([3, 2]), "0.weight_ih_l0"),
        (layers(lstm(2, 1_000_000_000_000)), json!([3, 2]), "1000"),
        (layers(lstm(2, 1000)), json!([3, 2]), "0.weight_ih_l0"),
        (layers(conv("conv2d", 1_000_000)), json!([1, 30, 30]), "0.weight"),
        (layers(conv("conv_transpose2d", 1)), json!([1_000_000, 1, 1]), "0.weight"),
        (layers(json!([{ "batchnorm": {} }])), json!([1_000_000_000]), "0.weight"),
        (
            layers(json!([{ "batchnorm": { "affine": false } }])),
            json!([1_000_000_000]),
            "0.running_mean",
        ),
        (layers(json!([{ "layernorm": {} }])), json!([1_000_000_000]), "0.weight"),
        (layers(json!([{ "sinusoidal_positions": {} }])), json!([10_000, 100_000]), "tensors"),
        (layers(dense(2)), json!([1_u64 << 62, 8]), ""),
        (layers(dense(2)), json!([1, 2, 3, 4, 5, 6, 7]), "axes"),
    ]
}

/// Options that the prompt refuses too: a place in the specification of the network, a value, and what is said.
fn wrong_options() -> Vec<(Value, &'static str)> {
    let of = |name: &str, options: Value| json!({ "layers": [{ name: options }] });
    vec![
        (of("conv2d", json!({ "out_channels": 4, "kernel": [3, 3], "stride": [0, 1] })), "stride"),
        (of("conv2d", json!({ "out_channels": 4, "kernel": [3, 3], "stride": 0 })), "stride"),
        (of("maxpool2d", json!({ "kernel": [0, 0] })), "maxpool2d"),
        (of("dropout", json!({ "p": -0.5 })), "`p`"),
        (of("dropout", json!({ "p": 7 })), "`p`"),
        (of("batchnorm", json!({ "eps": -1.0 })), "`eps`"),
        (of("layernorm", json!({ "eps": "x" })), "`eps`"),
        (of("dense", json!({ "units": 18_446_744_073_709_551_615_u64 })), "`units`"),
        (of("dense", json!({ "units": 1e300 })), "`units`"),
        (of("dense", json!({ "units": 0 })), "`units`"),
        (of("dense", json!({ "units": -1 })), "`units`"),
        (of("dense", json!({ "units": 2.5 })), "`units`"),
        (of("dense", json!({})), "units"),
        (of("dense", json!({ "units": 2, "init": { "normal": { "std": -1 } } })), "std"),
        (of("dense", json!({ "units": 2, "init": { "no_such": {} } })), "no_such"),
        (of("leaky_relu", json!({ "negative_slope": "x" })), "negative_slope"),
        (of("no_such", json!({})), "no_such"),
        (of("chain", json!({ "body": { "layers": [{ "dropout": { "p": 2 } }] } })), "`p`"),
        (of("residual", json!({ "body": { "layers": [{ "chain": { "body": 7 } }] } })), "body"),
        (json!({ "layers": 7 }), "a sequence"),
        (json!({ "layers": [7] }), ""),
    ]
}

/// A change of another text of the file: which text, the place, the value, and what is said.
type Change = (&'static str, &'static str, Value, &'static str);

fn wrong_texts() -> Vec<Change> {
    let nested = (0..40).fold(
        json!({ "constant": {} }),
        |inner, _| json!({ "sequential": { "schedules": [inner], "milestones": [] } }),
    );
    vec![
        ("plan", "/optimizer/adam/lr", json!(-1), "`lr`"),
        ("plan", "/optimizer/adam/betas", json!([2, 3]), "betas"),
        ("plan", "/optimizer/adam/eps", json!(-1e-8), "`eps`"),
        ("plan", "/optimizer", json!({ "no_such": {} }), "no_such"),
        ("plan", "/loss", json!({ "cross_entropy": { "label_smoothing": 2 } }), "label_smoothing"),
        ("plan", "/schedule", json!({ "step": { "every": 0 } }), "every"),
        ("plan", "/schedule", nested, "30 deep"),
        ("plan", "/batch", json!(0), "batch is at least 1"),
        ("plan", "/epochs", json!(u64::MAX), "epochs is at most"),
        ("plan", "/accumulate", json!(0), "accumulate is at least 1"),
        ("plan", "/clip", json!(-1), "clip is a number above 0"),
        ("plan", "/early_stop", json!({ "patience": 0 }), "early_stop is at least 1"),
        ("progress", "/began", json!(9), "contradict"),
        ("progress", "/best", json!({ "epoch": 2, "value": 0.5 }), "best epoch is 2"),
        ("optimizer", "/spec/adam/weight_decay", json!(-1), "weight_decay"),
        ("optimizer", "/spec/adam/groups", json!([{ "group": { "lr": -1 } }]), "lr"),
        ("preparation", "/shift", json!([]), "0 shifts"),
        ("preparation", "/scale", json!([1, 2, 3]), "3 scales"),
        ("preparation", "/rest", json!([null, null]), "rests"),
        (
            "preparation",
            "/raw",
            json!({ "image": { "channels": 1, "size": [0, 4], "augmentations": [] } }),
            "",
        ),
        (
            "preparation",
            "/raw",
            json!({ "image": {
                "channels": "gray",
                "size": [4_000_000_000_u64, 4_000_000_000_u64],
                "augmentations": [],
            } }),
            "",
        ),
        ("network", "/target_scaling", json!({ "mean": [0], "deviation": [0] }), "scale"),
    ]
}

fn changed(honest: &Checkpoint, (text, place, value, _): &Change) -> Checkpoint {
    let mut checkpoint = honest.clone();
    let run = checkpoint.run.as_mut().expect("a run");
    let own = match *text {
        "plan" => &mut run.plan,
        "progress" => &mut run.progress,
        "optimizer" => &mut checkpoint.optimizer.as_mut().expect("an optimizer").spec,
        "preparation" => checkpoint.preparation.as_mut().expect("a preparation"),
        _ => &mut checkpoint.network,
    };
    *own = replaced(own, place, value.clone());
    checkpoint
}

/// A checkpoint with series of watched places and parameters.
fn watched(honest: &Checkpoint, series: &[(&str, &[(u64, f64)])]) -> Checkpoint {
    let mut checkpoint = honest.clone();
    let own = series
        .iter()
        .map(|(name, points)| Series { name: (*name).to_string(), points: points.to_vec() });
    checkpoint.run.as_mut().expect("a run").history.extend(own);
    checkpoint
}

/// What was watched of a parameter at a step: epoch, samples, no gradient, no update, and the ends and the counts of
/// two bins.
fn parameter(step: u64, epoch: f64, [low, high]: [f64; 2]) -> Vec<(u64, f64)> {
    let points = [epoch, 32.0, f64::NAN, f64::NAN, low, high, 2.0, 5.0, 3.0];
    points.into_iter().map(|x| (step, x)).collect()
}

/// Watched steps that contradict each other or the run, which has made its two steps of one epoch, and what is said.
fn wrong_watched(honest: &Checkpoint) -> Vec<(&'static str, Checkpoint, &'static str)> {
    const WEIGHT: &str = "watch.parameter|0.weight";
    const BIAS: &str = "watch.parameter|0.bias";
    let ends = [-1.0, 1.0];
    let right = parameter(1, 1.0, ends);
    let one = |points: &[(u64, f64)]| watched(honest, &[(WEIGHT, points)]);
    let place: Vec<f64> = vec![1.0, 32.0, 0.0, 1.0, 0.5, 0.0, 0.0, f64::NAN, -1.0, 1.0, 1.0, 64.0];
    let place: Vec<(u64, f64)> = place.into_iter().map(|x| (1, x)).collect();
    let stages = [("watch.place|2|relu", &*place), ("watch.place|2|tanh", &*place)];
    let again = [right.clone(), parameter(2, 1.0, ends), right.clone()].concat();
    let other = parameter(1, 2.0, ends);
    vec![
        (
            "a step twice",
            one(&again),
            "step 1 of its series watch.parameter|0.weight is there twice",
        ),
        ("a step after the run", one(&parameter(3, 1.0, ends)), "after the end of its run"),
        ("an epoch after the run", one(&parameter(1, 3.0, ends)), "after the end of its run"),
        ("ends in the wrong order", one(&parameter(1, 1.0, [1.0, -1.0])), "cannot be understood"),
        ("an end that is NaN", one(&parameter(1, 1.0, [f64::NAN, 1.0])), "cannot be understood"),
        ("an infinite end", one(&parameter(1, 1.0, [0.0, 1e300])), "cannot be understood"),
        ("no counts", one(&[&right[..6], &[(1, 0.0)]].concat()), "cannot be understood"),
        ("a place twice", watched(honest, &stages), "watch.place|2|tanh is there twice"),
        (
            "two epochs of a step",
            watched(honest, &[(WEIGHT, &right), (BIAS, &other)]),
            "step 1 of its series watch.parameter|0.bias contradicts",
        ),
    ]
}

/// Halves of a best epoch.
fn wrong_best(honest: &Checkpoint) -> Vec<(&'static str, Checkpoint, &'static str)> {
    let mut weights = honest.clone();
    let best = honest.tensors.iter().cloned().map(|mut own| {
        own.name = format!("best:{}", own.name);
        own
    });
    weights.tensors.extend(best);
    let mut steps = honest.clone();
    let rule = steps.optimizer.as_mut().expect("an optimizer");
    let text: Value = serde_json::from_str(&rule.spec).unwrap();
    rule.spec = replaced(&rule.spec, "/best_steps", text["steps"].clone());
    let best: Vec<_> =
        rule.slots.iter().map(|(name, own)| (format!("best:{name}"), own.clone())).collect();
    rule.slots.extend(best);
    vec![
        ("best weights without their epoch", weights, "weights of a best epoch"),
        ("a best optimizer without weights", steps, "without its weights"),
    ]
}

#[test]
fn forged_files_are_refused_for_what_the_prompt_refuses_and_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let honest = honest(folder);
    let mut faults = Vec::new();
    let mut check = |what: &str, checkpoint: &Checkpoint, said: &str| {
        faults.extend(fault(folder, what, checkpoint, said));
    };
    for (spec, input, said) in absurd_sizes() {
        let network = replaced(&honest.network, "/spec", spec.clone());
        let network = replaced(&network, "/input", input.clone());
        check(&format!("{spec} on {input}"), &Checkpoint { network, ..honest.clone() }, said);
    }
    for (spec, said) in wrong_options() {
        let network = replaced(&honest.network, "/spec", spec.clone());
        check(&spec.to_string(), &Checkpoint { network, ..honest.clone() }, said);
    }
    for change in wrong_texts() {
        let (text, place, value, said) = &change;
        check(&format!("{text} {place} {value}"), &changed(&honest, &change), said);
    }
    for (what, forged, said) in wrong_watched(&honest).into_iter().chain(wrong_best(&honest)) {
        check(what, &forged, said);
    }
    let right = parameter(1, 1.0, [-1.0, 1.0]);
    let path = folder.join("watched.rlm");
    let own = watched(&honest, &[("watch.parameter|0.weight", &right)]);
    relume_serialization::save(&path, &own).unwrap();
    assert_eq!(load(&path).unwrap().run().history.watched.len(), 1);
    let mut swapped = honest.clone();
    swapped.tensors[0].kind = TensorKind::Buffer;
    check("a weight as a buffer", &swapped, "kind");
    let mut fewer = honest.clone();
    drop(fewer.tensors.pop());
    check("a missing bias", &fewer, "4.bias");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
