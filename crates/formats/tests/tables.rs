//! Tables from files: CSV, TSV and JSON-lines, with words, missing cells and columns that are left out.

use flate2::{Compression, write::GzEncoder};
use relume_catalog::Value;
use relume_datasets::{Batches, DataError, Dataset};
use relume_formats::DataSpec;
use relume_formats::sample;
use relume_tensor::Indices;
use serde_json::json;
use std::io::Write;

fn load(path: &str, named: Value) -> Result<Dataset, DataError> {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    DataSpec::from_arguments("csv", vec![json!(path)], named).unwrap().inner().load()
}

/// A data set from a file of this name.
fn file(name: &str, bytes: &[u8], named: Value) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    load(path, named).map_err(|error| {
        format!("{} | {}", error, error.help().unwrap_or_default()).replace(path, name)
    })
}

fn csv(text: &str, named: Value) -> Result<Dataset, String> {
    file("table.csv", text.as_bytes(), named)
}

fn assert_close(data: &[f32], expected: &[f32]) {
    assert_eq!(data.len(), expected.len());
    for (x, y) in data.iter().zip(expected) {
        assert!((x - y).abs() < 2e-6, "{data:?} {expected:?}");
    }
}

#[test]
fn a_table_with_names_or_without_is_read() {
    let text = "\u{feff}width, height, kind\n1.5,2,small\n3,4,large\n5,6,large\n";
    let data = csv(text, json!({"target": "kind", "test": 0, "standardize": false})).unwrap();
    assert_eq!(data.classes().unwrap(), ["large", "small"]);
    assert_eq!(data.features(), ["width", "height"]);
    assert_eq!(data.inputs().unwrap().data(), [1.5, 2., 3., 4., 5., 6.]);
    let data = csv("1,0.5\n2,1.5\n", json!({"target": 1, "test": 0})).unwrap();
    assert_eq!(data.classes(), None);
    assert_eq!(data.outputs(), 1);
    let data = csv("1;7\n2;9\n3;7\n", json!({"target": 1, "separator": ";", "test": 0})).unwrap();
    assert_eq!(data.classes().unwrap(), ["7", "9"]);
    let data =
        csv("1;7\n2;9\n", json!({"target": 1, "separator": ";", "task": "numbers", "test": 0}))
            .unwrap();
    assert_eq!(data.classes(), None);
}

#[test]
fn a_broken_table_says_where_it_is_broken() {
    let cases = [
        ("a,b\n1,2\n3\n", "b", "table.csv:3: this row has one column, the first one 2"),
        ("a,b\n1,2\nx,4\n", "b", "table.csv:3: column \"a\" holds \"x\", which is not a number"),
        (
            "a,b\n1,2\n,4\n",
            "b",
            "table.csv:3: column \"a\" is empty; missing=\"mean\" fills such cells in",
        ),
        ("a,kind\n1,2\n", "knid", "did you mean \"kind\"?"),
        ("a,b\n1,2\n", "zzz", "the columns are a, b"),
        ("", "b", "the file is empty"),
        ("a,b\n", "b", "no row after the header"),
        ("a\n1\n", "a", "no column beside the target"),
    ];
    for (text, target, expected) in cases {
        let error = csv(text, json!({"target": target})).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let error = load("/nowhere.csv", json!({"target": "a"})).unwrap_err();
    assert!(error.to_string().contains("/nowhere.csv"), "{error}");
}

#[test]
fn rows_of_indices_alone_are_whole_numbers() {
    let text = "user,film,stars\nann,x,1.5\nbob,y,2\ncid,x,3\nann,y,4\n";
    let inputs = |named| {
        let data = csv(text, named).unwrap();
        Batches::in_order(data.all(), 4).next().unwrap().unwrap().inputs
    };
    let both = inputs(json!({"target": "stars", "index": ["user", "film"], "test": 0}));
    // Indices are from 1 on in the order of words: ann, bob, cid; x, y.
    let expected = vec![1, 1, 2, 2, 3, 1, 1, 2];
    assert_eq!(both, Indices::new([4, 2], expected.clone()).unwrap().into());
    let mixed = json!({"target": "stars", "index": ["user"], "one_hot": ["film"], "test": 0});
    let numbers = inputs(mixed);
    let of_users = numbers.numbers().step_by(3).collect::<Vec<_>>();
    assert_eq!((numbers.dims(), of_users), (&[4, 3][..], vec![1., 2., 3., 1.]));
}

#[test]
fn words_become_inputs_or_indices() {
    let text = "age,port,user,alive\n20,S,7,yes\n30,C,12,no\n40,S,9,yes\n60,Q,7,yes\n";
    let named = json!({
        "target": "alive", "one_hot": ["port"], "index": ["user"], "test": 0, "standardize": false
    });
    let data = csv(text, named).unwrap();
    // sklearn.preprocessing.OneHotEncoder gives C, Q, S; indices are from 1 on in the order of numbers, 7, 9, 12.
    assert_eq!(data.features(), ["age", "port=C", "port=Q", "port=S", "user"]);
    let inputs = data.inputs().unwrap();
    let expected = [
        [20., 0., 0., 1., 1.],
        [30., 1., 0., 0., 3.],
        [40., 0., 0., 1., 2.],
        [60., 0., 1., 0., 1.],
    ];
    assert_eq!(inputs.data(), expected.as_flattened());
    assert!(data.to_string().contains("(user from 0 to 3)"), "{data}");
    // What the train part does not have is 0 everywhere, and so is what is missing.
    let preparation = data.preparation();
    assert_eq!(sample(preparation, "25, X, 8").unwrap().data(), [25., 0., 0., 0., 0.]);
    let object = r#"{"user": 12, "port": "Q", "age": 1.5, "alive": "no"}"#;
    assert_eq!(sample(preparation, object).unwrap().data(), [1.5, 0., 1., 0., 3.]);
    assert_eq!(sample(preparation, "\"25\",,").unwrap().data(), [25., 0., 0., 0., 0.]);
    for (given, problem) in [
        ("25, S", "this row has 2 columns, but 3 are needed: age, port, user"),
        ("old, S, 7", "column \"age\" holds \"old\", which is not a number"),
        (", S, 7", "column \"age\" is empty"),
        ("{\"age\": [1]}", "\"age\" is not a single value"),
        ("{\"age\": ", "this is not JSON"),
    ] {
        let error = sample(preparation, given).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn words_are_those_of_the_train_part() {
    let rows: Vec<String> = (0..40).map(|i| format!("word{i},{i}.5")).collect();
    let text = format!("word,y\n{}\n", rows.join("\n"));
    let data = csv(&text, json!({"target": "y", "index": ["word"], "test": 0.25})).unwrap();
    let largest = data.train().inputs().unwrap().max();
    assert_eq!(largest, 30.0);
    assert!(data.test().inputs().unwrap().data().iter().all(|&index| index == 0.0));
}

#[test]
fn missing_cells_are_filled_in_dropped_or_refused() {
    let text = "age,port,fare,alive\n20,S,1,yes\n,C,2,no\n40,S,9,yes\n30,,4,no\n60,Q,NA,yes\n";
    let wanted = |missing: &str| {
        let named = json!({
            "target": "alive", "ignore": ["port"], "missing": missing, "test": 0
        });
        csv(text, named)
    };
    // sklearn: StandardScaler().fit_transform(SimpleImputer(strategy=...).fit_transform(table[["age", "fare"]])).
    let mean = [
        [-1.322876, -1.088214],
        [0.0, -0.725476],
        [0.188982, 1.813691],
        [-0.566947, 0.0],
        [1.70084, 0.0],
    ];
    assert_close(wanted("mean").unwrap().inputs().unwrap().data(), mean.as_flattened());
    let median = [
        [-1.281423, -1.005141],
        [-0.150756, -0.646162],
        [0.226134, 1.866691],
        [-0.527645, 0.071796],
        [1.73369, -0.287183],
    ];
    let data = wanted("median").unwrap();
    assert_close(data.inputs().unwrap().data(), median.as_flattened());
    // A row of one's own is filled in alike.
    assert_close(sample(data.preparation(), ",2").unwrap().data(), &median[1]);
    let data = wanted("drop").unwrap();
    assert_eq!(data.len(), 3);
    assert!(data.to_string().contains("2 rows with empty cells left out"), "{data}");
    let error = wanted("refuse").unwrap_err();
    assert!(error.contains("table.csv:3: column \"age\" is empty"), "{error}");
    let named = json!({"target": "y", "one_hot": ["b"]});
    let error = csv("a,b,y\n1,x,2\n2,NA,3\n", named).unwrap_err();
    assert!(error.contains("table.csv:3: column \"b\" is empty"), "{error}");
    let error = csv("a,b,y\n1,,2\n,2,3\n", json!({"target": "y", "missing": "drop"}));
    assert!(error.unwrap_err().contains("none is left"));
    let error = csv("a,b,y\n1,,2\n3,,3\n", json!({"target": "y", "missing": "mean"}));
    assert!(error.unwrap_err().contains("column \"b\" is empty in all rows"));
}

#[test]
fn other_forms_give_the_same_table() {
    let named = || json!({"target": "kind", "one_hot": ["port"], "test": 0});
    let same = |data: Dataset| {
        assert_eq!(data.name(), "table");
        assert_eq!(data.features(), ["width", "port=A, B", "port=C"]);
        assert_eq!(data.classes().unwrap(), ["large", "small"]);
        // numpy: (a - a.mean()) / a.std() of 1.5, 3, 6.
        let expected = [[-1.069045, 1., 0.], [-0.267261, 0., 1.], [1.336306, 1., 0.]];
        assert_close(data.inputs().unwrap().data(), expected.as_flattened());
        data.preparation().cloned()
    };
    let csv = "width,port,kind\n1.5,\"A, B\",small\n3,C,large\n6,\"A, B\",small\n";
    same(file("table.csv", csv.as_bytes(), named()).unwrap());
    let tsv = "width\tport\tkind\n1.5\tA, B\tsmall\n3\tC\tlarge\n6\tA, B\tsmall\n";
    let preparation = same(file("table.tsv", tsv.as_bytes(), named()).unwrap());
    // A row of one's own stands as it does in the file.
    let row = sample(preparation.as_ref(), "3\tA, B").unwrap();
    assert_close(row.data(), &[-0.267261, 1., 0.]);
    let lines = concat!(
        r#"{"width": 1.5, "port": "A, B", "kind": "small"}"#,
        "\n\n",
        r#"{"kind": "large", "width": 3, "port": "C"}"#,
        "\r\n",
        r#"{"width": 6.0, "port": "A, B", "kind": "small"}"#
    );
    same(file("table.jsonl", lines.as_bytes(), named()).unwrap());
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(tsv.as_bytes()).unwrap();
    same(file("table.tsv.gz", &packed.finish().unwrap(), named()).unwrap());
}

#[test]
fn broken_json_lines_say_where_they_are_broken() {
    for (text, problem) in [
        ("{\"a\": 1, \"y\": 2}\n[1]\n", "table.jsonl:2: this is not a JSON object"),
        ("{\"a\": 1, \"y\": 2}\n{\"a\": [1]}\n", "table.jsonl:2: \"a\" is not a single value"),
        ("{\"a\": 1, \"y\": 2}\n{\"y\": 3}\n", "table.jsonl:2: column \"a\" is empty"),
        ("{\"a\": 1, \"y\": 2}\n{\"a\": 1\n", "table.jsonl:2: this is not a JSON object"),
        ("\n", "the file is empty"),
    ] {
        let error = file("table.jsonl", text.as_bytes(), json!({"target": "y"})).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
    let error = file("table.jsonl", b"{}", json!({"target": "y", "header": true})).unwrap_err();
    assert!(error.contains("has no header"), "{error}");
}

#[test]
fn a_column_is_one_thing() {
    for (named, problem) in [
        (
            json!({"target": "y", "ignore": ["y"]}),
            "the column \"y\" is given in target and in ignore",
        ),
        (json!({"target": "y", "one_hot": ["a"], "index": [0]}), "in one_hot and in index"),
        (json!({"target": "y", "one_hot": ["b"]}), "there is no column \"b\""),
        (json!({"target": "y", "ignore": ["a"]}), "no column beside the target"),
    ] {
        let error = csv("a,y\n1,2\n", named).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn a_validation_part_is_drawn_beside_the_test_part() {
    let rows: String =
        (0..100).map(|i| format!("{i},{}\n", if i < 60 { "x" } else { "y" })).collect();
    let text = format!("a,kind\n{rows}");
    let options = json!({"target": "kind", "validation": 0.1});
    let data = csv(&text, options).unwrap();
    let of = |part: relume_datasets::Part, class| {
        let own = |&i: &usize| (i < 60) == (class == "x");
        part.indices().iter().filter(|i| own(i)).count()
    };
    // A tenth of all rows, of each class its share; the test part is that of before.
    assert_eq!((of(data.validation(), "x"), of(data.validation(), "y")), (6, 4));
    assert_eq!((of(data.test(), "x"), of(data.test(), "y")), (12, 8));
    assert_eq!(data.train().len(), 70);
    let without = csv(&text, json!({"target": "kind"})).unwrap();
    assert_eq!(without.test().indices(), data.test().indices());
    // Standardised by the train part alone.
    let train = data.train().inputs().unwrap();
    assert!(train.sum().abs() < 1e-4, "{}", train.sum());
}

#[test]
fn rows_of_a_group_are_in_one_part_and_the_group_is_no_input() {
    let rows: String = (0..60).map(|i| format!("{i},p{},{}\n", i / 6, i % 2)).collect();
    let text = format!("a,patient,y\n{rows}");
    let data =
        csv(&text, json!({"target": "y", "split_by": "patient", "validation": 0.2})).unwrap();
    assert_eq!(data.features(), ["a"]);
    let patients = |part: relume_datasets::Part| -> Vec<usize> {
        let mut own: Vec<usize> = part.indices().iter().map(|i| i / 6).collect();
        own.dedup();
        own
    };
    let [train, validation, test] = [data.train(), data.validation(), data.test()].map(patients);
    assert_eq!((train.len(), validation.len(), test.len()), (6, 2, 2));
    let mut all = [train, validation, test].concat();
    all.sort_unstable();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    // So it is with what is held out later.
    let held = data.holding_out(0.2, 5);
    assert!(patients(held.validation()).iter().all(|own| !patients(held.train()).contains(own)));
}

#[test]
fn over_time_the_last_rows_are_the_test_part() {
    let day = |i: usize| format!("2026-{:02}-{:02}", 1 + i / 28, 1 + i % 28);
    // Latest first.
    let rows: String =
        (0..40).rev().map(|i| format!("{i},{},{}\n", day(i), i as f64 / 3.0)).collect();
    let text = format!("a,day,y\n{rows}");
    let options = json!({"target": "y", "split_time": "day", "test": 0.25, "validation": 0.25});
    let data = csv(&text, options).unwrap();
    assert_eq!(data.test().indices(), (0..10).collect::<Vec<_>>());
    assert_eq!(data.validation().indices(), (10..20).collect::<Vec<_>>());
    assert_eq!(data.train().indices(), (20..40).collect::<Vec<_>>());
    let error = csv("a,day,y\n1,soon,2.5\n", json!({"target": "y", "split_time": "day"}));
    assert!(
        error.unwrap_err().contains("table.csv:2: \"soon\" in the column \"day\" is not a time")
    );
}

#[test]
fn a_target_that_is_scaled_is_so_by_the_train_part() {
    let text = "a,y\n1,10.5\n2,20.5\n3,30.5\n";
    let data = csv(text, json!({"target": "y", "test": 0, "scale_target": true})).unwrap();
    let scaling = data.target_scaling().unwrap();
    // The mean of 10.5, 20.5 and 30.5, and the root of (100 + 0 + 100) / 3.
    assert!((scaling.mean[0] - 20.5).abs() < 1e-9);
    assert!((scaling.deviation[0] - (200f64 / 3.0).sqrt()).abs() < 1e-9);
    let classes = csv("a,y\n1,x\n2,z\n", json!({"target": "y", "test": 0, "scale_target": true}));
    assert!(classes.unwrap_err().contains("scale_target is for numbers"));
}
