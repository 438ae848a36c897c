//! Figures as files: SVG and PNG.

use super::chart::Chart;
use super::figure::Figure;
use super::layout::scene;
use super::{png_file, svg};
use std::path::Path;
use thiserror::Error;

/// The file format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// Scalable, for the web and for papers.
    Svg,
    /// Pixels, 192 to the inch.
    Png,
}

/// A picture that could not be drawn or written.
#[derive(Debug, Error)]
pub enum PictureError {
    /// The file's name does not end in a known format.
    #[error("a picture's name ends in .svg or .png, not as `{0}` does")]
    Ending(String),
    /// No finite point.
    #[error("there is nothing to draw yet")]
    Empty,
    /// What is drawn is too large.
    #[error("the picture could not be drawn: {0}")]
    Drawing(String),
    /// The file could not be written.
    #[error("{path}: {source}")]
    Write {
        /// The file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
}

impl PictureFormat {
    /// The format for a file's ending.
    ///
    /// # Errors
    /// An unknown ending.
    pub fn of(path: &Path) -> Result<Self, PictureError> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("svg") => Ok(PictureFormat::Svg),
            Some("png") => Ok(PictureFormat::Png),
            _ => Err(PictureError::Ending(path.display().to_string())),
        }
    }
}

impl Figure {
    /// The figure as SVG.
    ///
    /// # Errors
    /// Nothing to draw.
    pub fn svg(&self) -> Result<String, PictureError> {
        Ok(svg::svg(&scene(self)?))
    }

    /// The figure as PNG, with two pixels for each of the SVG's.
    ///
    /// # Errors
    /// Nothing to draw, or more than fits into a picture.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        png_file::png(&scene(self)?)
    }

    /// Writes the figure as a picture in the format of the file's ending.
    ///
    /// # Errors
    /// An unknown ending, nothing to draw, or a file that cannot be written; an old one then stays.
    pub fn save(&self, path: &Path) -> Result<(), PictureError> {
        let bytes = match PictureFormat::of(path)? {
            PictureFormat::Svg => self.svg()?.into_bytes(),
            PictureFormat::Png => self.png()?,
        };
        relume_files::write_atomically(path, |out| out.write_all(&bytes)).map_err(|error| {
            PictureError::Write { path: path.display().to_string(), source: error.into() }
        })
    }
}

impl Chart {
    /// Writes the chart as a picture in the format of the file's ending.
    ///
    /// # Errors
    /// Those of [`Figure::save`].
    pub fn save(&self, path: &Path) -> Result<(), PictureError> {
        Figure::from(self).save(path)
    }

    /// The chart as SVG.
    ///
    /// # Errors
    /// Nothing to draw.
    pub fn svg(&self) -> Result<String, PictureError> {
        Figure::from(self).svg()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::Series;

    fn chart() -> Chart {
        let line = |name: &str| Series::counted(name, &[1.0, 0.5, 0.3]);
        Chart::new("loss of <mlp>", "epoch").with(line("loss")).with(line("test loss"))
    }

    #[test]
    fn a_picture_has_a_line_for_each_series_and_its_words() {
        let svg = chart().svg().unwrap();
        for word in ["<svg", "loss of &lt;mlp&gt;", "epoch", "test loss"] {
            assert!(svg.contains(word), "{word} is missing");
        }
        assert!(svg.matches("<polyline").count() >= 2);
        assert!(matches!(Chart::new("", "").svg(), Err(PictureError::Empty)));
        assert!(matches!(PictureFormat::of(Path::new("loss.txt")), Err(PictureError::Ending(_))));
    }

    #[test]
    fn a_png_has_twice_the_pixels_and_the_colours_of_its_lines() {
        let figure = Figure::from(&chart());
        let scene = scene(&figure).unwrap();
        let bytes = figure.png().unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
        let mut reader = decoder.read_info().unwrap();
        let (width, height) = reader.info().size();
        let twice = (2.0 * scene.width, 2.0 * scene.height);
        assert_eq!((f64::from(width), f64::from(height)), twice);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let has = |colour: [u8; 3]| pixels.chunks_exact(3).any(|own| own == colour);
        assert!(has([0, 114, 178]) && has([213, 94, 0]), "both lines are drawn");
        assert!(has([255, 255, 255]) && has([0, 0, 0]), "letters on white");
    }
}
