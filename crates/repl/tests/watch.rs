//! `train ... watch=` and `inspect ... to=` at the prompt: what is said, kept, drawn and written.

use relume_repl::{Output, Session, Source};

const TRAINED: &str = "set seed=1\nd = iris\nnet = dense(8) -> relu -> dense(3)\n\
    train net on d epochs=6 watch=2\n";

/// What a text prints that runs without a failure.
fn printed(text: &str) -> String {
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    let result = session.run(text, &Source::Pipe);
    result.unwrap_or_else(|failure| panic!("{text}: {:?}", failure.diagnostic));
    captured.results().trim_end().to_string()
}

/// The last line that a text prints after the training.
fn last(text: &str) -> String {
    printed(&format!("{TRAINED}{text}")).lines().last().unwrap_or_default().to_string()
}

#[test]
fn figures_are_values_by_place() {
    assert_eq!(last("net.watch.epoch"), "[1, 2, 4, 6]");
    assert_eq!(last("net.watch.step"), "[3, 7, 15, 23]");
    assert_eq!(last("net.history.update[\"0.weight\"].shape"), "[4]");
    assert_eq!(last("net.history.dead[\"1\"].shape"), "[4]");
    assert_eq!(last("net.watch.outputs[\"1 relu\"].counts.shape"), "[4, 40]");
    // Every number of a weight is in a bin.
    assert_eq!(last("net.watch.weights[\"0.weight\"].counts.sum()"), "128");
    assert_eq!(last("net.watch.gradients[\"2.bias\"].counts[0].sum()"), "3");
    // The norm of an update of adam's first steps is about lr times the square root of the size.
    let update: f64 = last("net.history.update[\"0.weight\"][0]").parse().unwrap();
    assert!((1e-4..1e-1).contains(&update), "{update}");
}

#[test]
fn a_watched_training_prints_the_same_figures() {
    let plain = TRAINED.replace(" watch=2", "");
    assert_eq!(printed(&plain), printed(TRAINED));
    assert_eq!(printed(&plain), printed(&plain.replace("epochs=6", "epochs=6 watch=false")));
}

#[test]
fn drawings_fit_80_columns_and_name_their_lines() {
    for (what, words) in [
        ("net.history.update", &["0.weight", "2.weight", "usual", "epoch"][..]),
        ("net.history.gradient", &["0.weight", "epoch"]),
        ("net.history.dead", &["dead"]),
        ("net.history.signal", &["0", "1", "2"]),
        ("net.watch", &["outputs of net", "1 relu", "░▒▓█", "epoch"]),
        ("net.watch.weights", &["weights of net", "2.weight"]),
        ("net.watch.gradients", &["gradients of net", "0.bias"]),
    ] {
        let drawn = printed(&format!("{TRAINED}plot {what}"));
        for word in words {
            assert!(drawn.contains(word), "{what}: {word} is missing in\n{drawn}");
        }
        assert!(drawn.lines().all(|line| line.chars().count() <= 80), "{drawn}");
    }
}

/// A folder of its own, which is removed at the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("relume-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[test]
fn pictures_and_inspections_are_written_and_replace_only_their_own_kind() {
    let folder = Folder::new("watched");
    let [svg, json, csv] = ["w.svg", "i.json", "units.csv"].map(|name| folder.file(name));
    printed(&format!("{TRAINED}plot net.watch to \"{svg}\""));
    assert!(std::fs::read_to_string(&svg).unwrap().starts_with("<svg"));
    for _ in 0..2 {
        // A file of its own kind is replaced.
        printed(&format!("{TRAINED}inspect net on d to=\"{json}\"\ninspect net on d to=\"{csv}\""));
    }
    let text = std::fs::read_to_string(&json).unwrap();
    let figures: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(figures["type"], "inspection");
    assert_eq!(figures["inspect"]["places"].as_array().unwrap().len(), 3);
    let table = std::fs::read_to_string(&csv).unwrap();
    // A line for each of 8 + 8 + 3 units, after the head.
    assert_eq!(table.lines().count(), 20, "{table}");
    printed(&format!("{TRAINED}inspect net on d stage=1 to=\"{csv}\""));
    let one = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(one.lines().count(), 9, "{one}");
    assert!(table.contains(one.split_once('\n').unwrap().1), "{table}\n{one}");
    let [table, object] = ["h.csv", "h.json"].map(|name| folder.file(name));
    printed(&format!("{TRAINED}save net.history to \"{table}\"\nsave net.history to \"{object}\""));
    let table = std::fs::read_to_string(&table).unwrap();
    assert!(table.starts_with("epoch,loss,test_loss,lr,accuracy,test_accuracy,dead:1,"), "{table}");
    assert_eq!(table.lines().count(), 7);
    let text = std::fs::read_to_string(&object).unwrap();
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(object["history"]["watched"].as_array().unwrap().len(), 4);
    let wrong =
        format!("{TRAINED}inspect net on d to=\"{json}.csv\"\ninspect net on d to=\"{svg}\"");
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    let failure = session.run(&wrong, &Source::Pipe).unwrap_err();
    assert!(failure.diagnostic.message.contains("ends in .json or .csv"), "{failure:?}");
    std::fs::write(&json, "{\"mine\":1}\n").unwrap();
    let failure = session.run(&format!("inspect net on d to=\"{json}\""), &Source::Pipe);
    let failure = failure.unwrap_err();
    assert!(failure.diagnostic.message.contains("holds no inspection"), "{failure:?}");
    assert_eq!(std::fs::read_to_string(&json).unwrap(), "{\"mine\":1}\n");
    drop(captured);
}

#[test]
fn what_a_rule_finds_is_said_with_its_epoch() {
    let text = "set seed=1\nd = iris\nnet = dense(8) -> relu -> dense(3)\n\
        train net on d epochs=4 lr=5 watch=\"1 steps\"";
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    session.run(text, &Source::Pipe).unwrap();
    let said = captured.remarks();
    let found = said.lines().filter(|line| line.contains("epoch 1: rate_too_high: a step changes"));
    assert_eq!(found.count(), 1, "{said}");
}
