//! A grid whose cells hold words, as a table; without words where that is too wide.

use super::{Block, Terminal, cut};
use crate::plot::colours::is_dark;
use crate::plot::figure::{Panel, Ticks};
use crate::plot::grid::Grid;
use unicode_width::UnicodeWidthStr;

/// The widest that a name may be, and the narrowest to which one is cut.
const NAME: usize = 16;
const LEAST: usize = 3;

fn names(ticks: &Ticks, count: usize) -> Vec<String> {
    match ticks {
        Ticks::Names(names) => names.clone(),
        _ => (0..count).map(|at| at.to_string()).collect(),
    }
}

/// Text in the middle of a cell.
fn centred(text: &str, width: usize) -> String {
    let gap = width.saturating_sub(text.width());
    let before = gap.div_ceil(2);
    format!("{}{text}{}", " ".repeat(before), " ".repeat(gap - before))
}

pub(super) fn block(panel: &Panel, grid: &Grid, terminal: Terminal) -> Block {
    let mut block = Block::new();
    // The rows of the axis are read from below.
    let down: Vec<String> = names(&panel.y.ticks, grid.rows).into_iter().rev().collect();
    let across = names(&panel.x.ticks, grid.columns);
    let first = down.iter().map(|name| cut(name, NAME).width()).max().unwrap_or(0);
    let widest_text = grid.texts.iter().map(|text| text.width()).max().unwrap_or(1);
    let widest_name = across.iter().map(|name| name.width()).max().unwrap_or(1);
    let room = terminal.width.saturating_sub(first + 1) / grid.columns.max(1);
    // A blank stands on both sides of a cell, or only before it.
    let cell = (widest_text.max(widest_name.min(NAME)) + 2).min(room);
    if cell < widest_text.max(LEAST.min(widest_name)) + 1 {
        return without_words(panel, grid, &down, terminal);
    }
    if !panel.title.is_empty() {
        block.push(panel.title.clone());
    }
    let (y, x) = (&panel.y.label, &panel.x.label);
    if !x.is_empty() || !y.is_empty() {
        block.push(format!("{y} down, {x} across"));
    }
    let heads: String = across.iter().map(|name| centred(&cut(name, cell - 1), cell)).collect();
    block.push(format!("{:first$} {}", "", heads.trim_end()));
    for (row, name) in down.iter().enumerate() {
        let name = cut(name, NAME);
        let mut line = format!("{}{name} ", " ".repeat(first - name.width()));
        for at in row * grid.columns..(row + 1) * grid.columns {
            let text = centred(grid.texts.get(at).map_or("", String::as_str), cell);
            line += &match (terminal.is_colored, grid.colours.get(at)) {
                (true, Some(&[red, green, blue])) => {
                    let letters = if is_dark([red, green, blue]) { 97 } else { 30 };
                    format!("\x1b[48;2;{red};{green};{blue};{letters}m{text}\x1b[0m")
                }
                _ => text,
            };
        }
        let seen = first + 1 + cell * grid.columns;
        let line = if terminal.is_colored { line } else { line.trim_end().to_string() };
        block.push_colored(line, seen);
    }
    block
}

/// A sign or a coloured blank for each cell.
fn without_words(panel: &Panel, grid: &Grid, down: &[String], terminal: Terminal) -> Block {
    let picture = Grid { texts: Vec::new(), ..grid.clone() };
    let bare = Panel { y: panel.y.clone().bare(), ..panel.clone() };
    let mut block = super::cells::block(&bare, &picture, 1, terminal);
    block.push(format!(
        "{} down, {} across: {} to {}; a picture has their names and numbers: to \"file.svg\"",
        panel.y.label,
        panel.x.label,
        down.first().map_or("", String::as_str),
        down.last().map_or("", String::as_str),
    ));
    block
}
