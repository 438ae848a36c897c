//! MNIST's files: NumPy's bytes are read back, and a broken file is refused with its name and the byte.

use relume_catalog::Value;
use relume_datasets::{DataError, Dataset, Targets};
use relume_formats::DataSpec;
use serde_json::json;
use std::path::Path;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/arrays");
const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "train-labels-idx1-ubyte";

fn idx(path: &Path, named: Value) -> Result<Dataset, DataError> {
    let named = named.as_object().unwrap().clone().into_iter().collect();
    let path = vec![path.to_str().unwrap().into()];
    DataSpec::from_arguments("idx", path, named).unwrap().inner().load()
}

/// The rule of make_arrays.py.
fn pixel(i: usize) -> u8 {
    let (image, y, x) = (i / 20, i / 4 % 5, i % 4);
    ((40 * image + 7 * y + 3 * x) % 256) as u8
}

fn check(data: &Dataset, count: usize) {
    let inputs = data.inputs().unwrap();
    assert_eq!(inputs.dims(), [count, 1, 5, 4]);
    let own: Vec<u8> = inputs.data().iter().map(|x| (x * 255.0).round() as u8).collect();
    assert_eq!(own, (0..count * 20).map(pixel).collect::<Vec<_>>());
    let Targets::Classes { names, labels } = data.targets() else { panic!("classes") };
    assert_eq!(names, &["0", "1", "2"]);
    assert_eq!(labels, &(0..count).map(|i| i % 3).collect::<Vec<_>>());
}

#[test]
fn a_folder_in_both_spellings_packed_or_not_is_read() {
    let data = idx(Path::new(FIXTURES), json!({"standardize": false})).unwrap();
    check(&data, 9);
    let parts = "9 samples · input 1 x 5 x 4 · 3 classes · 6 train / 3 test";
    assert!(data.to_string().ends_with(parts), "{data}");
    let data = idx(Path::new(FIXTURES), json!({})).unwrap();
    let inputs = data.inputs().unwrap();
    let train: Vec<f64> = inputs.data()[..120].iter().map(|&x| f64::from(x)).collect();
    let mean = train.iter().sum::<f64>() / 120.0;
    let variance = train.iter().map(|x| x * x).sum::<f64>() / 120.0 - mean * mean;
    assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4, "{mean} {variance}");
}

#[test]
fn two_files_are_split() {
    let labels = format!("{FIXTURES}/{LABELS}");
    let images = Path::new(FIXTURES).join(IMAGES);
    let named = json!({"labels": labels, "standardize": false, "test": 0.5});
    let data = idx(&images, named).unwrap();
    check(&data, 6);
    assert!(data.to_string().ends_with("3 train / 3 test"), "{data}");
}

/// What loading a folder says whose train files were changed.
fn refusal(named: Value, change: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let [mut images, mut labels] =
        [IMAGES, LABELS].map(|name| std::fs::read(format!("{FIXTURES}/{name}")).unwrap());
    change(&mut images, &mut labels);
    std::fs::write(folder.path().join(IMAGES), images).unwrap();
    std::fs::write(folder.path().join(LABELS), labels).unwrap();
    idx(folder.path(), named).unwrap_err().to_string()
}

#[test]
fn what_is_broken_is_refused_with_its_file_and_byte() {
    let none = || json!({});
    let cases = [
        (
            refusal(none(), |a, _| a[2] = 13),
            "images-idx3-ubyte: is not an IDX file of images: byte 2 is 13",
        ),
        (
            refusal(none(), |_, b| b[3] = 3),
            "labels-idx1-ubyte: is not an IDX file of labels: byte 3 is 3",
        ),
        (
            refusal(none(), |a, _| a.truncate(9)),
            "images-idx3-ubyte: ends at byte 9, within its header",
        ),
        (
            refusal(none(), |a, _| a.truncate(100)),
            "ends at byte 100, which does not match 6 x 5 x 4 bytes from byte 16 on",
        ),
        (refusal(none(), |a, _| a.push(0)), "ends at byte 137, which does not match 6 x 5 x 4"),
        (refusal(none(), |a, _| a[4..16].fill(255)), "4294967295 x 4294967295 x 4294967295"),
        (refusal(none(), |a, _| a[11] = 0), "the size at byte 8 is 0"),
        (
            refusal(none(), |_, b| {
                b[7] = 5;
                b.pop();
            }),
            "labels-idx1-ubyte: 5 labels do not match the 6 images of",
        ),
        (
            refusal(json!({"classes": 3}), |_, b| b[10] = 7),
            "labels-idx1-ubyte: the label at byte 10 is 7, but there are 3 classes, from 0 on",
        ),
        (
            refusal(none(), |a, _| a.splice(..4, [0x1f, 0x8b, 8, 0]).for_each(drop)),
            "its gzip data are broken",
        ),
    ];
    for (error, expected) in cases {
        assert!(error.contains(expected), "{error}");
    }
    let folder = Path::new(FIXTURES);
    let options = [
        (idx(folder, json!({"test": 0.5})), "is already a test part"),
        (idx(folder, json!({"labels": "x"})), "is a folder, in which labels are found"),
        (idx(&folder.join(IMAGES), none()), "holds only images"),
        (idx(Path::new("/nowhere"), none()), "/nowhere"),
        (
            idx(tempfile::tempdir().unwrap().path(), none()),
            "there is no train-images-idx3-ubyte in it",
        ),
    ];
    for (result, expected) in options {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
