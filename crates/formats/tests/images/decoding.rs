//! Decoded pixels equal those of PIL and torchvision: PNG files exactly, JPEG files to two levels, since decoders round
//! differently.

use crate::support::{Folder, bytes, expected, file, planes};
use serde_json::{Value, json};

fn decoded(name: &str, options: Value) -> ([usize; 3], Vec<u8>) {
    let data = Folder::new().with(&format!("class/{name}"), &file(name)).load(options).unwrap();
    let shape = data.sample_shape();
    ([shape[0], shape[1], shape[2]], bytes(data.inputs().unwrap().data()))
}

#[test]
fn files_have_the_pixels_that_pil_gives_them() {
    let expected = expected();
    let files = expected["files"].as_object().unwrap();
    assert_eq!(files.len(), 10);
    for (name, file) in files {
        let tolerance = if name.ends_with("png") { 0 } else { 2 };
        for channels in ["rgb", "gray"] {
            let (shape, wanted) = planes(&file[channels]);
            let (own_shape, own) = decoded(name, json!({"channels": channels}));
            assert_eq!(own_shape, shape, "{name} {channels}");
            let worst = own.iter().zip(&wanted).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(tolerance), "{name} {channels}: {worst:?}");
        }
    }
}

#[test]
fn pixels_are_resized_as_torchvision_resizes_them() {
    for (name, wanted) in expected()["resized"].as_object().unwrap() {
        let (shape, wanted) = planes(wanted);
        let size = [shape[1], shape[2]];
        assert_eq!(decoded("rgb.png", json!({"size": size})), (shape, wanted), "{name}");
    }
}

#[test]
fn images_are_numbers_from_0_to_1_or_standardised_by_the_train_part() {
    let folder = ["rgb.png", "gray.png", "alpha.png"]
        .into_iter()
        .fold(Folder::new().with("test/class/a.png", &file("palette.png")), |folder, name| {
            folder.with(&format!("train/class/{name}"), &file(name))
        });
    let options = |standardize: bool| json!({"standardize": standardize, "test": null});
    let plain = folder.load(options(false)).unwrap().inputs().unwrap();
    assert_eq!((plain.min(), plain.max()), (0.0, 1.0));
    let expected = expected();
    let number = |of: &str, channel: usize| expected[of][channel].as_f64().unwrap();
    // Kept in memory, and read from files as it is needed.
    for memory in [1, 0] {
        let mut options = options(true);
        options["memory"] = memory.into();
        let data = folder.load(options).unwrap();
        let inputs = data.inputs().unwrap();
        let plane = inputs.dims()[2] * inputs.dims()[3];
        for (i, (own, raw)) in inputs.data().iter().zip(plain.data()).enumerate() {
            let channel = i / plane % 3;
            let wanted =
                (f64::from(*raw) * 255.0 - number("mean", channel)) / number("std", channel);
            assert!((f64::from(*own) - wanted).abs() < 1e-5, "{i}: {own} {wanted}");
        }
        // The preparation that stays with a model does the same to raw pixels.
        let mut raw = plain.clone();
        raw.data_mut().iter_mut().for_each(|x| *x = (*x * 255.0).round());
        data.preparation().unwrap().apply(&mut raw);
        assert_eq!(raw, inputs);
    }
}

#[test]
fn a_gray_or_transparent_image_fits_into_a_set_of_colours() {
    let folder = ["rgb.png", "gray.png", "alpha.png", "gray_alpha.png", "gray.jpeg", "full.jpg"]
        .into_iter()
        .fold(Folder::new(), |folder, name| folder.with(&format!("class/{name}"), &file(name)));
    let data = folder.load(json!({})).unwrap();
    assert_eq!(data.inputs().unwrap().dims(), [6, 3, 9, 12]);
}
