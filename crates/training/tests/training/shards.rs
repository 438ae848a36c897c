//! Batches that are cut into shards: the same shards give the same bits on any number of ranks.

use crate::common::{Watch, bits, moons, optimizer, plan, schedule, sgd};
use relume_datasets::augmentations::{Mixup, PaddingMode, RandomCrop};
use relume_datasets::{Dataset, Last, Split, Targets};
use relume_fixtures::{Fixtures, assert_close};
use relume_formats::DataSpec;
use relume_layers::NetworkSpec;
use relume_tensor::{Tensor, threads};
use relume_training::group::{Group, ThreadTransport};
use relume_training::{
    EarlyStop, EvaluateOptions, History, Interrupt, Keep, MetricSpec, Model, Moment, Observer,
    Outcome, Plan, Progress, Run, Saver, Silent, TrainError, evaluate_with, fit, fit_saving,
    predict_part,
};
use serde_json::json;
use std::thread::scope;

/// What each rank of so many gives.
fn on_ranks<R: Send>(ranks: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let work = &work;
    scope(|scope| {
        let one = |transport: ThreadTransport| {
            let group = Group::new(transport);
            // They wait for each other: they must not share the workers of a pool.
            let within = move || group.within(|| work(group.rank()));
            scope.spawn(|| threads::run_alone(within).unwrap())
        };
        let threads: Vec<_> = ThreadTransport::ranks(ranks).into_iter().map(one).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Pictures of one channel in three classes.
fn pictures(samples: usize) -> Dataset {
    let inputs = Tensor::from_fn([samples, 1, 6, 6], |i| ((i * 7 + i / 36) as f32 * 0.37).sin());
    let names = ["a", "b", "c"].map(str::to_string).to_vec();
    let labels = (0..samples).map(|i| (i * i) % 3).collect();
    let targets = Targets::Classes { names, labels };
    Dataset::new("pictures", inputs, targets, Split::every(samples, 4)).unwrap()
}

/// What a training leaves: weights and buffers, history, figures, predictions.
type Left = (Vec<(String, Vec<u32>)>, History, String, Vec<u32>);

fn trained(network: &str, data: &Dataset, plan: &Plan) -> Left {
    let mut model = Model::new(network.parse::<NetworkSpec>().unwrap(), 5);
    fit(&mut model, data, plan, &mut Silent, &Interrupt::default()).unwrap();
    left(&model, data, plan)
}

fn left(model: &Model, data: &Dataset, plan: &Plan) -> Left {
    let metrics = ["f1", "confusion_matrix"];
    let metrics = metrics.map(|name| MetricSpec::from_arguments(name, vec![], vec![]).unwrap());
    let options = EvaluateOptions { metrics: &metrics, ..EvaluateOptions::default() };
    let evaluation = evaluate_with(model, &data.test(), &plan.loss, &options).unwrap();
    let predictions = predict_part(model, &data.train()).unwrap();
    let outputs = predictions.outputs.data().iter().map(|x| x.to_bits()).collect();
    (bits(model), model.run().history.clone(), format!("{evaluation:?}"), outputs)
}

#[test]
fn the_same_shards_give_the_same_bits_on_any_number_of_ranks() {
    let data = pictures(70);
    let digits = vec![("image".to_string(), true.into())];
    let digits =
        DataSpec::from_arguments("digits", vec![], digits).unwrap().inner().load().unwrap();
    let crop =
        RandomCrop { size: [8, 8], padding: [1, 1], fill: 0, padding_mode: PaddingMode::Constant };
    let mixed = digits.augmented(crop.into()).unwrap().augmented(Mixup { alpha: 0.4 }.into());
    let mixed = mixed.unwrap();
    let usual = Plan { shards: 8, ..plan(&data, 2) };
    let plans = [
        ("dense", "flatten -> dense(12) -> relu -> dropout(0.3) -> dense(3)", &data, usual.clone()),
        (
            "convolution",
            "conv2d(2, 3) -> batchnorm -> relu -> flatten -> dense(10)",
            &mixed,
            Plan { epochs: 1, batch: 250, last: Last::Join, ..usual.clone() },
        ),
        (
            "synchronised",
            "conv2d(4, 3) -> batchnorm(sync=true) -> relu -> flatten -> dense(3)",
            &data,
            Plan { batch: 9, ..usual.clone() },
        ),
        (
            "recurrent",
            "reshape([6, 6]) -> lstm(5, output=\"last\") -> dense(3)",
            &data,
            Plan { clip: Some(0.1), accumulate: 2, ..usual.clone() },
        ),
        (
            "attention",
            "reshape([6, 6]) -> transformer_encoder(2, dim_feedforward=8, dropout=0.1) -> flatten -> dense(3)",
            &data,
            Plan { batch: 3, optimizer: optimizer("adam", &json!({"ema": 0.9})), ..usual.clone() },
        ),
        (
            "spread",
            "flatten -> dense(12) -> tanh -> dense(3)",
            &data,
            Plan {
                spread: true,
                optimizer: optimizer("adamw", &json!({"ema": 0.9})),
                keep: Keep::Best,
                early_stop: Some(EarlyStop { patience: 1, min_delta: 0.0 }),
                schedule: schedule("plateau", &json!({})),
                ..usual.clone()
            },
        ),
        (
            "lbfgs",
            "flatten -> dense(5) -> tanh -> dense(3)",
            &data,
            Plan { optimizer: optimizer("lbfgs", &json!({})), ..usual.clone() },
        ),
        (
            "three shards",
            "flatten -> dense(12) -> batchnorm -> relu -> dense(3)",
            &data,
            Plan { shards: 3, batch: 13, ..usual },
        ),
    ];
    for (what, network, data, plan) in plans {
        let alone = trained(network, data, &plan);
        for ranks in [2, 3, 4, 8] {
            for (rank, own) in
                on_ranks(ranks, |_| trained(network, data, &plan)).into_iter().enumerate()
            {
                assert_eq!(own, alone, "{what}: rank {rank} of {ranks}");
            }
        }
    }
}

#[test]
fn the_loss_is_a_mean_over_the_whole_batch_however_it_is_cut() {
    let data = moons();
    let network = "dense(16) -> relu -> dense(2)";
    let plan = plan(&data, 2);
    let whole = trained(network, &data, &plan).1;
    let shards = trained(network, &data, &Plan { shards: 5, ..plan }).1;
    for (whole, shards) in whole.epochs.iter().zip(&shards.epochs) {
        assert!((whole.loss - shards.loss).abs() < 1e-5, "{} and {}", whole.loss, shards.loss);
    }
}

/// Cannot save after the first step, and tells the others, as a session does.
struct Fails;

impl Saver for Fails {
    fn wants(&mut self, moment: Moment, _: &Run) -> bool {
        moment == Moment::Batch
    }

    fn save(&mut self, _: &Model, _: Moment, _: &mut dyn Observer) -> Result<(), TrainError> {
        Err(TrainError::Setting("the disk is full".to_string()))
    }
}

#[test]
fn a_rank_that_fails_between_two_steps_ends_the_others() {
    let data = moons();
    // Gradients of several buckets: some sums are still to come when the first one fails.
    let network = "dense(600) -> relu -> dense(600) -> relu -> dense(600) -> relu -> dense(2)";
    let plan = Plan { shards: 2, ..plan(&data, 1) };
    let errors = on_ranks(2, |_| {
        let mut model = Model::new(network.parse::<NetworkSpec>().unwrap(), 5);
        let interrupt = Interrupt::default();
        let error = fit_saving(&mut model, &data, &plan, &mut Silent, &interrupt, &mut Fails);
        let error = error.unwrap_err().to_string();
        let group = Group::current();
        if group.is_first() {
            group.alarm(&error);
        }
        let ended = group.agree("the end", ()).unwrap().len();
        (error, ended)
    });
    assert_eq!(errors[0], ("the disk is full".to_string(), 2));
    assert_eq!(errors[1], ("rank 0 failed: the disk is full".to_string(), 2));
}

/// Asks to stop after three batches.
#[derive(Default)]
struct Three(usize);

impl Observer for Three {
    fn batch(&mut self, _: &Progress) {
        self.0 += 1;
    }

    fn is_done(&self) -> bool {
        self.0 >= 3
    }
}

#[test]
fn an_observer_stops_ranks_before_the_next_step() {
    let data = moons();
    let plan = Plan { shards: 4, ..plan(&data, 1) };
    let steps = |_| {
        let mut model = Model::new("dense(2)".parse::<NetworkSpec>().unwrap(), 5);
        fit(&mut model, &data, &plan, &mut Three::default(), &Interrupt::default()).unwrap();
        model.run().step
    };
    for ranks in [1, 2, 4] {
        assert_eq!(on_ranks(ranks, steps), vec![3; ranks]);
    }
}

#[test]
fn an_interrupted_training_goes_on_to_the_same_bits_on_another_number_of_ranks() {
    let data = moons();
    let network = "dense(16) -> batchnorm -> dropout(0.2) -> relu -> dense(2)";
    let plan = Plan { shards: 8, spread: true, ..plan(&data, 3) };
    let alone = trained(network, &data, &plan);
    let begun = on_ranks(4, |rank| {
        let mut model = Model::new(network.parse::<NetworkSpec>().unwrap(), 5);
        // One rank alone is asked to stop.
        let stop_after = (rank == 2).then_some(13);
        let mut watch = Watch { stop_after, ..Watch::default() };
        let interrupt = watch.interrupt.clone();
        let outcome = fit(&mut model, &data, &plan, &mut watch, &interrupt).unwrap();
        assert_eq!(outcome, Outcome::Interrupted);
        model
    });
    assert!(begun.iter().all(|own| bits(own) == bits(&begun[0])));
    for ranks in [1, 2, 3] {
        let ended = on_ranks(ranks, |_| {
            let mut model = begun[0].clone();
            let outcome = fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default());
            assert_eq!(outcome.unwrap(), Outcome::Finished);
            left(&model, &data, &plan)
        });
        ended.into_iter().for_each(|own| assert_eq!(own, alone, "{ranks} ranks"));
    }
}

#[test]
fn a_divergence_is_the_same_on_all_ranks() {
    let data = moons();
    let diverging = Plan { shards: 4, optimizer: sgd(1e18), ..plan(&data, 2) };
    let diverge = |network: &str| {
        let mut model = Model::new(network.parse::<NetworkSpec>().unwrap(), 5);
        let result = fit(&mut model, &data, &diverging, &mut Silent, &Interrupt::default());
        match result {
            Err(TrainError::Diverged(divergence)) => (*divergence, bits(&model)),
            other => panic!("{other:?}"),
        }
    };
    let networks =
        ["dense(16) -> relu -> dense(2)", "dense(16) -> batchnorm(sync=true) -> dense(2)"];
    for network in networks {
        let alone = diverge(network);
        for ranks in [2, 4] {
            for own in on_ranks(ranks, |_| diverge(network)) {
                assert_eq!(own, alone, "{network} on {ranks} ranks");
            }
        }
    }
}

#[test]
fn ranks_that_would_train_something_else_are_refused_on_all() {
    let texts = |other: &(dyn Fn(usize, &mut Plan, &mut Dataset) + Sync)| {
        let of_rank = |rank| {
            let mut data = moons();
            let mut plan = Plan { shards: 4, ..plan(&data, 1) };
            other(rank, &mut plan, &mut data);
            let mut model = Model::new("dense(2)".parse::<NetworkSpec>().unwrap(), 5);
            fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap_err()
        };
        let errors: Vec<String> =
            on_ranks(3, of_rank).into_iter().map(|error| error.to_string()).collect();
        assert!(errors.iter().all(|error| *error == errors[0]), "{errors:?}");
        errors[0].clone()
    };
    let error = texts(&|rank, plan, _| plan.batch += rank);
    assert!(error.contains("rank 1") && error.contains("batch"), "{error}");
    let error = texts(&|rank, _, data| {
        if rank == 2 {
            *data = pictures(70);
        }
    });
    assert!(error.contains("rank 2") && error.contains("samples"), "{error}");
}

#[test]
fn a_shard_of_one_sample_is_refused_where_a_layer_takes_none() {
    let data = moons();
    let plan = Plan { shards: 16, ..plan(&data, 1) };
    let mut model = Model::new("batchnorm -> dense(2)".parse::<NetworkSpec>().unwrap(), 5);
    let error = fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::SmallBatch { smallest: 1, .. }), "{error}");
}

#[test]
fn two_ranks_have_the_losses_of_distributed_data_parallel() {
    let fixtures = Fixtures::load("ddp");
    let case = fixtures.iter().next().unwrap();
    let labels = case.input("y").data().iter().map(|&class| class as usize).collect();
    let names = ["a", "b", "c"].map(str::to_string).to_vec();
    let targets = Targets::Classes { names, labels };
    let x = case.input("x").clone();
    let samples = x.dims()[0];
    let split = Split { train: (0..samples).collect(), validation: vec![], test: vec![] };
    let data = Dataset::new("data", x, targets, split).unwrap();
    let momentum = json!({"lr": case.number("lr"), "momentum": case.number("momentum")});
    let epochs = case.number("steps") as u64;
    let optimizer = optimizer("sgd", &momentum);
    let plan = Plan { batch: samples, shards: 2, optimizer, ..plan(&data, epochs) };
    let models = on_ranks(2, |_| {
        let mut model = Model::new("dense(10) -> tanh -> dense(3)".parse().unwrap(), 1);
        let network = model.build(data.sample_shape()).unwrap();
        for (_, parameter) in network.parameters_mut().iter_mut() {
            parameter.value = case.parameter(&parameter.name).clone();
        }
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        model
    });
    for model in models {
        let losses: Vec<f32> = model.run().history.epochs.iter().map(|own| own.loss).collect();
        let wanted = case.extra_output("losses").data();
        for (loss, wanted) in losses.iter().zip(wanted) {
            assert!((loss - wanted).abs() < 1e-5, "{losses:?} instead of {wanted:?}");
        }
        for (_, own) in model.network().unwrap().parameters().iter() {
            let wanted = case.extra_output(&format!("{}_after", own.name));
            assert_close(&own.value, wanted, &own.name);
        }
    }
}
