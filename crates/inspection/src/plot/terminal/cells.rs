//! A grid without numbers along its axes: a picture of coloured blocks, or of signs; rows may have names.

use super::{Block, Terminal, cut};
use crate::plot::colours::Rgb;
use crate::plot::figure::{Panel, Ticks};
use crate::plot::grid::Grid;
use unicode_width::UnicodeWidthStr;

/// Pictures up to so many columns have two characters for each cell; of larger ones a character has two rows.
const SMALL: usize = 32;
/// How wide one of several pictures is.
const SEVERAL: usize = 24;
/// How wide one of several is whose rows have names: a matrix, which is read row by row.
const SEVERAL_NAMED: usize = 48;
/// The widest that the name of a row may be.
const NAME: usize = 12;

fn behind([red, green, blue]: Rgb, text: &str) -> String {
    format!("\x1b[48;2;{red};{green};{blue}m{text}\x1b[0m")
}

/// A frame for pictures without colours, whose edges would not be seen.
fn framed(lines: Vec<String>, width: usize) -> Vec<String> {
    let edge = "─".repeat(width);
    let inner = lines.into_iter().map(|line| format!("│{line}│"));
    std::iter::once(format!("┌{edge}┐")).chain(inner).chain([format!("└{edge}┘")]).collect()
}

/// The names of the rows from the top; none without names.
fn row_names(panel: &Panel) -> Vec<String> {
    match &panel.y.ticks {
        // An axis is read from below.
        Ticks::Names(names) => names.iter().rev().map(|name| cut(name, NAME)).collect(),
        Ticks::Numbers | Ticks::None => Vec::new(),
    }
}

pub(super) fn block(panel: &Panel, grid: &Grid, count: usize, terminal: Terminal) -> Block {
    let mut block = Block::new();
    let names = row_names(panel);
    let before = names.iter().map(|name| name.width() + 1).max().unwrap_or(0);
    let most = match (count > 1, names.is_empty()) {
        (true, true) => SEVERAL,
        (true, false) => SEVERAL_NAMED.min(terminal.width - 2 - before),
        (false, _) => terminal.width - 2 - before,
    };
    let is_small = grid.columns <= SMALL.min(most / 2);
    let columns = if is_small { grid.columns } else { grid.columns.min(most) };
    let share = columns as f64 / grid.columns.max(1) as f64;
    // Beside each other, numbers of very different extents are still seen.
    let rows = ((grid.rows as f64 * share).round() as usize).clamp(1, 80);
    let own = grid.reduced(rows, columns);
    let width = if is_small { 2 * own.columns } else { own.columns };
    let at = |row: usize, column: usize| row.min(own.rows - 1) * own.columns + column;
    let line = |row: usize| -> String {
        let cell = |column: usize| {
            let (sign, colour) = (own.signs[at(row, column)], own.colours[at(row, column)]);
            match (is_small, terminal.is_colored) {
                (true, true) => behind(colour, "  "),
                (true, false) => [sign; 2].iter().collect(),
                (false, true) => {
                    let [red, green, blue] = colour;
                    let below = own.colours[at(row + 1, column)];
                    behind(below, "▀").replacen('m', &format!(";38;2;{red};{green};{blue}m"), 1)
                }
                (false, false) => sign.to_string(),
            }
        };
        (0..own.columns).map(cell).collect()
    };
    let step = if is_small { 1 } else { 2 };
    let mut lines: Vec<String> = (0..own.rows).step_by(step).map(line).collect();
    let mut seen = before + width;
    if !terminal.is_colored {
        lines = framed(lines, width);
        seen += 2;
    }
    if before > 0 {
        // The frame has a line above and a line below.
        let edge = usize::from(!terminal.is_colored);
        let row = |line: usize| Some(line.checked_sub(edge)? * step * grid.rows / own.rows);
        let name =
            |line: usize| row(line).and_then(|row| names.get(row)).map_or("", String::as_str);
        let last = lines.len() - edge;
        let named = |(at, line): (usize, String)| {
            let name = if at < last { name(at) } else { "" };
            format!("{}{name} {line}", " ".repeat(before - 1 - name.width()))
        };
        lines = lines.into_iter().enumerate().map(named).collect();
    }
    if !panel.title.is_empty() {
        let least = if before > 0 { SEVERAL } else { 12 };
        block.push(cut(&panel.title, if count > 1 { seen.max(least) } else { terminal.width }));
    }
    lines.into_iter().for_each(|line| block.push_colored(line, seen));
    if let Some(bar) = &grid.bar {
        let [low, high] = bar.range.map(crate::plot::axis::label);
        let name = if bar.label.is_empty() { "colours" } else { &bar.label };
        block.push(format!("{name}: {low} to {high}"));
    }
    block
}
