//! Augmented images, in memory and in files, and mixed batches: the same bits however a run was interrupted and with
//! any number of threads.

use crate::common::{Watch, bits, plan, stage};
use relume_datasets::augmentations::{Mixup, PaddingMode, RandomCrop, RandomFlip};
use relume_datasets::{Batches, DataError, Dataset, Split, Targets};
use relume_formats::DataSpec;
use relume_layers::{LayerSpec, NetworkSpec};
use relume_losses::LossSpec;
use relume_tensor::{Rng, Tensor, threads};
use relume_training::{
    EvaluateOptions, Interrupt, Model, Outcome, Plan, Silent, TrainError, evaluate, evaluate_with,
    fit, load, predict, save,
};
use serde_json::json;
use std::path::Path;

/// 50 images of 3 x 6 x 6 in two classes, bright on the left or on the right.
fn write_images(folder: &Path) {
    let mut rng = Rng::new(4);
    for i in 0..50 {
        let class = i % 2;
        let own = folder.join(["left", "right"][class]);
        std::fs::create_dir_all(&own).unwrap();
        let file = std::fs::File::create(own.join(format!("{i:02}.png"))).unwrap();
        let pixels: Vec<u8> = (0..108)
            .map(|at| {
                let bright = usize::from(at / 3 % 6 >= 3) == class;
                (rng.below(100) + if bright { 150 } else { 0 }) as u8
            })
            .collect();
        let mut encoder = png::Encoder::new(file, 6, 6);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    }
}

/// The images of a folder, kept in memory up to so many MiB.
fn images(folder: &Path, memory: u64) -> Dataset {
    let path = vec![json!(folder)];
    let memory = vec![("memory".to_string(), json!(memory))];
    DataSpec::from_arguments("images", path, memory).unwrap().inner().load().unwrap()
}

fn augmented(data: Dataset) -> Dataset {
    let crop =
        RandomCrop { size: [6, 6], padding: [1, 1], fill: 0, padding_mode: PaddingMode::Constant };
    let cropped = data.augmented(crop.into()).unwrap();
    // The classes are left and right: a flip in ten.
    cropped.augmented(RandomFlip { p: 0.1 }.into()).unwrap()
}

fn fresh() -> Model {
    let conv = LayerSpec::from_arguments("conv2d", vec![4.into(), 3.into()], vec![]).unwrap();
    let layers = vec![
        conv.into(),
        stage("relu", None),
        stage("flatten", None),
        stage("dropout", Some(0.2.into())),
        stage("dense", Some(2.into())),
    ];
    Model::new(NetworkSpec::new(layers), 42)
}

fn trained(data: &Dataset, plan: &Plan) -> Model {
    let mut model = fresh();
    fit(&mut model, data, plan, &mut Silent, &Interrupt::default()).unwrap();
    model
}

#[test]
fn stopping_saving_and_loading_change_nothing_about_augmented_training() {
    let folder = tempfile::tempdir().unwrap();
    write_images(&folder.path().join("set"));
    let path = folder.path().join("model.rlm");
    for memory in [64, 0] {
        let data = || augmented(images(&folder.path().join("set"), memory));
        // 40 train samples are 3 batches.
        let plan = plan(&data(), 5);
        let straight = trained(&data(), &plan);
        for stop in [1, 3, 8, 13] {
            let mut model = fresh();
            let mut watch = Watch { stop_after: Some(stop), ..Watch::default() };
            let interrupt = watch.interrupt.clone();
            let outcome = fit(&mut model, &data(), &plan, &mut watch, &interrupt).unwrap();
            assert_eq!((outcome, watch.batches), (Outcome::Interrupted, stop));
            save(&model, &path).unwrap();
            let mut model = load(&path).unwrap();
            fit(&mut model, &data(), &plan, &mut Silent, &Interrupt::default()).unwrap();
            assert_eq!(bits(&model), bits(&straight), "stopped after {stop} batches");
            assert_eq!(model.run(), straight.run(), "stopped after {stop} batches");
        }
        assert_eq!(straight.preparation().cloned(), data().preparation_in_use());
    }
}

#[test]
fn a_loaded_model_makes_of_a_picture_what_the_data_set_makes_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set");
    write_images(&set);
    let path = folder.path().join("model.rlm");
    let crop =
        RandomCrop { size: [4, 4], padding: [0, 0], fill: 0, padding_mode: PaddingMode::Constant };
    let data = images(&set, 64).augmented(crop.into()).unwrap();
    save(&trained(&data, &plan(&data, 1)), &path).unwrap();
    let model = load(&path).unwrap();
    let read = |given: &str| relume_formats::sample(model.preparation(), given);
    let given = |name: &str| -> Result<Tensor, TrainError> {
        model.shaped(read(&set.join(name).display().to_string())?)
    };
    let inputs = data.inputs().unwrap();
    // Files are in the order of their classes: the first of each.
    assert_eq!(given("left/00.png").unwrap(), inputs.at(0).unwrap());
    assert_eq!(given("right/01.png").unwrap(), inputs.at(25).unwrap());
    assert!(matches!(given("left/none.png"), Err(TrainError::Data(_))));
    assert!(matches!(read("1, 2"), Err(DataError::Read { .. })), "a row is no picture");
}

#[test]
fn neither_threads_nor_where_the_images_are_change_a_bit() {
    let folder = tempfile::tempdir().unwrap();
    write_images(folder.path());
    let all: Vec<_> = [(1, 64), (3, 64), (1, 0), (2, 0)]
        .into_iter()
        .map(|(count, memory)| {
            threads::set_threads(count).unwrap();
            let data = augmented(images(folder.path(), memory));
            bits(&trained(&data, &plan(&data, 3)))
        })
        .collect();
    assert!(all.iter().all(|bits| *bits == all[0]));
    let plain = images(folder.path(), 64);
    assert_ne!(bits(&trained(&plain, &plan(&plain, 3))), all[0]);
}

#[test]
fn augmentation_leaves_the_test_alone() {
    let folder = tempfile::tempdir().unwrap();
    write_images(folder.path());
    let plain = images(folder.path(), 64);
    let data = augmented(plain.clone());
    let plan = plan(&data, 30);
    let model = trained(&data, &plan);
    let [augmented, plain] =
        [&data, &plain].map(|data| evaluate(&model, &data.test(), &plan.loss).unwrap());
    assert_eq!(augmented, plain);
    assert!(plain.metric_value >= 0.9, "{}", plain.metric_value);
}

#[test]
fn variants_count_by_the_mean_of_their_outputs() {
    let folder = tempfile::tempdir().unwrap();
    write_images(folder.path());
    let plain = images(folder.path(), 64);
    // Each variant but the first is mirrored; mixing is only for training.
    let flipped = plain.clone().augmented(RandomFlip { p: 1.0 }.into()).unwrap();
    let flipped = flipped.augmented(Mixup { alpha: 1.0 }.into()).unwrap();
    let plan = plan(&plain, 3);
    let model = trained(&plain, &plan);
    let inputs = plain.test().inputs().unwrap();
    let mirrored = Tensor::from_fn(inputs.shape(), |i| inputs.data()[i - i % 6 + (5 - i % 6)]);
    let [own, other] = [&inputs, &mirrored].map(|inputs| predict(&model, inputs).unwrap().outputs);
    let Targets::Classes { labels, .. } = plain.targets() else { panic!("classes") };
    for variants in [1, 2, 4] {
        let further = EvaluateOptions { variants, ..EvaluateOptions::default() };
        let found = evaluate_with(&model, &flipped.test(), &plan.loss, &further).unwrap();
        let others = (variants - 1) as f64;
        let (mut loss, mut right) = (0.0, 0.0);
        let rows = own.data().chunks_exact(2).zip(other.data().chunks_exact(2));
        for ((own, other), &sample) in rows.zip(plain.test().indices()) {
            let mean = |class: usize| {
                (f64::from(own[class]) + others * f64::from(other[class])) / (others + 1.0)
            };
            let (wanted, rest) = (mean(labels[sample]), mean(1 - labels[sample]));
            loss += (rest - wanted).exp().ln_1p();
            right += f64::from(u8::from(wanted > rest));
        }
        let count = plain.test().len() as f64;
        assert!((f64::from(found.loss) - loss / count).abs() < 1e-5, "{found:?}");
        assert!((f64::from(found.metric_value) - right / count).abs() < 1e-6, "{found:?}");
        assert_eq!((found.variants, found.samples), (variants, 10));
    }
    let mixed = plain.clone().augmented(Mixup { alpha: 1.0 }.into()).unwrap();
    for data in [plain, mixed] {
        let further = EvaluateOptions { variants: 2, ..EvaluateOptions::default() };
        let refused = evaluate_with(&model, &data.test(), &plan.loss, &further);
        assert!(matches!(refused, Err(TrainError::NotVaried(_))), "{refused:?}");
    }
}

#[test]
fn variants_are_the_same_again_and_differ_from_one_another() {
    let folder = tempfile::tempdir().unwrap();
    write_images(folder.path());
    let data = augmented(images(folder.path(), 64));
    let plan = plan(&data, 2);
    let model = trained(&data, &plan);
    let loss = |variants: usize| {
        let further = EvaluateOptions { variants, ..EvaluateOptions::default() };
        evaluate_with(&model, &data.test(), &plan.loss, &further).unwrap().loss.to_bits()
    };
    let losses: Vec<u32> = (1..5).map(loss).collect();
    assert_eq!(losses, (1..5).map(loss).collect::<Vec<_>>());
    let different: std::collections::HashSet<_> = losses.iter().collect();
    assert_eq!(different.len(), 4);
}

#[test]
fn a_file_that_is_gone_stops_training_by_name_and_keeps_what_was_learnt() {
    let folder = tempfile::tempdir().unwrap();
    write_images(folder.path());
    let data = images(folder.path(), 0);
    let mut model = fresh();
    let plan = plan(&data, 2);
    fit(&mut model, &data, &Plan { epochs: 1, ..plan.clone() }, &mut Silent, &Interrupt::default())
        .unwrap();
    let before = bits(&model);
    std::fs::remove_dir_all(folder.path().join("left")).unwrap();
    let error = fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap_err();
    assert!(matches!(error, TrainError::Data(_)), "{error}");
    assert!(error.to_string().contains("left"), "{error}");
    assert_eq!(bits(&model), before);
    assert_eq!(model.run().epoch, 1);
    assert!(model.optimizer().is_some());
}

/// 40 rows of 3 numbers, and the sum of each as its target.
fn sums() -> Dataset {
    let inputs = Rng::new(5).normal_tensor([40, 3], 0.0, 1.0);
    let rows = inputs.data().chunks(3).map(|row| row.iter().sum()).collect();
    let values = Tensor::new([40, 1], rows).unwrap();
    let targets = Targets::Values { names: vec!["sum".to_string()], values };
    Dataset::new("sums", inputs, targets, Split::every(40, 5)).unwrap()
}

fn mixed(data: Dataset, alpha: f64) -> Dataset {
    data.augmented(Mixup { alpha }.into()).unwrap()
}

#[test]
fn stopping_and_threads_change_nothing_about_mixed_training() {
    let folder = tempfile::tempdir().unwrap();
    write_images(folder.path());
    for memory in [64, 0] {
        let data = || mixed(augmented(images(folder.path(), memory)), 0.4);
        let plan = plan(&data(), 3);
        threads::set_threads(1).unwrap();
        let straight = trained(&data(), &plan);
        threads::set_threads(3).unwrap();
        for stop in [1, 3, 5] {
            let mut model = fresh();
            let mut watch = Watch { stop_after: Some(stop), ..Watch::default() };
            let interrupt = watch.interrupt.clone();
            fit(&mut model, &data(), &plan, &mut watch, &interrupt).unwrap();
            fit(&mut model, &data(), &plan, &mut Silent, &Interrupt::default()).unwrap();
            assert_eq!(bits(&model), bits(&straight), "stopped after {stop} batches");
            assert_eq!(model.run(), straight.run(), "stopped after {stop} batches");
        }
        let plain = augmented(images(folder.path(), memory));
        assert_ne!(bits(&trained(&plain, &plan)), bits(&straight));
    }
}

#[test]
fn numbers_are_learnt_from_mixed_rows_and_their_mixed_targets() {
    // Sums of mixed rows are mixed sums: the targets are mixed like the rows, or nothing would be learnt.
    let data = mixed(sums(), 1.0);
    let batch = Batches::for_training(data.train(), 32, 1, 0).next().unwrap().unwrap();
    assert!(batch.mixed.is_none());
    for (row, target) in
        batch.inputs.to_tensor().unwrap().data().chunks(3).zip(batch.targets.numbers())
    {
        assert!((f64::from(row.iter().sum::<f32>()) - target).abs() < 1e-5);
    }
    let net = NetworkSpec::new(vec![stage("dense", Some(1.into()))]);
    let mut model = Model::new(net, 1);
    let plan = Plan { optimizer: crate::common::sgd(0.1), ..plan(&data, 200) };
    fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    assert!(evaluate(&model, &data.test(), &plan.loss).unwrap().loss < 1e-6);
}

#[test]
fn strings_of_labels_cannot_be_mixed() {
    let inputs = Tensor::full([4, 6, 3], 1.0);
    let values = Tensor::new([4, 2], vec![1.0, -1.0, 2.0, 1.0, 1.0, 2.0, 2.0, -1.0]).unwrap();
    let targets =
        Targets::Values { names: vec!["first".to_string(), "second".to_string()], values };
    let data = Dataset::new("strings", inputs, targets, Split::every(4, 2)).unwrap();
    let loss = LossSpec::from_arguments("ctc", vec![], vec![]).unwrap();
    let plan = Plan { loss, ..plan(&data, 1) };
    let model = || Model::new(NetworkSpec::new(vec![stage("dense", Some(3.into()))]), 1);
    let run = |data: &Dataset| {
        fit(&mut model(), data, &plan, &mut Silent, &Interrupt::default()).map(|_| ())
    };
    run(&data).unwrap();
    let error = run(&mixed(data, 0.2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ctc takes strings of labels, which mixup cannot mix, and strings passes through it"
    );
    assert!(error.help().unwrap().contains("timemask"));
}
