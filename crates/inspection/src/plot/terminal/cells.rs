//! A grid without axes: a picture of coloured blocks, or of signs.

use super::{Block, Terminal, cut};
use crate::plot::colours::Rgb;
use crate::plot::figure::Panel;
use crate::plot::grid::Grid;

/// Pictures up to so many columns have two characters for each cell; of larger ones a character has two rows.
const SMALL: usize = 32;
/// How wide one of several pictures is.
const SEVERAL: usize = 24;

fn behind([red, green, blue]: Rgb, text: &str) -> String {
    format!("\x1b[48;2;{red};{green};{blue}m{text}\x1b[0m")
}

/// A frame for pictures without colours, whose edges would not be seen.
fn framed(lines: Vec<String>, width: usize) -> Vec<String> {
    let edge = "─".repeat(width);
    let inner = lines.into_iter().map(|line| format!("│{line}│"));
    std::iter::once(format!("┌{edge}┐")).chain(inner).chain([format!("└{edge}┘")]).collect()
}

pub(super) fn block(panel: &Panel, grid: &Grid, count: usize, terminal: Terminal) -> Block {
    let mut block = Block::new();
    let most = if count > 1 { SEVERAL } else { terminal.width - 2 };
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
    let mut seen = width;
    if !terminal.is_colored {
        lines = framed(lines, width);
        seen += 2;
    }
    if !panel.title.is_empty() {
        block.push(cut(&panel.title, if count > 1 { seen.max(12) } else { terminal.width }));
    }
    lines.into_iter().for_each(|line| block.push_colored(line, seen));
    if let Some(bar) = &grid.bar {
        let [low, high] = bar.range.map(crate::plot::axis::label);
        let name = if bar.label.is_empty() { "colours" } else { &bar.label };
        block.push(format!("{name}: {low} to {high}"));
    }
    block
}
