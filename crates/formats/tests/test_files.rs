//! Tables with a second file for the test.

use relume_datasets::{Dataset, Targets};
use relume_formats::DataSpec;
use serde_json::{Value, json};

/// A data set of this source from `train.csv` (or of another name), with further files beside it.
fn load(source: &str, files: &[(&str, &str)], named: Value) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let within = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let mut named = named.as_object().unwrap().clone();
    named.insert("test_path".to_string(), json!(within(files[1].0)));
    let named = named.into_iter().collect();
    let spec = DataSpec::from_arguments(source, vec![json!(within(files[0].0))], named).unwrap();
    spec.inner().load().map_err(|error| {
        let text = format!("{} | {}", error, error.help().unwrap_or_default());
        text.replace(&within(""), "")
    })
}

fn labels(data: &Dataset) -> Vec<usize> {
    match data.targets() {
        Targets::Classes { labels, .. } => labels.clone(),
        targets => panic!("classes, not {targets:?}"),
    }
}

#[test]
fn the_second_file_is_the_test_part_and_its_columns_are_found_by_name() {
    let train = "width,port,kind\n1,S,small\n3,C,large\n5,S,large\n";
    let test = "kind,extra,width,port\nsmall,9,7,Q\nlarge,9,2,C\n";
    let named = json!({"target": "kind", "one_hot": ["port"], "standardize": false});
    let data = load("csv", &[("train.csv", train), ("test.csv", test)], named).unwrap();
    assert_eq!((data.train().len(), data.test().len()), (3, 2));
    assert_eq!(data.features(), ["width", "port=C", "port=S"]);
    // The train part knows no port Q.
    let expected = [1., 0., 1., 3., 1., 0., 5., 0., 1., 7., 0., 0., 2., 1., 0.];
    assert_eq!(data.inputs().unwrap().data(), expected);
    assert_eq!(labels(&data), [1, 0, 0, 1, 0]);
    // Numbers are standardised by the train part: mean 3, deviation sqrt(8/3).
    let named = json!({"target": "kind", "ignore": ["port"]});
    let data = load("csv", &[("train.csv", train), ("test.csv", test)], named).unwrap();
    let deviation = (8f32 / 3.0).sqrt();
    let own: Vec<f32> = [1f32, 3., 5., 7., 2.].map(|x| (x - 3.0) / deviation).to_vec();
    for (x, y) in data.inputs().unwrap().data().iter().zip(&own) {
        assert!((x - y).abs() < 1e-6, "{x} {y}");
    }
    // Another form, and numbers to predict.
    let test = "{\"kind\": 2.5, \"width\": 8}\n";
    let train = "width,kind\n1,0.5\n2,1.5\n";
    let named = json!({"target": "kind", "standardize": false});
    let data = load("csv", &[("train.csv", train), ("test.jsonl", test)], named).unwrap();
    assert_eq!((data.train().len(), data.test().len(), data.classes()), (2, 1, None));
    assert_eq!(data.inputs().unwrap().data(), [1., 2., 8.]);
}

#[test]
fn texts_take_a_second_file_too() {
    let train = "label,text\ngood,a fine film\nbad,dull dull\n";
    let test = "text,label\na new film,good\n";
    let named = json!({"words": 10, "length": 3});
    let data = load("texts", &[("train.csv", train), ("test.csv", test)], named).unwrap();
    assert_eq!((data.train().len(), data.test().len()), (2, 1));
    assert_eq!(labels(&data), [1, 0, 1]);
    // The vocabulary is the train part's: "new" is not in it.
    let inputs = data.inputs().unwrap();
    let (first, third) = (&inputs.data()[..3], &inputs.data()[6..]);
    assert_eq!(third, [first[0], 1.0, first[2]]);
}

#[test]
fn files_that_do_not_go_together_are_refused() {
    let train = ("train.csv", "a,b,kind\n1,2,x\n3,4,y\n");
    for (test, named, expected) in [
        (
            "a,kind\n1,x\n",
            json!({}),
            "test.csv: there is no column \"b\", as there is in train.csv | its columns are a, kind",
        ),
        (
            "a,b,kind\n1,2,x\n5,6,z\n",
            json!({}),
            "test.csv:3: the class \"z\" is not in the train part",
        ),
        ("a,b,kind\n1,2,x\n5,,y\n", json!({}), "test.csv:3: column \"b\" is empty"),
        ("a,b,kind\n1,,x\n", json!({"missing": "drop"}), "test.csv: each row has an empty cell"),
        (
            "a,b,kind\n1,2,x\n",
            json!({"test": 0.5}),
            "test.csv: is already a test part | leave test= out",
        ),
        ("", json!({}), "test.csv: the file is empty"),
    ] {
        let mut named = named;
        named["target"] = json!("kind");
        let error = load("csv", &[train, ("test.csv", test)], named).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    for class in ["bad", "good"] {
        std::fs::create_dir(folder.path().join(class)).unwrap();
    }
    let named = vec![("test_path".to_string(), json!("more.csv"))];
    let spec = DataSpec::from_arguments("texts", vec![json!(folder.path())], named).unwrap();
    let error = spec.inner().load().err().unwrap().to_string();
    assert!(
        error.contains("column, target, test_path, split_by and split_time are a table's"),
        "{error}"
    );
}
