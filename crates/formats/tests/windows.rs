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
    // A column is the same by its name and by its index.
    let both = json!(["t", "load"]);
    let ways = [(json!("load"), both.clone()), (json!(1), both), (json!("load"), json!([0, 1]))];
    for (target, columns) in ways {
        let named = with(json!({"target": target, "columns": columns}));
        assert_eq!(named.features(), ["t", "load"], "{target} {columns}");
    }
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

/// Rows of two patients, one after the other in turn: a's readings are 0, 1, 2, ..., b's are 100 more.
fn patients(rows: usize) -> String {
    let row = |i: usize| match i % 2 {
        0 => format!("a,{0},{0}\n", i / 2),
        _ => format!("b,{0},{0}\n", 100 + i / 2),
    };
    format!("patient,x,y\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn no_window_has_rows_of_two_groups() {
    let options = json!({"target": "y", "window": 3, "split_by": "patient", "columns": ["x"],
        "task": "numbers", "standardize": false, "test": 0.5});
    let data = csv(&patients(12), options).unwrap();
    // Six rows of each patient: three windows, which predict the rows after them.
    let rows = inputs(data.all());
    assert_eq!(rows[..6], [0., 1., 2., 1., 2., 3.]);
    assert_eq!(rows[9..15], [100., 101., 102., 101., 102., 103.]);
    assert_eq!(targets(data.all()), [3., 4., 5., 103., 104., 105.]);
    assert_eq!((data.train().len(), data.test().len()), (3, 3));
    // In a series of their own, rows of another patient end what follows one another: 3, 3 and 6 rows.
    let text = "patient,room,x,y\na,1,0,0\na,1,1,1\na,1,2,2\nb,1,3,3\nb,1,4,4\nb,1,5,5\nc,2,6,6\nc,2,7,7\nc,2,8,8\n\
                c,2,9,9\nc,2,10,10\nc,2,11,11\n";
    let options = json!({"target": "y", "window": 2, "split_by": "patient", "series": "room",
        "columns": ["x"], "task": "numbers", "standardize": false});
    let data = csv(text, options).unwrap();
    assert_eq!(targets(data.all()), [2., 5., 8., 9., 10., 11.]);
    let longer =
        csv(text, json!({"target": "y", "window": 6, "split_by": "patient", "series": "room"}));
    assert!(
        longer
            .unwrap_err()
            .contains("needs 7 rows that follow one another, and the longest series has 6")
    );
}

/// 60 rows give 45 windows of 4 that predict the next 12. A fifth are the last 9, which predict row 40 and later; the
/// 25 windows that predict up to row 39 are trained on.
#[test]
fn windows_of_several_horizons_are_held_out_as_well() {
    let horizon: Vec<usize> = (1..=12).collect();
    let options = json!({"target": "load", "window": 4, "horizon": horizon, "standardize": false});
    let data = csv(&hours(60), options.clone()).unwrap();
    assert_eq!((data.len(), data.train().len(), data.test().len()), (45, 25, 9));
    assert_eq!(targets(data.test())[0], 140.5);
    assert_eq!(*targets(data.train()).last().unwrap(), 139.5);
    // 28 rows: 13 windows, of which the last 3 predict row 14 and later, and all others reach into that.
    let error = csv(&hours(28), options).unwrap_err();
    assert!(error.contains("no window is left for the test part"), "{error}");
    assert!(error.contains("test=0"), "{error}");
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
    // Rows 4 to 6 for the test, in the order of time: no window that is trained on has or predicts one of them.
    let others = [&lines[1..5], &lines[8..]].concat();
    let (train, test) = (write("others.csv", &others), write("middle.csv", &lines[5..8]));
    let named = json!({"target": "load", "window": 2, "split_time": "t", "test_path": test,
        "standardize": false});
    let named = named.as_object().cloned().unwrap().into_iter().collect();
    let spec = DataSpec::from_arguments("csv", vec![json!(train)], named).unwrap();
    let data = spec.inner().load().unwrap();
    assert_eq!(targets(data.train()), [102.5, 103.5, 109.5, 110.5, 111.5]);
    assert_eq!(
        inputs(data.train()),
        [100.5, 101.5, 101.5, 102.5, 107.5, 108.5, 108.5, 109.5, 109.5, 110.5]
    );
    assert_eq!(targets(data.test()), [104.5, 105.5, 106.5]);
    // The groups of a test file are not those that are trained on.
    let half = |name: &str, rows: &[&str]| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("patient,x,y\n{}\n", rows.join("\n"))).unwrap();
        path.to_str().unwrap().to_string()
    };
    let rows = patients(12);
    let rows: Vec<&str> = rows.lines().skip(1).collect();
    let (train, test) = (half("a.csv", &rows[..8]), half("b.csv", &rows[8..]));
    let named = json!({"target": "y", "task": "numbers", "window": 2, "split_by": "patient",
        "test_path": test});
    let named = named.as_object().cloned().unwrap().into_iter().collect();
    let spec = DataSpec::from_arguments("csv", vec![json!(train)], named).unwrap();
    let error = spec.inner().load().unwrap_err().to_string();
    assert!(error.contains("b.csv:2: its group is also in the train part"), "{error}");
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
fn windows_with_empty_cells_are_left_out_or_filled_in() {
    let rows = hours(10).replace("4,104.5", "4,");
    let with = |missing: &str| {
        let options = json!({
            "target": "load", "window": 2, "standardize": false, "test": 0, "missing": missing
        });
        csv(&rows, options)
    };
    let error = with("refuse").unwrap_err();
    assert!(error.contains("missing=\"drop\" leaves such rows out"), "{error}");
    // No window that has row 4, or predicts it.
    let whole = with("drop").unwrap();
    assert_eq!(targets(whole.all()), [102.5, 103.5, 107.5, 108.5, 109.5]);
    assert_eq!(inputs(whole.all())[8..12], [5., 105.5, 6., 106.5]);
    let said = whole.to_string();
    assert!(said.contains("3 windows with empty cells left out"), "{said}");
    // What row 4 had is filled in, but not predicted: the mean of the nine others.
    let filled = with("mean").unwrap();
    assert_eq!(targets(filled.all()), [102.5, 103.5, 105.5, 106.5, 107.5, 108.5, 109.5]);
    let mean =
        (100..110).filter(|load| *load != 104).map(|load| load as f32 + 0.5).sum::<f32>() / 9.0;
    assert_eq!(inputs(filled.all())[8..12], [3., 103.5, 4., mean]);
    let said = filled.to_string();
    assert!(said.contains("1 window with an empty target left out"), "{said}");
    let words = "t,what\n1,a\n2,b\n3,\n4,b\n5,a\n6,a\n";
    let options = json!({"target": "what", "window": 2, "test": 0, "missing": "mean"});
    let data = csv(words, options).unwrap();
    assert_eq!(targets(data.all()), [1., 0., 0.]);
    let all = "t,load\n1,\n2,3\n3,\n4,3\n";
    let error = csv(all, json!({"target": "load", "window": 2, "missing": "drop"})).unwrap_err();
    assert!(error.contains("each window has an empty cell, so none is left"), "{error}");
}

#[test]
fn windows_that_cannot_be_are_refused() {
    let cases = [
        (json!({"target": "load", "window": 20}), "window=20 with horizon=1 needs 21 rows"),
        (json!({"target": "load", "horizon": 2}), "horizon is for windows"),
        (json!({"target": "load", "series": "t"}), "series is for windows"),
        (json!({"target": "load", "window": 2, "horizon": []}), "horizon is empty"),
        (json!({"target": "load", "window": 2, "horizon": [1, 3, 1]}), "horizon has 1 twice"),
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
