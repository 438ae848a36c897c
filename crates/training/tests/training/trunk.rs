//! A trunk that was trained brings the preparation of its inputs to a new head, whose targets are the new data's.

use crate::common::{Watch, stage};
use relume_datasets::Dataset;
use relume_formats::DataSpec;
use relume_layers::NetworkSpec;
use relume_training::{Interrupt, Model, Plan, Silent, fit, load, save};
use std::path::Path;
use tempfile::tempdir;

/// A table `x,y` of these numbers, whose classes are two given words by turns.
fn table(path: &Path, header: &str, numbers: &[f64], classes: [&str; 2]) -> Dataset {
    let row = |(i, x): (usize, &f64)| format!("{x},{}\n", classes[i % 2]);
    let rows: String = numbers.iter().enumerate().map(row).collect();
    std::fs::write(path, format!("{header}\n{rows}")).unwrap();
    read("csv", path, &[("target", "y".into()), ("test", 0.0.into())])
}

fn read(kind: &str, path: &Path, named: &[(&str, relume_catalog::Value)]) -> Dataset {
    let named = named.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    let spec = DataSpec::from_arguments(kind, vec![path.to_str().unwrap().into()], named).unwrap();
    spec.inner().load().unwrap()
}

fn bundled(kind: &str) -> Dataset {
    DataSpec::from_arguments(kind, vec![], vec![]).unwrap().inner().load().unwrap()
}

fn train(model: &mut Model, data: &Dataset) -> Vec<String> {
    let mut watch = Watch::default();
    fit(model, data, &Plan::for_data(data, 1), &mut watch, &Interrupt::default()).unwrap();
    watch.warnings
}

/// A network of one layer that was trained on these data.
fn trained(data: &Dataset) -> Model {
    let mut model = Model::new(NetworkSpec::new(vec![stage("dense", Some(2.into()))]), 1);
    train(&mut model, data);
    model
}

/// The stages of a trained model with a new head.
fn with_head(trunk: &Model) -> Model {
    let spec = trunk.spec().clone().then(NetworkSpec::new(vec![stage("dense", Some(2.into()))]));
    Model::with_weights(spec, 2, trunk.weights()).unwrap()
}

#[test]
fn a_new_head_trains_on_inputs_as_the_trunk_took_them() {
    let folder = tempdir().unwrap();
    let a = table(&folder.path().join("a.csv"), "x,y", &[0., 2., 4., 6.], ["lo", "hi"]);
    let b = table(&folder.path().join("b.csv"), "x,y", &[3., 13., 23., 33.], ["cat", "dog"]);
    let trunk = trained(&a);
    let mut model = with_head(&trunk);
    // Mean 3 and deviation sqrt(5) of 0, 2, 4, 6: so 3, 13, 23, 33 become 0, 10, 20, 30 parts of sqrt(5).
    let expected: Vec<f32> = [0.0, 10.0, 20.0, 30.0].map(|x| (x / 5f64.sqrt()) as f32).to_vec();
    let check = |model: &Model| {
        let inputs = model.prepare(&b).unwrap().data.inputs().unwrap();
        for (x, y) in inputs.data().iter().zip(&expected) {
            assert!((x - y).abs() < 1e-5, "{inputs:?}");
        }
    };
    check(&model);
    assert_eq!(train(&mut model, &b), Vec::<String>::new());
    check(&model);
    assert_eq!(model.classes(), ["cat", "dog"]);
    // It is the model's own from here on.
    let path = folder.path().join("m.rlm");
    save(&model, &path).unwrap();
    check(&load(&path).unwrap());
    // Layers alone take the data as they are: mean 18, deviation sqrt(125).
    let fresh = Model::new(model.spec().clone(), 1).prepare(&b).unwrap().data;
    assert!((fresh.inputs().unwrap().data()[0] + 15.0 / 125f32.sqrt()).abs() < 1e-5);
}

#[test]
fn a_slice_carries_the_preparation_where_it_begins_with_the_first_stage() {
    let folder = tempdir().unwrap();
    let a = table(&folder.path().join("a.csv"), "x,y", &[0., 2., 4., 6.], ["lo", "hi"]);
    let mut model = with_head(&trained(&a));
    train(&mut model, &a);
    assert_eq!(model.slice(0..1).unwrap().preparation(), model.preparation());
    assert!(model.slice(0..1).unwrap().weights().preparation.is_decided());
    assert!(!model.slice(1..2).unwrap().weights().preparation.is_decided());
}

#[test]
fn another_column_is_refused_by_name_and_samples_of_another_kind_are_taken_as_they_are() {
    let folder = tempdir().unwrap();
    let a = table(&folder.path().join("a.csv"), "x,y", &[0., 2., 4., 6.], ["lo", "hi"]);
    let b = table(&folder.path().join("b.csv"), "z,y", &[0., 2., 4., 6.], ["lo", "hi"]);
    let mut model = with_head(&trained(&a));
    let error = fit(&mut model, &b, &Plan::for_data(&b, 1), &mut Silent, &Interrupt::default());
    let error = error.unwrap_err();
    assert!(error.to_string().contains("no column \"x\""), "{error}");
    assert!(error.help().unwrap().contains("fresh(...)"), "{error}");

    // 64 plain numbers are no table of one column: the head's first weights start fresh, and pixels stay pixels / 16.
    let digits = bundled("digits");
    let mut model = with_head(&trained(&a));
    let prepared = model.prepare(&digits).unwrap();
    assert_eq!(prepared.data.inputs().unwrap(), digits.inputs().unwrap());
    let [remark] = &prepared.remarks[..] else { panic!("{:?}", prepared.remarks) };
    assert!(remark.contains("is not taken: it is for rows of a table of shape 1"), "{remark}");
    assert!(remark.contains("plain numbers of shape 64"), "{remark}");
    let spec = model
        .spec()
        .slice(0..1)
        .unwrap()
        .then(NetworkSpec::new(vec![stage("dense", Some(10.into()))]));
    model = Model::with_weights(spec, 1, model.weights()).unwrap();
    let told = train(&mut model, &digits);
    assert!(told.iter().any(|text| text.contains("0.weight starts fresh")), "{told:?}");
    assert_eq!(model.preparation().cloned(), digits.preparation_in_use());
}

#[test]
fn texts_keep_the_vocabulary_of_the_trunk() {
    let folder = tempdir().unwrap();
    let texts = |name: &str, words: [&str; 2]| {
        for class in ["a", "b"] {
            let folder = folder.path().join(name).join(class);
            std::fs::create_dir_all(&folder).unwrap();
            for (i, word) in words.iter().enumerate() {
                std::fs::write(folder.join(format!("{i}.txt")), format!("{word} {word} {class}"))
                    .unwrap();
            }
        }
        let named = [("length", 4.into()), ("test", 0.0.into()), ("min_count", 1.into())];
        read("texts", &folder.path().join(name), &named)
    };
    let (first, other) = (texts("first", ["red", "green"]), texts("other", ["green", "blue"]));
    let layers: NetworkSpec = "embedding(20, 2) -> flatten -> dense(2)".parse().unwrap();
    let mut trunk = Model::new(layers, 1);
    train(&mut trunk, &first);
    let prepared = with_head(&trunk).prepare(&other).unwrap();
    let words = |data: &Dataset| data.inputs().unwrap().data().to_vec();
    // The first data set's "green" (samples 1 and 3) is the same index as the other's (samples 0 and 2).
    assert_eq!(words(&prepared.data)[..4], words(&first)[4..8]);
    assert!(prepared.remarks[0].contains("such as blue"), "{:?}", prepared.remarks);
}

#[test]
fn a_layer_that_is_not_registered_is_refused_by_its_name_when_a_file_is_loaded() {
    let folder = tempdir().unwrap();
    let a = table(&folder.path().join("a.csv"), "x,y", &[0., 2., 4., 6.], ["lo", "hi"]);
    let path = folder.path().join("m.rlm");
    save(&trained(&a), &path).unwrap();
    let mut file = relume_serialization::load(&path).unwrap();
    assert!(file.network.contains("\"dense\""), "{}", file.network);
    file.network = file.network.replace("\"dense\"", "\"rescaling\"");
    relume_serialization::save(&path, &file).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("there is no `rescaling`"), "{error}");
    assert!(
        error.contains("one from outside must be registered before, with register of LayerSpec"),
        "{error}"
    );
}
