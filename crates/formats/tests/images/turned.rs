//! Rotated and recoloured images equal torchvision's, byte by byte.

use crate::support::planes;
use relume_catalog::Value;
use relume_datasets::AugmentationSpec;
use relume_datasets::augmentations::Image;
use relume_tensor::Rng;
use serde_json::json;
use std::collections::BTreeSet;

fn fixture(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/");
    serde_json::from_str(&std::fs::read_to_string(format!("{folder}{name}")).unwrap()).unwrap()
}

fn augmentation(name: &str, named: Value) -> Result<AugmentationSpec, String> {
    let named = named.as_object().unwrap().clone().into_iter().collect();
    AugmentationSpec::from_arguments(name, vec![], named).map_err(|error| error.to_string())
}

fn vary(spec: &AugmentationSpec, picture: &Value, seed: u64) -> Vec<u8> {
    let (shape, mut pixels) = planes(picture);
    let mut spare = Vec::new();
    let mut image = Image::new(shape, &mut pixels, &mut spare);
    let stage = spec.inner().stage().images().unwrap();
    assert_eq!(stage.output(shape), Ok(shape));
    stage.vary(&mut image, &mut Rng::new(seed));
    assert_eq!(image.shape(), shape);
    pixels
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn turned_pictures_are_torchvisions() {
    for case in fixture("rotations.json").as_array().unwrap() {
        for turned in case["turned"].as_array().unwrap() {
            let angle = &turned["angle"];
            let spec = augmentation(
                "randomrotation",
                json!({"degrees": [angle, angle], "interpolation": turned["interpolation"], "fill": turned["fill"]}),
            );
            let own = vary(&spec.unwrap(), &case["picture"], 1);
            assert_eq!(
                own,
                bytes(&turned["data"]),
                "{} {angle} {} {}",
                case["picture"]["shape"],
                turned["interpolation"],
                turned["fill"]
            );
        }
    }
}

#[test]
fn angles_lie_on_both_sides_or_between_two() {
    // A dot to the right of the middle goes up where the picture is turned counter-clockwise.
    let mut data = vec![0; 41 * 41];
    data[20 * 41 + 40] = 255;
    let picture = json!({"shape": [1, 41, 41], "data": data});
    for (degrees, wanted) in [(json!(30), [-30.0, 30.0]), (json!([10, 25]), [10.0, 25.0])] {
        let spec = augmentation(
            "randomrotation",
            json!({"degrees": degrees, "interpolation": "bilinear"}),
        )
        .unwrap();
        let angles = (0..1000).map(|seed| {
            let own = vary(&spec, &picture, seed);
            let (mut up, mut right, mut all) = (0.0, 0.0, 0.0);
            for (at, &x) in own.iter().enumerate() {
                let x = f64::from(x);
                up += x * (20.0 - (at / 41) as f64);
                right += x * ((at % 41) as f64 - 20.0);
                all += x;
            }
            assert!(all > 0.0);
            f64::atan2(up, right).to_degrees()
        });
        let angles: Vec<f64> = angles.collect();
        let least = angles.iter().copied().fold(f64::MAX, f64::min);
        let most = angles.iter().copied().fold(f64::MIN, f64::max);
        // A pixel at this distance is 2.9 degrees wide.
        assert!(
            (least - wanted[0]).abs() < 1.5 && (most - wanted[1]).abs() < 1.5,
            "{least} {most}"
        );
        let mean = angles.iter().sum::<f64>() / 1000.0;
        // Five standard errors of a uniform distribution.
        let error = 5.0 * (wanted[1] - wanted[0]) / f64::sqrt(12_000.0);
        assert!((mean - (wanted[0] + wanted[1]) / 2.0).abs() < error + 0.1, "{mean}");
    }
    for (wrong, told) in [
        (json!([1, 2, 3]), "degrees wants one number or two, not 3"),
        (json!([20, 10]), "degrees wants the smaller number first, not [20, 10]"),
    ] {
        let error = augmentation("randomrotation", json!({"degrees": wrong})).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
    assert!(augmentation("randomrotation", json!({"degrees": -3})).is_err());
    assert!(augmentation("randomrotation", json!({})).is_err());
}

#[test]
fn colours_are_torchvisions_for_each_factor() {
    let fixture = fixture("colours.json");
    for case in fixture["cases"].as_array().unwrap() {
        for single in case["single"].as_array().unwrap() {
            let name = single["name"].as_str().unwrap();
            let factor = &single["factor"];
            let spec = augmentation("colorjitter", json!({name: [factor, factor]})).unwrap();
            let own = vary(&spec, &case["picture"], 1);
            assert_eq!(own, bytes(&single["data"]), "{} {name} {factor}", case["picture"]["shape"]);
        }
    }
}

#[test]
fn the_four_come_in_every_order_and_factors_from_their_ranges() {
    let fixture = fixture("colours.json");
    let mut named = json!({});
    for (name, factor) in fixture["all"].as_object().unwrap() {
        named[name] = json!([factor, factor]);
    }
    let spec = augmentation("colorjitter", named).unwrap();
    let own: BTreeSet<Vec<u8>> =
        (0..1000).map(|seed| vary(&spec, &fixture["picture"], seed)).collect();
    let wanted: BTreeSet<Vec<u8>> =
        fixture["orders"].as_array().unwrap().iter().map(bytes).collect();
    assert!(wanted.len() > 10);
    assert_eq!(own, wanted);
    // Factors of a gray 100 are seen by the bytes.
    let dot = json!({"shape": [1, 1, 1], "data": [100]});
    for (given, least, most) in
        [(json!(0.4), 60, 140), (json!([0.5, 0.9]), 50, 90), (json!(2), 0, 255)]
    {
        let spec = augmentation("colorjitter", json!({"brightness": given})).unwrap();
        let seen: Vec<u8> = (0..3000).map(|seed| vary(&spec, &dot, seed)[0]).collect();
        let ends = [*seen.iter().min().unwrap(), *seen.iter().max().unwrap()];
        assert!(ends[0] >= least && ends[0] <= least + 1, "{given}: {ends:?}");
        assert!(ends[1] <= most && ends[1] >= most - 1, "{given}: {ends:?}");
    }
    // Nothing is drawn for what does not vary.
    let still = augmentation("colorjitter", json!({})).unwrap();
    assert_eq!(still.to_string(), "colorjitter");
    assert_eq!(vary(&still, &fixture["picture"], 3), planes(&fixture["picture"]).1);
    assert!(still.inner().stage().images().unwrap().output([4, 2, 2]).is_err());
    for (wrong, told) in [
        (json!({"contrast": [-0.1, 1]}), "contrast wants factors of at least 0"),
        (json!({"hue": 0.6}), "hue is moved by half the circle at most"),
        (json!({"hue": [-0.6, 0]}), "hue is moved by half the circle at most"),
        (json!({"saturation": [2, 1]}), "saturation wants the smaller number first, not [2, 1]"),
    ] {
        let error = augmentation("colorjitter", wrong).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}
