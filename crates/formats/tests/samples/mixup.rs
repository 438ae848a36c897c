//! Mixed batches: shares of the Beta distribution, samples and targets mixed alike, in training only.

use crate::augmentation;
use relume_datasets::augmentations::Mixup;
use relume_datasets::{
    AugmentationSpec, Batch, Batches, Dataset, Pixels, Preparation, Split, Targets,
};
use relume_formats::DataSpec;
use relume_tensor::{Array, Rng, threads};
use serde_json::json;

const DRAWS: usize = 40_000;

fn shares(alpha: f64) -> Vec<f64> {
    let mut rng = Rng::new(11);
    (0..DRAWS).map(|_| f64::from(Mixup { alpha }.share(&mut rng))).collect()
}

#[test]
fn shares_are_of_the_beta_distribution() {
    for alpha in [0.001, 0.05, 0.2, 0.5, 1.0, 1.7, 8.0, 1000.0] {
        let own = shares(alpha);
        assert!(own.iter().all(|share| (0.0..=1.0).contains(share)));
        // Beta(a, a) has mean 1/2, and about it the moments 1 / (4 (2a + 1)) and 3 / (16 (2a + 1) (2a + 3)).
        let moment = |p: i32| own.iter().map(|x| (x - 0.5).powi(p)).sum::<f64>() / DRAWS as f64;
        let second = 1.0 / (4.0 * (2.0 * alpha + 1.0));
        let fourth = 3.0 / (16.0 * (2.0 * alpha + 1.0) * (2.0 * alpha + 3.0));
        let sixth = fourth * 5.0 / (4.0 * (2.0 * alpha + 5.0));
        let eighth = sixth * 7.0 / (4.0 * (2.0 * alpha + 7.0));
        for (own, wanted, variance) in [
            (moment(1), 0.0, second),
            (moment(2), second, fourth - second * second),
            (moment(3), 0.0, sixth),
            (moment(4), fourth, eighth - fourth * fourth),
        ] {
            let error = (variance / DRAWS as f64).sqrt();
            assert!((own - wanted).abs() < 5.0 * error, "{alpha}: {own} against {wanted}");
        }
    }
}

#[test]
fn shares_have_the_distribution_functions_that_are_known() {
    let arcsine = |x: f64| 2.0 / std::f64::consts::PI * x.sqrt().asin();
    let functions: [(f64, &dyn Fn(f64) -> f64); 3] =
        [(0.5, &arcsine), (1.0, &|x| x), (2.0, &|x| x * x * (3.0 - 2.0 * x))];
    for (alpha, function) in functions {
        let own = shares(alpha);
        for at in [0.01, 0.1, 0.3, 0.5, 0.9] {
            let below = own.iter().filter(|&&share| share <= at).count() as f64 / DRAWS as f64;
            let wanted = function(at);
            let error = (wanted * (1.0 - wanted) / DRAWS as f64).sqrt();
            assert!((below - wanted).abs() < 5.0 * error, "{alpha}, {at}: {below} {wanted}");
        }
    }
}

/// 23 rows of 3 numbers, 18 of them to train on.
fn rows(targets: Targets) -> Dataset {
    let inputs = Rng::new(12).normal_tensor([23, 3], 0.0, 1.0);
    Dataset::new("rows", inputs, targets, Split::every(23, 5)).unwrap()
}

fn classes() -> Targets {
    let names = vec!["a".into(), "b".into(), "c".into()];
    Targets::Classes { names, labels: (0..23).map(|i| i % 3).collect() }
}

fn mixed(data: Dataset) -> Dataset {
    data.augmented(augmentation("mixup", json!([1]))).unwrap()
}

fn epoch(data: &Dataset) -> Vec<Batch> {
    Batches::for_training(data.train(), 5, 3, 1).map(Result::unwrap).collect()
}

/// `share` of each row, and the rest of the one before it; those of the first belong to the last.
fn expected(rows: &Array, share: f32) -> Vec<f32> {
    let one = rows.shape().tail(1).count();
    let own = numbers(rows);
    let before = own[own.len() - one..].iter().chain(&own);
    own.iter().zip(before).map(|(own, other)| (1.0 - share) * other + share * own).collect()
}

#[test]
fn samples_are_mixed_with_their_neighbours_and_classes_go_with_them() {
    let plain = epoch(&rows(classes()));
    let mixed = epoch(&mixed(rows(classes())));
    assert_eq!(mixed.len(), 4);
    let mut shares = Vec::new();
    for (plain, own) in plain.iter().zip(&mixed) {
        let mix = own.mixed.as_ref().unwrap();
        assert_eq!(numbers(&own.inputs), expected(&plain.inputs, mix.share));
        assert_eq!(own.targets, plain.targets);
        let mut other = numbers(&plain.targets);
        other.rotate_right(1);
        assert_eq!(numbers(&mix.targets), other);
        shares.push(mix.share);
    }
    shares.dedup();
    assert_eq!(shares.len(), 4, "each batch has a share of its own: {shares:?}");
}

#[test]
fn numbers_to_predict_are_mixed_as_the_samples_are() {
    let values = Rng::new(13).normal_tensor([23, 2], 0.0, 1.0);
    let targets =
        || Targets::Values { names: vec!["x".into(), "y".into()], values: values.clone() };
    // The classes' batches tell the shares, which depend on seed, epoch and batch alone.
    let shares = epoch(&mixed(rows(classes())));
    for ((plain, own), share) in
        epoch(&rows(targets())).iter().zip(epoch(&mixed(rows(targets())))).zip(shares)
    {
        let share = share.mixed.unwrap().share;
        assert_eq!(numbers(&own.inputs), expected(&plain.inputs, share));
        assert_eq!(numbers(&own.targets), expected(&plain.targets, share));
        assert!(own.mixed.is_none());
    }
}

/// The numbers of inputs or targets.
fn numbers(array: &Array) -> Vec<f32> {
    array.to_tensor().unwrap().data().to_vec()
}

/// What a batch holds: inputs, targets, and what is mixed into it, its share first.
fn held(batch: &Batch) -> [Vec<f32>; 3] {
    let mixed = batch.mixed.iter();
    let mixed =
        mixed.flat_map(|mixed| [vec![mixed.share], numbers(&mixed.targets)].concat()).collect();
    [numbers(&batch.inputs), numbers(&batch.targets), mixed]
}

#[test]
fn mixing_belongs_to_seed_epoch_and_batch_and_to_training_alone() {
    // Images through a crop first, in batches that several threads fill.
    let pixels =
        Pixels::new([1, 20, 20], (0..23 * 400).map(|i| (i % 251) as u8).collect()).unwrap();
    let scaled = Preparation::scaled(1.0 / 255.0);
    let images = Dataset::from_pixels("set", pixels, classes(), Split::every(23, 5), scaled)
        .unwrap()
        .augmented(augmentation("randomcrop", json!([18])))
        .unwrap();
    let data = mixed(images.clone());
    assert!(data.to_string().ends_with("trained on through randomcrop(18) -> mixup(1)"), "{data}");
    let all: Vec<_> = epoch(&data).iter().map(held).collect();
    for count in [1, 2, 5] {
        threads::set_threads(count).unwrap();
        let again: Vec<_> = threads::run(|| epoch(&data)).iter().map(held).collect();
        assert_eq!(again, all, "{count} threads");
    }
    let mut rest = Batches::for_training(data.train(), 5, 3, 1);
    rest.skip_batches(2);
    let rest: Vec<_> = rest.map(|batch| held(&batch.unwrap())).collect();
    assert_eq!(rest, all[2..]);
    for (plain, [own, _, mixed]) in epoch(&images).iter().zip(&all) {
        assert_eq!(own, &expected(&plain.inputs, mixed[0]));
    }
    assert_eq!(data.inputs().unwrap(), images.inputs().unwrap());
    let tested = Batches::in_order(data.test(), 3).map(Result::unwrap);
    for (own, plain) in tested.zip(Batches::in_order(images.test(), 3).map(Result::unwrap)) {
        assert_eq!(held(&own), held(&plain));
    }
}

#[test]
fn a_sample_alone_is_mixed_with_itself() {
    let batches = |data: Dataset| Batches::for_training(data.train(), 1, 3, 1).map(Result::unwrap);
    for (own, plain) in batches(mixed(rows(classes()))).zip(batches(rows(classes()))) {
        assert_eq!(own.inputs, plain.inputs);
        assert_eq!(own.mixed.unwrap().targets, plain.targets);
    }
}

#[test]
fn mixup_comes_last_and_takes_no_words() {
    let stages = [("randomflip", json!([])), ("noise", json!([1])), ("mixup", json!([]))];
    for (name, named) in stages {
        let stage = augmentation(name, named);
        let wanted = format!("mixup comes last: {name} cannot follow it");
        let error = mixed(rows(classes())).augmented(stage).unwrap_err();
        assert_eq!(error.to_string(), wanted);
    }
    let folder = tempfile::tempdir().unwrap();
    for (class, text) in [("good", "a fine film"), ("bad", "a dull film")] {
        std::fs::create_dir(folder.path().join(class)).unwrap();
        for i in 0..3 {
            std::fs::write(folder.path().join(class).join(format!("{i}.txt")), text).unwrap();
        }
    }
    let texts = || {
        let path = vec![json!(folder.path())];
        DataSpec::from_arguments("texts", path, vec![]).unwrap().inner().load().unwrap()
    };
    let error = texts().augmented(augmentation("mixup", json!([]))).unwrap_err();
    assert!(error.to_string().contains("mixup varies images and numbers"), "{error}");
    assert!(error.to_string().ends_with("holds indices") && error.help().is_some(), "{error}");
    let refusal = AugmentationSpec::from_arguments("mixup", vec![json!(0)], vec![]);
    let refusal = refusal.unwrap_err().to_string();
    assert!(refusal.contains("`alpha` wants a number from 0.001 to 1000"), "{refusal}");
    assert_eq!(augmentation("mixup", json!([])).to_string(), "mixup");
}
