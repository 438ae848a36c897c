//! What a run chooses by the validation part, and how batches become steps.

use crate::common::{
    Watch, bits, model, moons, moons_of, named, optimizer, plan, schedule, sgd, stage,
};
use relume_datasets::{Dataset, Last, Split, Targets};
use relume_layers::NetworkSpec;
use relume_tensor::Tensor;
use relume_training::{
    EarlyStop, Folds, Interrupt, Keep, MetricSpec, Model, Outcome, Plan, Silent, TrainError,
    cross_validate, evaluate, fit, load, save,
};
use serde_json::json;

fn trained(model: &mut Model, data: &Dataset, plan: &Plan) -> (Outcome, Watch) {
    let mut watch = Watch::default();
    let outcome = fit(model, data, plan, &mut watch, &Interrupt::default()).unwrap();
    (outcome, watch)
}

/// A plan whose rate is too large, so that the validation loss jumps about.
fn jumping(data: &Dataset, epochs: u64) -> Plan {
    Plan { keep: Keep::Best, optimizer: sgd(2.0), ..plan(data, epochs) }
}

#[test]
fn the_weights_that_are_left_are_those_of_the_best_epoch() {
    let data = moons().holding_out(0.25, 7);
    let plan = jumping(&data, 12);
    let mut model = model();
    let (_, watch) = trained(&mut model, &data, &plan);
    let losses: Vec<f32> =
        watch.epochs.iter().map(|record| record.validation_loss.unwrap()).collect();
    let least = losses.iter().copied().fold(f32::INFINITY, f32::min);
    let best = losses.iter().position(|&loss| loss == least).unwrap();
    assert!(best + 1 < losses.len(), "the last epoch is not the best: {losses:?}");
    assert_eq!(model.run().best.unwrap().epoch, best as u64 + 1);
    assert_eq!(evaluate(&model, &data.validation(), &plan.loss).unwrap().loss, least);
    assert!(watch.remarks[0].contains(&format!("epoch {}", best + 1)), "{:?}", watch.remarks);
}

/// The best epoch's weights and optimizer are those of a run that ended there, and what follows has the same bits: of
/// the weights in use too, where the optimizer keeps their average.
#[test]
fn training_goes_on_from_the_best_epoch_with_its_optimizer() {
    let data = moons().holding_out(0.25, 7);
    for options in [json!({ "lr": 1.0 }), json!({ "lr": 1.0, "ema": 0.8, "amsgrad": true })] {
        let plan = Plan { optimizer: optimizer("adam", &options), ..jumping(&data, 12) };
        // Without dropout, whose random numbers go on from the last epoch.
        let begin = || Model::new("dense(16) -> relu -> dense(2)".parse().unwrap(), 5);
        let mut best = begin();
        trained(&mut best, &data, &plan);
        let epoch = best.run().best.unwrap().epoch;
        assert!(epoch < 12, "the last epoch is not the best");
        let mut short = begin();
        trained(&mut short, &data, &Plan { epochs: epoch, keep: Keep::Last, ..plan.clone() });
        let state = |model: &Model| model.optimizer().map(relume_optimizers::Optimizer::state);
        let used = |model: &Model| model.in_use().unwrap().parameters().clone();
        assert_eq!(bits(&best), bits(&short));
        assert_eq!(used(&best), used(&short));
        assert_eq!(state(&best), state(&short));
        assert!(state(&best).is_some());
        // A batch holds all samples, so that their order, by which epochs differ, plays no part but for rounding; the
        // steps that the optimizer counts do.
        let all = Plan { batch: 1000, keep: Keep::Last, epochs: 1, ..plan };
        for model in [&mut best, &mut short] {
            trained(model, &data, &all);
        }
        let numbers = |model: &Model| -> Vec<f32> {
            let own = model.network().unwrap().parameters().iter();
            own.flat_map(|(_, own)| own.value.data().to_vec()).collect()
        };
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-4;
        assert!(numbers(&best).iter().zip(&numbers(&short)).all(near));
    }
}

#[test]
fn the_file_of_the_best_weights_has_their_optimizer() {
    let data = moons().holding_out(0.25, 7);
    let plan = Plan { optimizer: optimizer("adam", &json!({ "lr": 0.3 })), ..jumping(&data, 12) };
    let mut straight = model();
    trained(&mut straight, &data, &plan);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("best.rlm");
    let mut half = model();
    let mut watch = Watch { stop_after: Some(85), ..Watch::default() };
    let interrupt = watch.interrupt.clone();
    fit(&mut half, &data, &plan, &mut watch, &interrupt).unwrap();
    save(&half.best().unwrap().unwrap(), &path).unwrap();
    let loaded = load(&path).unwrap();
    let best = half.best().unwrap().unwrap();
    let state = |model: &Model| model.optimizer().unwrap().state();
    assert_eq!((bits(&loaded), state(&loaded)), (bits(&best), state(&best)));
    // An interrupted run that goes on from its file leaves the same optimizer as one that was not.
    save(&half, &path).unwrap();
    let mut half = load(&path).unwrap();
    trained(&mut half, &data, &plan);
    assert_eq!((bits(&half), state(&half)), (bits(&straight), state(&straight)));
}

#[test]
fn the_best_weights_survive_an_interruption_and_a_file() {
    let data = moons().holding_out(0.25, 7);
    let plan = jumping(&data, 12);
    let mut straight = model();
    trained(&mut straight, &data, &plan);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.rlm");
    for batches in [5, 40, 85] {
        let mut model = model();
        let mut watch = Watch { stop_after: Some(batches), ..Watch::default() };
        let interrupt = watch.interrupt.clone();
        fit(&mut model, &data, &plan, &mut watch, &interrupt).unwrap();
        save(&model, &path).unwrap();
        let mut model = load(&path).unwrap();
        trained(&mut model, &data, &plan);
        assert_eq!(bits(&model), bits(&straight), "stopped after {batches} batches");
        assert_eq!(model.run(), straight.run());
    }
}

#[test]
fn a_monitored_metric_is_best_where_it_is_largest() {
    let data = moons().holding_out(0.25, 7);
    let f1 = MetricSpec::from_arguments("f1", vec![], vec![]).unwrap();
    let monitor = Some("validation_f1".to_string());
    let plan = Plan { monitor, metrics: vec![f1.clone()], ..jumping(&data, 8) };
    let mut model = model();
    let (_, watch) = trained(&mut model, &data, &plan);
    let values: Vec<f32> =
        watch.epochs.iter().map(|epoch| epoch.metrics["validation_f1"]).collect();
    let most = values.iter().copied().fold(0.0, f32::max);
    assert_eq!(model.run().best.unwrap().value, f64::from(most));
    assert!(watch.epochs.iter().all(|epoch| epoch.metrics.contains_key("test_f1")));
    assert_eq!(model.run().history.series("validation_f1"), Some(values));
}

#[test]
fn a_choice_by_the_test_part_or_by_an_unknown_figure_is_refused() {
    for (monitor, words) in [
        ("test_loss", "look too good"),
        ("validation_recall", "no such figure"),
        ("accurracy", "no such figure"),
    ] {
        let monitor = Some(monitor.to_string());
        let plan = Plan { monitor, keep: Keep::Best, ..plan(&moons(), 1) };
        let error =
            fit(&mut model(), &moons(), &plan, &mut Silent, &Interrupt::default()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.help().unwrap().contains("validation_loss"));
    }
}

#[test]
fn a_tenth_of_the_train_part_is_held_out_once_if_a_choice_needs_it() {
    let data = moons();
    let stop = Some(EarlyStop { patience: 50, min_delta: 0.0 });
    let stopping = Plan { early_stop: stop, ..plan(&data, 2) };
    let mut model = model();
    let (_, watch) = trained(&mut model, &data, &stopping);
    // 160 train samples: 16 are held out, and 144 are nine batches of 16.
    assert_eq!(watch.batches, 18);
    assert!(watch.epochs.iter().all(|epoch| epoch.validation_loss.is_some()));
    assert!(watch.remarks[0].contains("16 of its 160 train samples"), "{:?}", watch.remarks);
    let held = data.holding_out(0.1, model.seed());
    assert_eq!((held.train().len(), held.validation().len()), (144, 16));
    assert_eq!(held.test().indices(), data.test().indices());
    // Without a choice there is none.
    let (_, watch) = trained(&mut crate::common::model(), &data, &plan(&data, 1));
    assert_eq!((watch.batches, watch.epochs[0].validation_loss), (10, None));
    assert!(watch.remarks.is_empty());
}

/// Noise: what is learned by heart does not help on samples that are held out.
#[test]
fn early_stopping_works_without_a_test_part() {
    let count = 60;
    let inputs = Tensor::from_fn([count, 8], |i| ((i * 7919 % 1009) as f32 * 0.7).sin());
    let labels = (0..count).map(|i| (i * i * 31 / 7) % 2).collect();
    let names = vec!["a".to_string(), "b".to_string()];
    let targets = Targets::Classes { names, labels };
    let data = Dataset::new("noise", inputs, targets, Split::train_only(count)).unwrap();
    let stop = Some(EarlyStop { patience: 5, min_delta: 0.0 });
    let plan = Plan { early_stop: stop, optimizer: sgd(0.5), ..plan(&data, 500) };
    let (outcome, watch) = trained(&mut model(), &data, &plan);
    assert_eq!(outcome, Outcome::StoppedEarly);
    assert!(watch.epochs.len() < 200, "{}", watch.epochs.len());
}

#[test]
fn an_improvement_by_less_than_min_delta_does_not_count() {
    let data = moons().holding_out(0.2, 1);
    let stop = |min_delta| Some(EarlyStop { patience: 2, min_delta });
    let plan = Plan { early_stop: stop(10.0), ..plan(&data, 20) };
    let (outcome, watch) = trained(&mut model(), &data, &plan);
    // The first epoch stays the best: two more, and the run stops.
    assert_eq!((outcome, watch.epochs.len()), (Outcome::StoppedEarly, 3));
}

fn rows(count: usize) -> Dataset {
    let inputs = Tensor::from_fn([count, 2], |i| (i as f32).cos());
    let x = inputs.data().to_vec();
    let values = Tensor::from_fn([count, 1], |i| x[2 * i] - 2.0 * x[2 * i + 1] + 0.5);
    let targets = Targets::Values { names: vec!["y".to_string()], values };
    Dataset::new("rows", inputs, targets, Split::train_only(count)).unwrap()
}

/// `layer = torch.nn.Linear(2, 1)` with weight [[0.5, -0.25]] and bias [0.1], x = `torch.arange(20.).reshape(10, 2)
/// .cos()` and y as in `rows`; five steps of `SGD(lr=0.1, momentum=0.9)`, before each of which the gradients of
/// `mse_loss(layer(x[part]), y[part]) * len(part) / 10` of rows 0 to 3, 4 to 7, 8 and 9 were added up.
#[test]
fn averaged_gradients_of_batches_give_the_steps_of_pytorch() {
    let data = rows(10);
    let momentum = optimizer("sgd", &json!({ "lr": 0.1, "momentum": 0.9 }));
    let weights = |batch, accumulate| {
        let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(1.into()))]), 0);
        let network = model.build(data.sample_shape()).unwrap();
        for (name, values) in [("0.weight", vec![0.5, -0.25]), ("0.bias", vec![0.1])] {
            let id = network.parameters().find(name).unwrap();
            let parameter = network.parameters_mut().get_mut(id);
            parameter.value = Tensor::new(parameter.value.shape(), values).unwrap();
        }
        let plan =
            Plan { batch, accumulate, optimizer: momentum.clone(), ..Plan::for_data(&data, 5) };
        let (_, watch) = trained(&mut model, &data, &plan);
        assert_eq!(watch.batches, 5 * 10usize.div_ceil(batch));
        assert_eq!(model.run().step, 5);
        let parameters = model.network().unwrap().parameters();
        parameters.iter().flat_map(|(_, own)| own.value.data().to_vec()).collect::<Vec<f32>>()
    };
    let expected = [0.172_984_3, -1.676_590_7, 0.678_589_8];
    for (batch, accumulate) in [(4, 3), (2, 5), (10, 1)] {
        let found = weights(batch, accumulate);
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?}");
    }
}

#[test]
fn a_run_that_averages_gradients_stops_between_two_steps_and_goes_on_with_the_same_bits() {
    let plan = Plan { accumulate: 4, ..plan(&moons(), 3) };
    let mut straight = model();
    trained(&mut straight, &moons(), &plan);
    for batches in [2, 4, 9, 15] {
        let mut model = model();
        let mut watch = Watch { stop_after: Some(batches), ..Watch::default() };
        let interrupt = watch.interrupt.clone();
        fit(&mut model, &moons(), &plan, &mut watch, &interrupt).unwrap();
        trained(&mut model, &moons(), &plan);
        assert_eq!(bits(&model), bits(&straight), "asked to stop after {batches} batches");
    }
    let lbfgs = Plan { optimizer: optimizer("lbfgs", &json!({})), ..plan };
    let refused = fit(&mut model(), &moons(), &lbfgs, &mut Silent, &Interrupt::default());
    assert!(matches!(refused, Err(TrainError::Accumulate("lbfgs"))), "{refused:?}");
}

#[test]
fn left_over_samples_are_kept_dropped_or_joined() {
    let data = rows(33);
    let batches = |last| {
        let plan = Plan { batch: 16, last, ..Plan::for_data(&data, 1) };
        let spec = NetworkSpec::new(vec![stage("dense", Some(1.into()))]);
        trained(&mut Model::new(spec, 0), &data, &plan).1.batches
    };
    assert_eq!([Last::Keep, Last::Drop, Last::Join].map(batches), [3, 2, 2]);
}

#[test]
fn a_batch_of_one_is_told_before_the_first_step_where_a_layer_refuses_it() {
    let data = rows(33);
    let layers = || {
        vec![
            stage("dense", Some(4.into())),
            stage("batchnorm", None),
            stage("dense", Some(1.into())),
        ]
    };
    let with = |last| Plan { batch: 32, last, ..Plan::for_data(&data, 1) };
    let mut watch = Watch::default();
    let mut model = Model::new(NetworkSpec::new(layers()), 0);
    let error =
        fit(&mut model, &data, &with(Last::Keep), &mut watch, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::SmallBatch { samples: 33, smallest: 1, .. }), "{error}");
    assert!(error.help().unwrap().contains("last=\"drop\""));
    assert_eq!((watch.batches, model.network().is_none()), (0, true));
    for last in [Last::Drop, Last::Join] {
        let mut model = Model::new(NetworkSpec::new(layers()), 0);
        assert_eq!(trained(&mut model, &data, &with(last)).1.batches, 1);
    }
    let small = Plan { batch: 64, last: Last::Drop, ..Plan::for_data(&data, 1) };
    let mut model = Model::new(NetworkSpec::new(layers()), 0);
    let error = fit(&mut model, &data, &small, &mut Silent, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::NoBatch { samples: 33, batch: 64 }), "{error}");
}

#[test]
fn a_schedule_without_an_end_goes_on_and_one_with_an_end_is_told() {
    let data = moons();
    let rates = |model: &Model| -> Vec<f64> {
        model.run().history.epochs.iter().map(|record| record.lr).collect()
    };
    let step = schedule("step", &json!({ "every": 2, "gamma": 0.5 }));
    let mut model = model();
    trained(&mut model, &data, &Plan { schedule: step, optimizer: sgd(0.1), ..plan(&data, 3) });
    let next = Plan::next(&model, &data, Some(3));
    assert_eq!(Plan::ended_schedule(&model), None);
    trained(&mut model, &data, &next);
    // As in six epochs at once.
    assert_eq!(rates(&model), [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]);
    let cosine = schedule("cosine", &json!({}));
    let mut model = crate::common::model();
    trained(&mut model, &data, &Plan { schedule: cosine, optimizer: sgd(0.1), ..plan(&data, 2) });
    let ended = Plan::ended_schedule(&model).unwrap();
    assert!(ended.contains("cosine") && ended.contains("0.1 from now on"), "{ended}");
    assert_eq!(Plan::next(&model, &data, Some(1)).schedule.to_string(), "constant");
}

#[test]
fn a_cross_validation_gives_mean_and_spread_and_leaves_the_model_alone() {
    let data = moons_of(100);
    let mut model = model();
    trained(&mut model, &data, &plan(&data, 1));
    let before = (bits(&model), model.run().clone());
    let f1 = MetricSpec::from_arguments("f1", vec![], named(&json!({}))).unwrap();
    let plan = Plan { metrics: vec![f1], ..plan(&data, 2) };
    let folds = Folds { count: 4, seed: 3 };
    let validate = || {
        let interrupt = Interrupt::default();
        cross_validate(&model, &data, &plan, folds, &mut Silent, &interrupt).unwrap()
    };
    let result = validate();
    assert_eq!((bits(&model), model.run().clone()), before);
    assert_eq!(result, validate());
    // 80 samples of the train part in four folds; the test part is in none.
    assert_eq!(result.folds.iter().map(|fold| fold.samples).collect::<Vec<_>>(), [20; 4]);
    let figures = result.figures();
    let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names, ["loss", "accuracy", "f1"]);
    for figure in figures {
        let [a, b, c, d] = figure.folds[..] else { panic!("four folds") };
        let mean = (a + b + c + d) / 4.0;
        let squares = [a, b, c, d].map(|x| (x - mean).powi(2)).iter().sum::<f64>();
        assert!((figure.mean - mean).abs() < 1e-12);
        assert!((figure.spread - (squares / 3.0).sqrt()).abs() < 1e-12);
    }
    let stopped = Interrupt::default();
    stopped.set();
    let result = cross_validate(&model, &data, &plan, folds, &mut Silent, &stopped);
    assert!(matches!(result, Err(TrainError::Interrupted)), "{result:?}");
}
