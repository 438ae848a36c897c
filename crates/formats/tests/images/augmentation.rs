//! Augmented images: pixels equal torchvision's, are the same for the same seed, epoch and sample, and only training
//! has them.

use crate::support::{bytes, expected, file, planes};
use relume_catalog::Value;
use relume_datasets::augmentations::Image;
use relume_datasets::{
    AugmentationSpec, Batch, Batches, Dataset, Loader, Pixels, Preparation, Split, Targets,
};
use relume_formats::DataSpec;
use relume_tensor::{Rng, threads};
use serde_json::json;

fn augmentation(name: &str, positional: Value, named: Value) -> AugmentationSpec {
    let positional = positional.as_array().unwrap().clone();
    let named = named.as_object().unwrap().clone().into_iter().collect();
    AugmentationSpec::from_arguments(name, positional, named).unwrap()
}

/// The fixture's picture, varied with a generator or brought to its size without one.
fn varied(spec: &AugmentationSpec, rng: Option<&mut Rng>) -> ([usize; 3], Vec<u8>) {
    let (shape, mut pixels) = planes(&expected()["files"]["rgb.png"]["rgb"]);
    let mut spare = Vec::new();
    let mut image = Image::new(shape, &mut pixels, &mut spare);
    let stage = spec.inner().stage().images().unwrap();
    match rng {
        Some(rng) => stage.vary(&mut image, rng),
        None => stage.settle(&mut image),
    }
    let shape = image.shape();
    (shape, pixels)
}

#[test]
fn a_random_crop_is_a_part_of_the_padded_image_and_every_part_comes_up() {
    for mode in ["constant", "edge", "reflect"] {
        let ([channels, height, width], padded) = planes(&expected()["padded"][mode]);
        let size = [8, 10];
        let options = json!({"padding": [2, 3], "fill": 7, "padding_mode": mode});
        let crop = augmentation("randomcrop", json!([size]), options);
        let places = [height - size[0] + 1, width - size[1] + 1];
        let mut seen = vec![0; places[0] * places[1]];
        for seed in 0..2000 {
            let mut rng = Rng::new(seed);
            let [top, left] = places.map(|count| rng.below(count));
            seen[top * places[1] + left] += 1;
            let mut wanted: Vec<u8> = Vec::new();
            for row in 0..channels * size[0] {
                let (channel, y) = (row / size[0], row % size[0] + top);
                wanted.extend(&padded[(channel * height + y) * width + left..][..size[1]]);
            }
            let (shape, own) = varied(&crop, Some(&mut Rng::new(seed)));
            assert_eq!(shape, [channels, size[0], size[1]]);
            assert_eq!(own, wanted, "{mode} {top} {left}");
        }
        // 54 places, 37 times each: five standard deviations are 30.
        assert!(seen.iter().all(|&n| (7..=67).contains(&n)), "{seen:?}");
    }
}

#[test]
fn where_nothing_is_trained_the_middle_is_cut_out_as_torchvision_does() {
    for (size, wanted) in expected()["middle"].as_object().unwrap() {
        let size: Vec<usize> = size.split(' ').map(|n| n.parse().unwrap()).collect();
        let crop = augmentation("randomcrop", json!([size]), json!({"padding": [2, 3]}));
        assert_eq!(varied(&crop, None), planes(wanted), "{size:?}");
    }
}

#[test]
fn a_flip_exchanges_left_and_right_of_its_share_of_images() {
    let (shape, plain) = planes(&expected()["files"]["rgb.png"]["rgb"]);
    let flipped: Vec<u8> =
        plain.chunks(shape[2]).flat_map(|row| row.iter().rev().copied()).collect();
    let flip = augmentation("randomflip", json!([0.25]), json!({}));
    let mut flips = 0;
    for seed in 0..2000 {
        let (_, own) = varied(&flip, Some(&mut Rng::new(seed)));
        assert!(own == plain || own == flipped);
        flips += usize::from(own == flipped);
    }
    // 500 are expected; five standard deviations are 97.
    assert!((403..=597).contains(&flips), "{flips}");
    assert_eq!(varied(&flip, None).1, plain);
    assert_eq!(
        augmentation("randomhorizontalflip", json!([]), json!({})).to_string(),
        "randomflip"
    );
}

/// 40 random images of 3 x 12 x 12, 32 of them to train on.
fn set() -> Dataset {
    let mut rng = Rng::new(1);
    let bytes = (0..40 * 432).map(|_| rng.below(256) as u8).collect();
    let labels = (0..40).map(|i| i % 2).collect();
    let targets = Targets::Classes { names: vec!["a".into(), "b".into()], labels };
    let pixels = Pixels::new([3, 12, 12], bytes).unwrap();
    Dataset::from_pixels(
        "set",
        pixels,
        targets,
        Split::every(40, 5),
        Preparation::scaled(1.0 / 255.0),
    )
    .unwrap()
}

fn augmented() -> Dataset {
    set()
        .augmented(augmentation("randomcrop", json!([10]), json!({"padding": 2})))
        .unwrap()
        .augmented(augmentation("randomflip", json!([]), json!({})))
        .unwrap()
}

fn epoch(data: &Dataset, seed: u64, epoch: u64) -> Batches {
    Batches::for_training(data.train(), 7, seed, epoch)
}

fn numbers(batches: impl Iterator<Item = Result<Batch, relume_datasets::DataError>>) -> Vec<f32> {
    batches.flat_map(|batch| batch.unwrap().inputs.to_tensor().unwrap().data().to_vec()).collect()
}

#[test]
fn augmentation_belongs_to_seed_epoch_and_sample_and_to_training_alone() {
    let data = augmented();
    assert_eq!(
        data.to_string(),
        "set: 40 samples · input 3 x 10 x 10 · 2 classes · 32 train / 8 test · trained on through randomcrop(10, \
        padding=2) -> randomflip"
    );
    let all = numbers(epoch(&data, 1, 0));
    assert_eq!(all, numbers(epoch(&data, 1, 0)));
    for (seed, other) in [(1, 1), (2, 0)] {
        assert_ne!(all, numbers(epoch(&data, seed, other)));
    }
    // In another place of the epoch, and in batches of another size, a sample is the same.
    let mut rest = epoch(&data, 1, 0);
    rest.skip_batches(3);
    assert_eq!(numbers(rest), all[3 * 7 * 300..]);
    assert_eq!(numbers(Batches::for_training(data.train(), 5, 1, 0)), all);
    // Samples that are not trained on get the centre crop, whatever the seed.
    let plain = set().inputs().unwrap();
    let middle = data.inputs().unwrap();
    for (own, whole) in middle.data().chunks(10).zip(0..) {
        let (image, row) = (whole / 10, whole % 10 + 1);
        assert_eq!(own, &plain.data()[(image * 12 + row) * 12 + 1..][..10]);
    }
    assert_eq!(numbers(Batches::in_order(data.all(), 40)), middle.data());
}

#[test]
fn neither_threads_nor_a_thread_of_its_own_change_a_number() {
    let data = augmented();
    let all = numbers(epoch(&data, 3, 2));
    for count in [1, 2, 5] {
        threads::set_threads(count).unwrap();
        assert_eq!(threads::run(|| numbers(epoch(&data, 3, 2))), all, "{count} threads");
        assert_eq!(numbers(Loader::direct(epoch(&data, 3, 2))), all);
        let mut loader = Loader::ahead(epoch(&data, 3, 2));
        let mut own = Vec::new();
        while let Some(batch) = loader.next() {
            let batch = batch.unwrap();
            own.extend_from_slice(batch.inputs.to_tensor().unwrap().data());
            loader.recycle(batch);
        }
        assert_eq!(own, all, "{count} threads");
    }
    // A loader that is dropped early does not block its owner.
    drop(Loader::ahead(epoch(&data, 3, 2)));
    let mut left = Loader::ahead(epoch(&data, 3, 2));
    assert!(left.next().is_some());
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_in_its_batch_and_the_last_one() {
    let folder = crate::support::Folder::new()
        .with("a/1.png", &file("rgb.png"))
        .with("a/2.png", &file("rgb.png"))
        .with("a/3.png", &file("rgb.png"));
    let data = folder.load(json!({"memory": 0})).unwrap();
    std::fs::remove_file(folder.path().join("a/2.png")).unwrap();
    let mut loader = Loader::new(Batches::in_order(data.train(), 1));
    let first = loader.next().unwrap().unwrap();
    let (_, wanted) = planes(&expected()["files"]["rgb.png"]["rgb"]);
    assert_eq!(bytes(first.inputs.to_tensor().unwrap().data()), wanted);
    let error = loader.next().unwrap().unwrap_err();
    assert!(error.to_string().contains("2.png"), "{error}");
    assert!(loader.next().is_none());
}

#[test]
fn what_cannot_be_augmented_is_refused() {
    let crop = |size: i64, named: Value| augmentation("randomcrop", json!([size]), named);
    let error = set().augmented(crop(17, json!({"padding": 2}))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "randomcrop(17, 17) is larger than the image with its padding, 16 x 16"
    );
    let reflect = json!({"padding": 12, "padding_mode": "reflect"});
    assert!(set().augmented(crop(10, reflect)).is_err());
    // A second crop sees what the first one leaves.
    let once = set().augmented(crop(8, json!({}))).unwrap();
    assert!(once.augmented(crop(9, json!({}))).is_err());
    let iris = DataSpec::from_arguments("iris", vec![], vec![]).unwrap().inner().load().unwrap();
    let error = iris.augmented(augmentation("randomflip", json!([]), json!({}))).unwrap_err();
    assert_eq!(error.to_string(), "randomflip varies images, and iris holds rows of numbers");
    assert!(error.help().unwrap().contains("digits(image=true)"));
    let wrong = AugmentationSpec::from_arguments("randomflip", vec![1.5.into()], vec![]);
    assert!(wrong.is_err());
}
