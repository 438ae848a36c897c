//! Figures as text: in the width of a terminal, with colours or without.

mod bars;
mod braille;
mod canvas;
mod cells;
mod table;

use super::colours::Rgb;
use super::figure::{Figure, Mark, Panel, Ticks};
use unicode_width::UnicodeWidthStr;

/// What text is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// How many columns it has.
    pub width: usize,
    /// Whether it shows colours.
    pub is_colored: bool,
}

/// The widest that anything is drawn; wider ones are hard to take in.
const WIDEST: usize = 120;
const NARROWEST: usize = 40;

/// Lines that stand beside others, with how wide each of them is seen.
pub(super) struct Block {
    lines: Vec<(String, usize)>,
}

impl Block {
    fn new() -> Self {
        Block { lines: Vec::new() }
    }

    /// A line without colours.
    fn push(&mut self, line: impl Into<String>) {
        let line = line.into();
        let width = line.width();
        self.lines.push((line, width));
    }

    /// A line that is seen so wide.
    fn push_colored(&mut self, line: String, width: usize) {
        self.lines.push((line, width));
    }

    fn width(&self) -> usize {
        self.lines.iter().map(|&(_, width)| width).max().unwrap_or(0)
    }
}

/// A piece of text in a colour, where there are colours.
fn painted(text: &str, [red, green, blue]: Rgb, is_colored: bool) -> String {
    match is_colored {
        true => format!("\x1b[38;2;{red};{green};{blue}m{text}\x1b[0m"),
        false => text.to_string(),
    }
}

/// A name that is at most so many columns wide.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_string();
    }
    let mut out = String::new();
    for letter in text.chars() {
        if out.width() + 2 > most {
            break;
        }
        out.push(letter);
    }
    out + "…"
}

impl Figure {
    /// The figure as text, which ends with a line break.
    pub fn terminal(&self, terminal: Terminal) -> String {
        let width = terminal.width.clamp(NARROWEST, WIDEST);
        let terminal = Terminal { width, ..terminal };
        let mut out = String::new();
        if !self.title.is_empty() {
            out += &format!("{}\n", self.title);
        }
        // Panels below each other have all of the width.
        let count = if self.columns == 1 { 1 } else { self.panels.len() };
        let blocks: Vec<Block> =
            self.panels.iter().map(|panel| panel.block(count, terminal)).collect();
        out + &beside(&blocks, width)
    }
}

/// Blocks beside each other, as many as there is room for.
fn beside(blocks: &[Block], width: usize) -> String {
    const GAP: usize = 3;
    let widest = blocks.iter().map(Block::width).max().unwrap_or(0);
    let across = ((width + GAP) / (widest + GAP)).max(1);
    let mut out = String::new();
    for row in blocks.chunks(across) {
        let lines = row.iter().map(|block| block.lines.len()).max().unwrap_or(0);
        for line in 0..lines {
            let mut text = String::new();
            for (place, block) in row.iter().enumerate() {
                let (own, seen) = block.lines.get(line).map_or(("", 0), |(own, seen)| (own, *seen));
                text += own;
                if place + 1 < row.len() {
                    text += &" ".repeat(widest - seen + GAP);
                }
            }
            out += &format!("{}\n", text.trim_end());
        }
    }
    out
}

impl Panel {
    /// The panel as one of so many.
    fn block(&self, count: usize, terminal: Terminal) -> Block {
        if self.bounds().is_none() {
            let mut block = Block::new();
            let name =
                if self.title.is_empty() { String::new() } else { format!("{}: ", self.title) };
            block.push(format!("{name}nothing to draw"));
            return block;
        }
        if let Some(grid) = self.grid() {
            if !grid.texts.is_empty() {
                return table::block(self, grid, terminal);
            }
            if self.x.ticks != Ticks::Numbers && self.marks.len() == 1 {
                return cells::block(self, grid, count, terminal);
            }
        }
        let has_names = matches!(self.x.ticks, Ticks::Names(_));
        if has_names && self.marks.iter().any(|mark| matches!(mark, Mark::Bars(_))) {
            return bars::block(self, terminal);
        }
        let margin = 14;
        let (columns, rows) = match (count, self.is_equal || self.grid().is_some()) {
            (1, false) => ((terminal.width - margin).min(100), 12),
            (1, true) => ((terminal.width - margin).min(52), 18),
            (_, _) => ((terminal.width / 2 - margin).clamp(20, 40), 6),
        };
        let mut block = Block::new();
        for (line, seen) in self.plane(columns, rows, terminal.is_colored) {
            block.push_colored(line, seen);
        }
        block
    }
}
