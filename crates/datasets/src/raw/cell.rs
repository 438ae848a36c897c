//! A table's cells as text: missing ones, numbers, and the order of values.

use std::cmp::Ordering;

/// The content of cells that count as empty, as in pandas.
const MISSING: [&str; 13] =
    ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None"];

/// Whether a cell counts as empty.
pub fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell)
}

/// A cell as a number, finite in f32 too.
pub fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|x: &f64| (*x as f32).is_finite())
}

/// The order of values: numbers by size, and before words.
pub fn compare(a: &str, b: &str) -> Ordering {
    let number = |text: &str| text.parse::<f64>().ok();
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (x, y) => y.is_some().cmp(&x.is_some()).then_with(|| a.cmp(b)),
    }
}
