//! Charts of characters: eight dots (Braille) to each.

use super::axis::{label, ticks};
use super::chart::Chart;

/// The bits of a Braille character's dots, by row and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
const BLANK: u32 = 0x2800;
/// Dots of a dash and of the gap after it, for each line in turn, and as the legend shows them.
const DASHES: [[usize; 2]; 4] = [[1, 0], [5, 4], [1, 2], [8, 5]];
const STROKES: [&str; 4] = ["──", "╌╌", "··", "━ "];
/// Of the axes through the origin.
const AXIS: [usize; 2] = [1, 3];

/// A grid of dots that becomes a grid of characters.
struct Canvas {
    columns: usize,
    rows: usize,
    cells: Vec<u8>,
}

impl Canvas {
    fn new(columns: usize, rows: usize) -> Self {
        Canvas { columns, rows, cells: vec![0; columns * rows] }
    }

    fn dot(&mut self, x: usize, y: usize) {
        if x < 2 * self.columns && y < 4 * self.rows {
            self.cells[y / 4 * self.columns + x / 2] |= DOTS[y % 4][x % 2];
        }
    }

    /// A line through places, of which a dash is drawn and a gap left out in turn.
    fn path(&mut self, places: &[(f64, f64)], [dash, gap]: [usize; 2]) {
        let (mut drawn, mut last) = (0, None);
        for pair in places.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).ceil().max(1.0) as usize;
            for i in 0..=steps {
                let t = i as f64 / steps as f64;
                let at = |a: f64, b: f64| (a + (b - a) * t).round().max(0.0) as usize;
                let place = (at(from.0, to.0), at(from.1, to.1));
                if last.replace(place) != Some(place) {
                    drawn += 1;
                }
                if drawn % (dash + gap) < dash {
                    self.dot(place.0, place.1);
                }
            }
        }
    }
}

impl Chart {
    /// The chart as text of about `width` columns and `height` rows, axes and legend not counted.
    ///
    /// The first line is drawn through, the others are dashed and dotted. The legend has each line's last value.
    pub fn terminal(&self, width: usize, height: usize) -> String {
        let Some([(left, right), (bottom, top)]) = self.bounds() else {
            return format!("{}: nothing to draw\n", self.title);
        };
        let (columns, rows) = (width.clamp(16, 200), height.clamp(4, 60));
        let mut canvas = Canvas::new(columns, rows);
        let (dots_x, dots_y) = ((2 * columns - 1) as f64, (4 * rows - 1) as f64);
        let place = |(x, y): (f64, f64)| {
            ((x - left) / (right - left) * dots_x, (top - y) / (top - bottom) * dots_y)
        };
        if self.has_origin {
            let (x, y) = place((0.0, 0.0));
            let (x, y) = (x.clamp(0.0, dots_x), y.clamp(0.0, dots_y));
            canvas.path(&[(x, 0.0), (x, dots_y)], AXIS);
            canvas.path(&[(0.0, y), (dots_x, y)], AXIS);
        }
        for (series, dashes) in self.series.iter().zip(DASHES.into_iter().cycle()) {
            let points =
                series.points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite());
            let places: Vec<(f64, f64)> = points.map(place).collect();
            match places[..] {
                [only] => canvas.path(&[only, only], DASHES[0]),
                _ => canvas.path(&places, dashes),
            }
        }

        let labels = self.row_labels(rows, bottom, top);
        let margin = labels.iter().map(|text| text.chars().count()).max().unwrap_or(0);
        let mut out = format!("{:margin$}   {}\n", "", self.title);
        for (row, text) in labels.iter().enumerate() {
            let cells = &canvas.cells[row * columns..][..columns];
            let line: String =
                cells.iter().filter_map(|&bits| char::from_u32(BLANK + u32::from(bits))).collect();
            let joint = if text.is_empty() { '│' } else { '┤' };
            out += &format!("{text:>margin$} {joint}{}\n", line.trim_end_matches('\u{2800}'));
        }
        out += &format!("{:margin$} └{}\n", "", "─".repeat(columns));
        let (first, last) = (label(left), label(right));
        let middle = columns.saturating_sub(first.len() + last.len());
        out += &format!("{:margin$}  {first}{:^middle$}{last}\n", "", self.x_label);
        if self.series.len() > 1 {
            let lines = self.series.iter().zip(STROKES.into_iter().cycle());
            let ends = lines.map(|(series, stroke)| match series.points.last() {
                Some(&(_, y)) => format!("{stroke} {} ends at {}", series.name, label(y)),
                None => format!("{stroke} {} is empty", series.name),
            });
            out += &format!("{:margin$}  {}\n", "", ends.collect::<Vec<_>>().join("   "));
        }
        out
    }

    /// A label for each row that a round number falls into; empty ones elsewhere.
    fn row_labels(&self, rows: usize, bottom: f64, top: f64) -> Vec<String> {
        let mut labels = vec![String::new(); rows];
        for tick in ticks(bottom, top, rows.div_ceil(2).min(6)) {
            let row = ((top - tick) / (top - bottom) * (rows - 1) as f64).round() as usize;
            if let Some(slot) = labels.get_mut(row) {
                *slot = label(tick);
            }
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use crate::plot::{Chart, Series};

    #[test]
    fn a_rising_line_goes_from_the_lower_left_to_the_upper_right() {
        let line = Series::new("y", vec![(0.0, 0.0), (1.0, 1.0)]);
        let drawing = Chart::new("y", "x").with(line).terminal(16, 4);
        let rows: Vec<&str> = drawing.lines().collect();
        // Title, four rows, axis, labels.
        assert_eq!(rows.len(), 7, "{drawing}");
        assert!(rows[1].trim_end().ends_with(|c| c != '\u{2800}' && c > '\u{2800}'), "{drawing}");
        assert!(
            rows[4].contains("┤⣀⠤") || rows[4].contains("┤⡠") || rows[4].contains("┤⣀"),
            "{drawing}"
        );
        assert!(rows[6].trim_start().starts_with('0') && rows[6].ends_with('1'), "{drawing}");
    }

    #[test]
    fn what_is_not_finite_is_left_out_and_nothing_gives_a_sentence() {
        let broken = Series::new("y", vec![(0.0, f64::NAN), (1.0, f64::INFINITY)]);
        assert_eq!(Chart::new("loss", "x").with(broken).terminal(40, 8), "loss: nothing to draw\n");
        let flat = Series::new("y", vec![(0.0, 2.0), (1.0, 2.0)]);
        assert!(Chart::new("loss", "x").with(flat).terminal(40, 8).contains('2'));
    }
}
