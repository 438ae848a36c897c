//! Data beside those that a model was trained on: prepared as its own were, classes matched by name, what does not fit
//! refused by name.

use crate::common::{Watch, stage};
use relume_datasets::augmentations::{PaddingMode, RandomCrop};
use relume_datasets::{Batches, DataError, Dataset, Part, Prepared, Split, Targets};
use relume_formats::{DataSpec, sample};
use relume_layers::NetworkSpec;
use relume_tensor::Tensor;
use relume_training::{Interrupt, Model, Plan, Silent, TrainError, evaluate, fit, load, save};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::{TempDir, tempdir};

fn read(kind: &str, path: &Path, named: Value) -> Dataset {
    let named = named.as_object().unwrap().clone().into_iter().collect();
    let path = path.to_str().unwrap().into();
    let spec = DataSpec::from_arguments(kind, vec![path], named).unwrap();
    spec.inner().load().unwrap()
}

/// A table in a file of its own, which predicts the column y unless `named` says otherwise.
fn table(folder: &TempDir, name: &str, text: &str, named: Value) -> Dataset {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let mut named = named;
    named["target"] = named.get("target").cloned().unwrap_or("y".into());
    read("csv", &path, named)
}

/// A network of one layer that was trained on these data once.
fn trained(data: &Dataset) -> Model {
    let outputs = data.outputs();
    let layers = vec![stage("flatten", None), stage("dense", Some(outputs.into()))];
    let layers = if data.sample_shape().rank() > 1 { layers } else { layers[1..].to_vec() };
    let mut model = Model::new(NetworkSpec::new(layers), 1);
    train(&mut model, data, 1);
    model
}

fn train(model: &mut Model, data: &Dataset, epochs: u64) {
    let plan = Plan::for_data(data, epochs);
    fit(model, data, &plan, &mut Silent, &Interrupt::default()).unwrap();
}

/// The inputs as the model takes them, with what is remarked.
fn inputs(model: &Model, data: &Dataset) -> (Tensor, Vec<String>) {
    let Prepared { data, remarks } = model.prepare(data).unwrap();
    (data.inputs().unwrap(), remarks)
}

fn assert_close(ours: &[f32], expected: &[f32]) {
    assert_eq!(ours.len(), expected.len(), "{ours:?}");
    for (x, y) in ours.iter().zip(expected) {
        assert!((x - y).abs() < 1e-5, "{ours:?} {expected:?}");
    }
}

/// What a refusal says, with its help.
fn refused(model: &Model, data: &Dataset) -> String {
    let error = model.prepare(data).unwrap_err();
    assert!(matches!(error, TrainError::Data(DataError::Mismatch { .. })), "{error}");
    let text = format!("{error} | {}", error.help().unwrap_or_default());
    assert!(!text.contains("end the network"), "{text}");
    text
}

/// Rows `x,y` from one number on: "lo" up to 4.5, "hi" above.
fn steps(from: usize) -> String {
    let row = |i: usize| {
        let x = (from + i) as f64 / 10.0;
        format!("{x},{}\n", if x < 4.5 { "lo" } else { "hi" })
    };
    "x,y\n".to_string() + &(0..90).map(row).collect::<String>()
}

#[test]
fn other_tables_are_standardised_by_the_rows_that_were_trained_on() {
    let folder = tempdir().unwrap();
    let d = table(&folder, "train.csv", &steps(0), json!({}));
    let other = table(&folder, "other.csv", &steps(30), json!({}));
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(2.into()))]), 1);
    train(&mut model, &d, 300);
    let loss = Plan::for_data(&d, 1).loss;
    let right = |part: Part| evaluate(&model, &part, &loss).unwrap().metric_value;
    // By its own rows, the middle of the other table would be taken for the border: some 65 %.
    assert!(right(d.all()) > 0.97, "{}", right(d.all()));
    assert!(right(other.all()) > 0.97, "{}", right(other.all()));
    // The same number is the same input, wherever it stands: 3.0 to 8.9 are rows 30 to 89 of the one and 0 to 59 of the
    // other.
    let (mine, theirs) = (d.inputs().unwrap(), inputs(&model, &other).0);
    assert_eq!(mine.data()[30..], theirs.data()[..60]);
    // So it is in a part, in a slice of one, and after the model was saved and loaded.
    let path = folder.path().join("m.rlm");
    save(&model, &path).unwrap();
    let again = load(&path).unwrap();
    let part = other.all().slice(0, 60).unwrap();
    let (part, remarks) = again.prepare_part(&part).unwrap();
    assert_eq!(part.inputs().unwrap().data(), &mine.data()[30..]);
    assert!(remarks.is_empty());
}

#[test]
fn going_on_with_other_data_keeps_the_preparation() {
    let folder = tempdir().unwrap();
    let d = table(&folder, "train.csv", &steps(0), json!({}));
    let other = table(&folder, "other.csv", &steps(30), json!({}));
    let mut model = trained(&d);
    let before = model.preparation().cloned();
    train(&mut model, &other, 1);
    assert_eq!(model.preparation().cloned(), before);
    // Data that are prepared like this already are not computed anew: the batches are those of the data set itself.
    let prepared = model.prepare(&d).unwrap().data;
    let [ours, own] = [&prepared, &d].map(|data| {
        let batch = Batches::shuffled(data.train(), 8, 1, 0).next().unwrap().unwrap();
        batch.inputs.to_tensor().unwrap().data().to_vec()
    });
    assert_eq!(ours, own);
}

#[test]
fn words_become_what_they_were_for_the_model_and_unknown_ones_are_said() {
    let folder = tempdir().unwrap();
    let rows = "red,q\nred,q\ngreen,q\nblue,p\nblue,p\n".repeat(4);
    let other = "c,y\namber,p\nblue,p\ngreen,q\namber,p\n";
    for option in ["one_hot", "index"] {
        let named = json!({option: ["c"]});
        let d = table(&folder, "c_train.csv", &format!("c,y\n{rows}"), named.clone());
        let model = trained(&d);
        let named = json!({option: ["c"], "test": 0});
        let other = table(&folder, "c_other.csv", other, named);
        let (inputs, remarks) = inputs(&model, &other);
        // The model's words are blue, green, red.
        let expected: &[f32] = match option {
            "one_hot" => &[0., 0., 0., 1., 0., 0., 0., 1., 0., 0., 0., 0.],
            _ => &[0., 1., 2., 0.],
        };
        assert_eq!(inputs.data(), expected, "{option}");
        assert_eq!(
            remarks,
            [
                "c_other: the column \"c\" holds \"amber\" (2 times), which the network was not trained on"
            ]
        );
    }
    // Numbers that stand for words are found by their value.
    let d = table(
        &folder,
        "n.csv",
        &format!("c,y\n{}", "1,a\n2,b\n".repeat(9)),
        json!({"one_hot": ["c"]}),
    );
    let other = table(&folder, "n_other.csv", "c,y\n2.0,a\n1.0,b\n3,b\n", json!({"test": 0}));
    let (inputs, remarks) = inputs(&trained(&d), &other);
    assert_eq!(inputs.data(), [0., 1., 1., 0., 0., 0.]);
    assert!(remarks[0].contains("\"3\""), "{remarks:?}");
}

#[test]
fn columns_are_matched_by_name() {
    let folder = tempdir().unwrap();
    let d = table(&folder, "d.csv", "a,b,y\n1,10,p\n3,30,q\n1,10,p\n3,30,q\n", json!({"test": 0}));
    let model = trained(&d);
    let own = d.inputs().unwrap();
    assert_close(own.data(), &[-1., -1., 1., 1., -1., -1., 1., 1.]);
    let other = "y,extra,b,a\np,0,30,1\nq,7,10,3\n";
    let other = table(&folder, "other.csv", other, json!({"test": 0}));
    assert_close(inputs(&model, &other).0.data(), &[-1., 1., 1., -1.]);
    let lines = "{\"b\": 30, \"y\": \"p\", \"a\": 1}\n{\"b\": 10, \"y\": \"q\", \"a\": 3}\n";
    let other = table(&folder, "other.jsonl", lines, json!({"test": 0}));
    assert_close(inputs(&model, &other).0.data(), &[-1., 1., 1., -1.]);
    let other = table(&folder, "none.csv", "a,c,y\n1,2,p\n3,4,q\n", json!({"test": 0}));
    let text = refused(&model, &other);
    assert!(text.contains("no column \"b\"") && text.contains("a, c"), "{text}");
    let other = "a,b,y\n1,x,p\n3,y,q\n";
    let other = table(&folder, "words.csv", other, json!({"test": 0, "one_hot": ["b"]}));
    let text = refused(&model, &other);
    assert!(text.contains("\"b\" holds \"x\""), "{text}");
}

#[test]
fn missing_cells_are_filled_as_the_model_fills_them() {
    let folder = tempdir().unwrap();
    let mean = json!({"missing": "mean", "test": 0, "standardize": false});
    let d = table(&folder, "d.csv", "a,y\n1,p\n3,q\n,p\n5,q\n", mean.clone());
    let other = table(&folder, "other.csv", "a,y\n100,p\n,q\n", mean);
    assert_eq!(inputs(&trained(&d), &other).0.data(), [100., 3.]);
    let strict = table(&folder, "strict.csv", "a,y\n1,p\n3,q\n", json!({"test": 0}));
    let text = refused(&trained(&strict), &other);
    assert!(text.contains("sample 1 has nothing in the column \"a\""), "{text}");
    assert!(text.contains("missing=\"drop\""), "{text}");
}

#[test]
fn classes_are_matched_by_name() {
    let folder = tempdir().unwrap();
    let d = table(&folder, "d.csv", &format!("x,y\n{}", "1,a\n2,b\n3,c\n".repeat(5)), json!({}));
    let model = trained(&d);
    // As classes are sorted, c is the other table's second one, and the model's third.
    let other = table(&folder, "other.csv", "x,y\n3,c\n2,b\n3,c\n", json!({"test": 0}));
    let prepared = model.prepare(&other).unwrap().data;
    let Targets::Classes { names, labels } = prepared.targets() else { panic!("classes") };
    assert_eq!((names.as_slice(), labels.as_slice()), (d.classes().unwrap(), &[2, 1, 2][..]));
    let result = evaluate(&model, &other.all(), &Plan::for_data(&d, 1).loss).unwrap();
    assert_eq!(result.classes, ["a", "b", "c"]);
    assert_eq!(
        result.confusion.iter().map(|row| row.iter().sum()).collect::<Vec<usize>>(),
        [0, 1, 2]
    );
    let strange = table(&folder, "strange.csv", "x,y\n3,c\n4,d\n", json!({"test": 0}));
    let text = refused(&model, &strange);
    assert!(text.contains("class \"d\"") && text.contains("a, b, c"), "{text}");
    let result = evaluate(&model, &strange.all(), &Plan::for_data(&d, 1).loss);
    assert!(matches!(result, Err(TrainError::Data(DataError::Mismatch { .. }))));
    let mut going_on = model.clone();
    let plan = Plan::for_data(&strange, 1);
    assert!(fit(&mut going_on, &strange, &plan, &mut Silent, &Interrupt::default()).is_err());
    // What it was trained to predict is no matter where only its inputs are wanted.
    assert!(model.prepare_inputs(&strange).is_ok());
}

#[test]
fn few_whole_numbers_are_still_numbers_for_a_model_that_predicts_numbers() {
    let folder = tempdir().unwrap();
    let rows: String = (0..60).map(|i| format!("{i},{}\n", 2 * i)).collect();
    let d = table(&folder, "d.csv", &format!("x,y\n{rows}"), json!({}));
    assert!(d.classes().is_none());
    let model = trained(&d);
    let other = table(&folder, "other.csv", "x,y\n1,2\n5,10\n", json!({"test": 0}));
    assert!(other.classes().is_some());
    let prepared = model.prepare(&other).unwrap().data;
    assert_eq!(prepared.all().targets().unwrap().to_tensor().unwrap().data(), [2., 10.]);
    let words = table(&folder, "words.csv", "x,y\n1,two\n5,ten\n", json!({"test": 0}));
    let text = refused(&model, &words);
    assert!(text.contains("\"ten\""), "{text}");
    // And numbers are no classes for one that tells classes apart.
    let classes = table(&folder, "c.csv", "x,y\n1,a\n2,b\n1,a\n2,b\n", json!({"test": 0}));
    let text = refused(&trained(&classes), &d);
    assert!(text.contains("task=\"classes\""), "{text}");
}

#[test]
fn texts_are_spelt_in_the_models_vocabulary() {
    let folder = tempdir().unwrap();
    let texts = |name: &str, rows: &str, named: Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("text,label\n{rows}")).unwrap();
        read("texts", &path, named)
    };
    let rows = "good good fine,pos\nbad sad,neg\n".repeat(4);
    let d = texts("d.csv", &rows, json!({"length": 3}));
    let model = trained(&d);
    // Other words, another length, another way to take texts apart.
    let named = json!({"length": 7, "unit": "characters", "test": 0});
    let other = texts("other.csv", "Sad yak good good,neg\nfine,pos\n", named);
    let (inputs, remarks) = inputs(&model, &other);
    let mut expected = Vec::new();
    for text in ["Sad yak good good", "fine"] {
        expected.extend_from_slice(sample(model.preparation(), text).unwrap().data());
    }
    assert_eq!(inputs.data(), expected);
    // Words by frequency and then by text: good 2, bad 3, fine 4, sad 5; the end of a longer text is cut.
    assert_eq!(inputs.data(), [5., 1., 2., 4., 0., 0.]);
    assert_eq!(remarks.len(), 1);
    assert!(remarks[0].contains("20.0 %") && remarks[0].ends_with("such as yak"), "{remarks:?}");
    let moons = table(&folder, "m.csv", "x,y\n1,a\n2,b\n1,a\n2,b\n", json!({"test": 0}));
    let text = refused(&model, &moons);
    assert!(text.contains("holds rows of a table, but the network was trained on texts"), "{text}");
}

/// A PNG file of this size in one gray or three colours, whose pixels differ.
fn picture(path: &Path, size: u32, gray: bool) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = png::Encoder::new(std::fs::File::create(path).unwrap(), size, size);
    encoder.set_color(if gray { png::ColorType::Grayscale } else { png::ColorType::Rgb });
    let count = size * size * if gray { 1 } else { 3 };
    let bytes: Vec<u8> = (0..count).map(|i| (i * 37 % 251) as u8).collect();
    encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
}

fn pictures(root: &Path, size: u32, gray: bool) {
    for class in ["a", "b"] {
        (0..4).for_each(|i| picture(&root.join(format!("{class}/{i}.png")), size, gray));
    }
}

#[test]
fn pictures_of_another_size_or_other_channels_become_the_models() {
    let folder = tempdir().unwrap();
    let [small, large] = ["small", "large"].map(|name| folder.path().join(name));
    pictures(&small, 6, false);
    pictures(&large, 9, false);
    let model = trained(&read("images", &small, json!({})));
    let path = large.join("a/0.png").display().to_string();
    let expected = sample(model.preparation(), &path).unwrap();
    assert_eq!(expected.dims(), [3, 6, 6]);
    // In memory at their own size, brought to another one first, in gray, or in their files: the picture is read as a
    // sample is.
    for named in
        [json!({}), json!({"size": [4, 4]}), json!({"channels": "gray"}), json!({"memory": 0})]
    {
        let (inputs, remarks) = inputs(&model, &read("images", &large, named.clone()));
        assert_eq!(inputs.dims(), [8, 3, 6, 6]);
        let from = if named.get("size").is_some() { "4 x 4" } else { "9 x 9" };
        let [remark] = &remarks[..] else { panic!("{named}: {remarks:?}") };
        assert!(
            remark.contains(&format!("8 images of {from} pixels are brought to 6 x 6")),
            "{remark}"
        );
        assert_eq!(inputs.data()[..expected.count()], *expected.data(), "{named}");
    }
    let gray = trained(&read("images", &small, json!({"channels": "gray"})));
    let expected = sample(gray.preparation(), &path).unwrap();
    let (inputs, _) = inputs(&gray, &read("images", &large, json!({})));
    assert_eq!(inputs.data()[..expected.count()], *expected.data());
}

#[test]
fn pictures_are_cut_as_those_of_the_model_were() {
    let folder = tempdir().unwrap();
    let [small, large] = ["small", "large"].map(|name| folder.path().join(name));
    pictures(&small, 6, false);
    pictures(&large, 9, false);
    let crop = |size: usize| RandomCrop {
        size: [size, size],
        padding: [0, 0],
        fill: 0,
        padding_mode: PaddingMode::Constant,
    };
    let d = read("images", &small, json!({})).augmented(crop(4).into()).unwrap();
    let model = trained(&d);
    let other = read("images", &large, json!({}));
    let (inputs, _) = inputs(&model, &other);
    let expected =
        sample(model.preparation(), &large.join("a/0.png").display().to_string()).unwrap();
    assert_eq!(inputs.dims(), [8, 3, 4, 4]);
    assert_eq!(inputs.data()[..expected.count()], *expected.data());
    let text = refused(&model, &other.augmented(crop(5).into()).unwrap());
    assert!(text.contains("images of 3 x 5 x 5") && text.contains("images of 3 x 4 x 4"), "{text}");
    assert!(text.contains("randomcrop"), "{text}");
}

/// A NumPy file of these bytes.
fn npy(path: &Path, descr: &str, shape: &[usize], bytes: &[u8]) {
    let shape: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
}

#[test]
fn arrays_are_prepared_as_those_of_the_model() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let labels: Vec<u8> = (0..10).map(|i| i % 2).collect();
    npy(&path("y.npy"), "|u1", &[10], &labels);
    let load = |name: &str, named: Value| {
        let mut named = named;
        named["targets"] = path("y.npy").to_str().unwrap().into();
        read("numpy", &path(name), named)
    };
    let floats = |from: f64, step: f64| -> Vec<u8> {
        (0..20).flat_map(|i| (from + step * f64::from(i)).to_le_bytes()).collect()
    };
    npy(&path("x.npy"), "<f8", &[10, 2], &floats(0.0, 0.5));
    npy(&path("z.npy"), "<f8", &[10, 2], &floats(5.0, 0.5));
    let (d, other) = (load("x.npy", json!({})), load("z.npy", json!({})));
    let model = trained(&d);
    let mine = d.inputs().unwrap();
    assert_eq!(inputs(&model, &other).0.data()[..10], mine.data()[10..]);
    // Images of bytes in another size are resized.
    let bytes: Vec<u8> = (0..10 * 36).map(|i| (i * 37 % 251) as u8).collect();
    npy(&path("i.npy"), "|u1", &[10, 6, 6], &bytes);
    npy(&path("j.npy"), "|u1", &[10, 3, 4], &bytes[..120]);
    let model = trained(&load("j.npy", json!({})));
    let (inputs, _) = inputs(&model, &load("i.npy", json!({})));
    assert_eq!(inputs.dims(), [10, 1, 3, 4]);
    let file = path("i.png");
    let mut encoder = png::Encoder::new(std::fs::File::create(&file).unwrap(), 6, 6);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&bytes[..36]).unwrap();
    let expected = sample(model.preparation(), file.to_str().unwrap()).unwrap();
    assert_eq!(inputs.data()[..12], *expected.data());
}

#[test]
fn seconds_since_1970_are_told_apart_in_tables_and_arrays() {
    let folder = tempdir().unwrap();
    // numpy: (x - x.mean()) / x.std() of 1700000000 + [0, 1, 2, 3].
    let expected = [-1.341_640_8, -0.447_213_6, 0.447_213_6, 1.341_640_8];
    let rows: String =
        (0..4).map(|i| format!("{},{}\n", 1_700_000_000 + i, ["p", "q"][i % 2])).collect();
    let d = table(&folder, "ts.csv", &format!("t,y\n{rows}"), json!({"test": 0}));
    assert_close(d.inputs().unwrap().data(), &expected);
    let model = trained(&d);
    let one = sample(model.preparation(), "1700000003").unwrap();
    assert_close(one.data(), &expected[3..]);
    let path = folder.path().join("m.rlm");
    save(&model, &path).unwrap();
    assert_eq!(load(&path).unwrap().preparation(), model.preparation());
    let bytes: Vec<u8> = (0..4).flat_map(|i| (1_700_000_000_i64 + i).to_le_bytes()).collect();
    npy(&folder.path().join("t.npy"), "<i8", &[4, 1], &bytes);
    npy(&folder.path().join("y.npy"), "|u1", &[4], &[0, 1, 0, 1]);
    let named = json!({"targets": folder.path().join("y.npy").to_str().unwrap(), "test": 0});
    let array = read("numpy", &folder.path().join("t.npy"), named);
    assert_close(array.inputs().unwrap().data(), &expected);
}

/// A tone of a second at this rate.
fn tone(path: &Path, rate: u32, hertz: f64) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for i in 0..rate / 4 {
        let t = f64::from(i) / f64::from(rate);
        let x = (2.0 * std::f64::consts::PI * hertz * t).sin();
        writer.write_sample((x * 20_000.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

#[test]
fn recordings_at_another_rate_are_heard_as_the_models_were() {
    let folder = tempdir().unwrap();
    let [low, high] = ["low", "high"].map(|name| folder.path().join(name));
    for (root, rate) in [(&low, 8000), (&high, 16000)] {
        for (class, hertz) in [("a", 300.0), ("b", 900.0)] {
            (0..3).for_each(|i| {
                tone(&root.join(format!("{class}/{i}.wav")), rate, hertz + 10.0 * f64::from(i))
            });
        }
    }
    let d = read("sounds", &low, json!({"features": 13}));
    let model = trained(&d);
    let path = high.join("a/0.wav").display().to_string();
    let expected = sample(model.preparation(), &path).unwrap();
    // Another rate, and other features beside that.
    for named in [json!({"features": 13}), json!({"features": 20, "kind": "logmel", "length": 5})] {
        let (inputs, _) = inputs(&model, &read("sounds", &high, named));
        assert_eq!(inputs.dims()[1..], *d.sample_shape().to_vec());
        assert_eq!(inputs.data()[..expected.count()], *expected.data());
    }
}

#[test]
fn labels_of_strings_are_matched_by_name() {
    let folder = tempdir().unwrap();
    (0..6).for_each(|i| {
        tone(&folder.path().join(format!("{i}.wav")), 8000, 300.0 + 50.0 * f64::from(i))
    });
    let list = |name: &str, texts: [&str; 6]| {
        let rows = texts.iter().enumerate().map(|(i, text)| format!("{i}.wav,{text},train\n"));
        let text = "path,text,split\n".to_string() + &rows.collect::<String>();
        std::fs::write(folder.path().join(name), text).unwrap();
        read("sounds", &folder.path().join(name), json!({"target": "text", "features": 13}))
    };
    let d = list("d.csv", ["ab", "bc", "abc", "a", "b", "c"]);
    let other = list("other.csv", ["bc", "cb", "b", "c", "bb", "cc"]);
    let mut model = Model::new(
        NetworkSpec::new(vec![stage("flatten", None), stage("dense", Some(3.into()))]),
        1,
    );
    train(&mut model, &d, 1);
    let prepared = model.prepare(&other).unwrap().data;
    assert_eq!(prepared.labels(), ["a", "b", "c"]);
    // b is the other list's first label, and the model's second.
    assert_eq!(
        prepared.all().targets().unwrap().to_tensor().unwrap().data()[..4],
        [2., 3., 3., 2.]
    );
}

#[test]
fn labels_are_saved_with_the_targets_and_read_from_files_that_have_them_with_the_inputs() {
    let folder = tempdir().unwrap();
    (0..4).for_each(|i| tone(&folder.path().join(format!("{i}.wav")), 8000, 300.0));
    let rows: String = (0..4).map(|i| format!("{i}.wav,ab,train\n")).collect();
    std::fs::write(folder.path().join("d.csv"), format!("path,text,split\n{rows}")).unwrap();
    let named = json!({"target": "text", "features": 13});
    let d = read("sounds", &folder.path().join("d.csv"), named);
    let model = trained_flat(&d);
    let path = folder.path().join("m.rlm");
    save(&model, &path).unwrap();
    assert_eq!(load(&path).unwrap().labels(), ["a", "b"]);
    // As files were written before: the labels stand with what is done to recordings.
    let mut file = relume_serialization::load(&path).unwrap();
    let mut network: Value = serde_json::from_str(&file.network).unwrap();
    let labels = network.as_object_mut().unwrap().remove("labels").unwrap();
    let mut preparation: Value = serde_json::from_str(file.preparation.as_ref().unwrap()).unwrap();
    assert_eq!(preparation["raw"]["sound"].get("labels"), None);
    preparation["raw"]["sound"]["labels"] = labels;
    (file.network, file.preparation) = (network.to_string(), Some(preparation.to_string()));
    relume_serialization::save(&path, &file).unwrap();
    let old = load(&path).unwrap();
    assert_eq!(old.labels(), ["a", "b"]);
    assert_eq!(old.preparation(), model.preparation());
}

/// A network of one layer after all frames, for two numbers.
fn trained_flat(data: &Dataset) -> Model {
    let layers = vec![stage("flatten", None), stage("dense", Some(data.outputs().into()))];
    let mut model = Model::new(NetworkSpec::new(layers), 1);
    train(&mut model, data, 1);
    model
}

#[test]
fn a_model_that_was_not_trained_takes_data_as_they_are() {
    let inputs = Tensor::from_fn([4, 2], |i| i as f32);
    let targets =
        Targets::Classes { names: vec!["z".into(), "a".into()], labels: vec![0, 1, 0, 1] };
    let data = Dataset::new("d", inputs.clone(), targets, Split::every(4, 5)).unwrap();
    let model = Model::new(NetworkSpec::new(vec![stage("dense", Some(2.into()))]), 1);
    let Prepared { data, remarks } = model.prepare(&data).unwrap();
    assert_eq!(data.inputs().unwrap(), inputs);
    assert_eq!(data.classes().unwrap(), ["z", "a"]);
    assert!(remarks.is_empty());
}

#[test]
fn what_a_model_does_not_know_is_said_while_it_is_trained() {
    let folder = tempdir().unwrap();
    let rows = "red,q\nblue,p\n".repeat(8);
    let d = table(&folder, "d.csv", &format!("c,y\n{rows}"), json!({"one_hot": ["c"]}));
    let rows = "red,q\namber,p\n".repeat(8);
    let other = table(&folder, "other.csv", &format!("c,y\n{rows}"), json!({"one_hot": ["c"]}));
    let mut model = trained(&d);
    let mut watch = Watch::default();
    let plan = Plan::for_data(&d, 1);
    fit(&mut model, &other, &plan, &mut watch, &Interrupt::default()).unwrap();
    assert!(watch.warnings.iter().any(|warning| warning.contains("amber")), "{:?}", watch.warnings);
}
