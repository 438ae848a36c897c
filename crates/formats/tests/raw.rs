//! Texts and recordings in folders: a single sample is prepared as the data set's samples are.

use relume_catalog::Value;
use relume_datasets::{DataError, Dataset, Targets};
use relume_formats::DataSpec;
use relume_formats::sample;
use serde_json::json;
use std::path::Path;

fn load(name: &str, path: &Path, named: Value) -> Result<Dataset, DataError> {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    DataSpec::from_arguments(name, vec![json!(path)], named).unwrap().inner().load()
}

fn refused(name: &str, path: &Path, named: Value) -> String {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    match DataSpec::from_arguments(name, vec![json!(path)], named) {
        Err(error) => error.to_string(),
        Ok(spec) => {
            let error = spec.inner().load().unwrap_err();
            format!("{error} | {}", error.help().unwrap_or_default())
        }
    }
}

fn labels(data: &Dataset) -> &[usize] {
    match data.targets() {
        Targets::Classes { labels, .. } => labels,
        targets => panic!("classes, not {targets:?}"),
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn reviews(folder: &Path) {
    for (file, text) in [
        ("train/good/0.txt", "A good film. <br />Good!"),
        ("train/bad/0.txt", "\u{feff}Bad, bad, bad: a bad end"),
        ("test/good/0.txt", "good but unknown"),
        ("test/bad/0.txt", ""),
        ("train/unsup/0.txt", "nobody has judged this"),
    ] {
        write(&folder.join(file), text);
    }
}

#[test]
fn texts_are_rows_of_indices_by_the_train_parts_vocabulary() {
    let folder = tempfile::tempdir().unwrap();
    reviews(folder.path());
    let data = load("texts", folder.path(), json!({"words": 5, "length": 4})).unwrap();
    // bad 4, a 2, good 2 times; film and end find no room beside padding and unknown.
    let expected = [[2., 2., 2., 3.], [3., 4., 1., 4.], [4., 1., 1., 0.]];
    assert_eq!(data.inputs().unwrap().data(), expected.concat());
    assert_eq!(
        (data.classes().unwrap(), labels(&data)),
        (&["bad".into(), "good".into()][..], &[0, 1, 1][..])
    );
    assert_eq!((data.train().len(), data.test().len()), (2, 1));
    // The empty one, which no network could learn from.
    assert!(data.to_string().contains("one empty text left out: "), "{data}");
    let preparation = data.preparation_in_use();
    let sample = |text: &str| sample(preparation.as_ref(), text).unwrap();
    assert_eq!(sample("good but unknown").data(), expected[2]);
    assert_eq!(sample("Bad, bad, bad: a bad end").data(), expected[0]);
    // Saved and read again, it says the same.
    let text = serde_json::to_string(&preparation).unwrap();
    assert_eq!(
        serde_json::from_str::<Option<relume_datasets::Preparation>>(&text).unwrap(),
        preparation
    );
    let end = load("texts", folder.path(), json!({"words": 5, "length": 4, "truncate": "pre"}));
    assert_eq!(end.unwrap().inputs().unwrap().data()[..4], [2., 3., 2., 1.]);
}

#[test]
fn texts_that_cannot_be_read_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    reviews(folder.path());
    let message = refused("texts", folder.path(), json!({"test": 0.5}));
    assert!(message.contains("test: is already a test part"), "{message}");
    std::fs::write(folder.path().join("train/bad/1.txt"), b"caf\xe9").unwrap();
    let message = refused("texts", folder.path(), json!({}));
    assert!(message.contains("1.txt: is not UTF-8: byte 3 (0xE9, line 1)"), "{message}");
    assert!(message.contains("encoding=\"latin-1\""), "{message}");
    assert!(load("texts", folder.path(), json!({"encoding": "latin-1"})).is_ok());
    let data = load("texts", folder.path(), json!({"skip_broken": true})).unwrap();
    assert_eq!((labels(&data), data.train().len()), (&[0, 1, 1][..], 2));
    assert!(data.to_string().contains("one broken file left out: 1.txt"), "{data}");
    let message = refused("texts", &folder.path().join("nowhere"), json!({}));
    assert!(message.contains("nowhere"), "{message}");
}

#[test]
fn texts_of_a_tables_column_are_those_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        ("good", "A good film. <br />Good!"),
        ("bad", "Bad, bad, bad:\na bad end"),
        ("good", "\"good\" but unknown"),
        ("bad", "no"),
    ];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let table = |separator: &str, [label, text]: [&str; 2]| {
        let lines = rows.map(|row| format!("{}{separator}{}\n", row.0, quoted(row.1)));
        format!("{label}{separator}{text}\n{}", lines.concat())
    };
    let lines = rows.map(|(label, text)| format!("{}\n", json!({"text": text, "label": label})));
    let with = |more: Value| {
        let mut named = json!({"words": 5, "length": 4, "test": 0});
        named.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        named
    };
    for (name, text, named) in [
        ("table.csv", table(",", ["label", "text"]), json!({})),
        ("table.tsv", table("\t", ["kind", "review"]), json!({"column": "review", "target": 0})),
        ("table.jsonl", lines.concat(), json!({})),
    ] {
        let path = folder.path().join(name);
        write(&path, &text);
        let data = load("texts", &path, with(named)).unwrap();
        // bad 4, good 3, a 2 times.
        let expected = [[4., 3., 1., 3.], [2., 2., 2., 4.], [3., 1., 1., 0.], [1., 0., 0., 0.]];
        assert_eq!(data.inputs().unwrap().data(), expected.concat(), "{name}");
        assert_eq!(data.classes().unwrap(), ["bad", "good"], "{name}");
        assert_eq!(labels(&data), [1, 0, 1, 0], "{name}");
        assert_eq!(data.name(), "table");
    }
    let message = refused("texts", &folder.path().join("table.csv"), json!({"column": "review"}));
    assert!(message.contains("no column \"review\" | the columns are label, text"), "{message}");
    let latin = folder.path().join("latin.csv");
    std::fs::write(&latin, b"label,text\ngood,caf\xe9 caf\xe9\nbad,tea\n").unwrap();
    let message = refused("texts", &latin, json!({}));
    assert!(message.contains("latin.csv:2: byte 0xE9 begins no character of UTF-8"), "{message}");
    let data = load("texts", &latin, json!({"encoding": "latin-1", "length": 2, "test": 0}));
    assert_eq!(data.unwrap().inputs().unwrap().data(), [2., 2., 3., 0.]);
    reviews(&folder.path().join("set"));
    let message = refused("texts", &folder.path().join("set"), json!({"column": "text"}));
    assert!(
        message.contains("column, target, test_path, split_by and split_time are a table's"),
        "{message}"
    );
    let data = load("texts", &folder.path().join("set"), json!({"words": 5})).unwrap();
    assert!(data.to_string().contains("without the unlabelled ones in unsup"), "{data}");
}

/// Tones of two heights, by two speakers, of different lengths.
fn recordings(folder: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    for (label, height) in [("low", 300.0), ("high", 900.0)] {
        for (speaker, length) in [("ann", 800), ("bob", 1300)] {
            for index in 0..3 {
                let path = folder.join(format!("{label}_{speaker}_{index}.wav"));
                let mut writer = hound::WavWriter::create(path, spec).unwrap();
                for i in 0..length + 100 * index {
                    // Each a little higher than the one before it.
                    let height = height + f64::from(length / 100 + 20 * index);
                    let x = (f64::from(i) * height * std::f64::consts::TAU / 8000.0).sin();
                    let noise = f64::from(i * 7919 % 101) / 101.0;
                    writer.write_sample((12_000.0 * x + 500.0 * noise) as i16).unwrap();
                }
                writer.finalize().unwrap();
            }
        }
    }
}

const PATTERN: &str = "{label}_{speaker}_{index}";

#[test]
fn recordings_are_frames_with_zeros_behind_them() {
    let folder = tempfile::tempdir().unwrap();
    recordings(folder.path());
    let options =
        json!({"pattern": PATTERN, "features": 5, "test_by": "speaker", "test_values": ["bob"]});
    let data = load("sounds", folder.path(), options).unwrap();
    // The longest has 1,500 samples: a frame every 80 of them, and one more.
    assert_eq!(data.sample_shape().to_vec(), [19, 5]);
    assert_eq!(data.classes().unwrap(), ["high", "low"]);
    assert_eq!((data.train().len(), data.test().len()), (6, 6));
    let inputs = data.inputs().unwrap();
    let file = |name: &str| {
        let path = folder.path().join(name).display().to_string();
        sample(data.preparation_in_use().as_ref(), &path)
    };
    // Files stand by their names: high_ann_0 first, low_bob_2 last.
    assert_eq!(file("high_ann_0.wav").unwrap(), inputs.at(0).unwrap());
    assert_eq!(file("low_bob_2.wav").unwrap(), inputs.at(11).unwrap());
    let short = inputs.at(0).unwrap();
    assert!(short.data()[11 * 5..].iter().all(|&x| x == 0.0));
    assert!(short.data()[..11 * 5].chunks(5).all(|frame| frame.iter().any(|&x| x != 0.0)));
    // The train part's frames have mean 0 and deviation 1.
    let train: Vec<f32> = data.train().inputs().unwrap().data().chunks(5).map(|f| f[1]).collect();
    let frames: Vec<f32> = train.into_iter().filter(|&x| x != 0.0).collect();
    let mean = frames.iter().sum::<f32>() / frames.len() as f32;
    let variance =
        frames.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / frames.len() as f32;
    assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
}

#[test]
fn recordings_are_joined_within_their_part() {
    let folder = tempfile::tempdir().unwrap();
    recordings(folder.path());
    let options = json!({
        "pattern": PATTERN, "features": 5, "test_by": "index", "test_values": [2], "join": [2, 3], "standardize": false
    });
    let single = json!({"pattern": PATTERN, "features": 5, "standardize": false});
    let single = load("sounds", folder.path(), single).unwrap().inputs().unwrap();
    let data = load("sounds", folder.path(), options.clone()).unwrap();
    let Targets::Sequences { labels: strings, .. } = data.targets() else { panic!("labels") };
    assert_eq!((strings.dims(), data.train().len(), data.test().len()), (&[12, 3][..], 8, 4));
    let inputs = data.inputs().unwrap();
    for sample in 0..12 {
        let own = strings.gather(&[sample]).unwrap();
        let labels = own.data().iter().take_while(|&&label| label > 0).count();
        assert!((2..=3).contains(&labels), "{own:?}");
        assert!(own.data()[..labels].iter().all(|&label| label == 1 || label == 2));
        assert!(own.data()[labels..].iter().all(|&label| label == 0));
        // It begins with a recording of its part and class.
        let first = inputs.at(sample).unwrap().data()[..50].to_vec();
        let is_first = |file: &usize| single.at(*file).unwrap().data()[..50] == first[..];
        let file = (0..12).find(is_first).expect("a recording");
        assert_eq!(file % 3 == 2, sample >= 8, "recordings stay in their part");
        assert_eq!(file / 6 + 1, own.data()[0] as usize);
    }
    let again = load("sounds", folder.path(), options).unwrap();
    assert_eq!(again.inputs().unwrap(), inputs);
}

#[test]
fn recordings_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    recordings(folder.path());
    for (options, message) in [
        (json!({"pattern": "{speaker}"}), "has no field {label}"),
        (
            json!({"pattern": "{label}_{index}", "test_by": "speaker", "test_values": [1]}),
            "has no field {speaker}",
        ),
        (json!({"pattern": PATTERN, "test_by": "speaker"}), "go together"),
        (json!({"test_by": "speaker", "test_values": ["bob"]}), "which is not given"),
        (
            json!({"pattern": PATTERN, "test_by": "speaker", "test_values": ["bop"]}),
            "did you mean \"bob\"?",
        ),
        (json!({"pattern": "{label}-{index}"}), "does not fit the pattern"),
        (json!({"pattern": PATTERN, "join": [3, 2]}), "more than at most"),
        (json!({"pattern": PATTERN, "mels": 3}), "3 mel bands give no 40 coefficients"),
        (json!({}), "there are no folders of classes here"),
    ] {
        let error = refused("sounds", folder.path(), options.clone());
        assert!(error.contains(message), "{options}: {error}");
    }
    std::fs::write(folder.path().join("low_ann_9.wav"), b"RIFF").unwrap();
    let error = refused("sounds", folder.path(), json!({"pattern": PATTERN}));
    assert!(error.contains("low_ann_9.wav: ends before its samples"), "{error}");
    let kept =
        load("sounds", folder.path(), json!({"pattern": PATTERN, "skip_broken": true})).unwrap();
    assert_eq!(kept.len(), 12);
    assert!(kept.to_string().contains("one broken file left out: low_ann_9.wav"), "{kept}");
}
