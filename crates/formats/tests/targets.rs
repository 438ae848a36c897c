//! What is predicted from tables: numbers with all their digits, several numbers, several labels.

use relume_catalog::Value;
use relume_datasets::{Batches, DataError, Dataset, Part, Targets};
use relume_formats::DataSpec;
use serde_json::json;

/// A data set of a source, from a file of this text.
fn load(source: &str, file: &str, text: &str, named: Value) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    let spec = DataSpec::from_arguments(source, vec![json!(path)], named);
    let shown = |error: DataError| {
        format!("{error} | {}", error.help().unwrap_or_default()).replace(path, file)
    };
    spec.map_err(|error| error.to_string())?.inner().load().map_err(shown)
}

fn csv(text: &str, named: Value) -> Result<Dataset, String> {
    load("csv", "table.csv", text, named)
}

/// The targets as the loss gets them.
fn of_batch(part: Part) -> Vec<f32> {
    let count = part.len();
    let batch = Batches::in_order(part, count).next().unwrap().unwrap();
    batch.targets.to_tensor().unwrap().data().to_vec()
}

fn values(data: &Dataset) -> (&[String], Vec<f32>) {
    let Targets::Values { names, values } = data.targets() else { panic!("numbers") };
    (names, values.data().to_vec())
}

/// Seconds since 1970, one after the other: as f32 all are 1,700,000,000. `(x - x.mean()) / x.std()` of NumPy.
#[test]
fn what_f32_cannot_tell_apart_is_scaled_with_all_digits() {
    let rows: String = (0..3).map(|i| format!("{i},170000000{i}\n")).collect();
    let text = format!("a,when\n{rows}");
    let options = json!({"target": "when", "task": "numbers", "test": 0});
    let error = csv(&text, options).unwrap_err();
    assert!(
        error.contains("when varies by 0.816") && error.contains("scale_target=true"),
        "{error}"
    );
    // One value alone is as it is.
    assert!(csv("a,y\n1,0.1\n2,0.1\n", json!({"target": "y", "test": 0})).is_ok());
    let options = json!({"target": "when", "task": "numbers", "test": 0, "scale_target": true});
    let rows: String = (0..3).map(|i| format!("170000000{i} 1:{i}\n")).collect();
    let sparse = json!({"task": "numbers", "test": 0, "scale_target": true});
    for data in [csv(&text, options), load("libsvm", "rows.svm", &rows, sparse)] {
        let data = data.unwrap();
        for (x, expected) in of_batch(data.train()).iter().zip([-1.224_744_9_f32, 0.0, 1.224_744_9])
        {
            assert!((x - expected).abs() < 1e-6, "{x} {expected}");
        }
        let expected: Vec<Vec<f64>> = (0..3).map(|i| vec![1.7e9 + f64::from(i)]).collect();
        assert_eq!(data.all().numbers().unwrap(), expected);
        let scaling = data.target_scaling().unwrap();
        assert!((scaling.unscaled(0, 1.224_744_9) - 1_700_000_002.0).abs() < 1e-5);
    }
}

#[test]
fn several_columns_are_several_numbers_each_scaled_by_itself() {
    let text = "a,low,high,b\n1,1.5,10,5\n2,2.5,20,6\n3,3.5,60,7\n";
    let options = json!({"target": ["high", "low"], "test": 0, "scale_target": true});
    let data = csv(text, options).unwrap();
    let (names, numbers) = values(&data);
    assert_eq!(names, ["high", "low"]);
    assert_eq!(numbers, [10.0, 1.5, 20.0, 2.5, 60.0, 3.5]);
    assert_eq!(data.features(), ["a", "b"]);
    // scikit-learn's StandardScaler().fit_transform of the two columns.
    let expected = [-0.925_820_1, -1.224_744_9, -0.462_910_05, 0.0, 1.388_73, 1.224_744_9];
    for (x, expected) in of_batch(data.train()).iter().zip(expected) {
        assert!((x - expected).abs() < 1e-6, "{x} {expected}");
    }
    let by_index = csv(text, json!({"target": [2, 1], "test": 0})).unwrap();
    assert_eq!(values(&by_index), (names, numbers));
    let lines = "{\"a\": 1, \"low\": 1.5, \"high\": 10}\n{\"a\": 2, \"low\": 2.5, \"high\": 20}\n";
    let options = json!({"target": ["low", "high"], "test": 0});
    let data = load("csv", "rows.jsonl", lines, options).unwrap();
    assert_eq!(values(&data).1, [1.5, 10.0, 2.5, 20.0]);
}

#[test]
fn several_columns_of_0_and_1_are_labels_and_it_is_said() {
    let text = "a,red,round,heavy\n1,1,0,true\n2,0,0,false\n3,1,1,true\n4,0,1,false\n";
    let data = csv(text, json!({"target": ["red", "round", "heavy"], "test": 0})).unwrap();
    assert!(data.targets().are_several_labels());
    assert_eq!(values(&data).1, [1., 0., 1., 0., 0., 0., 1., 1., 1., 0., 1., 0.]);
    assert!(data.to_string().contains("red, round and heavy are labels, 0 or 1"), "{data}");
}

#[test]
fn rows_of_several_labels_are_read_as_scikit_learn_reads_them() {
    // load_svmlight_file(..., multilabel=True), then MultiLabelBinarizer: columns 1, 2 and 3.
    let rows = "1,3 1:0.5\n 1:2\n2 1:1 2:1\n";
    let data = load("libsvm", "rows.svm", rows, json!({"test": 0})).unwrap();
    let (names, numbers) = values(&data);
    assert_eq!(names, ["1", "2", "3"]);
    assert_eq!(numbers, [1., 0., 1., 0., 0., 0., 0., 1., 0.]);
    let error = load("libsvm", "rows.svm", rows, json!({"task": "classes"})).unwrap_err();
    assert!(error.contains("task=\"classes\" is for one target"), "{error}");
    let error = load("libsvm", "rows.svm", "1 1:2\n 1:2\n", json!({})).unwrap_err();
    assert!(
        error.contains("rows.svm:2: there is no target before the first index:value"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_several_targets_is_refused() {
    let words = "a,x,kind\n1,2.5,cat\n2,3.5,dog\n3,1.5,cat\n";
    let several = csv(words, json!({"target": ["x", "kind"]})).unwrap_err();
    assert!(several.contains("table.csv:2: the target column \"kind\" holds \"cat\""), "{several}");
    let dirty = "a,x,y\n1,2.5,1\n2,3.5,soon\n3,1.5,2\n4,1,3\n";
    let dirty = csv(dirty, json!({"target": ["x", "y"]})).unwrap_err();
    assert!(dirty.contains("table.csv:3:") && dirty.contains("\"soon\""), "{dirty}");
    let classes = csv(words, json!({"target": ["a", "x"], "task": "classes"})).unwrap_err();
    assert!(classes.contains("task=\"classes\" is for one target"), "{classes}");
    let none = csv(words, json!({"target": []})).unwrap_err();
    assert!(none.contains("target names no column"), "{none}");
    let twice = csv(words, json!({"target": ["x", "x"]})).unwrap_err();
    assert!(twice.contains("is given in target and in target"), "{twice}");
}
