//! Preparations that are learned anew from the train part of a fold.

use relume_catalog::Value;
use relume_datasets::{Dataset, Raw};
use relume_formats::DataSpec;
use serde_json::json;

fn load(source: &str, text: &str, named: Value) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, text).unwrap();
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    let path = json!(path.to_str().unwrap());
    DataSpec::from_arguments(source, vec![path], named).unwrap().inner().load().unwrap()
}

/// Means, fillings and words of a table are those of the rows that are trained on.
#[test]
fn columns_are_learned_from_the_train_part_of_a_fold() {
    let rows: String = (0..9)
        .map(|i| format!("{},w{i},{}.5\n", if i == 4 { String::new() } else { i.to_string() }, i))
        .collect();
    let text = format!("a,word,y\n{rows}");
    let options = json!({"target": "y", "one_hot": ["word"], "missing": "mean", "test": 0});
    let data = load("csv", &text, options);
    assert_eq!(data.sample_shape().to_vec(), [10]);
    for own in data.folds(3, 0).unwrap() {
        let refitted = own.refitted().unwrap();
        assert_eq!(refitted.sample_shape().to_vec(), [7], "a and the words of six rows");
        let train: Vec<f64> =
            own.train().indices().iter().filter(|&&i| i != 4).map(|&i| i as f64).collect();
        let mean = train.iter().sum::<f64>() / train.len() as f64;
        let shift = f64::from(refitted.preparation().unwrap().shift[0]);
        assert!((shift - mean).abs() < 1e-6, "{shift} {mean}");
        // A word of the fold itself is unknown: no input is 1.
        let tested = refitted.test().inputs().unwrap();
        let words = tested.data().chunks_exact(7).map(|row| row[1..].iter().sum::<f32>());
        assert!(words.into_iter().all(|sum| sum == 0.0));
    }
    // A test part has no say either.
    let windows =
        json!({"target": "y", "ignore": ["word"], "window": 2, "missing": "mean", "test": 0});
    let windows = load("csv", &text, windows);
    let fold = windows.folds(2, 0).unwrap().remove(0);
    let refitted = fold.refitted().unwrap();
    assert_ne!(refitted.preparation(), windows.preparation());
}

#[test]
fn the_vocabulary_of_a_fold_is_that_of_its_train_part() {
    let rows: String = (0..6).map(|i| format!("word{i} common,{}\n", i % 2)).collect();
    let data = load("texts", &format!("text,label\n{rows}"), json!({"test": 0, "length": 2}));
    for own in data.folds(3, 0).unwrap() {
        let refitted = own.refitted().unwrap();
        let Some(Raw::Text(raw)) = &refitted.preparation().unwrap().raw else { panic!("texts") };
        for i in 0..6 {
            let is_trained = own.train().indices().contains(&i);
            assert_eq!(raw.vocabulary.index(&format!("word{i}")).is_some(), is_trained);
        }
    }
}
