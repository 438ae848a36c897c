//! A plane of characters: eight dots (Braille) to each, signs over them, and colours behind.

use crate::plot::colours::Rgb;

/// The bits of a Braille character's dots, by row and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
const BLANK: u32 = 0x2800;

#[derive(Clone, Copy, Default)]
struct Cell {
    dots: u8,
    /// The colour of its dots or its sign.
    colour: Option<Rgb>,
    /// A sign, which hides the dots.
    sign: Option<char>,
    /// The colour behind it, and the sign of that.
    behind: Option<(Rgb, char)>,
}

/// A grid of dots that becomes a grid of characters.
pub(super) struct Canvas {
    columns: usize,
    cells: Vec<Cell>,
}

impl Canvas {
    pub fn new(columns: usize, rows: usize) -> Self {
        Canvas { columns, cells: vec![Cell::default(); columns * rows] }
    }

    fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    fn cell(&mut self, x: usize, y: usize) -> Option<&mut Cell> {
        let is_inside = x < self.columns && y < self.rows();
        if is_inside { self.cells.get_mut(y * self.columns + x) } else { None }
    }

    /// A dot at a place in dots, two to the column and four to the row.
    pub fn dot(&mut self, x: usize, y: usize, colour: Option<Rgb>) {
        if let Some(cell) = self.cell(x / 2, y / 4) {
            cell.dots |= DOTS[y % 4][x % 2];
            cell.colour = colour.or(cell.colour);
        }
    }

    /// A sign at a place in dots.
    pub fn sign(&mut self, x: usize, y: usize, sign: char, colour: Rgb) {
        if let Some(cell) = self.cell(x / 2, y / 4) {
            (cell.sign, cell.colour) = (Some(sign), Some(colour));
        }
    }

    /// What is behind a character.
    pub fn behind(&mut self, column: usize, row: usize, colour: Rgb, sign: char) {
        if let Some(cell) = self.cell(column, row) {
            cell.behind = Some((colour, sign));
        }
    }

    /// A line through places, of which a dash is drawn and a gap left out in turn.
    pub fn path(&mut self, places: &[(f64, f64)], [dash, gap]: [usize; 2], colour: Option<Rgb>) {
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
                    self.dot(place.0, place.1, colour);
                }
            }
        }
    }

    /// A row as text, without what is empty at its end, and how wide it is seen.
    pub fn row(&self, row: usize, is_colored: bool) -> (String, usize) {
        let cells = &self.cells[row * self.columns..][..self.columns];
        let is_seen = |cell: &Cell| {
            let has_ground = cell.behind.is_some_and(|(_, sign)| is_colored || sign != ' ');
            cell.dots != 0 || cell.sign.is_some() || has_ground
        };
        let seen = cells.iter().rposition(is_seen).map_or(0, |last| last + 1);
        let mut out = String::new();
        for cell in &cells[..seen] {
            let ground = cell.behind.map(|(_, sign)| sign);
            let letter = match (cell.sign, cell.dots, ground) {
                (Some(sign), ..) => sign,
                (None, 0, Some(sign)) => {
                    if is_colored {
                        ' '
                    } else {
                        sign
                    }
                }
                (None, dots, _) => char::from_u32(BLANK + u32::from(dots)).unwrap_or(' '),
            };
            out += &match (is_colored, cell.behind, cell.colour) {
                (true, Some(([r, g, b], _)), Some([red, green, blue])) => {
                    format!("\x1b[48;2;{r};{g};{b};38;2;{red};{green};{blue}m{letter}\x1b[0m")
                }
                (true, Some(([r, g, b], _)), None) => {
                    format!("\x1b[48;2;{r};{g};{b}m{letter}\x1b[0m")
                }
                (true, None, Some(colour)) if letter != '\u{2800}' => {
                    super::painted(&letter.to_string(), colour, true)
                }
                _ => letter.to_string(),
            };
        }
        (out, seen)
    }
}
