//! Strips as a figure: a panel for each strip, and a picture of all of them.

use super::super::colours::Palette;
use super::super::figure::{Axis, Figure, Mark, Panel};
use super::super::grid::Grid;
use super::{Strip, Strips};

/// Bins of a strip, and the most steps of it.
const BINS: usize = 40;
const MOST_STEPS: usize = 240;
/// Shades of a cell, none not counted.
const LEVELS: usize = 32;

impl Strips {
    /// The strips as a figure.
    pub fn figure(&self) -> Figure {
        let columns = if self.strips.len() > 4 { 2 } else { 1 };
        let panels = self.strips.iter().map(|strip| self.panel(strip)).collect();
        Figure { title: self.title.clone(), panels, columns }
    }

    fn panel(&self, strip: &Strip) -> Panel {
        let steps = self.times.len().clamp(1, MOST_STEPS);
        let shades = strip.shades(steps, BINS, LEVELS);
        let row = |bin: usize| shades.iter().map(move |column| column[bin] as f64);
        let cells: Vec<f64> = (0..BINS).rev().flat_map(row).collect();
        let ends = [self.times.first(), self.times.last()].map(|time| time.copied().unwrap_or(0.0));
        // A single step has a width, too.
        let half = ((ends[1] - ends[0]) / (steps.max(2) - 1) as f64 / 2.0).max(0.5);
        let (left, right) = (ends[0] - half, ends[1] + half);
        let mut grid = Grid::of_numbers(&cells, steps, Palette::Sequential, [0.0, LEVELS as f64]);
        grid.extent = [left, right, strip.low, strip.high];
        Panel {
            title: strip.name.clone(),
            x: Axis::new(self.x_label).from(left, right),
            y: Axis::new("value").from(strip.low, strip.high),
            marks: vec![Mark::Grid(grid)],
            ..Panel::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::record;
    use super::super::{Strips, WatchedValues};

    #[test]
    fn a_picture_has_a_panel_for_each_place() {
        let watched = [record(1, -3.0, 3.0, &[9, 0, 0])];
        let strips = Strips::of("net", &watched, WatchedValues::Outputs).unwrap();
        let figure = strips.figure();
        assert_eq!(figure.panels.len(), 1);
        let svg = figure.svg().unwrap();
        assert!(svg.contains("1 a&lt;b") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert!(Strips::of("net", &watched, WatchedValues::Gradients).is_none());
    }
}
