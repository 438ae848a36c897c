//! Strips as a picture.

use super::super::axis::label;
use super::super::picture::{PictureError, PictureFormat};
use super::Strips;
use std::path::Path;

/// Bins of a strip, and the most steps of it.
const BINS: usize = 40;
const MOST_STEPS: usize = 240;
/// Shades of a cell, none not counted.
const LEVELS: usize = 32;
/// Sizes in pixels.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 56.0;
const STRIP: f64 = 100.0;
const GAP: f64 = 30.0;

impl Strips {
    /// The strips as SVG.
    pub fn svg(&self) -> String {
        let steps = self.times.len().clamp(1, MOST_STEPS);
        let (across, cell) = ((WIDTH - LEFT - RIGHT) / steps as f64, STRIP / BINS as f64);
        let height = TOP + self.strips.len() as f64 * (STRIP + GAP) + 40.0;
        let mut svg = format!(
            "<svg width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
             xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" font-size=\"14\">\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <text x=\"{}\" y=\"28\" font-size=\"20\" text-anchor=\"middle\">{}</text>\n",
            WIDTH / 2.0,
            escaped(&self.title)
        );
        for (at, strip) in self.strips.iter().enumerate() {
            let top = TOP + at as f64 * (STRIP + GAP);
            let (right, bottom) = (LEFT - 8.0, top + STRIP);
            svg += &format!(
                "<text x=\"{LEFT}\" y=\"{}\">{}</text>\n\
                 <text x=\"{right}\" y=\"{}\" text-anchor=\"end\">{}</text>\n\
                 <text x=\"{right}\" y=\"{bottom}\" text-anchor=\"end\">{}</text>\n",
                top - 5.0,
                escaped(&strip.name),
                top + 10.0,
                label(strip.high),
                label(strip.low)
            );
            for (time, shades) in strip.shades(steps, BINS, LEVELS).iter().enumerate() {
                for (bin, &shade) in shades.iter().enumerate().filter(|(_, shade)| **shade > 0) {
                    svg += &format!(
                        "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{}\"/>\n",
                        LEFT + time as f64 * across,
                        bottom - (bin + 1) as f64 * cell,
                        across + 0.3,
                        cell + 0.3,
                        colour(shade)
                    );
                }
            }
            svg += &format!(
                "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{}\" height=\"{STRIP}\" fill=\"none\" stroke=\"#888888\"/>\n",
                WIDTH - LEFT - RIGHT
            );
        }
        let foot = height - 34.0;
        let [first, last] = [self.times.first(), self.times.last()]
            .map(|time| time.map_or_else(String::new, |&time| label(time)));
        svg += &format!(
            "<text x=\"{LEFT}\" y=\"{foot}\">{first}</text>\n\
             <text x=\"{}\" y=\"{foot}\" text-anchor=\"middle\">{}</text>\n\
             <text x=\"{}\" y=\"{foot}\" text-anchor=\"end\">{last}</text>\n</svg>\n",
            WIDTH / 2.0,
            self.x_label,
            WIDTH - RIGHT
        );
        svg
    }

    /// Writes the strips as a picture, which ends in .svg.
    ///
    /// # Errors
    /// An unknown ending, or a file that cannot be written; an old one then stays.
    pub fn save(&self, path: &Path) -> Result<(), PictureError> {
        PictureFormat::of(path)?;
        let text = self.svg();
        relume_files::write_atomically(path, |out| out.write_all(text.as_bytes())).map_err(
            |error| PictureError::Write { path: path.display().to_string(), source: error.into() },
        )
    }
}

/// From light to dark, so that it is read without colours too.
fn colour(shade: usize) -> String {
    let share = shade as f64 / LEVELS as f64;
    let mix = |light: f64, dark: f64| (light + (dark - light) * share).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(228.0, 8.0), mix(238.0, 38.0), mix(248.0, 90.0))
}

/// A text within SVG.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::record;
    use super::super::{Strips, WatchedValues};

    #[test]
    fn a_picture_has_its_names_escaped() {
        let watched = [record(1, -3.0, 3.0, &[9, 0, 0])];
        let svg = Strips::of("net", &watched, WatchedValues::Outputs).unwrap().svg();
        assert!(svg.contains("1 a&lt;b") && svg.contains("<rect") && svg.ends_with("</svg>\n"));
        assert!(Strips::of("net", &watched, WatchedValues::Gradients).is_none());
    }
}
