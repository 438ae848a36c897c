//! What pictures of explanations are drawn with: lines of text, words, bars and cells, one below the other.

use crate::plot::{SVG_HEAD, escaped};
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width of a picture, in pixels.
pub(super) const WIDTH: f64 = 960.0;
/// The height of a line of text.
pub(super) const LINE: f64 = 22.0;
const MARGIN: f64 = 24.0;
/// The size of the monospaced font, and the width of its letters, in pixels.
const SIZE: f64 = 15.0;
const LETTER: f64 = 0.6 * SIZE;
/// The width of names before bars and strips.
const NAMES: f64 = 300.0;
/// The height of the columns of steps.
const TALL: f64 = 240.0;
/// Columns of steps and cells of a strip at most: beyond, several steps are one.
const MOST_COLUMNS: usize = 300;
const MOST_CELLS: usize = 150;
/// Letters of a word at most.
const LONGEST_WORD: usize = 90;

/// Okabe and Ito's vermilion and blue, which colour-blind people can tell apart.
const FOR: [f64; 3] = [213.0, 94.0, 0.0];
const AGAINST: [f64; 3] = [0.0, 114.0, 178.0];

/// The colour of a cell.
pub(super) enum Ink {
    /// A value from -1 to 1.
    Share(f64),
    /// Red, green and blue, from 0 to 1.
    Pixel([f32; 3]),
}

impl Ink {
    fn hex(&self) -> String {
        let [r, g, b] = match self {
            Ink::Share(share) => {
                let share = if share.is_finite() { share.clamp(-1.0, 1.0) } else { 0.0 };
                let colour = if share < 0.0 { AGAINST } else { FOR };
                colour.map(|own| 255.0 + (own - 255.0) * share.abs())
            }
            Ink::Pixel(levels) => levels.map(|level| 255.0 * f64::from(level).clamp(0.0, 1.0)),
        };
        // A conversion saturates, and NaN is 0.
        let [r, g, b] = [r, g, b].map(|x| x.round() as u8);
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

/// A picture that grows downwards.
pub(super) struct Canvas {
    body: String,
    /// Where the next line begins.
    y: f64,
}

impl Canvas {
    /// A picture with lines of text at its top.
    pub fn titled(title: &str) -> Self {
        let mut canvas = Canvas { body: String::new(), y: MARGIN };
        title.lines().for_each(|line| canvas.line(line));
        canvas.y += LINE / 2.0;
        canvas
    }

    /// A line of text; a long one goes on in the next lines.
    pub fn line(&mut self, text: &str) {
        let most = ((WIDTH - 2.0 * MARGIN) / LETTER) as usize;
        let mut line = String::new();
        for word in text.split_inclusive(' ') {
            if !line.is_empty() && line.width() + word.width() > most {
                self.put_line(&line);
                line.clear();
            }
            line += word;
        }
        self.put_line(&line);
    }

    fn put_line(&mut self, text: &str) {
        self.text(MARGIN, self.y + 0.7 * LINE, text.trim_end());
        self.y += LINE;
    }

    fn text(&mut self, x: f64, y: f64, text: &str) {
        let _ = writeln!(self.body, "<text x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text));
    }

    fn rect(&mut self, [x, y, width, height]: [f64; 4], ink: &Ink, title: Option<&str>) {
        let fill = ink.hex();
        let _ = write!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\""
        );
        let _ = match title {
            Some(title) => writeln!(self.body, "><title>{}</title></rect>", escaped(title)),
            None => writeln!(self.body, "/>"),
        };
    }

    /// Words in lines, each on its colour.
    pub fn words<'a>(&mut self, words: impl Iterator<Item = (&'a str, f64)>, most: f64) {
        let mut x = MARGIN;
        for (word, value) in words {
            let shown = shortened(word, LONGEST_WORD);
            let width = shown.width() as f64 * LETTER + 10.0;
            if x + width > WIDTH - MARGIN && x > MARGIN {
                (x, self.y) = (MARGIN, self.y + 1.4 * LINE);
            }
            let title = format!("{word}: {value:+.4}");
            self.rect([x, self.y, width, 1.2 * LINE], &Ink::Share(value / most), Some(&title));
            self.text(x + 5.0, self.y + 0.85 * LINE, &shown);
            x += width + 4.0;
        }
        self.y += 2.0 * LINE;
    }

    /// A bar to the right or to the left of the middle, with a name before it and its number behind.
    pub fn bar(&mut self, name: &str, number: &str, value: f64, spread: Option<f64>, most: f64) {
        let half = (WIDTH - 2.0 * MARGIN - NAMES - 100.0) / 2.0;
        let middle = MARGIN + NAMES + half;
        let length = |x: f64| if x.is_finite() { half * (x / most).clamp(-1.0, 1.0) } else { 0.0 };
        let own = length(value);
        let left = middle + own.min(0.0);
        let sign = Ink::Share(if value < 0.0 { -1.0 } else { 1.0 });
        self.rect([left, self.y + 3.0, own.abs().max(0.5), LINE - 6.0], &sign, None);
        if let Some(spread) = spread {
            let [from, to] = [value - spread, value + spread].map(|x| middle + length(x));
            let place = [from, self.y + LINE / 2.0 - 1.0, (to - from).max(0.5), 2.0];
            self.rect(place, &Ink::Pixel([0.2; 3]), None);
        }
        self.rect([middle, self.y, 1.0, LINE], &Ink::Pixel([0.5; 3]), None);
        let most = (NAMES / LETTER) as usize - 1;
        self.text(MARGIN, self.y + 0.7 * LINE, &shortened(name, most));
        self.text(WIDTH - MARGIN - 96.0, self.y + 0.7 * LINE, number);
        self.y += LINE;
    }

    /// A column for each step, or for several steps that are next to each other.
    pub fn columns(&mut self, values: &[f32]) {
        let (size, sums, most) = chunked(values, MOST_COLUMNS);
        let wide = (WIDTH - 2.0 * MARGIN) / sums.len().max(1) as f64;
        let middle = self.y + TALL / 2.0;
        for (at, &sum) in sums.iter().enumerate() {
            let tall = if sum.is_finite() { TALL / 2.0 * sum / most } else { 0.0 };
            let place = [
                MARGIN + at as f64 * wide,
                middle - tall.max(0.0),
                0.8 * wide,
                tall.abs().max(0.5),
            ];
            let title = format!("step {}: {sum:+.4}", at * size);
            self.rect(place, &Ink::Share(sum.signum()), Some(&title));
        }
        self.rect([MARGIN, middle, WIDTH - 2.0 * MARGIN, 1.0], &Ink::Pixel([0.5; 3]), None);
        self.y += TALL + LINE / 2.0;
        let last = values.len().saturating_sub(1);
        self.line(&format!("steps 0 to {last}, from left to right"));
    }

    /// A grid of cells so far from the left margin, in a square of this side; neighbours of one colour are one.
    pub fn cells(
        &mut self,
        left: f64,
        side: f64,
        [height, width]: [usize; 2],
        ink: impl Fn(usize) -> Ink,
    ) {
        let size = side / height.max(width).max(1) as f64;
        for row in 0..height {
            let colours: Vec<String> =
                (0..width).map(|column| ink(row * width + column).hex()).collect();
            let mut column = 0;
            for run in colours.chunk_by(|a, b| a == b) {
                let (x, y) = (MARGIN + left + column as f64 * size, self.y + row as f64 * size);
                // A little more, so that no seam is seen.
                let wide = run.len() as f64 * size + 0.1;
                let (tall, fill) = (size + 0.1, &run[0]);
                let _ = writeln!(
                    self.body,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" fill=\"{fill}\"/>"
                );
                column += run.len();
            }
        }
        let [tall, wide] = [height, width].map(|count| count as f64 * size);
        let (x, y) = (MARGIN + left, self.y);
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" fill=\"none\" stroke=\"#999\"/>"
        );
    }

    /// Goes on below grids of cells.
    pub fn below_cells(&mut self, side: f64, [height, width]: [usize; 2]) {
        let size = side / height.max(width).max(1) as f64;
        self.y += height as f64 * size + LINE;
    }

    /// A strip of cells with a name before it, one for each step or for several that are next to each other; `word`
    /// names a step.
    pub fn strip(&mut self, name: &str, values: &[f32], word: impl Fn(usize) -> String) {
        let (size, sums, most) = chunked(values, MOST_CELLS);
        let wide = (WIDTH - 2.0 * MARGIN - NAMES) / sums.len().max(1) as f64;
        self.text(MARGIN, self.y + 0.7 * LINE, &shortened(name, (NAMES / LETTER) as usize - 1));
        for (at, &sum) in sums.iter().enumerate() {
            let x = MARGIN + NAMES + at as f64 * wide;
            let place = [x, self.y + 2.0, wide, LINE - 4.0];
            let title = format!("{}: {sum:.3}", word(at * size));
            self.rect(place, &Ink::Share(sum / most), Some(&title));
        }
        self.y += LINE;
    }

    /// What the colours mean: the one for values above 0, and the one for those below.
    pub fn legend(&mut self, words: &[&str]) {
        self.y += LINE / 2.0;
        let mut x = MARGIN;
        for (word, share) in words.iter().zip([1.0, -1.0]) {
            self.rect([x, self.y + 3.0, 16.0, 16.0], &Ink::Share(share), None);
            self.text(x + 24.0, self.y + 0.75 * LINE, word);
            x += 24.0 + word.width() as f64 * LETTER + 2.0 * LINE;
        }
        self.y += LINE;
    }

    /// The picture as a whole.
    pub fn finish(self) -> String {
        let height = self.y + MARGIN;
        format!(
            "{SVG_HEAD} width=\"{WIDTH}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {WIDTH} {height:.0}\" font-family=\"monospace\" font-size=\"{SIZE}\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            self.body
        )
    }
}

/// The sums of at most so many chunks of values, how many values each has, and the largest distance of a sum from 0.
fn chunked(values: &[f32], most: usize) -> (usize, Vec<f64>, f64) {
    let size = values.len().div_ceil(most).max(1);
    let sums: Vec<f64> =
        values.chunks(size).map(|own| own.iter().map(|&x| f64::from(x)).sum()).collect();
    let finite = sums.iter().map(|x: &f64| x.abs()).filter(|x| x.is_finite());
    let largest = finite.fold(f64::MIN_POSITIVE, f64::max);
    (size, sums, largest)
}

/// A text of at most so many columns of a monospaced font.
fn shortened(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_string();
    }
    let mut room = most.saturating_sub(3);
    let fits = |letter: &char| {
        let width = letter.width().unwrap_or(0);
        let is_room = width <= room;
        room = room.saturating_sub(width);
        is_room
    };
    text.chars().take_while(fits).collect::<String>() + "..."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wide_letters_have_two_columns() {
        assert_eq!(shortened("Привет, мир", 11), "Привет, мир");
        assert_eq!(shortened("ⴰⴱⴲⴳⴴⴵⴶⴷ", 8), "ⴰⴱⴲⴳⴴⴵⴶⴷ");
        assert_eq!(shortened("日本語の文", 9), "日本語...");
    }

    #[test]
    fn a_long_strip_has_few_cells_that_keep_the_sum() {
        let mut canvas = Canvas::titled("t");
        canvas.strip("0 head 0", &[1.0 / 4096.0; 4096], |at| at.to_string());
        assert_eq!(canvas.body.matches("<rect").count(), 147);
        assert!(canvas.body.contains("<title>28: 0.007</title>"), "{}", canvas.body);
    }
}
