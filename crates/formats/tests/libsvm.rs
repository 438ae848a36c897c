//! Files of LIBSVM and SVMlight: rows become dense, and a broken line is refused with its place.

use flate2::{Compression, write::GzEncoder};
use relume_catalog::Value;
use relume_datasets::{Dataset, Targets};
use relume_formats::DataSpec;
use serde_json::json;
use std::io::Write;

/// The data set in a file `train` with these bytes; `test`, where there are some, has the test part.
fn load(train: &[u8], test: Option<&str>, named: Value) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    std::fs::write(path("train"), train).unwrap();
    let mut named = named.as_object().unwrap().clone();
    if let Some(test) = test {
        std::fs::write(path("test"), test).unwrap();
        named.insert("test_path".to_string(), json!(path("test")));
    }
    let named = named.into_iter().collect();
    let spec = DataSpec::from_arguments("libsvm", vec![json!(path("train"))], named);
    let error = match spec.unwrap().inner().load() {
        Ok(data) => return Ok(data),
        Err(error) => format!("{error} | {}", error.help().unwrap_or_default()),
    };
    Err(error.replace(&path(""), ""))
}

fn classes(data: &Dataset) -> (Vec<&str>, Vec<usize>) {
    let Targets::Classes { names, labels } = data.targets() else { panic!("classes") };
    (names.iter().map(String::as_str).collect(), labels.clone())
}

const ROWS: &str = "\
# two of four features in each row
+1 1:0.5 3:-2   # a comment
-1 qid:7 2:1e-1 4:3

+1 4:1
-1
";

#[test]
fn features_that_a_row_leaves_out_are_0() {
    let plain = json!({"standardize": false, "test": 0.5});
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(ROWS.as_bytes()).unwrap();
    for bytes in [ROWS.as_bytes(), &packed.finish().unwrap()] {
        let data = load(bytes, None, plain.clone()).unwrap();
        let inputs = data.inputs().unwrap();
        assert_eq!(inputs.dims(), [4, 4]);
        let expected =
            [[0.5, 0.0, -2.0, 0.0], [0.0, 0.1, 0.0, 3.0], [0.0, 0.0, 0.0, 1.0], [0.0; 4]];
        assert_eq!(inputs.data(), expected.concat());
        assert_eq!(classes(&data), (vec!["-1", "1"], vec![1, 0, 1, 0]));
        assert_eq!((data.train().len(), data.test().len()), (2, 2));
    }
    let wider = json!({"standardize": false, "features": 6});
    assert_eq!(load(ROWS.as_bytes(), None, wider).unwrap().sample_shape().to_vec(), [6]);
}

#[test]
fn indices_begin_at_0_where_an_index_0_is_there_or_the_option_says_so() {
    let dims =
        |rows: &str, named: Value| load(rows.as_bytes(), None, named).unwrap().sample_shape();
    assert_eq!(dims("1 1:5 2:6\n2 2:1\n", json!({})).to_vec(), [2]);
    assert_eq!(dims("1 1:5 2:6\n2 0:1\n", json!({})).to_vec(), [3]);
    assert_eq!(dims("1 1:5 2:6\n2 2:1\n", json!({"zero_based": true})).to_vec(), [3]);
    // The test part counts too: both files have the same indices.
    let data = load(b"1 1:5\n2 2:6\n", Some("2 0:1 3:4\n"), json!({"standardize": false})).unwrap();
    assert_eq!(
        data.inputs().unwrap().data(),
        [[0., 5., 0., 0.], [0., 0., 6., 0.], [1., 0., 0., 4.]].concat()
    );
    assert_eq!((data.train().len(), data.test().len()), (2, 1));
}

#[test]
fn targets_that_are_not_whole_numbers_are_learned_as_numbers() {
    let rows = b"0.5 1:1\n-2 1:2\n3 1:3\n";
    let data = load(rows, None, json!({"test": 0})).unwrap();
    let Targets::Values { values, .. } = data.targets() else { panic!("numbers") };
    assert_eq!((values.dims(), values.data()), (&[3, 1][..], &[0.5, -2.0, 3.0][..]));
    let data = load(rows, None, json!({"test": 0, "task": "classes"})).unwrap();
    assert_eq!(classes(&data), (vec!["-2", "0.5", "3"], vec![1, 0, 2]));
    let many: String = (0..21).map(|i| format!("{i} 1:{i}\n")).collect();
    let data = load(many.as_bytes(), None, json!({})).unwrap();
    assert!(matches!(data.targets(), Targets::Values { .. }), "21 whole numbers");
}

#[test]
fn features_are_standardised_by_the_train_part() {
    let data = load(b"1 1:1 2:4\n2 1:3 2:4\n", Some("1 1:5\n"), json!({})).unwrap();
    // Of 1 and 3: mean 2, deviation 1; a constant feature becomes 0 where it is trained on.
    let inputs = data.train().inputs().unwrap();
    assert_eq!(inputs.data(), [-1.0, 0.0, 1.0, 0.0]);
    assert_eq!(data.test().inputs().unwrap().data()[0], 3.0);
}

#[test]
fn what_is_broken_is_refused_with_its_line() {
    for (rows, test, named, message) in [
        ("1 1:2\nx 1:2\n", None, json!({}), "train:2: the target \"x\" is not a number"),
        ("1 1:2\n1,b 1:2\n", None, json!({}), "train:2: the target \"1,b\" is not a number"),
        ("1 1:2 3\n", None, json!({}), "train:1: \"3\" is not index:value"),
        ("1 1:2 3:inf\n", None, json!({}), "train:1: \"3:inf\" is not index:value"),
        ("1 -1:2\n", None, json!({}), "train:1: \"-1:2\" is not index:value"),
        ("# none\n1 2:2 2:3\n", None, json!({}), "train:2: the index 2 follows 2"),
        ("1 1:2 9:1\n", None, json!({"features": 8}), "train:1: the index 9 is beyond features=8"),
        ("1 0:2\n", None, json!({"zero_based": false}), "train:1: there is an index 0"),
        ("# nothing\n\n", None, json!({}), "train: there is no row in it"),
        ("1\n2\n", None, json!({}), "train: no row has a feature"),
        (
            "1 1:1\n2 1:2\n",
            Some("3 1:1\n"),
            json!({}),
            "test:1: the class \"3\" is not in the train part",
        ),
        ("1 1:1\n", Some("1 1:1\n"), json!({"test": 0.5}), "test: is already a test part | leave"),
        ("1 18446744073709551615:1\n", None, json!({}), "memory"),
        ("1,2,3\n4,5,6\n", None, json!({}), "no row has a feature"),
    ] {
        let error = load(rows.as_bytes(), test, named).unwrap_err();
        assert!(error.contains(message), "{rows:?}: {error}");
    }
    let error = load(b"1 1:2\n\xff\xfe", None, json!({})).unwrap_err();
    assert!(error.contains("train:2: this is not text in UTF-8"), "{error}");
}
