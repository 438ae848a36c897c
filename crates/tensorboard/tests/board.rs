//! The observer: what it writes of a training, and that training is the same with it.

use prost::Message;
use relume_formats::{Digits, Moons, Source};
use relume_layers::{Network, NetworkSpec};
use relume_tensorboard::{Board, BoardOptions, Ending, network_graph};
use relume_training::{
    EarlyStop, Interrupt, Model, Moment, Observer, Observers, Outcome, Plan, Run, Silent,
    TrainError, fit,
};
use std::path::{Path, PathBuf};

fn options(folder: &Path, data: relume_datasets::Dataset) -> BoardOptions {
    let statement = Some("train net on digits".to_string());
    let folder = folder.to_path_buf();
    BoardOptions { folder, network: "net".to_string(), statement, is_chosen: true, data }
}

/// A board that may not warn.
fn board(folder: &Path, data: relume_datasets::Dataset) -> Board {
    Board::new(options(folder, data), |text| panic!("{text}"))
}

fn model(network: &str) -> Model {
    Model::new(network.parse().unwrap(), 7)
}

fn bits(model: &Model) -> Vec<u32> {
    let parameters = model.network().unwrap().parameters().iter();
    parameters.flat_map(|(_, own)| own.value.data().to_vec()).map(f32::to_bits).collect()
}

/// What is read of an event: its step, and the tags of its summary with their values.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, tag = "2")]
    simple_value: f32,
}

/// The values of all events of a folder: step, tag, value.
fn values(folder: &Path) -> Vec<(i64, String, f32)> {
    let mut found = Vec::new();
    for file in files(folder) {
        let all = std::fs::read(file).unwrap();
        let mut rest = &all[..];
        while let Some((length, _)) = rest.split_first_chunk::<8>() {
            let length = u64::from_le_bytes(*length) as usize;
            let event = Event::decode(&rest[12..12 + length]).unwrap();
            for value in event.summary.into_iter().flat_map(|own| own.value) {
                found.push((event.step, value.tag, value.simple_value));
            }
            rest = &rest[12 + length + 4..];
        }
        assert!(rest.is_empty(), "half a record");
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_training_has_the_same_bits_with_events_as_without() {
    let data = Digits::new().load().unwrap();
    for accumulate in [1, 3] {
        let plan = Plan { accumulate, batch: 128, clip: Some(0.5), ..Plan::for_data(&data, 2) };
        let network = "dense(16) -> batchnorm -> relu -> dropout(0.2) -> dense(10)";
        let mut plain = model(network);
        fit(&mut plain, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut board = board(folder.path(), data.clone());
        let mut shown = model(network);
        fit(&mut shown, &data, &plan, &mut board, &Interrupt::default()).unwrap();
        board.finish(Ending::Success);
        assert_eq!(bits(&plain), bits(&shown));
        assert_eq!(plain.run(), shown.run());
        assert!(values(folder.path()).len() > 24);
    }
}

#[test]
fn the_figures_of_all_steps_and_epochs_are_there() {
    let data = Digits::new().load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { batch: 200, ..Plan::for_data(&data, 2) };
    let mut board = board(folder.path(), data.clone());
    let mut model = model("dense(16) -> relu -> dense(10)");
    fit(&mut model, &data, &plan, &mut board, &Interrupt::default()).unwrap();
    board.finish(Ending::Success);
    let values = values(folder.path());
    let of = |tag: &str| -> Vec<(i64, f32)> {
        let own = values.iter().filter(|(_, own, _)| own == tag);
        own.map(|(step, _, value)| (*step, *value)).collect()
    };
    // 1,437 train samples in batches of 200.
    let steps: Vec<i64> = of("train/loss").iter().map(|own| own.0).collect();
    assert_eq!(steps, (1..=16).collect::<Vec<i64>>());
    let history = &model.run().history.epochs;
    let expected = |figure: fn(&relume_training::EpochRecord) -> f32| {
        history.iter().map(|own| (own.epoch as i64 * 8, figure(own))).collect::<Vec<_>>()
    };
    assert_eq!(of("train/epoch_loss"), expected(|own| own.loss));
    assert_eq!(of("train/accuracy"), expected(|own| own.metric));
    assert_eq!(of("test/loss"), expected(|own| own.test_loss.unwrap()));
    assert_eq!(of("test/accuracy"), expected(|own| own.test_metric.unwrap()));
    assert_eq!(of("validation/loss"), []);
    assert!(of("train/lr").iter().all(|&(_, lr)| lr == 0.001));
    // The first and the last epoch always have histograms and images.
    for tag in ["weights/0.weight", "gradients/0.weight", "gradients/2.bias", "predictions/test"] {
        let steps: Vec<i64> = of(tag).iter().map(|own| own.0).collect();
        assert_eq!(steps.first(), Some(&8), "{tag}");
    }
    assert_eq!(of("weights/2.bias").last().map(|own| own.0), Some(16));
    let once = ["run/network", "run/plan", "run/statement", "_hparams_/experiment"];
    for tag in
        once.into_iter().chain(["_hparams_/session_start_info", "_hparams_/session_end_info"])
    {
        assert_eq!(of(tag).len(), 1, "{tag}");
    }
}

#[test]
fn several_batches_that_give_a_step_have_one_value_of_a_tag() {
    let data = Digits::new().load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { batch: 200, accumulate: 3, ..Plan::for_data(&data, 2) };
    let mut board = board(folder.path(), data.clone());
    let network = "dense(16) -> relu -> dense(10)";
    fit(&mut model(network), &data, &plan, &mut board, &Interrupt::default()).unwrap();
    let values = values(folder.path());
    for tag in ["train/loss", "train/lr", "train/gradient_norm"] {
        // 8 batches of an epoch are steps of 3, 3 and 2.
        let steps = values.iter().filter(|own| own.1 == tag).map(|own| own.0);
        assert_eq!(steps.collect::<Vec<_>>(), (1..=6).collect::<Vec<i64>>(), "{tag}");
    }
}

#[test]
fn a_training_that_chooses_has_figures_of_the_part_that_was_held_out() {
    let data = Moons::new().load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let stop = Some(EarlyStop { patience: 2, min_delta: 0.0 });
    let plan = Plan { early_stop: stop, ..Plan::for_data(&data, 2) };
    let mut board = board(folder.path(), data.clone());
    let mut model = model("dense(8) -> tanh -> dense(2)");
    fit(&mut model, &data, &plan, &mut board, &Interrupt::default()).unwrap();
    let found = values(folder.path());
    assert_eq!(found.iter().filter(|own| own.1 == "validation/accuracy").count(), 2);
    assert!(!found.iter().any(|own| own.1.starts_with("predictions")), "rows are no images");
}

#[test]
fn a_second_run_takes_a_folder_of_its_own_and_one_that_goes_on_stays() {
    let data = Moons::new().load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("net");
    let train = |model: &mut Model, told: &std::sync::Arc<std::sync::Mutex<Vec<String>>>| {
        let told = told.clone();
        let warn = move |text: &str| told.lock().unwrap().push(text.to_string());
        let mut board = Board::new(options(&own, data.clone()), warn);
        fit(model, &data, &Plan::for_data(&data, 1), &mut board, &Interrupt::default()).unwrap();
    };
    let told = std::sync::Arc::default();
    let mut first = model("dense(2)");
    train(&mut first, &told);
    train(&mut model("dense(2)"), &told);
    train(&mut first, &told);
    assert_eq!(files(folder.path()), [own.clone(), folder.path().join("net-2")]);
    assert_eq!(files(&own).len(), 2);
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("has the events of another run") && told[0].contains("net-2"));
}

#[test]
fn a_folder_that_cannot_be_made_ends_the_training_before_its_first_step() {
    let data = Moons::new().load().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut board = board(&file.path().join("tb"), data.clone());
    let mut model = model("dense(2)");
    let plan = Plan::for_data(&data, 1);
    let error = fit(&mut model, &data, &plan, &mut board, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::Save(_)), "{error}");
    assert_eq!(model.run().step, 0);
}

/// Stops a training after an epoch.
struct Stop(Interrupt);

impl Observer for Stop {
    fn wants_state(&self, moment: Moment, _: &Run) -> bool {
        moment == Moment::Epoch
    }

    fn state(&mut self, _: &Model, _: Moment) -> Result<(), TrainError> {
        self.0.set();
        Ok(())
    }
}

#[test]
fn an_interrupted_training_has_its_epochs() {
    let data = Moons::new().load().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut board = board(folder.path(), data.clone());
    let interrupt = Interrupt::default();
    let mut stop = Stop(interrupt.clone());
    let mut model = model("dense(2)");
    let plan = Plan::for_data(&data, 5);
    let mut both = Observers(vec![&mut board, &mut stop]);
    let outcome = fit(&mut model, &data, &plan, &mut both, &interrupt).unwrap();
    assert_eq!(outcome, Outcome::Interrupted);
    board.finish(Ending::Failure);
    let found = values(folder.path());
    assert_eq!(found.iter().filter(|own| own.1 == "train/epoch_loss").count(), 1);
}

#[test]
fn a_graph_has_a_node_for_each_stage_and_joins_branches() {
    let spec: NetworkSpec =
        "dense(4) -> residual(dense(4) -> relu) -> concat(dense(2), relu)".parse().unwrap();
    let network = Network::build(&spec, 3.into(), 0).unwrap();
    let nodes = network_graph(&network);
    let found: Vec<(&str, Vec<&str>)> = nodes
        .iter()
        .map(|node| (node.name.as_str(), node.inputs.iter().map(String::as_str).collect()))
        .collect();
    let expected: [(&str, &[&str]); 8] = [
        ("input", &[]),
        ("0_dense", &["input"]),
        ("1_residual/body/0_dense", &["0_dense"]),
        ("1_residual/body/1_relu", &["1_residual/body/0_dense"]),
        ("1_residual/out", &["1_residual/body/1_relu", "0_dense"]),
        ("2_concat/branches_0/0_dense", &["1_residual/out"]),
        ("2_concat/branches_1/0_relu", &["1_residual/out"]),
        ("2_concat/out", &["2_concat/branches_0/0_dense", "2_concat/branches_1/0_relu"]),
    ];
    assert_eq!(found, expected.map(|(name, inputs)| (name, inputs.to_vec())));
    let outputs: Vec<Vec<usize>> = nodes.iter().map(|node| node.output.clone().unwrap()).collect();
    assert_eq!(outputs, [[3], [4], [4], [4], [4], [2], [4], [6]].map(|own| own.to_vec()));
    let parameters = |name: &str| {
        let node = nodes.iter().find(|node| node.name == name).unwrap();
        let own = node.attributes.iter().find(|own| own.0 == "parameters");
        own.map(|own| own.1.as_str())
    };
    assert_eq!(parameters("0_dense"), Some("16"));
    assert_eq!(parameters("1_residual/body/0_dense"), Some("20"));
    assert_eq!(parameters("1_residual/out"), Some("20"));
    assert_eq!(parameters("2_concat/branches_0/0_dense"), Some("10"));
    assert_eq!(parameters("2_concat/branches_1/0_relu"), None);
}
