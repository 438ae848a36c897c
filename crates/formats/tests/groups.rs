//! Groups and times that keep samples of arrays, images and recordings together where parts are drawn.

use relume_catalog::Value;
use relume_datasets::{DataError, Dataset};
use relume_formats::DataSpec;
use serde_json::json;
use std::path::Path;

fn load(source: &str, path: &Path, named: Value) -> Result<Dataset, String> {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    let spec = DataSpec::from_arguments(source, vec![json!(path.to_str().unwrap())], named);
    let shown = |error: DataError| format!("{error} | {}", error.help().unwrap_or_default());
    spec.map_err(|error| error.to_string())?.inner().load().map_err(shown)
}

/// An .npy file of 64-bit whole numbers.
fn npy(path: &Path, shape: &str, numbers: impl Iterator<Item = i64>) {
    let head = format!("{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}, }}");
    let head = format!("{head:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((head.len() as u16).to_le_bytes());
    bytes.extend(head.as_bytes());
    numbers.for_each(|x| bytes.extend(x.to_le_bytes()));
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn arrays_are_kept_together_by_an_array_of_groups_and_in_order_by_one_of_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    npy(&path("x.npy"), "(40, 1)", 0..40);
    npy(&path("y.npy"), "(40,)", (0..40).map(|i| i % 2));
    npy(&path("who.npy"), "(40,)", (0..40).map(|i| i / 4));
    npy(&path("when.npy"), "(40,)", (0..40).rev());
    npy(&path("few.npy"), "(3,)", 0..3);
    let file = |name: &str| path(name).to_str().unwrap().to_string();
    let with = |option: &str, name: &str| {
        let named = json!({"targets": file("y.npy"), "test": 0.25, option: file(name)});
        load("numpy", &path("x.npy"), named)
    };
    let data = with("split_by", "who.npy").unwrap();
    assert_eq!(data.test().len() % 4, 0);
    let group = |i: &usize| i / 4;
    let tested: Vec<usize> = data.test().indices().iter().map(group).collect();
    assert!(!tested.is_empty());
    assert!(data.train().indices().iter().map(group).all(|own| !tested.contains(&own)));
    let data = with("split_time", "when.npy").unwrap();
    assert_eq!(data.test().indices(), (0..10).collect::<Vec<_>>());
    let error = with("split_by", "few.npy").unwrap_err();
    assert!(error.contains("one value for each of the 40 inputs"), "{error}");
}

/// A gray PNG of one pixel.
fn png(path: &Path, shade: u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut encoder = png::Encoder::new(file, 1, 1);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[shade]).unwrap();
}

#[test]
fn images_of_one_patient_are_in_one_part() {
    let folder = tempfile::tempdir().unwrap();
    for (i, class) in ["ill", "well"].into_iter().enumerate() {
        for patient in 0..6 {
            for take in 0..2 {
                let name = format!("p{patient}_{take}.png");
                png(&folder.path().join(class).join(name), (i * 100 + patient) as u8);
            }
        }
    }
    let named = json!({"pattern": "{patient}_{take}", "split_by": "patient", "test": 0.3,
        "validation": 0.2, "channels": "gray"});
    let data = load("images", folder.path(), named).unwrap();
    // Classes, then names: two files of each patient.
    let patient = |i: &usize| i % 12 / 2;
    let parts = [data.train(), data.validation(), data.test()];
    let patients = parts.map(|part| part.indices().iter().map(patient).collect::<Vec<_>>());
    assert!(patients.iter().all(|own| !own.is_empty()));
    for (i, own) in patients.iter().enumerate() {
        let others = patients.iter().enumerate().filter(|(j, _)| *j != i);
        assert!(others.into_iter().all(|(_, others)| own.iter().all(|p| !others.contains(p))));
    }
    let refused = [
        (json!({"split_by": "patient"}), "pattern=\"{patient}_{index}\" says where it is"),
        (json!({"pattern": "{a}_{b}", "split_by": "patient"}), "no field {patient}"),
        (json!({"pattern": "{a}-{b}", "split_by": "a"}), "does not fit the pattern"),
        (json!({"pattern": "{a}_{b}"}), "pattern is for split_by"),
    ];
    for (named, wanted) in refused {
        let error = load("images", folder.path(), named).unwrap_err();
        assert!(error.contains(wanted), "{error}");
    }
}
