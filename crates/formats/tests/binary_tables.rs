//! Spreadsheets and Parquet files, as pandas writes them, beside the CSV file of the same table
//! (`fixtures/make_tables.py`).

use relume_catalog::Value;
use relume_datasets::{DataError, Dataset};
use relume_formats::DataSpec;
use serde_json::json;
use std::path::Path;

fn load(file: &str, named: Value) -> Result<Dataset, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tables").join(file);
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

#[cfg(feature = "parquet")]
#[test]
fn a_damaged_parquet_file_is_an_error_that_names_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tables/shop.parquet");
    let whole = std::fs::read(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.parquet");
    for cut in (0..whole.len()).step_by(97) {
        std::fs::write(&damaged, &whole[..cut]).unwrap();
        let path = json!(damaged.to_str().unwrap());
        let named = vec![("target".to_string(), json!("price"))];
        let spec = DataSpec::from_arguments("csv", vec![path], named).unwrap();
        let error = spec.inner().load().unwrap_err().to_string();
        assert!(error.contains("damaged.parquet"), "{error}");
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
    let error = load("shop.xlsx", json!({"target": "price", "sheet": "none"})).unwrap_err();
    assert!(error.contains("its sheets are all, small"), "{error}");
    // A cell that cannot be used is named by its row as the program shows it.
    let error = load("shop.xlsx", json!({"target": "price"})).unwrap_err();
    assert!(
        error.contains("shop.xlsx:2: column \"when\" holds \"2026-11-30 14:30:00\""),
        "{error}"
    );
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
