//! Columns with names, as rows.

use super::{Block, Terminal, cut, painted};
use crate::plot::axis::label;
use crate::plot::colours::of_series;
use crate::plot::figure::{Bars, Mark, Panel, Ticks};
use unicode_width::UnicodeWidthStr;

/// The widest that a name may be.
const NAME: usize = 24;
/// How each series is filled where there are no colours.
const FILLS: [char; 4] = ['█', '▒', '░', '▓'];
/// More rows are not read.
const MOST: usize = 40;

pub(super) fn block(panel: &Panel, terminal: Terminal) -> Block {
    let mut block = Block::new();
    let Ticks::Names(names) = &panel.x.ticks else { return block };
    let all: Vec<&Bars> = panel
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Bars(bars) = mark { Some(bars) } else { None })
        .collect();
    if !panel.title.is_empty() {
        block.push(panel.title.clone());
    }
    let first = names.iter().map(|name| cut(name, NAME).width()).max().unwrap_or(0);
    let heights = || all.iter().flat_map(|bars| bars.columns.iter().map(|&(_, height)| height));
    let most = heights().filter(|x| x.is_finite()).fold(0.0, f64::max);
    let widest = heights().map(|x| label(x).width()).max().unwrap_or(1);
    let room = terminal.width.saturating_sub(first + widest + 4).clamp(8, 60);
    for (at, name) in names.iter().take(MOST).enumerate() {
        for (place, bars) in all.iter().enumerate() {
            let name = if place == 0 { cut(name, NAME) } else { String::new() };
            let height = bars.columns.get(at).map_or(f64::NAN, |&(_, height)| height);
            let length = (height.max(0.0) / most.max(f64::MIN_POSITIVE) * room as f64).round();
            // What is there is seen.
            let length = (length as usize).max(usize::from(height > 0.0)).min(room);
            let fill = if terminal.is_colored { FILLS[0] } else { FILLS[place % FILLS.len()] };
            let bar = fill.to_string().repeat(length);
            let gap = " ".repeat(first - name.width());
            let number = label(height);
            let seen = first + 3 + length + number.width();
            let bar = painted(&bar, of_series(place), terminal.is_colored);
            block.push_colored(format!("{gap}{name} │{bar} {number}"), seen);
        }
    }
    if names.len() > MOST {
        block.push(format!("... {} more; a picture has all: to \"file.svg\"", names.len() - MOST));
    }
    if all.len() > 1 {
        let sample = |(place, bars): (usize, &&Bars)| {
            let fill = if terminal.is_colored { FILLS[0] } else { FILLS[place % FILLS.len()] };
            let fill = painted(&fill.to_string().repeat(2), of_series(place), terminal.is_colored);
            format!("{fill} {}", bars.name)
        };
        let legend: Vec<String> = all.iter().enumerate().map(sample).collect();
        let seen = all.iter().map(|bars| bars.name.width() + 6).sum();
        block.push_colored(format!("{:first$}  {}", "", legend.join("   ")), seen);
    }
    block
}
