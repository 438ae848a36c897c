//! Windows over time series: what each sample holds, what it predicts, and in which part it is.

use relume_catalog::Value;
use relume_datasets::{Batches, DataError, Dataset, Part, Targets};
use relume_formats::{DataSpec, sample};
use serde_json::json;

fn csv(text: &str, named: Value) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    let spec = DataSpec::from_arguments("csv", vec![json!(path)], named);
    let shown = |error: DataError| {
        format!("{error} | {}", error.help().unwrap_or_default()).replace(path, "table.csv")
    };
    spec.map_err(|error| error.to_string())?.inner().load().map_err(shown)
}

/// Rows 0 to n - 1: the column t is the row, the load 100 more.
fn hours(n: usize) -> String {
    let rows: String = (0..n).map(|t| format!("{t},{}.5\n", t + 100)).collect();
    format!("t,load\n{rows}")
}

fn inputs(part: Part) -> Vec<f32> {
    part.inputs().unwrap().data().to_vec()
}

fn targets(part: Part) -> Vec<f32> {
    part.targets().unwrap().to_tensor().unwrap().data().to_vec()
}

/// tf.keras.utils.timeseries_dataset_from_array(data, targets=load[3:], sequence_length=3) of the rows.
#[test]
fn a_window_predicts_the_row_after_it() {
    let options = json!({"target": "load", "window": 3, "standardize": false, "test": 0});
    let data = csv(&hours(6), options).unwrap();
    assert_eq!(data.sample_shape().to_vec(), [3, 2]);
    assert_eq!(data.features(), ["t", "load"]);
    assert_eq!(inputs(data.all())[..6], [0., 100.5, 1., 101.5, 2., 102.5]);
    assert_eq!(targets(data.all()), [103.5, 104.5, 105.5]);
    // Windows share their rows: a batch is the first copy.
    let batch = Batches::in_order(data.all(), 3).next().unwrap().unwrap();
    assert_eq!(batch.inputs.dims(), [3, 3, 2]);
    assert_eq!(batch.inputs.to_tensor().unwrap().data()[6], 1.0);
}

#[test]
fn horizons_and_steps_are_counted_in_rows() {
    let base = json!({"target": "load", "window": 2, "standardize": false, "test": 0});
    let with = |more: Value| {
        let mut all = base.as_object().unwrap().clone();
        all.extend(more.as_object().unwrap().clone());
        csv(&hours(8), Value::Object(all)).unwrap()
    };
    assert_eq!(targets(with(json!({"horizon": 3})).all()), [104.5, 105.5, 106.5, 107.5]);
    let several = with(json!({"horizon": [1, 2], "step": 2}));
    let Targets::Values { names, .. } = several.targets() else { panic!("numbers") };
    assert_eq!(names, &["load+1", "load+2"]);
    assert_eq!(targets(several.all()), [102.5, 103.5, 104.5, 105.5, 106.5, 107.5]);
    // What is predicted for the last row itself is no input.
    let own = with(json!({"horizon": 0}));
    assert_eq!((own.features(), own.len()), (&["t".to_string()][..], 7));
    assert_eq!(targets(own.all())[..2], [101.5, 102.5]);
    let without = with(json!({"columns": ["t"]}));
    assert_eq!(without.features(), ["t"]);
}

#[test]
fn no_window_has_rows_of_two_series_and_each_is_in_the_order_of_time() {
    // Two shops, whose rows are mixed and of which b is backwards.
    let text = "day,shop,load\n2026-01-01,a,1.5\n2026-01-03,b,30.5\n2026-01-02,a,2.5\n2026-01-02,b,20.5\n\
                2026-01-03,a,3.5\n2026-01-01,b,10.5\n";
    let options = json!({"target": "load", "window": 2, "series": "shop", "split_time": "day",
        "standardize": false, "test": 0});
    let data = csv(text, options).unwrap();
    assert_eq!(data.features(), ["load"]);
    assert_eq!(inputs(data.all()), [1.5, 2.5, 10.5, 20.5]);
    assert_eq!(targets(data.all()), [3.5, 30.5]);
    // The series and the time of the last row stand beside predictions.
    let beside = data.all().beside();
    assert_eq!(beside.names, ["shop", "day"]);
    assert_eq!(beside.rows, [["a", "2026-01-02"], ["b", "2026-01-02"]]);
    let mixed = json!({"target": "load", "window": 2, "split_time": "day", "ignore": ["shop"]});
    let mixed = csv(text, mixed).unwrap_err();
    assert!(mixed.contains("has the same time") && mixed.contains("series="), "{mixed}");
}

#[test]
fn the_last_windows_are_the_test_part_and_nothing_they_predict_is_trained_on() {
    let options = json!({"target": "load", "window": 4, "horizon": [1, 2, 3], "test": 0.25,
        "validation": 0.25, "standardize": false});
    let data = csv(&hours(40), options).unwrap();
    let predicted = |part: Part| targets(part).iter().map(|x| *x as usize).collect::<Vec<_>>();
    let [train, validation, test] = [data.train(), data.validation(), data.test()].map(predicted);
    let last = |rows: &[usize]| rows.iter().copied().max().unwrap();
    let first = |rows: &[usize]| rows.iter().copied().min().unwrap();
    assert!(last(&train) < first(&validation) && last(&validation) < first(&test));
    assert_eq!(last(&test), 139);
    // Windows may look back: the first window of the test part has rows that were trained on or validated.
    assert!((inputs(data.test())[1] as usize) < last(&validation));
    // Those that reach over a boundary are in no part: two for each of two boundaries.
    assert_eq!(data.train().len() + data.validation().len() + data.test().len(), data.len() - 4);
    // The same in what is held out later, and in folds.
    for own in data.folds(3, 0).unwrap() {
        let [train, test] = [own.train(), own.test()].map(predicted);
        assert!(last(&train) < first(&test), "{train:?} {test:?}");
    }
    let held = data.holding_out(0.2, 1);
    let [train, validation] = [held.train(), held.validation()].map(predicted);
    assert!(last(&train) < first(&validation));
}

#[test]
fn the_preparation_is_learned_from_rows_of_the_train_part_alone() {
    // 15 windows, of which 3 are tested: the train part has and predicts rows 0 to 16.
    let data = csv(&hours(20), json!({"target": "load", "window": 5, "test": 0.2})).unwrap();
    assert_eq!((data.len(), data.test().len()), (15, 3));
    let preparation = data.preparation().unwrap();
    // numpy: np.arange(17).mean(), 1 / np.arange(17).std().
    assert_eq!(preparation.shift[0], 8.0);
    assert!((preparation.scale[0] - 0.204_124_15).abs() < 1e-6, "{}", preparation.scale[0]);
}

#[test]
fn a_second_file_goes_on_where_the_first_ends() {
    let folder = tempfile::tempdir().unwrap();
    let all = hours(12);
    let lines: Vec<&str> = all.lines().collect();
    let write = |name: &str, rows: &[&str]| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{}\n{}\n", lines[0], rows.join("\n"))).unwrap();
        path.to_str().unwrap().to_string()
    };
    let (train, test) = (write("train.csv", &lines[1..9]), write("test.csv", &lines[9..]));
    let named = json!({"target": "load", "window": 3, "test_path": test, "standardize": false});
    let named = named.as_object().cloned().unwrap().into_iter().collect();
    let spec = DataSpec::from_arguments("csv", vec![json!(train)], named).unwrap();
    let data = spec.inner().load().unwrap();
    assert_eq!(targets(data.train()), [103.5, 104.5, 105.5, 106.5, 107.5]);
    assert_eq!(targets(data.test()), [108.5, 109.5, 110.5, 111.5]);
}

#[test]
fn classes_are_predicted_for_windows_and_windows_without_a_target_end_at_every_row() {
    let rows: String =
        (0..8).map(|t| format!("{t},{}\n", if t % 2 == 0 { "still" } else { "walk" })).collect();
    let text = format!("x,what\n{rows}");
    let data = csv(&text, json!({"target": "what", "window": 3, "horizon": 0, "test": 0})).unwrap();
    assert_eq!(data.classes().unwrap(), ["still", "walk"]);
    assert_eq!(targets(data.all()), [0., 1., 0., 1., 0., 1.]);
    let open = csv(&hours(6), json!({"window": 3, "standardize": false})).unwrap();
    assert_eq!(open.len(), 4);
    let beside = open.all().beside();
    assert_eq!(beside.names, ["t", "load"]);
    assert_eq!(beside.rows.last().unwrap(), &["5", "105.5"]);
    // A single sample is a row in each line.
    let trained = csv(&hours(6), json!({"target": "load", "window": 2, "standardize": false}));
    let trained = trained.unwrap();
    let one = sample(trained.preparation(), "7, 1.5\n8, 2.5").unwrap();
    assert_eq!((one.dims(), one.data()), (&[2, 2][..], &[7.0, 1.5, 8.0, 2.5][..]));
    let error = sample(trained.preparation(), "7, 1.5").unwrap_err().to_string();
    assert!(error.contains("has 1 rows, but a window of 2 is needed"), "{error}");
}

#[test]
fn windows_that_cannot_be_are_refused() {
    let cases = [
        (json!({"target": "load", "window": 20}), "window=20 with horizon=1 needs 21 rows"),
        (json!({"target": "load", "horizon": 2}), "horizon is for windows"),
        (json!({"target": "load", "series": "t"}), "series is for windows"),
        (json!({"target": "load", "window": 2, "horizon": []}), "horizon is empty"),
        (json!({"target": "load", "window": 2, "missing": "drop"}), "leaves gaps in windows"),
        (json!({"target": "load", "window": 0}), "window"),
    ];
    for (options, wanted) in cases {
        let error = csv(&hours(10), options.clone()).unwrap_err();
        assert!(error.contains(wanted), "{options}: {error}");
    }
    let words = "t,what\n1,a\n2,b\n3,a\n4,b\n5,a\n";
    let options = json!({"target": "what", "window": 2, "horizon": [1, 2]});
    let error = csv(words, options).unwrap_err();
    assert!(error.contains("several horizons are for numbers"), "{error}");
    // Data for a network of windows are windows as well.
    let data = csv(&hours(10), json!({"target": "load", "window": 2})).unwrap();
    let rows = csv(&hours(10), json!({})).unwrap();
    let error = rows.prepared_as(data.preparation()).unwrap_err();
    assert!(error.to_string().contains("trained on windows of 2 rows"), "{error}");
}
