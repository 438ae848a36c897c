//! Flips, gray, erased rectangles and noise against torchvision: pixels where they are determined, means where they are
//! random.

use crate::support::{expected, planes};
use relume_catalog::Value;
use relume_datasets::AugmentationSpec;
use relume_datasets::augmentations::Image;
use relume_tensor::Rng;
use serde_json::json;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/augmentations.json");

fn torchvision() -> Value {
    serde_json::from_str(&std::fs::read_to_string(FIXTURE).unwrap()).unwrap()
}

fn augmentation(name: &str, named: Value) -> AugmentationSpec {
    let named = named.as_object().unwrap().clone().into_iter().collect();
    AugmentationSpec::from_arguments(name, vec![], named).unwrap()
}

fn vary(spec: &AugmentationSpec, shape: [usize; 3], bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let (mut pixels, mut spare) = (bytes.to_vec(), Vec::new());
    let mut image = Image::new(shape, &mut pixels, &mut spare);
    let stage = spec.inner().stage().images().unwrap();
    stage.vary(&mut image, rng);
    assert_eq!(image.shape(), shape);
    pixels
}

/// The mean of our draws is torchvision's, within five standard errors of the difference.
fn assert_mean(own: &[f64], theirs: &Value, column: usize) {
    let number = |name: &str| theirs[name][column].as_f64().unwrap();
    let mean = own.iter().sum::<f64>() / own.len() as f64;
    let draws = theirs["draws"].as_f64().unwrap();
    let error = number("std") * (1.0 / draws + 1.0 / own.len() as f64).sqrt();
    let difference = (mean - number("mean")).abs();
    assert!(difference < 5.0 * error, "{mean} against {}, error {error}", number("mean"));
}

#[test]
fn the_picture_upside_down_and_in_gray_is_torchvisions() {
    let (shape, picture) = planes(&expected()["files"]["rgb.png"]["rgb"]);
    for (name, key) in [("randomverticalflip", "vertical"), ("randomgrayscale", "gray")] {
        let (_, wanted) = planes(&torchvision()[key]);
        assert_ne!(wanted, picture);
        let mut rng = Rng::new(1);
        assert_eq!(vary(&augmentation(name, json!({"p": 1})), shape, &picture, &mut rng), wanted);
        assert_eq!(vary(&augmentation(name, json!({"p": 0})), shape, &picture, &mut rng), picture);
        let some = augmentation(name, json!({"p": 0.3}));
        let changed =
            (0..2000).filter(|_| vary(&some, shape, &picture, &mut rng) == wanted).count();
        // 600 of 2,000: five standard deviations are 102.
        assert!((498..=702).contains(&changed), "{name}: {changed}");
    }
    // One channel is gray already; a row in the middle stays where it is.
    let gray = augmentation("randomgrayscale", json!({"p": 1}));
    assert_eq!(vary(&gray, [1, 1, 2], &[3, 9], &mut Rng::new(1)), [3, 9]);
    assert!(gray.inner().stage().images().unwrap().output([2, 4, 4]).is_err());
    let flip = augmentation("randomverticalflip", json!({"p": 1}));
    let rows = [1, 2, 3, 4, 5, 6];
    assert_eq!(vary(&flip, [1, 3, 2], &rows, &mut Rng::new(1)), [5, 6, 3, 4, 1, 2]);
}

#[test]
fn wiped_out_rectangles_are_as_large_as_torchvisions() {
    let shape @ [channels, height, width] = [2, 24, 32];
    let white = vec![255; channels * height * width];
    for (key, scale) in [("usual", [0.02, 0.33]), ("large", [0.5, 1.0])] {
        let erasing = augmentation("randomerasing", json!({"p": 1, "scale": scale, "value": 7}));
        let mut rng = Rng::new(5);
        let mut sides = [Vec::new(), Vec::new()];
        let mut places = std::collections::BTreeSet::new();
        for _ in 0..20_000 {
            let bytes = vary(&erasing, shape, &white, &mut rng);
            let (first, second) = bytes.split_at(height * width);
            assert_eq!(first, second);
            let gone = |y: usize, x: usize| first[y * width + x] == 7;
            let rows: Vec<usize> =
                (0..height).filter(|&y| (0..width).any(|x| gone(y, x))).collect();
            let columns: Vec<usize> =
                (0..width).filter(|&x| (0..height).any(|y| gone(y, x))).collect();
            // All of a rectangle, and nothing beside it.
            let count = first.iter().filter(|&&x| x == 7).count();
            assert_eq!(count, rows.len() * columns.len());
            assert_eq!(first.iter().filter(|&&x| x == 255).count(), height * width - count);
            places.extend(rows.first().zip(columns.first()).map(|(y, x)| [*y, *x]));
            sides[0].push(rows.len() as f64);
            sides[1].push(columns.len() as f64);
        }
        let theirs = &torchvision()["erased"][key];
        assert_mean(&sides[0], theirs, 0);
        assert_mean(&sides[1], theirs, 1);
        assert!(places.contains(&[0, 0]) && places.len() > 50, "{}", places.len());
    }
    let none = augmentation("randomerasing", json!({"p": 0}));
    assert_eq!(vary(&none, shape, &white, &mut Rng::new(1)), white);
    for wrong in [json!([0.3, 0.1]), json!([0.3]), json!([0.1, 1.5])] {
        let named = vec![("scale".to_string(), wrong)];
        assert!(AugmentationSpec::from_arguments("randomerasing", vec![], named).is_err());
    }
}

#[test]
fn noise_is_as_strong_as_torchvisions_and_ends_at_black_and_white() {
    let theirs = &torchvision()["noise"];
    let noise = augmentation("imagenoise", json!({"std": 0.1}));
    let bytes = vary(&noise, [3, 100, 100], &[128; 30_000], &mut Rng::new(2));
    let own: Vec<f64> = bytes.iter().map(|&x| f64::from(x)).collect();
    let mean = own.iter().sum::<f64>() / 3e4;
    let std = (own.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 3e4).sqrt();
    // The standard error of a standard deviation is std / sqrt(2 n), that of the difference of two 0.14.
    let wanted = theirs["std"][0].as_f64().unwrap();
    assert!((std - wanted).abs() < 0.75, "{std} against {wanted}");
    assert!((mean - 128.0).abs() < 0.75, "{mean}");
    for (byte, inward) in [(0_u8, 1.0), (255, -1.0)] {
        let bytes = vary(&noise, [1, 100, 100], &[byte; 10_000], &mut Rng::new(3));
        let stay = bytes.iter().filter(|&&x| x == byte).count();
        assert!((4700..5400).contains(&stay), "{stay}");
        let far = |x: &u8| inward * (f64::from(*x) - f64::from(byte)) > 130.0;
        assert!(!bytes.iter().any(far));
    }
    let silent = augmentation("imagenoise", json!({"std": 0}));
    assert_eq!(vary(&silent, [1, 1, 3], &[0, 7, 255], &mut Rng::new(1)), [0, 7, 255]);
}
