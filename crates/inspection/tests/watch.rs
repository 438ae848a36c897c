//! `train ... watch=`: its figures are PyTorch's, and it changes nothing.

use relume_datasets::{Dataset, Split, Targets};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_inspection::facts::DataFacts;
use relume_inspection::{Options, TrainingWatch, WatchEvery};
use relume_layers::NetworkSpec;
use relume_optimizers::OptimizerSpec;
use relume_tensor::Tensor;
use relume_training::{
    Bins, EpochRecord, Interrupt, Model, Observer, Observers, Outcome, Plan, Progress, Silent,
    WatchRecord, fit, load, save,
};
use std::sync::Arc;

fn vector(values: impl IntoIterator<Item = f64>) -> Tensor {
    Tensor::vector(&values.into_iter().map(|x| x as f32).collect::<Vec<_>>())
}

fn counts(bins: &Bins) -> Tensor {
    vector(bins.counts.iter().map(|&count| count as f64))
}

fn data(x: Tensor, labels: Vec<usize>, test: usize) -> Dataset {
    let samples = x.dims()[0];
    let targets = Targets::Classes { names: vec!["a".to_string(), "b".to_string()], labels };
    let (train, test) = ((0..samples - test).collect(), (samples - test..samples).collect());
    let split = Split { train, test, ..Split::default() };
    Dataset::new("data", x, targets, split).unwrap()
}

#[test]
fn the_figures_of_a_step_are_pytorchs() {
    check_each(Fixtures::load("watch").iter(), |case: &Case| {
        let x = case.input("x").clone();
        let samples = x.dims()[0];
        let labels = case.input("target").data().iter().map(|&class| class as usize).collect();
        let data = data(x, labels, 0);
        let activation = case.setting()["activation"].as_str().unwrap();
        let spec: NetworkSpec = format!("dense(6) -> {activation} -> dense(2)").parse().unwrap();
        let mut model = Model::new(spec, 1);
        let network = model.build(3.into()).unwrap();
        for (_, parameter) in network.parameters_mut().iter_mut() {
            parameter.value = case.parameter(&parameter.name).clone();
        }
        let options = case.options().clone().into_iter().collect();
        let optimizer = OptimizerSpec::from_arguments(case.op(), vec![], options).unwrap();
        let clip = case.setting().get("clip").and_then(|clip| clip.as_f64());
        let plan = Plan { optimizer, clip, batch: samples, ..Plan::for_data(&data, 1) };
        let mut watch = TrainingWatch::new(WatchEvery::Epochs(1), Options::default());
        fit(&mut model, &data, &plan, &mut watch, &Interrupt::default()).unwrap();
        let [record] = &model.run().history.watched[..] else { panic!("one record") };
        assert_eq!((record.epoch, record.step, record.samples), (1, 1, samples as u64));

        let norms = record.parameters.iter().map(|own| own.gradient.unwrap());
        assert_close(&vector(norms), case.extra_output("norms"), "norms");
        let updates = record.parameters.iter().map(|own| own.update.unwrap());
        assert_close(&vector(updates), case.extra_output("updates"), "updates");
        let own = |name: &str| record.figure(name).unwrap().into_iter().map(|(_, x)| x);
        for name in ["mean", "std", "signal"] {
            assert_close(&vector(own(name)), case.extra_output(name), name);
        }
        let hidden = &record.places[1];
        for (name, share) in [("dead", hidden.dead), ("flat", hidden.flat)] {
            let share = Tensor::scalar(share.unwrap() as f32);
            assert_close(&share, case.extra_output(name), name);
            assert!(own(name).next().unwrap().is_nan(), "a dense layer has no {name} share");
        }
        let first = &record.parameters[0];
        let gradients = first.gradients.as_ref().unwrap();
        let all = [&hidden.outputs, &first.weights, gradients];
        for (bins, name) in all.into_iter().zip(["hidden", "weights", "gradients"]) {
            assert_close(&counts(bins), case.extra_output(name), name);
        }
        let ends = all.iter().flat_map(|bins| [bins.low, bins.high]).collect();
        assert_close(&Tensor::new([3, 2], ends).unwrap(), case.extra_output("ends"), "ends");
    });
}

/// Data of waves, and a network with layers that draw random numbers and keep running means.
fn random() -> (Model, Dataset) {
    let x = Tensor::from_fn([90, 6], |i| (i as f32 * 0.7).sin());
    let data = data(x, (0..90).map(|i| i % 2).collect(), 20);
    let spec = "dense(16) -> batchnorm -> relu -> dropout(0.3) -> dense(2)".parse().unwrap();
    (Model::new(spec, 3), data)
}

fn bits(model: &Model) -> Vec<u32> {
    let parameters = model.network().unwrap().parameters().iter();
    parameters.flat_map(|(_, own)| own.value.data().iter().map(|x| x.to_bits())).collect()
}

/// The bits, the generator's state and the epochs after a training.
fn trained(
    plan: &Plan,
    every: Option<WatchEvery>,
) -> (Vec<u32>, Vec<u64>, Vec<EpochRecord>, usize) {
    let (mut model, data) = random();
    let facts = Some(Arc::new(DataFacts::of(&data).unwrap()));
    let mut watch =
        every.map(|every| TrainingWatch::new(every, Options { facts, ..Options::default() }));
    let mut observer: &mut dyn Observer = &mut Silent;
    if let Some(own) = &mut watch {
        observer = own;
    }
    fit(&mut model, &data, plan, observer, &Interrupt::default()).unwrap();
    let state = model.network().unwrap().rng().state().to_vec();
    let history = model.run().history.clone();
    (bits(&model), state, history.epochs, history.watched.len())
}

#[test]
fn a_training_is_the_same_to_the_bit_whether_it_is_watched_or_not() {
    let (_, data) = random();
    let usual = Plan { batch: 8, ..Plan::for_data(&data, 4) };
    let clipped = Plan { clip: Some(0.01), accumulate: 3, ..usual.clone() };
    let lbfgs = OptimizerSpec::from_arguments("lbfgs", vec![], Default::default()).unwrap();
    let together = Plan { optimizer: lbfgs, batch: 70, ..usual.clone() };
    for (plan, steps) in [(usual, 9), (clipped, 3), (together, 1)] {
        let plain = trained(&plan, None);
        assert_eq!(plain.3, 0);
        for (every, count) in [
            (WatchEvery::Epochs(1), 4),
            (WatchEvery::Epochs(3), 3),
            (WatchEvery::Steps(1), 4 * steps),
        ] {
            let watched = trained(&plan, Some(every));
            assert_eq!((&plain.0, &plain.1, &plain.2), (&watched.0, &watched.1, &watched.2));
            assert_eq!(watched.3, count, "{every:?} of {}", plan.optimizer);
        }
    }
}

/// Pictures of waves.
fn pictures() -> Dataset {
    let x = Tensor::from_fn([60, 2, 9, 9], |i| (i as f32 * 0.37).sin() + (i % 162) as f32 * 1e-3);
    data(x, (0..60).map(|i| i % 2).collect(), 12)
}

const CONVOLUTIONS: &str = "conv2d(8, 3) -> relu -> maxpool2d(2) -> conv2d(6, 2) -> batchnorm -> relu -> flatten -> \
    residual(dense(24) -> tanh) -> dense(2)";

/// The bits after a training on pictures, and what was watched.
fn of_pictures(spec: &str, plan: &Plan, every: Option<WatchEvery>) -> (Vec<u32>, Vec<WatchRecord>) {
    let data = pictures();
    let mut model = Model::new(spec.parse().unwrap(), 3);
    let mut watch = every.map(|every| TrainingWatch::new(every, Options::default()));
    let mut observer: &mut dyn Observer = &mut Silent;
    if let Some(own) = &mut watch {
        observer = own;
    }
    fit(&mut model, &data, plan, observer, &Interrupt::default()).unwrap();
    (bits(&model), model.run().history.watched.clone())
}

#[test]
fn stages_that_run_as_one_operation_and_shards_are_the_same_to_the_bit_too() {
    let usual = Plan { batch: 12, ..Plan::for_data(&pictures(), 3) };
    let shards = Plan { shards: 3, ..usual.clone() };
    let lbfgs = OptimizerSpec::from_arguments("lbfgs", vec![], Default::default()).unwrap();
    let together = Plan { optimizer: lbfgs, batch: 48, ..usual.clone() };
    let sharded_together = Plan { shards: 2, ..together.clone() };
    let sync = CONVOLUTIONS.replace("batchnorm", "batchnorm(sync=true)");
    for (spec, plan) in [
        (CONVOLUTIONS, &usual),
        (CONVOLUTIONS, &Plan { accumulate: 2, ..usual.clone() }),
        (CONVOLUTIONS, &shards),
        (&sync, &shards),
        (CONVOLUTIONS, &together),
        (CONVOLUTIONS, &sharded_together),
    ] {
        let (plain, _) = of_pictures(spec, plan, None);
        let (watched, records) = of_pictures(spec, plan, Some(WatchEvery::Steps(1)));
        assert!(plain == watched, "{spec} with {plan:?}");
        assert!(records.len() >= 3);
        let paths: Vec<&str> = records[0].places.iter().map(|own| own.path.as_str()).collect();
        let wanted = ["0", "1", "2", "3", "4", "5", "6", "7.body.0", "7.body.1", "7", "8"];
        assert_eq!(paths, wanted);
        for own in &records[0].places {
            assert!(own.gradient.is_some_and(|x| x > 0.0) && own.std > 0.0, "{own:?}");
        }
    }
}

#[test]
fn a_shard_has_the_gradients_of_its_mean_loss() {
    let whole = Plan { batch: 48, ..Plan::for_data(&pictures(), 1) };
    let of = |plan: &Plan| of_pictures(CONVOLUTIONS, plan, Some(WatchEvery::Steps(1))).1.remove(0);
    let (one, two) = (of(&whole), of(&Plan { shards: 2, ..whole.clone() }));
    for (a, b) in one.places.iter().zip(&two.places) {
        // Of half as many samples: a mean over them gives each twice the gradient.
        let ratio = b.gradient.unwrap() / a.gradient.unwrap();
        assert!((1.2..3.2).contains(&ratio), "{}: {ratio}", a.path);
    }
}

#[test]
fn what_is_watched_does_not_depend_on_the_number_of_threads() {
    let plan = Plan { batch: 12, ..Plan::for_data(&pictures(), 2) };
    let of = |count: usize| {
        relume_tensor::threads::set_threads(count).unwrap();
        of_pictures(CONVOLUTIONS, &plan, Some(WatchEvery::Steps(1)))
    };
    let one = of(1);
    assert!(one == of(2));
    relume_tensor::threads::set_threads(1).unwrap();
}

#[test]
fn the_places_of_small_batches_are_those_of_32_samples() {
    let plan = Plan { batch: 1, ..Plan::for_data(&pictures(), 1) };
    let (plain, _) = of_pictures("flatten -> dense(8) -> relu -> dense(2)", &plan, None);
    let (watched, records) =
        of_pictures("flatten -> dense(8) -> relu -> dense(2)", &plan, Some(WatchEvery::Epochs(1)));
    assert_eq!(plain, watched);
    assert_eq!(records[0].samples, 32);
    // One sample alone would have no signal, and dead units where its own are off.
    assert!(records[0].places.iter().all(|own| own.signal > 0.0), "{records:?}");
}

#[test]
fn what_was_watched_is_saved_with_the_network() {
    let (mut model, data) = random();
    let plan = Plan { batch: 8, ..Plan::for_data(&data, 3) };
    let mut watch = TrainingWatch::new(WatchEvery::Epochs(1), Options::default());
    fit(&mut model, &data, &plan, &mut watch, &Interrupt::default()).unwrap();
    let folder = std::env::temp_dir().join(format!("relume-watch-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("net.rlm");
    save(&model, &file).unwrap();
    let back = load(&file).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(back.run().history, model.run().history);
    assert_eq!(back.run().history.watched.len(), 3);
}

/// Keeps warnings.
#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn warning(&mut self, text: &str) {
        self.0.push(text.to_string());
    }

    fn epoch(&mut self, _: &Progress, _: &EpochRecord, _: &str) {}
}

#[test]
fn a_finding_is_said_once_with_its_epoch() {
    let (_, data) = random();
    let mut model = Model::new("dense(16) -> relu -> dense(2)".parse().unwrap(), 3);
    for (_, own) in model.build(6.into()).unwrap().parameters_mut().iter_mut() {
        if own.name == "0.bias" {
            own.value = Tensor::full([16], -50.0);
        }
    }
    let plan = Plan { batch: 8, ..Plan::for_data(&data, 5) };
    let mut told = Told::default();
    let mut watch = TrainingWatch::new(WatchEvery::Epochs(1), Options::default());
    let mut both = Observers(vec![&mut told as &mut dyn Observer, &mut watch]);
    let outcome = fit(&mut model, &data, &plan, &mut both, &Interrupt::default()).unwrap();
    assert_eq!(outcome, Outcome::Finished);
    let dead: Vec<&String> = told.0.iter().filter(|text| text.contains("dead_units")).collect();
    assert_eq!(dead.len(), 1, "{:?}", told.0);
    assert!(dead[0].starts_with("epoch 1: dead_units: 16 of 16 units of 1 "), "{dead:?}");
    let dead = model.run().history.watched.iter().map(|own| own.places[1].dead);
    assert_eq!(dead.collect::<Vec<_>>(), [Some(1.0); 5]);
}
