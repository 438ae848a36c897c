//! Augmented sequences: masks are where torchaudio's are, padding stays padding, and only training has any of it.

use crate::augmentation;
use relume_catalog::Value;
use relume_datasets::augmentations::Numbers;
use relume_datasets::{AugmentationSpec, Batches, Dataset, Pixels, Preparation, Split, Targets};
use relume_formats::DataSpec;
use relume_tensor::{Rng, Tensor, threads};
use serde_json::json;
use std::collections::BTreeMap;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/masks.json");
const DRAWS: u64 = 100_000;

fn vary(spec: &AugmentationSpec, shape: &[usize], values: &[f32], seed: u64) -> Vec<f32> {
    let mut values = values.to_vec();
    let shape = relume_tensor::Shape::new(shape).unwrap();
    let stage = spec.inner().stage().numbers().unwrap();
    stage.check(&shape).unwrap();
    stage.vary(&mut Numbers::new(shape, &mut values), &mut Rng::new(seed));
    values
}

/// Where a mask lies among these, as the fixture names it.
fn place(line: impl Iterator<Item = f32>) -> String {
    let gone: Vec<usize> = line.enumerate().filter(|(_, x)| *x == 0.0).map(|(i, _)| i).collect();
    match (gone.first(), gone.last()) {
        (Some(first), Some(last)) => {
            assert_eq!(last - first + 1, gone.len(), "one mask");
            format!("{first} {}", gone.len())
        }
        _ => "none".to_string(),
    }
}

/// Our counts are torchaudio's, each within five standard errors of the difference.
fn assert_counts(own: &BTreeMap<String, u64>, case: &str) {
    let all: Value = serde_json::from_str(&std::fs::read_to_string(FIXTURE).unwrap()).unwrap();
    let theirs: BTreeMap<String, u64> = serde_json::from_value(all[case].clone()).unwrap();
    assert_eq!(theirs.values().sum::<u64>(), DRAWS);
    for place in own.keys().chain(theirs.keys()) {
        let [own, theirs] = [own, &theirs].map(|counts| *counts.get(place).unwrap_or(&0) as f64);
        let error = (own + theirs).sqrt().max(1.0);
        assert!((own - theirs).abs() < 5.0 * error, "{case}, {place}: {own} against {theirs}");
    }
}

#[test]
fn time_masks_lie_where_torchaudios_do_and_end_before_the_last_frame() {
    // 0.45 of 9 frames, and of the 10 that there are with the last one, are less than five.
    for (case, frames, size, p) in
        [("9 4", 9, 4, 1.0), ("5 5", 5, 5, 1.0), ("7 1", 7, 1, 1.0), ("9 8 0.45", 9, 8, 0.45)]
    {
        let mask = augmentation("timemask", json!([size, 1, p]));
        // One real frame more, which stays, and two of padding.
        let (time, features) = (frames + 3, 2);
        let mut values = vec![1.0; time * features];
        values[(frames + 1) * features..].fill(0.0);
        let mut own = BTreeMap::new();
        for seed in 0..DRAWS {
            let varied = vary(&mask, &[time, features], &values, seed);
            assert_eq!(varied[frames * features..], values[frames * features..]);
            let column = |i: usize| varied.iter().skip(i).step_by(features).take(frames).copied();
            assert!(column(0).eq(column(1)));
            *own.entry(place(column(0))).or_insert(0) += 1;
        }
        assert_counts(&own, case);
    }
}

#[test]
fn frequency_masks_lie_where_torchaudios_do_in_every_frame() {
    for (case, features, size) in [("9 4", 9, 4), ("5 5", 5, 5), ("7 1", 7, 1)] {
        let mask = augmentation("frequencymask", json!([size]));
        let values = vec![1.0; 2 * features];
        let mut own = BTreeMap::new();
        for seed in 0..DRAWS {
            let varied = vary(&mask, &[2, features], &values, seed);
            assert_eq!(varied[..features], varied[features..]);
            *own.entry(place(varied[..features].iter().copied())).or_insert(0) += 1;
        }
        assert_counts(&own, case);
    }
}

#[test]
fn no_sequence_becomes_shorter_and_several_masks_reach_further() {
    // The last real frame has one feature other than 0: a mask over that one leaves it as it is.
    let values = [1.0, 2.0, 3.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0];
    let mask = augmentation("frequencymask", json!([3]));
    let mut untouched = 0;
    for seed in 0..1000 {
        let varied = vary(&mask, &[3, 3], &values, seed);
        assert_eq!(varied[3..], values[3..]);
        untouched += usize::from(varied[..3] == values[..3]);
    }
    // A width below 1 in a third of the draws: five standard deviations of 333 are 75.
    assert!((258..=408).contains(&untouched), "{untouched}");
    let lines = |count: usize| {
        let mask = augmentation("timemask", json!([6, count]));
        let gone =
            |seed| vary(&mask, &[20, 1], &[1.0; 20], seed).iter().filter(|&&x| x == 0.0).count();
        (0..2000).map(gone).sum::<usize>() as f64 / 2000.0
    };
    // Widths 0 to 5, each equally often: 2.5 in the mean, for three masks three times that without what lies on one
    // another.
    let [one, three] = [lines(1), lines(3)];
    assert!((one - 2.5).abs() < 0.2, "{one}");
    assert!(three > 5.5 && three < 7.5, "{three}");
    // All padding, and a single frame: nothing to mask.
    for values in [[0.0; 6], [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]] {
        for seed in 0..50 {
            assert_eq!(
                vary(&augmentation("timemask", json!([3, 4])), &[3, 2], &values, seed),
                values
            );
        }
    }
    assert_eq!(vary(&mask, &[2, 3], &[0.0; 6], 1), [0.0; 6]);
}

#[test]
fn noise_has_the_moments_of_the_normal_distribution_and_leaves_padding() {
    let noise = augmentation("noise", json!([0.3]));
    let n = 60_000;
    let varied = vary(&noise, &[n], &vec![2.0; n], 7);
    let moment =
        |p: i32| varied.iter().map(|&x| (f64::from(x - 2.0) / 0.3).powi(p)).sum::<f64>() / n as f64;
    // Five standard errors of the first four moments of n draws: sqrt(1 / n), sqrt(2 / n), sqrt(15 / n), sqrt(96 / n).
    for (p, wanted, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
        let error = 5.0 * f64::sqrt(variance / n as f64);
        assert!((moment(p) - wanted).abs() < error, "{p}: {}", moment(p));
    }
    // Zeros in a row are numbers; frames of zeros at a sequence's end are padding, before it they are not.
    assert!(vary(&noise, &[4], &[0.0; 4], 1).iter().all(|&x| x != 0.0));
    let varied = vary(&noise, &[4, 2], &[1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0], 1);
    assert!(varied[..6].iter().all(|&x| x != 0.0 && x != 1.0), "{varied:?}");
    assert_eq!(varied[6..], [0.0, 0.0]);
    let silent = augmentation("noise", json!([0]));
    assert_eq!(vary(&silent, &[3], &[1.0, 2.0, 3.0], 1), [1.0, 2.0, 3.0]);
}

/// 40 sequences of up to 30 frames of 8 features, 32 of them to train on.
fn set() -> Dataset {
    let mut rng = Rng::new(1);
    let mut inputs = rng.uniform_tensor([40, 30, 8], 1.0, 2.0);
    for (i, sequence) in inputs.data_mut().chunks_exact_mut(240).enumerate() {
        sequence[(30 - i % 7) * 8..].fill(0.0);
    }
    let labels = (0..40).map(|i| i % 2).collect();
    let targets = Targets::Classes { names: vec!["a".into(), "b".into()], labels };
    Dataset::new("set", inputs, targets, Split::every(40, 5)).unwrap()
}

fn numbers(data: &Dataset, size: usize, seed: u64, epoch: u64) -> Vec<f32> {
    let batches = Batches::for_training(data.train(), size, seed, epoch);
    batches.flat_map(|batch| batch.unwrap().inputs.to_tensor().unwrap().data().to_vec()).collect()
}

#[test]
fn what_is_drawn_belongs_to_seed_epoch_and_sample_and_to_training_alone() {
    let data = ["timemask", "frequencymask", "noise"].into_iter().zip([
        json!([9, 2]),
        json!([4]),
        json!([0.2]),
    ]);
    let data = data.fold(set(), |data, (name, arguments)| {
        data.augmented(augmentation(name, arguments)).unwrap()
    });
    assert_eq!(
        data.to_string(),
        "set: 40 samples · input 30 x 8 · 2 classes · 32 train / 8 test · trained on through timemask(9, count=2) -> \
        frequencymask(4) -> noise(0.2)"
    );
    let all = numbers(&data, 7, 1, 0);
    for (seed, epoch) in [(1, 1), (2, 0)] {
        assert_ne!(all, numbers(&data, 7, seed, epoch));
    }
    assert_eq!(all, numbers(&data, 5, 1, 0));
    assert_eq!(all, numbers(&data, 32, 1, 0));
    for count in [1, 2, 5] {
        threads::set_threads(count).unwrap();
        assert_eq!(threads::run(|| numbers(&data, 32, 1, 0)), all, "{count} threads");
    }
    // The order of the samples is that of the plain set, and their lengths are.
    let plain = numbers(&set(), 7, 1, 0);
    let length = |sequence: &[f32]| sequence.iter().rposition(|&x| x != 0.0).unwrap() / 8;
    for (own, plain) in all.chunks(240).zip(plain.chunks(240)) {
        assert_eq!(length(own), length(plain));
        assert_ne!(own, plain);
    }
    // What is not trained on stays as it is.
    assert_eq!(data.inputs().unwrap(), set().inputs().unwrap());
    assert_eq!(data.test().inputs().unwrap(), set().test().inputs().unwrap());
    let settled: Vec<f32> = Batches::in_order(data.all(), 40)
        .flat_map(|batch| batch.unwrap().inputs.to_tensor().unwrap().data().to_vec())
        .collect();
    assert_eq!(settled, set().inputs().unwrap().data());
}

fn refusal(data: Dataset, name: &str, arguments: Value) -> String {
    let error = data.augmented(augmentation(name, arguments)).unwrap_err();
    format!("{error} | {}", error.help().unwrap_or_default())
}

#[test]
fn samples_of_another_kind_are_refused_by_what_they_are() {
    let iris = || DataSpec::from_arguments("iris", vec![], vec![]).unwrap().inner().load().unwrap();
    iris().augmented(augmentation("noise", json!([]))).unwrap();
    assert_eq!(
        refusal(iris(), "timemask", json!([2])),
        "timemask wants sequences [time, features], not samples of 4 | "
    );
    assert_eq!(
        refusal(set(), "randomflip", json!([])),
        "randomflip varies images, and set holds sequences of numbers | images(\"FOLDER\") and digits(image=true) give \
        images"
    );
    assert_eq!(
        refusal(set(), "timemask", json!([31])),
        "timemask(31) is wider than the samples, which have 30 frames | "
    );
    assert_eq!(
        refusal(set(), "frequencymask", json!([9])),
        "frequencymask(9) is wider than the samples, which have 8 features | "
    );
    let targets = Targets::Values { names: vec!["y".into()], values: Tensor::zeros([1, 1]) };
    let pixels = Pixels::new([1, 2, 2], vec![0; 4]).unwrap();
    let split = Split::every(1, 5);
    let images =
        Dataset::from_pixels("dots", pixels, targets, split, Preparation::scaled(1.0)).unwrap();
    assert_eq!(
        refusal(images, "noise", json!([])),
        "noise varies numbers, and dots holds images | `help augmentations` lists what varies images, such as \
        imagenoise"
    );
    // An index plus noise would be another word.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("films.csv");
    std::fs::write(&file, "user,film,stars\nann,x,1\nbob,y,2\ncid,x,3\nann,y,4\n").unwrap();
    let named = vec![
        ("target".to_string(), json!("stars")),
        ("index".to_string(), json!(["user", "film"])),
    ];
    let rows = DataSpec::from_arguments("csv", vec![json!(file)], named).unwrap();
    let rows = rows.inner().load().unwrap();
    assert_eq!(
        refusal(rows, "noise", json!([])),
        "noise varies numbers, and films holds indices | indices are looked up: add noise to the vectors instead, as \
        in \
         embedding(8) -> gaussian_noise(0.1)"
    );
    for (name, wrong) in [("timemask", json!(0)), ("frequencymask", json!(0)), ("noise", json!(-1))]
    {
        assert!(AugmentationSpec::from_arguments(name, vec![wrong], vec![]).is_err());
    }
}

#[test]
fn recordings_keep_their_lengths_and_their_padding() {
    let folder = tempfile::tempdir().unwrap();
    let tone = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tone.flac");
    for name in ["one_0", "one_1", "one_2", "two_0", "two_1", "two_2"] {
        std::fs::copy(tone, folder.path().join(format!("{name}.flac"))).unwrap();
    }
    let load = |length: Option<usize>| {
        let named = [
            ("pattern", json!("{label}_{index}")),
            ("features", json!(13)),
            ("length", json!(length)),
        ];
        let named = named.map(|(name, value)| (name.to_string(), value)).to_vec();
        let spec = DataSpec::from_arguments("sounds", vec![json!(folder.path())], named);
        spec.unwrap().inner().load().unwrap()
    };
    let own = load(None).sample_shape()[0];
    let plain = load(Some(own + 5));
    let data = plain.clone().augmented(augmentation("timemask", json!([own]))).unwrap();
    let data = data.augmented(augmentation("frequencymask", json!([4]))).unwrap();
    let data = data.augmented(augmentation("noise", json!([]))).unwrap();
    let size = (own + 5) * 13;
    let varied = numbers(&data, 2, 1, 0);
    assert_eq!(varied.len(), data.train().len() * size);
    for (own_sample, plain) in varied.chunks(size).zip(numbers(&plain, 2, 1, 0).chunks(size)) {
        assert_ne!(own_sample, plain);
        assert_eq!(own_sample.iter().rposition(|&x| x != 0.0).unwrap() / 13, own - 1);
        assert!(own_sample[own * 13..].iter().all(|&x| x == 0.0));
    }
}
