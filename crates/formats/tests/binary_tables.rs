//! Spreadsheets and Parquet files, as pandas writes them, beside the CSV file of the same table
//! (`fixtures/make_tables.py`).

use relume_catalog::Value;
use relume_datasets::{DataError, Dataset};
use relume_formats::DataSpec;
use serde_json::json;
use std::path::{Path, PathBuf};

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tables").join(file)
}

fn load(file: &str, named: Value) -> Result<Dataset, String> {
    load_path(&fixture(file), named)
}

fn load_path(path: &Path, named: Value) -> Result<Dataset, String> {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    let spec = DataSpec::from_arguments("csv", vec![json!(path.to_str().unwrap())], named);
    let shown = |error: DataError| format!("{error} | {}", error.help().unwrap_or_default());
    spec.map_err(|error| error.to_string())?.inner().load().map_err(shown)
}

/// All columns of the table, the number of 9007199254740993 left out where a format does not have it.
#[cfg(any(feature = "excel", feature = "parquet"))]
fn options(ignore: &[&str]) -> Value {
    json!({"target": "price", "date_parts": ["when"], "one_hot": ["city"], "missing": "mean", "test": 0,
        "task": "numbers", "standardize": false, "ignore": ignore})
}

#[cfg(any(feature = "excel", feature = "parquet"))]
fn assert_same(found: &Dataset, expected: &Dataset) {
    assert_eq!(found.features(), expected.features());
    assert_eq!(found.inputs().unwrap().data(), expected.inputs().unwrap().data());
    assert_eq!(found.targets(), expected.targets());
}

#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_is_the_table_that_its_csv_file_is() {
    let expected = load("shop.csv", options(&[])).unwrap();
    for packed in ["", "_gzip", "_lz4", "_brotli", "_plain"] {
        assert_same(&load(&format!("shop{packed}.parquet"), options(&[])).unwrap(), &expected);
    }
    // Classes, and whole numbers with all their digits.
    let named = json!({"target": "id", "task": "classes", "columns": ["size"], "missing": "mean", "test": 0});
    let data = load("shop.parquet", named).unwrap();
    assert_eq!(data.classes().unwrap(), ["2", "3", "4", "9007199254740993"]);
    let error = load("shop_zstd.parquet", options(&[])).unwrap_err();
    assert!(error.contains("zstd") && error.contains("snappy"), "{error}");
    let error = load("lists.parquet", json!({"target": "a"})).unwrap_err();
    assert!(error.contains("lists.parquet:1: the column \"tags\" holds lists"), "{error}");
    let named = json!({"target": "a", "ignore": ["tags"], "dates": ["day"], "test": 0, "standardize": false});
    // 2026-11-30 is 20787 days after 1970-01-01.
    let data = load("lists.parquet", named).unwrap();
    assert_eq!(data.inputs().unwrap().data()[0], 20_787.0 * 86_400.0);
    let error = load("shop.parquet", json!({"target": "price", "separator": ";"})).unwrap_err();
    assert!(error.contains("has no header, separator"), "{error}");
}

/// What `to_csv` writes is what the cells are: times to the nanosecond, decimal numbers, and bytes that are text.
#[cfg(feature = "parquet")]
#[test]
fn cells_of_a_parquet_file_are_written_as_pandas_writes_them() {
    let classes = |file: &str, column: &str| {
        let named = json!({"target": column, "task": "classes", "columns": ["x"], "test": 0, "missing": "drop"});
        load(file, named).unwrap().classes().unwrap().to_vec()
    };
    for (file, columns) in [
        ("times.parquet", &["nanos", "micros", "millis", "whole", "cents", "bytes"][..]),
        ("times_int96.parquet", &["nanos", "whole", "bytes"]),
    ] {
        for column in columns {
            assert_eq!(classes(file, column), classes("times.csv", column), "{file} {column}");
        }
    }
    assert_eq!(classes("times.parquet", "whole"), ["-4", "0", "123"]);
    let error = load("binary.parquet", json!({"target": "y"})).unwrap_err();
    assert!(
        error.contains("binary.parquet:2: the column \"raw\" holds bytes that are no text"),
        "{error}"
    );
    let error = load("twice.parquet", json!({"target": "y"})).unwrap_err();
    assert!(error.contains("two columns are called \"x\""), "{error}");
    let error = load("shop.parquet", json!({"target": "price", "sheet": "all"})).unwrap_err();
    assert!(error.contains("has no sheets"), "{error}");
}

#[cfg(feature = "parquet")]
#[test]
fn columns_that_are_left_out_are_not_unpacked() {
    let mut bytes = std::fs::read(fixture("shop_plain.parquet")).unwrap();
    // The pages of the first column, "when".
    bytes[4..40].fill(0xff);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.parquet");
    std::fs::write(&path, &bytes).unwrap();
    let named = |ignore: &[&str]| {
        json!({"target": "price", "one_hot": ["city"], "missing": "mean", "test": 0, "task": "numbers",
            "standardize": false, "ignore": ignore})
    };
    let expected = load("shop.csv", named(&["when"])).unwrap();
    assert_same(&load_path(&path, named(&["when"])).unwrap(), &expected);
    let error = load_path(&path, options(&[])).unwrap_err();
    assert!(error.contains("shop.parquet"), "{error}");
}

/// Cut at many places, and with bytes changed inside of the pages and of what describes them.
#[cfg(any(feature = "excel", feature = "parquet"))]
#[test]
fn a_damaged_file_is_read_or_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        #[cfg(feature = "parquet")]
        "shop.parquet",
        #[cfg(feature = "parquet")]
        "shop_plain.parquet",
        #[cfg(feature = "parquet")]
        "times_int96.parquet",
        #[cfg(feature = "excel")]
        "shop.xlsx",
    ];
    let mut refused = 0;
    for file in files {
        let whole = std::fs::read(fixture(file)).unwrap();
        let path = folder.path().join(format!("damaged_{file}"));
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let named =
                json!({"target": 0, "missing": "drop", "test": 0, "ignore": [], "task": "classes"});
            load_path(&path, named)
        };
        for cut in (0..whole.len()).step_by(97) {
            let error = read(&whole[..cut]).unwrap_err();
            assert!(error.contains(&format!("damaged_{file}")), "{error}");
        }
        for at in (0..whole.len()).step_by(13) {
            for changed in [!whole[at], whole[at] ^ 1, 0x7f] {
                let mut bytes = whole.clone();
                bytes[at] = changed;
                if let Err(error) = read(&bytes) {
                    let is_named = error.contains(&format!("damaged_{file}"));
                    assert!(is_named, "{file} with {changed} at {at}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 100, "only {refused} of the damaged files are refused");
}

/// Goes on until the file has been read, and not while its rows are taken apart.
#[cfg(any(feature = "excel", feature = "parquet"))]
#[test]
fn reading_stops_when_it_is_asked_to_after_the_bytes_are_there() {
    struct Impatient(std::sync::atomic::AtomicBool);
    impl relume_formats::Reader for Impatient {
        fn progress(&self, read: usize, all: usize, _: relume_formats::Amount) {
            self.0.store(read == all, std::sync::atomic::Ordering::Relaxed);
        }
        fn is_cancelled(&self) -> bool {
            self.0.load(std::sync::atomic::Ordering::Relaxed)
        }
    }
    for file in [
        #[cfg(feature = "parquet")]
        "shop.parquet",
        #[cfg(feature = "excel")]
        "shop.xlsx",
    ] {
        let named = vec![("target".to_string(), json!("price"))];
        let path = json!(fixture(file).to_str().unwrap());
        let spec = DataSpec::from_arguments("csv", vec![path], named).unwrap();
        let stopped = spec.inner().load_watched(&Impatient(false.into())).err();
        assert!(matches!(stopped, Some(DataError::Interrupted)), "{file}: {stopped:?}");
    }
}

#[cfg(feature = "excel")]
#[test]
fn a_spreadsheet_is_the_table_that_its_csv_file_is() {
    let expected = load("shop.csv", options(&["id"])).unwrap();
    assert_same(&load("shop.xlsx", options(&["id"])).unwrap(), &expected);
    let small = json!({"target": "price", "sheet": "small", "test": 0, "standardize": false, "task": "numbers"});
    let data = load("shop.xlsx", small).unwrap();
    assert_eq!((data.features(), data.len()), (&["size".to_string()][..], 2));
    assert_eq!(data.inputs().unwrap().data(), [1.5, 2.25]);
    // Rows are skipped as the program counts them: the first one of above.xlsx has no cell, the second is a title.
    let above = |skip: usize| {
        let named = json!({"target": "price", "skip": skip, "test": 0, "standardize": false, "task": "numbers"});
        load("above.xlsx", named)
    };
    for skip in [2, 3] {
        assert_eq!(above(skip).unwrap().inputs().unwrap().data(), [1.5, 2.25], "skip={skip}");
    }
    let error = above(1).unwrap_err();
    assert!(error.contains("above.xlsx"), "{error}");
    let error = load("shop.xlsx", json!({"target": "price", "sheet": "none"})).unwrap_err();
    assert!(error.contains("its sheets are all, small"), "{error}");
    // A cell that cannot be used is named by its row as the program shows it.
    let error = load("shop.xlsx", json!({"target": "price"})).unwrap_err();
    assert!(
        error.contains("shop.xlsx:2: column \"when\" holds \"2026-11-30 14:30:00\""),
        "{error}"
    );
    // Two cells, of which one is the last that a sheet has: 17 billion places.
    let error = load("far.xlsx", json!({"target": 0})).unwrap_err();
    assert!(error.contains("far.xlsx") && error.contains("are far apart"), "{error}");
    let error = load("shop.csv", json!({"target": "price", "sheet": "all"})).unwrap_err();
    assert!(error.contains("is no spreadsheet"), "{error}");
}

#[cfg(not(feature = "excel"))]
#[test]
fn without_the_feature_the_error_names_it() {
    let error = load("shop.xlsx", json!({"target": "price"})).unwrap_err();
    assert!(error.contains("which this program was built without"), "{error}");
    assert!(error.contains("--features excel"), "{error}");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_parquet_the_error_names_it() {
    let error = load("shop.parquet", json!({"target": "price"})).unwrap_err();
    assert!(error.contains("--features parquet"), "{error}");
}
