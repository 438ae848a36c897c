//! CIFAR's files: the bytes that were written are read back, and a broken file is refused with its name and the place.

use flate2::Compression;
use flate2::write::GzEncoder;
use relume_catalog::Value;
use relume_datasets::{DataError, Dataset, Preparation, Raw, Targets};
use relume_formats::{Amount, DataSpec, Reader};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

const BATCHES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];
const THINGS: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

fn source(path: &Path, named: Value) -> DataSpec {
    let named = named.as_object().unwrap().clone().into_iter().collect();
    DataSpec::from_arguments("cifar", vec![path.to_str().unwrap().into()], named).unwrap()
}

fn cifar(path: &Path, named: Value) -> Result<Dataset, DataError> {
    source(path, named).inner().load()
}

/// The bytes of a picture: no two of a set, and no two planes of one, are alike.
fn picture(seed: usize) -> impl Iterator<Item = u8> {
    (0..3072)
        .map(move |i| ((31 * seed + 7 * (i % 32) + 3 * (i / 32) + 50 * (i / 1024)) % 256) as u8)
}

/// A file of records: labels, then the picture.
fn records(labels: &[&[u8]], seed: usize) -> Vec<u8> {
    let record =
        |(i, labels): (usize, &&[u8])| labels.iter().copied().chain(picture(seed + i)).collect();
    labels.iter().enumerate().flat_map(|(i, labels)| -> Vec<u8> { record((i, labels)) }).collect()
}

/// Two pictures in each file of CIFAR-10; file `i` shows classes `i` and `i + 4`.
fn ten(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (i, name) in BATCHES.iter().enumerate() {
        let class = i as u8;
        std::fs::write(folder.join(name), records(&[&[class], &[class + 4]], 2 * i)).unwrap();
    }
    std::fs::write(folder.join("batches.meta.txt"), THINGS.join("\n") + "\n\n").unwrap();
}

/// Three pictures to train on and one for the test, in the files of CIFAR-100.
fn hundred(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let train = records(&[&[0, 4], &[19, 99], &[7, 50]], 0);
    std::fs::write(folder.join("train.bin"), train).unwrap();
    std::fs::write(folder.join("test.bin"), records(&[&[7, 24]], 3)).unwrap();
    let names =
        |what: &str, count: usize| (0..count).map(|i| format!("{what}_{i}\n")).collect::<String>();
    std::fs::write(folder.join("fine_label_names.txt"), names("fine", 100)).unwrap();
    std::fs::write(folder.join("coarse_label_names.txt"), names("coarse", 20)).unwrap();
}

fn pack(path: &Path) {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&std::fs::read(path).unwrap()).unwrap();
    std::fs::write(path.with_extension("bin.gz"), packed.finish().unwrap()).unwrap();
    std::fs::remove_file(path).unwrap();
}

fn labels(data: &Dataset) -> &[usize] {
    match data.targets() {
        Targets::Classes { labels, .. } => labels,
        targets => panic!("classes, not {targets:?}"),
    }
}

fn check_pixels(data: &Dataset, count: usize) {
    let inputs = data.inputs().unwrap();
    assert_eq!(inputs.dims(), [count, 3, 32, 32]);
    let own = inputs.data().iter().map(|x| (x * 255.0).round() as u8);
    assert!(own.eq((0..count).flat_map(picture)));
}

#[test]
fn the_files_of_cifar_10_are_found_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("cifar-10-batches-bin");
    ten(&own);
    pack(&own.join("data_batch_3.bin"));
    pack(&own.join("test_batch.bin"));
    for path in [folder.path(), own.as_path()] {
        let data = cifar(path, json!({"standardize": false})).unwrap();
        assert_eq!(
            data.to_string(),
            "cifar-10-batches-bin: 12 samples · input 3 x 32 x 32 · 10 classes · 10 train / 2 test"
        );
        check_pixels(&data, 12);
        assert_eq!(labels(&data), [0, 4, 1, 5, 2, 6, 3, 7, 4, 8, 5, 9]);
        assert_eq!(data.classes().unwrap(), THINGS);
        assert_eq!(data.test().indices(), [10, 11]);
    }
    std::fs::remove_file(own.join("batches.meta.txt")).unwrap();
    let data = cifar(&own, json!({})).unwrap();
    assert_eq!(data.classes().unwrap()[7..], ["7", "8", "9"]);
}

#[test]
fn each_channel_is_standardised_by_the_train_part_and_pictures_are_samples() {
    let folder = tempfile::tempdir().unwrap();
    ten(folder.path());
    let data = cifar(folder.path(), json!({})).unwrap();
    let inputs = data.train().inputs().unwrap();
    for channel in 0..3 {
        let planes = inputs.data().chunks_exact(1024).skip(channel).step_by(3);
        let values: Vec<f64> = planes.flatten().map(|&x| f64::from(x)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64;
        assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4, "{mean} {square}");
    }
    let Some(Preparation { raw: Some(Raw::Image(image)), .. }) = data.preparation() else {
        panic!("no picture is a sample")
    };
    assert_eq!((image.channels.count(), image.size), (3, [32, 32]));
}

#[test]
fn the_files_of_cifar_100_have_two_labels() {
    let folder = tempfile::tempdir().unwrap();
    hundred(&folder.path().join("cifar-100-binary"));
    for (named, classes, own) in [
        (json!({"standardize": false}), 100, [4, 99, 50, 24]),
        (json!({"standardize": false, "labels": "fine"}), 100, [4, 99, 50, 24]),
        (json!({"standardize": false, "labels": "coarse"}), 20, [0, 19, 7, 7]),
    ] {
        let data = cifar(folder.path(), named).unwrap();
        check_pixels(&data, 4);
        assert_eq!(labels(&data), own);
        let names = data.classes().unwrap();
        let last = if classes == 100 { "fine_99" } else { "coarse_19" };
        assert_eq!((names.len(), names.last().unwrap().as_str()), (classes, last));
        assert!(data.to_string().ends_with("3 train / 1 test"), "{data}");
    }
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let refusal = |make: fn(&Path), change: &dyn Fn(&Path), named: Value| {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path());
        change(folder.path());
        let error = cifar(folder.path(), named).unwrap_err();
        format!("{error} | {}", error.help().unwrap_or_default())
    };
    let none = || json!({});
    let set = |path: &Path, at: usize, value: u8| {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[at] = value;
        std::fs::write(path, bytes).unwrap();
    };
    let cut = |path: &Path, length: usize| {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, &bytes[..length]).unwrap();
    };
    let remove = |path: &Path| std::fs::remove_file(path).unwrap();
    let cases = [
        (
            refusal(|_| (), &|_| (), none()),
            "neither data_batch_1.bin of CIFAR-10 nor train.bin of CIFAR-100",
        ),
        (
            refusal(ten, &|f| remove(&f.join("data_batch_4.bin")), none()),
            "there is no data_batch_4.bin in it | CIFAR-10 is data_batch_1.bin, ",
        ),
        (
            refusal(hundred, &|f| remove(&f.join("test.bin")), none()),
            "there is no test.bin in it | CIFAR-100 is train.bin, test.bin",
        ),
        (
            refusal(ten, &|f| cut(&f.join("data_batch_2.bin"), 4000), none()),
            "data_batch_2.bin: ends at byte 4000, 927 bytes into picture 1: each takes 3073",
        ),
        (refusal(ten, &|f| cut(&f.join("test_batch.bin"), 0), none()), "test_batch.bin: is empty"),
        (
            refusal(ten, &|f| set(&f.join("data_batch_5.bin"), 3073, 10), none()),
            "data_batch_5.bin: the label of picture 1, at byte 3073, is 10, but there are 10",
        ),
        (
            refusal(hundred, &|f| set(&f.join("train.bin"), 2 * 3074, 20), none()),
            "train.bin: the coarse label of picture 2, at byte 6148, is 20, but there are 20",
        ),
        (
            refusal(hundred, &|f| set(&f.join("train.bin"), 1, 100), json!({"labels": "coarse"})),
            "train.bin: the fine label of picture 0, at byte 1, is 100, but there are 100",
        ),
        (
            refusal(
                ten,
                &|f| std::fs::write(f.join("batches.meta.txt"), "cat\ndog\n").unwrap(),
                none(),
            ),
            "batches.meta.txt: 2 names do not match 10 classes",
        ),
        (
            refusal(ten, &|_| (), json!({"labels": "fine"})),
            "is CIFAR-10, whose pictures have one label each | leave labels= out",
        ),
        (refusal(ten, &hundred, none()), "holds both CIFAR-10 and CIFAR-100"),
        (
            refusal(|_| (), &|f| std::fs::create_dir(f.join("cifar-100-python")).unwrap(), none()),
            "holds the version of CIFAR-100 for Python | get the binary version",
        ),
        (
            refusal(
                ten,
                &|f| {
                    pack(&f.join("test_batch.bin"));
                    cut(&f.join("test_batch.bin.gz"), 40);
                },
                none(),
            ),
            "test_batch.bin.gz: its gzip data are broken",
        ),
    ];
    for (error, expected) in cases {
        assert!(error.contains(expected), "{error}\n{expected}");
    }
    let error = cifar(Path::new("/nowhere"), none()).unwrap_err();
    assert!(error.to_string().contains("/nowhere"), "{error}");
}

/// Asks to stop before the file after `patience` ones.
struct Impatient {
    patience: usize,
    reads: AtomicUsize,
}

impl Reader for Impatient {
    fn progress(&self, read: usize, all: usize, of: Amount) {
        let before = self.reads.fetch_add(1, Ordering::Relaxed);
        assert_eq!((read, all, of), (before, 6, Amount::Files));
    }

    fn is_cancelled(&self) -> bool {
        self.reads.load(Ordering::Relaxed) >= self.patience
    }
}

#[test]
fn reading_is_watched_and_can_be_stopped_between_files() {
    let folder = tempfile::tempdir().unwrap();
    ten(folder.path());
    for (patience, finished) in [(3, false), (6, true)] {
        let reader = Impatient { patience, reads: AtomicUsize::new(0) };
        let result = source(folder.path(), json!({})).inner().load_watched(&reader);
        match finished {
            true => assert_eq!((result.unwrap().len(), reader.reads.into_inner()), (12, 7)),
            false => assert!(matches!(result, Err(DataError::Interrupted))),
        }
    }
}
