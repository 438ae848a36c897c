//! Spreadsheets and Parquet files that claim more than they hold, or unpack to it (`tests/fixtures/make_forged.py`):
//! they are read or refused, and cost no more memory than the file and 64 MiB.
//!
//! The memory of every thread of this program is counted, so it holds a single test.
#![cfg(any(feature = "excel", feature = "parquet"))]

#[path = "../../../tests/common/counting.rs"]
mod counting;

use relume_formats::DataSpec;
use serde_json::json;
use std::path::Path;

/// What reading a file may take beside the file's own length.
const SPARE: usize = 64 << 20;

/// How a file is read: to a table of 10 rows.
const READ: &str = "10 rows";

/// The files, and what is said about each.
const FILES: &[(&str, &str)] = &[
    #[cfg(feature = "excel")]
    ("honest.xlsx", READ),
    #[cfg(feature = "excel")]
    ("macros.xlsm", READ),
    #[cfg(feature = "excel")]
    ("dimension.xlsx", READ),
    #[cfg(feature = "excel")]
    ("texts_many.xlsx", "sharedstrings.xml claims 1,000,000,000 texts"),
    #[cfg(feature = "excel")]
    ("texts_endless.xlsx", "sharedstrings.xml claims"),
    #[cfg(feature = "excel")]
    ("comment.xlsx", "sheet1.xml unpacks to more than"),
    #[cfg(feature = "excel")]
    ("attribute.xlsx", "sheet1.xml unpacks to more than"),
    #[cfg(feature = "excel")]
    ("text.xlsx", "sheet1.xml unpacks to more than"),
    #[cfg(feature = "excel")]
    ("texts.xlsx", "sharedstrings.xml unpacks to more than"),
    #[cfg(feature = "excel")]
    ("cells.xlsx", "sheet1.xml unpacks to more than"),
    #[cfg(feature = "excel")]
    ("styles.xlsx", "styles.xml unpacks to more than"),
    #[cfg(feature = "excel")]
    ("record.xlsb", "workbook.bin claims a record of"),
    #[cfg(feature = "excel")]
    ("honest.xls", READ),
    #[cfg(feature = "excel")]
    ("dimensions.xls", READ),
    #[cfg(feature = "excel")]
    ("corners.xls", "has 2 cells for 16,777,216 places"),
    #[cfg(feature = "excel")]
    ("sectors.xls", "its sectors have no end"),
    #[cfg(feature = "excel")]
    ("honest.ods", READ),
    #[cfg(feature = "excel")]
    ("wide.ods", "has 1 cells for 98,304,000 places"),
    #[cfg(feature = "excel")]
    ("rows.ods", "has 3,000 cells for 49,152,000 places"),
    #[cfg(feature = "excel")]
    ("gap.ods", "has 4 cells for 92,000,184 places"),
    #[cfg(feature = "excel")]
    ("blanks.ods", "repeat"),
    #[cfg(feature = "excel")]
    ("texts.ods", "repeat"),
    #[cfg(feature = "parquet")]
    ("honest.parquet", READ),
    #[cfg(feature = "parquet")]
    ("rows.parquet", "cannot be read as a Parquet file"),
    #[cfg(feature = "parquet")]
    ("values.parquet", "cannot be read as a Parquet file"),
    #[cfg(feature = "parquet")]
    ("times.parquet", "cannot be read as a Parquet file"),
    #[cfg(feature = "parquet")]
    ("size_snappy.parquet", "for few values"),
    #[cfg(feature = "parquet")]
    ("size_lz4.parquet", "for few values"),
    #[cfg(feature = "parquet")]
    ("zeros.parquet", "for few values"),
    #[cfg(feature = "parquet")]
    ("larger_gzip.parquet", "unpacks to more than the 80 B it claims"),
    #[cfg(feature = "parquet")]
    ("larger_brotli.parquet", "unpacks to more than the 80 B it claims"),
    #[cfg(feature = "parquet")]
    ("larger_lz4.parquet", "unpacks to more than the 80 B it claims"),
    #[cfg(feature = "parquet")]
    ("dictionary.parquet", "claims 2,147,483,647 values"),
    #[cfg(feature = "parquet")]
    ("dictionary_texts.parquet", "claims 2,147,483,647 values"),
    #[cfg(feature = "parquet")]
    ("lengths_many.parquet", "more lengths of texts than values"),
    #[cfg(feature = "parquet")]
    ("lengths_endless.parquet", "more lengths of texts than values"),
    #[cfg(feature = "parquet")]
    ("prefixes_many.parquet", "more lengths of texts than values"),
    #[cfg(feature = "parquet")]
    ("prefixes_endless.parquet", "more lengths of texts than values"),
    #[cfg(feature = "parquet")]
    ("suffixes.parquet", "more lengths of texts than values"),
];

#[test]
fn a_table_that_claims_more_than_it_holds_takes_little_memory() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/forged");
    let mut faults = Vec::new();
    for (file, said) in FILES {
        let path = folder.join(file);
        let length = std::fs::metadata(&path).unwrap().len() as usize;
        let named = [("target", json!(1)), ("missing", json!("drop")), ("test", json!(0))];
        let named = named.map(|(name, value)| (name.to_string(), value)).to_vec();
        let spec =
            DataSpec::from_arguments("csv", vec![json!(path.to_str().unwrap())], named).unwrap();
        let (before, begin) = (counting::begin(), std::time::Instant::now());
        let loaded = spec.inner().load();
        let taken = counting::most() - before;
        let found = match loaded {
            Ok(data) => format!("{} rows", data.len()),
            Err(error) => error.to_string(),
        };
        let is_named = *said == READ || found.contains(file);
        if !found.contains(said) || !is_named || found.len() > 500 {
            faults.push(format!("{file}: {found}"));
        }
        if taken > length + SPARE {
            faults.push(format!("{file}: {taken} bytes for a file of {length}"));
        }
        if begin.elapsed().as_secs() >= 5 {
            faults.push(format!("{file}: {:?}", begin.elapsed()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
