//! A table's cells as text: missing ones, numbers, and the order of values.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The content of cells that count as empty, as in pandas.
const MISSING: [&str; 13] =
    ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None"];

/// Whether a cell counts as empty.
pub fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell)
}

/// A cell as a number, finite in f32 too. The minus may be U+2212.
pub fn number(cell: &str) -> Option<f64> {
    let parsed = cell.parse().ok().or_else(|| {
        let digits = cell.strip_prefix('\u{2212}').filter(|digits| digits.starts_with(is_digit))?;
        digits.parse().ok().map(|x: f64| -x)
    });
    parsed.filter(|x: &f64| (*x as f32).is_finite())
}

/// A cell that says whether something is so, as pandas reads it: 1 for `True`, `TRUE` and `true`, 0 for the opposite.
pub fn truth(cell: &str) -> Option<f64> {
    match cell {
        "True" | "TRUE" | "true" => Some(1.0),
        "False" | "FALSE" | "false" => Some(0.0),
        _ => None,
    }
}

/// The order of values: numbers by size, and before words.
pub fn compare(a: &str, b: &str) -> Ordering {
    let number = |text: &str| text.parse::<f64>().ok();
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (x, y) => y.is_some().cmp(&x.is_some()).then_with(|| a.cmp(b)),
    }
}

/// How the cells of a table are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CellForm {
    /// The mark before the decimals.
    pub decimal: char,
    /// The mark between thousands.
    pub thousands: Option<char>,
    /// What may stand before or after a number and is removed, such as `%`.
    pub units: Vec<String>,
    /// Further words that count as an empty cell.
    pub na_values: Vec<String>,
    /// Whether the usual words, such as `NA` and `null`, count as an empty cell.
    pub keep_default_na: bool,
}

impl Default for CellForm {
    fn default() -> Self {
        CellForm {
            decimal: '.',
            thousands: None,
            units: Vec::new(),
            na_values: Vec::new(),
            keep_default_na: true,
        }
    }
}

impl CellForm {
    /// Whether cells are written as they are without any option.
    pub fn is_usual(&self) -> bool {
        *self == CellForm::default()
    }

    /// Whether a cell counts as empty. A number in `na_values` stands for all ways to write it, as in pandas.
    pub fn is_missing(&self, cell: &str) -> bool {
        let is_usual = if self.keep_default_na { is_missing(cell) } else { cell.is_empty() };
        is_usual || self.is_further_missing(cell)
    }

    fn is_further_missing(&self, cell: &str) -> bool {
        let is_same = |own: &String| {
            own == cell || number(own).is_some_and(|own| self.plain_number(cell) == Some(own))
        };
        self.na_values.iter().any(is_same)
    }

    /// A cell as a number; none for an empty one.
    pub fn number(&self, cell: &str) -> Option<f64> {
        match self.is_further_missing(cell) {
            true => None,
            false => self.plain_number(cell),
        }
    }

    /// A cell as a number, where a column also holds what is so: `True` is 1, `False` is 0.
    pub fn number_or_truth(&self, cell: &str) -> Option<f64> {
        self.number(cell).or_else(|| truth(cell))
    }

    fn plain_number(&self, cell: &str) -> Option<f64> {
        if self.decimal == '.' && self.thousands.is_none() && self.units.is_empty() {
            return number(cell);
        }
        let mut text = self.without_units(cell);
        if let Some(mark) = self.thousands.filter(|&mark| text.contains(mark)) {
            text = without_thousands(&text, mark, self.decimal)?;
        }
        if self.decimal != '.' {
            if text.contains('.') {
                return None;
            }
            text = text.replace(self.decimal, ".");
        }
        number(&text)
    }

    /// A cell without the units before and after its number; a sign may stand before a unit.
    fn without_units(&self, cell: &str) -> String {
        let (sign, mut rest) = match cell.strip_prefix(['-', '+', '\u{2212}']) {
            Some(rest) => (&cell[..cell.len() - rest.len()], rest.trim_start()),
            None => ("", cell),
        };
        for unit in &self.units {
            let before = rest.strip_prefix(unit.as_str()).map(str::trim_start);
            rest = before.unwrap_or(rest);
            let after = rest.strip_suffix(unit.as_str()).map(str::trim_end);
            rest = after.unwrap_or(rest);
        }
        format!("{sign}{rest}")
    }
}

/// A number without the marks between its thousands: none if these do not stand before each three digits (or two, as in
/// India, but three at the end).
fn without_thousands(text: &str, mark: char, decimal: char) -> Option<String> {
    let whole = text.split(decimal).next().unwrap_or_default();
    let digits = whole.trim_start_matches(['-', '+', '\u{2212}']);
    let groups: Vec<&str> = digits.split(mark).collect();
    let are_digits = groups.iter().all(|group| group.chars().all(|c| c.is_ascii_digit()));
    let (first, rest) = groups.split_first()?;
    let (last, middle) = rest.split_last()?;
    let fits = (1..=3).contains(&first.len())
        && last.len() == 3
        && middle.iter().all(|group| (2..=3).contains(&group.len()));
    let is_whole_alone = !text[whole.len()..].contains(mark);
    (are_digits && fits && is_whole_alone).then(|| text.replace(mark, ""))
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> CellForm {
        CellForm::default()
    }

    #[test]
    fn numbers_are_read_as_their_options_say_and_not_otherwise() {
        let german = CellForm { decimal: ',', thousands: Some('.'), ..form() };
        let english = CellForm { thousands: Some(','), ..form() };
        let units = CellForm {
            thousands: Some(','),
            units: vec!["$".into(), "%".into(), "kg".into()],
            ..form()
        };
        for (form, cell, expected) in [
            (&form(), "+5", Some(5.0)),
            (&form(), "\u{2212}5.5", Some(-5.5)),
            (&form(), "\u{2212}-5", None),
            (&form(), "12,900", None),
            (&form(), "inf", None),
            (&german, "12.900,5", Some(12_900.5)),
            (&german, "-0,25", Some(-0.25)),
            (&german, "1.5", None),
            (&english, "1,234,567.5", Some(1_234_567.5)),
            (&english, "-12,34,567", Some(-1_234_567.0)),
            (&english, "12,90", None),
            (&english, "1.234,567", None),
            (&english, "700", Some(700.0)),
            (&units, "$1,200.50", Some(1200.5)),
            (&units, "-$3", Some(-3.0)),
            (&units, "5 %", Some(5.0)),
            (&units, "70kg", Some(70.0)),
            (&units, "70 lb", None),
        ] {
            assert_eq!(form.number(cell), expected, "{cell} {form:?}");
        }
    }

    #[test]
    fn empty_cells_are_those_of_pandas_and_those_that_are_named() {
        let more = CellForm { na_values: vec!["?".into(), "-999".into()], ..form() };
        assert!(["", "NA", "null", "?", "-999", "-999.0"].iter().all(|cell| more.is_missing(cell)));
        assert_eq!((more.number("-999.0"), more.number("-998")), (None, Some(-998.0)));
        let words = CellForm { keep_default_na: false, ..form() };
        assert!(words.is_missing("") && !words.is_missing("NA"));
    }
}
