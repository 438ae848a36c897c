//! Strips as characters.

use super::super::axis::label;
use super::Strips;

/// Shades of a cell, from none to many.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
/// Rows of a strip.
const ROWS: usize = 6;
/// Columns of the labels beside it.
const LABELS: usize = 9;

impl Strips {
    /// The strips as text of about `width` columns, labels not counted.
    pub fn terminal(&self, width: usize) -> String {
        let columns = width.clamp(16, 200);
        let mut text = format!("{:LABELS$}   {}\n", "", self.title);
        for strip in &self.strips {
            text += &format!("{:LABELS$}   {}\n", "", strip.name);
            let shades = strip.shades(columns, ROWS, SHADES.len() - 1);
            for row in 0..ROWS {
                let edge = match row {
                    0 => label(strip.high),
                    row if row + 1 == ROWS => label(strip.low),
                    _ => String::new(),
                };
                let joint = if edge.is_empty() { '│' } else { '┤' };
                let cells: String = shades.iter().map(|own| SHADES[own[ROWS - 1 - row]]).collect();
                text += &format!("{edge:>LABELS$} {joint}{}\n", cells.trim_end());
            }
        }
        text += &format!("{:LABELS$} └{}\n", "", "─".repeat(columns));
        let [first, last] = [self.times.first(), self.times.last()]
            .map(|time| time.map_or_else(String::new, |&time| label(time)));
        let middle = columns.saturating_sub(first.len() + last.len());
        text += &format!("{:LABELS$}  {first}{:^middle$}{last}\n", "", self.x_label);
        text + &format!("{:LABELS$}  few ░▒▓█ many values\n", "")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::record;
    use super::super::{Strips, WatchedValues};

    #[test]
    fn a_strip_has_time_to_the_right_and_large_values_on_top() {
        let watched = [record(1, -3.0, 3.0, &[9, 0, 0]), record(2, -3.0, 3.0, &[0, 0, 9])];
        let text = Strips::of("net", &watched, WatchedValues::Outputs).unwrap().terminal(16);
        let rows: Vec<&str> = text.lines().collect();
        assert!(rows[1].ends_with("1 a<b"), "{text}");
        assert!(rows[2].contains("3 ┤        ████████"), "{text}");
        assert!(rows[7].ends_with("-3 ┤████████"), "{text}");
        assert!(rows[9].contains("epoch"), "{text}");
        assert!(rows.iter().all(|row| row.chars().count() <= 60), "{text}");
    }
}
