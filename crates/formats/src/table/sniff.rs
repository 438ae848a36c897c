//! Finding out how a file's rows are written: the separator, and whether the first row holds names.

use super::block::Block;
use super::delimited::{Record, Scanner, Separator, Syntax};
use relume_datasets::raw::{CellForm, number};

/// The separators that are tried, in the order in which they are preferred.
const CANDIDATES: [Separator; 5] = [
    Separator::Byte(b','),
    Separator::Byte(b'\t'),
    Separator::Byte(b';'),
    Separator::Byte(b'|'),
    Separator::Blanks,
];

/// How many rows are looked at.
const ROWS: usize = 100;

/// The separator of a file by its first rows: one that gives each the same number of cells, and if there are several,
/// the one that leaves more numbers.
pub(crate) fn separator(text: &str, comment: Option<u8>, is_last: bool) -> Separator {
    let tried = CANDIDATES.map(|separator| {
        let syntax = Syntax { separator, comment };
        Trial::new(Scanner::new(text, syntax, 1, is_last), separator)
    });
    let splitting = || tried.iter().filter(|trial| trial.width > 1);
    let even = splitting().filter(|trial| trial.is_even);
    let best = even.reduce(|best, trial| if trial.numbers > best.numbers { trial } else { best });
    let first = splitting().next();
    match (best, first) {
        // Words with as many blanks in each row are no columns if the first row has a separator.
        (Some(best), Some(first)) if best.numbers > 0.0 || best.separator == first.separator => {
            best.separator
        }
        (_, Some(first)) => first.separator,
        _ => Separator::Byte(b','),
    }
}

/// A file's first rows, cut by a separator.
struct Trial {
    separator: Separator,
    /// The number of cells of the first row.
    width: usize,
    /// Whether all rows have as many.
    is_even: bool,
    /// The share of cells that are numbers.
    numbers: f64,
}

impl Trial {
    fn new(mut scanner: Scanner<'_>, separator: Separator) -> Self {
        let comma = CellForm { decimal: ',', ..CellForm::default() };
        let is_number = |cell: &str| {
            number(cell).is_some()
                || separator != Separator::Byte(b',') && comma.number(cell).is_some()
        };
        let mut trial = Trial { separator, width: 0, is_even: true, numbers: 0.0 };
        let (mut cells, mut numbers) = (0, 0);
        for row in 0..ROWS {
            let mut block = Block::default();
            match scanner.record(&mut block, None) {
                Ok(Record::Cells(width)) => {
                    if row == 0 {
                        trial.width = width;
                    }
                    trial.is_even &= width == trial.width;
                    cells += width;
                    numbers += block.row(0).filter(|cell| is_number(cell)).count();
                }
                Ok(_) => break,
                // A quote that is not closed is told where the file is read.
                Err(_) => break,
            }
        }
        trial.numbers = f64::from(numbers as u32) / f64::from(cells.max(1) as u32);
        trial
    }
}

/// Whether the first row holds names: none of it is a number, or an option calls a column so.
pub(crate) fn is_header<'a>(
    mut cells: impl Iterator<Item = &'a str> + Clone,
    named: &[&str],
) -> bool {
    let is_named = |cell: &str| number(cell).is_none() && named.contains(&cell);
    cells.clone().any(is_named) || cells.all(|cell| cell.parse::<f64>().is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> char {
        separator(text, None, true).character()
    }

    #[test]
    fn the_separator_is_the_one_that_makes_columns() {
        for (text, expected) in [
            ("a,b,y\n1,2,yes\n", ','),
            ("a;b;y\n1;2;yes\n", ';'),
            ("a\tb\n1\t2\n", '\t'),
            ("a|b\n1|2\n", '|'),
            ("a  b\n1    2\n", ' '),
            // Decimal commas, with names and without.
            ("a;b;y\n1,5;2,5;yes\n", ';'),
            ("1,5;2,5;yes\n1,0;2,5;no\n", ';'),
            // Blanks and semicolons within cells.
            ("name,x\nAnn Lee,3\nBob Ray,4\n", ','),
            ("first name,x\nAnn Lee,3\nBob Ray,4,5\n", ','),
            ("red,a;b\nblue,c;d\n", ','),
            ("day,x\n2026-11-30 12:00,5\n", ','),
            ("\"a;b\",c\n\"1;2\",3\n", ','),
            ("a, b, c\n1, 2, 3\n", ','),
            ("alone\n1\n2\n", ','),
            ("", ','),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_names_if_an_option_calls_a_column_beside_them() {
        let header = |cells: &[&str], named: &[&str]| is_header(cells.iter().copied(), named);
        assert!(header(&["a", "b"], &[]));
        assert!(!header(&["2019", "2020", "y"], &[]));
        assert!(header(&["2019", "2020", "y"], &["y"]));
        assert!(!header(&["2019", "2020", "7"], &["7"]));
    }
}
