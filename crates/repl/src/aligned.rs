//! Tables of aligned columns, in lines of at most 80 columns.

use crate::lines::{WIDTH, cut};
use unicode_width::UnicodeWidthStr;

/// What stands between two columns.
const GAP: &str = "  ";

/// A table with aligned columns; numbers stand at the right of theirs, and the last one is not padded. What is wider
/// than a line goes on below, with the first column again.
pub fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    keyed(heads, &rows.collect::<Vec<_>>(), 1)
}

/// As [`table`], with so many columns again that say which row it is.
pub fn keyed(heads: &[&str], rows: &[Vec<String>], keys: usize) -> String {
    let columns = Column::all(heads, rows);
    let keys = keys.min(columns.len());
    let (own, rest) = columns.split_at(keys);
    let taken = line_width(own);
    let mut blocks: Vec<Vec<&Column>> = Vec::new();
    let mut width = 0;
    for column in rest {
        let wider = width + GAP.len() + column.width;
        match blocks.last_mut() {
            Some(block) if wider <= WIDTH => {
                block.push(column);
                width = wider;
            }
            _ => {
                blocks.push(vec![column]);
                width = taken + GAP.len() + column.width;
            }
        }
    }
    if blocks.is_empty() {
        blocks.push(Vec::new());
    }
    let text = |block: Vec<&Column>| {
        let columns: Vec<&Column> = own.iter().chain(block).collect();
        let head = line(columns.iter().map(|column| column.padded(column.head)));
        let row = |own: &Vec<String>| {
            let cell = |column: &&Column| column.padded(own.get(column.at).map_or("", |own| own));
            line(columns.iter().map(cell))
        };
        head + &rows.iter().map(row).collect::<String>()
    };
    blocks.into_iter().map(text).collect::<Vec<_>>().join("\n")
}

/// As [`table`], with a column of texts that are cut, to so many columns at least, where that makes the table fit.
pub fn cutting(heads: &[&str], mut rows: Vec<Vec<String>>, at: usize, least: usize) -> String {
    let over = width(heads, &rows).saturating_sub(WIDTH);
    let widest = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max();
    let kept = widest.unwrap_or(0).saturating_sub(over);
    if over > 0 && kept >= least {
        for cell in rows.iter_mut().filter_map(|row| row.get_mut(at)) {
            *cell = cut(cell, kept);
        }
    }
    keyed(heads, &rows, 1)
}

/// The width of a table in one piece.
pub fn width(heads: &[&str], rows: &[Vec<String>]) -> usize {
    line_width(&Column::all(heads, rows))
}

fn line_width(columns: &[Column<'_>]) -> usize {
    let widths: usize = columns.iter().map(|column| column.width).sum();
    widths + GAP.len() * columns.len().saturating_sub(1)
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(GAP).trim_end().to_string() + "\n"
}

/// A column of a table.
struct Column<'a> {
    at: usize,
    head: &'a str,
    width: usize,
    is_numeric: bool,
}

impl<'a> Column<'a> {
    fn all(heads: &[&'a str], rows: &[Vec<String>]) -> Vec<Self> {
        let of = |(at, head): (usize, &&'a str)| {
            let cells = || rows.iter().filter_map(move |row| row.get(at));
            let begins_numeric =
                |cell: &String| cell.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c));
            Column {
                at,
                head,
                width: cells().map(|cell| cell.width()).chain([head.width()]).max().unwrap_or(0),
                is_numeric: !rows.is_empty() && cells().all(begins_numeric),
            }
        };
        heads.iter().enumerate().map(of).collect()
    }

    fn padded(&self, cell: &str) -> String {
        let gap = " ".repeat(self.width.saturating_sub(cell.width()));
        if self.is_numeric { gap + cell } else { cell.to_string() + &gap }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn numbers_stand_at_the_right() {
        let rows = [row(&["a", "1", "x"]), row(&["bc", "10", "yz"])];
        let text = table(&["name", "n", "text"], rows.into_iter());
        assert_eq!(text, "name   n  text\na      1  x\nbc    10  yz\n");
    }

    #[test]
    fn texts_are_cut_only_where_that_makes_a_table_fit() {
        let heads = ["", "stage", "output"];
        let long = "stage ".repeat(14);
        for (stage, shown) in [("a stage", "a stage"), (long.trim(), "...")] {
            let text = cutting(&heads, vec![row(&["0", stage, "3 x 4"])], 1, 8);
            assert!(text.contains(shown) && text.contains("3 x 4"), "{text}");
            assert!(
                text.lines().count() == 2 && text.lines().all(|own| own.width() <= 80),
                "{text}"
            );
        }
    }

    #[test]
    fn a_wide_table_goes_on_below_with_its_first_column() {
        let heads: Vec<String> = (0..30).map(|at| format!("class {at}")).collect();
        let heads: Vec<&str> =
            ["true"].into_iter().chain(heads.iter().map(String::as_str)).collect();
        let rows = ["a", "b"].map(|name| {
            let cells = (0..30).map(|at| at.to_string());
            [name.to_string()].into_iter().chain(cells).collect::<Vec<_>>()
        });
        let text = table(&heads, rows.into_iter());
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        let blocks: Vec<&str> = text.split("\n\n").collect();
        assert!(blocks.len() > 2, "{text}");
        for block in &blocks {
            let lines: Vec<&str> = block.lines().collect();
            assert_eq!(lines.len(), 3, "{block}");
            assert!(lines[0].starts_with("true") && lines[1].starts_with('a'), "{block}");
        }
        let all: Vec<&str> = blocks.iter().flat_map(|own| own.lines().nth(1)).collect();
        let cells = all.join(" ");
        let cells: Vec<&str> = cells.split_whitespace().filter(|cell| *cell != "a").collect();
        assert_eq!(cells, (0..30).map(|at| at.to_string()).collect::<Vec<_>>());
    }
}
