//! Panels with axes, drawn with dots and signs.

use super::canvas::Canvas;
use super::{cut, painted};
use crate::plot::axis::{label, ticks};
use crate::plot::chart::Chart;
use crate::plot::colours::{Rgb, of_series};
use crate::plot::figure::{Bars, Figure, Mark, Panel, Ticks};
use crate::plot::grid::Grid;
use unicode_width::UnicodeWidthStr;

/// Dots of a dash and of the gap after it, for each line in turn, and as the legend shows them.
const DASHES: [[usize; 2]; 4] = [[1, 0], [5, 4], [1, 2], [8, 5]];
const STROKES: [&str; 4] = ["──", "╌╌", "··", "━ "];
/// Of the axes through the origin, and of lines to compare with.
const AXIS: [usize; 2] = [1, 3];
/// Of points, for each series in turn.
const SIGNS: [char; 12] = ['o', 'x', '+', '*', '#', '%', '@', '&', 'a', 'b', 'c', 'd'];

/// A line of text and how wide it is seen.
type Line = (String, usize);

impl Chart {
    /// The chart as text of about `width` columns and `height` rows, axes and legend not counted.
    ///
    /// The first line is drawn through, the others are dashed and dotted. The legend has each line's last value.
    pub fn terminal(&self, width: usize, height: usize) -> String {
        let figure = Figure::from(self);
        let lines = figure.panels.iter().flat_map(|panel| panel.plane(width, height, false));
        lines.map(|(line, _)| line + "\n").collect()
    }
}

impl Panel {
    /// The panel as lines of about `width` columns and `height` rows, axes and legend not counted.
    pub(super) fn plane(&self, width: usize, height: usize, is_colored: bool) -> Vec<Line> {
        let Some(bounds) = self.bounds() else {
            return vec![plain(format!("{}: nothing to draw", self.title))];
        };
        let [[left, right], [bottom, top]] = bounds;
        let (columns, rows) = (width.clamp(16, 200), height.clamp(4, 60));
        let canvas = self.canvas([columns, rows], bounds);
        let labels = self.row_labels(rows, bottom, top);
        let margin = labels.iter().map(|text| text.width()).max().unwrap_or(0);
        let mut out = vec![plain(format!("{:margin$}   {}", "", self.title))];
        if !self.y.label.is_empty() && self.y.label != self.title {
            out.push(plain(format!("{:margin$} {}", "", self.y.label)));
        }
        for (row, text) in labels.iter().enumerate() {
            let joint = if text.is_empty() { '│' } else { '┤' };
            let gap = " ".repeat(margin - text.width());
            let (cells, seen) = canvas.row(row, is_colored);
            out.push((format!("{gap}{text} {joint}{cells}"), margin + 2 + seen));
        }
        out.push(plain(format!("{:margin$} └{}", "", "─".repeat(columns))));
        let (first, last) = self.ends(left, right);
        let middle = columns.saturating_sub(first.width() + last.width());
        let name = cut(&self.x.label, middle.saturating_sub(2));
        out.push(plain(format!("{:margin$}  {first}{name:^middle$}{last}", "")));
        out.extend(self.legend(margin, columns, is_colored));
        out
    }

    /// The words at both ends of the horizontal axis.
    fn ends(&self, left: f64, right: f64) -> (String, String) {
        match &self.x.ticks {
            Ticks::Numbers => (label(left), label(right)),
            Ticks::Names(names) => {
                let name = |own: Option<&String>| own.map_or_else(String::new, |own| cut(own, 12));
                (name(names.first()), name(names.last()))
            }
            Ticks::None => (String::new(), String::new()),
        }
    }

    fn canvas(&self, [columns, rows]: [usize; 2], bounds: [[f64; 2]; 2]) -> Canvas {
        let [[left, right], [bottom, top]] = bounds;
        let mut canvas = Canvas::new(columns, rows);
        let (dots_x, dots_y) = ((2 * columns - 1) as f64, (4 * rows - 1) as f64);
        let place = |(x, y): (f64, f64)| {
            ((x - left) / (right - left) * dots_x, (top - y) / (top - bottom) * dots_y)
        };
        if self.has_origin {
            let (x, y) = place((0.0, 0.0));
            let (x, y) = (x.clamp(0.0, dots_x), y.clamp(0.0, dots_y));
            canvas.path(&[(x, 0.0), (x, dots_y)], AXIS, None);
            canvas.path(&[(0.0, y), (dots_x, y)], AXIS, None);
        }
        let is_inside = |&(x, y): &(f64, f64)| {
            x.is_finite() && y.is_finite() && (left..=right).contains(&x) && y <= top && y >= bottom
        };
        let mut series = 0;
        for mark in &self.marks {
            let colour = of_series(series);
            match mark {
                Mark::Grid(grid) => ground(&mut canvas, grid, [columns, rows], bounds),
                Mark::Guide(points) => {
                    let places: Vec<_> = points.iter().copied().map(place).collect();
                    canvas.path(&places, AXIS, None);
                }
                Mark::Line(line) | Mark::Dotted(line) => {
                    let is_finite = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
                    let points = line.points.iter().copied().filter(is_finite);
                    let places: Vec<(f64, f64)> = points.map(place).collect();
                    let dashes = DASHES[series % DASHES.len()];
                    match places[..] {
                        [only] => canvas.path(&[only, only], DASHES[0], Some(colour)),
                        _ => canvas.path(&places, dashes, Some(colour)),
                    }
                    let is_dotted = matches!(mark, Mark::Dotted(_));
                    let sign = SIGNS[series % SIGNS.len()];
                    for (x, y) in places.into_iter().filter(|_| is_dotted) {
                        canvas.sign(x.round() as usize, y.round() as usize, sign, colour);
                    }
                }
                Mark::Points(own) => {
                    let sign = SIGNS[series % SIGNS.len()];
                    for &point in own.points.iter().filter(|point| is_inside(point)) {
                        let (x, y) = place(point);
                        canvas.sign(x.round() as usize, y.round() as usize, sign, colour);
                    }
                }
                Mark::Bars(bars) => columns_of(&mut canvas, bars, colour, place, dots_y),
            }
            series += usize::from(mark.is_series());
        }
        canvas
    }

    /// The signs and strokes of the series with their names; of lines over epochs also their last values.
    fn legend(&self, margin: usize, columns: usize, is_colored: bool) -> Vec<Line> {
        let series = || self.marks.iter().filter(|mark| mark.is_series());
        let are_lines = series().all(|mark| matches!(mark, Mark::Line(_)));
        let has_end = are_lines && !self.has_origin && self.x.range.is_none();
        let word = |(at, mark): (usize, &Mark)| {
            let (sample, points) = match mark {
                Mark::Points(own) => (SIGNS[at % SIGNS.len()].to_string(), &own.points[..]),
                Mark::Bars(_) => ("█".to_string(), &[][..]),
                Mark::Line(own) | Mark::Dotted(own) => {
                    (STROKES[at % STROKES.len()].to_string(), &own.points[..])
                }
                Mark::Guide(_) | Mark::Grid(_) => (String::new(), &[][..]),
            };
            let text = match points.last() {
                Some(&(_, y)) if has_end => {
                    format!("{sample} {} ends at {}", mark.name(), label(y))
                }
                None if are_lines => format!("{sample} {} is empty", mark.name()),
                _ => format!("{sample} {}", mark.name()),
            };
            let rest = text.strip_prefix(&sample).unwrap_or_default();
            (painted(&sample, of_series(at), is_colored) + rest, text.width())
        };
        let mut words: Vec<Line> = series().enumerate().map(word).collect();
        if words.len() < 2 {
            words.clear();
        }
        if let (Some(grid), true) = (self.grid(), words.is_empty()) {
            words = areas(grid, is_colored);
        }
        let mut rows: Vec<Line> = Vec::new();
        for (text, seen) in words {
            match rows.last_mut() {
                Some((row, width)) if *width + seen + 3 <= columns => {
                    *row += &format!("   {text}");
                    *width += seen + 3;
                }
                _ => rows.push((text, seen)),
            }
        }
        let indented = |(row, seen): Line| (format!("{:margin$}  {row}", ""), margin + 2 + seen);
        rows.into_iter().map(indented).collect()
    }

    /// A label for each row that a round number falls into; empty ones elsewhere.
    fn row_labels(&self, rows: usize, bottom: f64, top: f64) -> Vec<String> {
        let mut labels = vec![String::new(); rows];
        let word = |tick: f64| match &self.y.ticks {
            Ticks::Numbers => label(tick),
            Ticks::Names(_) | Ticks::None => String::new(),
        };
        for tick in ticks(bottom, top, rows.div_ceil(2).min(6)) {
            let row = ((top - tick) / (top - bottom) * (rows - 1) as f64).round() as usize;
            if let Some(slot) = labels.get_mut(row) {
                *slot = word(tick);
            }
        }
        labels
    }
}

fn plain(line: String) -> Line {
    let seen = line.width();
    (line, seen)
}

/// The cells of a grid behind the characters.
fn ground(
    canvas: &mut Canvas,
    grid: &Grid,
    [columns, rows]: [usize; 2],
    [[left, right], [bottom, top]]: [[f64; 2]; 2],
) {
    let [from, to, low, high] = grid.extent;
    for row in 0..rows {
        for column in 0..columns {
            let x = left + (column as f64 + 0.5) / columns as f64 * (right - left);
            let y = top - (row as f64 + 0.5) / rows as f64 * (top - bottom);
            let across = ((x - from) / (to - from) * grid.columns as f64).floor();
            let down = ((high - y) / (high - low) * grid.rows as f64).floor();
            let is_inside = (0.0..grid.columns as f64).contains(&across)
                && (0.0..grid.rows as f64).contains(&down);
            if is_inside {
                let at = down as usize * grid.columns + across as usize;
                if let (Some(&colour), Some(&sign)) = (grid.colours.get(at), grid.signs.get(at)) {
                    canvas.behind(column, row, colour, sign);
                }
            }
        }
    }
}

/// Columns of dots from 0.
fn columns_of(
    canvas: &mut Canvas,
    bars: &Bars,
    colour: Rgb,
    place: impl Fn((f64, f64)) -> (f64, f64),
    lowest: f64,
) {
    for &([from, to], height) in bars.columns.iter().filter(|(_, height)| *height > 0.0) {
        let ((left, top), (right, bottom)) = (place((from, height)), place((to, 0.0)));
        let (left, right) = (left.max(0.0).round() as usize, right.max(0.0).round() as usize);
        // A column that is there is seen.
        let top = top.max(0.0).round().min(lowest) as usize;
        for x in left..right.max(left + 1) {
            for y in top..=bottom.min(lowest).round() as usize {
                canvas.dot(x, y, Some(colour));
            }
        }
    }
}

/// What the signs of areas stand for.
fn areas(grid: &Grid, is_colored: bool) -> Vec<Line> {
    let word = |(at, (name, colour)): (usize, &(String, Rgb))| {
        let signs = crate::plot::grid::CLASS_SIGNS;
        let sample = match is_colored {
            true => "██".to_string(),
            false => format!("[{}]", signs[at % signs.len()]),
        };
        let text = format!(" {name}");
        (painted(&sample, *colour, is_colored) + &text, sample.width() + text.width())
    };
    grid.legend.iter().enumerate().map(word).collect()
}

#[cfg(test)]
mod tests {
    use crate::plot::{Chart, Series};

    #[test]
    fn a_rising_line_goes_from_the_lower_left_to_the_upper_right() {
        let line = Series::new("y", vec![(0.0, 0.0), (1.0, 1.0)]);
        let drawing = Chart::new("y", "x").with(line).terminal(16, 4);
        let expected = [
            "      y",
            "  1 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⣀⠤⠒⠉",
            "    │⠀⠀⠀⠀⠀⠀⠀⠀⣀⠤⠒⠉",
            "0.5 ┤⠀⠀⠀⠀⣀⠤⠒⠉",
            "  0 ┤⣀⠤⠒⠉",
            "    └────────────────",
            "     0      x       1",
        ];
        assert_eq!(drawing.lines().collect::<Vec<_>>(), expected, "{drawing}");
    }

    #[test]
    fn what_is_not_finite_is_left_out_and_nothing_gives_a_sentence() {
        let broken = Series::new("y", vec![(0.0, f64::NAN), (1.0, f64::INFINITY)]);
        assert_eq!(Chart::new("loss", "x").with(broken).terminal(40, 8), "loss: nothing to draw\n");
        let flat = Series::new("y", vec![(0.0, 2.0), (1.0, 2.0)]);
        assert!(Chart::new("loss", "x").with(flat).terminal(40, 8).contains('2'));
    }
}
