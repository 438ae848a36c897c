//! Charts as pictures, through plotters.

use super::axis::label;
use super::chart::Chart;
use plotters::prelude::*;
use std::path::Path;
use thiserror::Error;

/// The size of a picture, in pixels.
const SIZE: (u32, u32) = (960, 600);
/// The lines' colours: Okabe and Ito's, which colour-blind people can tell apart.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// The file format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// Scalable, for the web and for papers.
    Svg,
}

/// A picture that could not be drawn or written.
#[derive(Debug, Error)]
pub enum PictureError {
    /// The file's name does not end in a known format.
    #[error("a picture's name ends in .svg, not as `{0}` does")]
    Ending(String),
    /// No finite point.
    #[error("there is nothing to draw yet")]
    Empty,
    /// The drawing library refused.
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
            _ => Err(PictureError::Ending(path.display().to_string())),
        }
    }
}

impl Chart {
    /// Writes the chart as a picture in the format of the file's ending.
    ///
    /// # Errors
    /// An unknown ending, nothing to draw, or a file that cannot be written; an old one then stays.
    pub fn save(&self, path: &Path) -> Result<(), PictureError> {
        let PictureFormat::Svg = PictureFormat::of(path)?;
        let text = self.svg()?;
        relume_files::write_atomically(path, |out| out.write_all(text.as_bytes())).map_err(
            |error| PictureError::Write { path: path.display().to_string(), source: error.into() },
        )
    }

    /// The chart as SVG.
    ///
    /// # Errors
    /// Nothing to draw.
    pub fn svg(&self) -> Result<String, PictureError> {
        let mut text = String::new();
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        self.draw(&area)?;
        drop(area);
        Ok(text)
    }

    fn draw<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, plotters::coord::Shift>,
    ) -> Result<(), PictureError> {
        let [(left, right), (bottom, top)] = self.bounds().ok_or(PictureError::Empty)?;
        let failed =
            |error: DrawingAreaErrorKind<B::ErrorType>| PictureError::Drawing(error.to_string());
        area.fill(&WHITE).map_err(failed)?;
        let room = (top - bottom) * 0.04;
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 24))
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(72)
            .build_cartesian_2d(left..right, bottom - room..top + room)
            .map_err(failed)?;
        chart
            .configure_mesh()
            .x_desc(&self.x_label)
            .x_label_formatter(&|x| label(*x))
            .y_label_formatter(&|y| label(*y))
            .label_style(("sans-serif", 16))
            .light_line_style(TRANSPARENT)
            .draw()
            .map_err(failed)?;
        if self.has_origin {
            let across = (bottom..=top).contains(&0.0).then_some([(left, 0.0), (right, 0.0)]);
            let up = (left..=right).contains(&0.0);
            let up = up.then_some([(0.0, bottom - room), (0.0, top + room)]);
            for axis in across.into_iter().chain(up) {
                chart.draw_series(LineSeries::new(axis, BLACK.mix(0.4))).map_err(failed)?;
            }
        }
        for (series, &colour) in self.series.iter().zip(COLOURS.iter().cycle()) {
            let points =
                series.points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite());
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(2)))
                .map_err(failed)?
                .label(&series.name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2))
                });
        }
        if self.series.len() > 1 {
            chart
                .configure_series_labels()
                .background_style(WHITE.mix(0.8))
                .border_style(BLACK.mix(0.3))
                .label_font(("sans-serif", 16))
                .draw()
                .map_err(failed)?;
        }
        area.present().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::Series;

    #[test]
    fn a_picture_has_a_line_for_each_series_and_its_words() {
        let line = |name: &str| Series::counted(name, &[1.0, 0.5, 0.3]);
        let chart = Chart::new("loss of mlp", "epoch").with(line("loss")).with(line("test loss"));
        let svg = chart.svg().unwrap();
        for word in ["<svg", "loss of mlp", "epoch", "test loss"] {
            assert!(svg.contains(word), "{word} is missing");
        }
        assert!(svg.matches("<polyline").count() >= 2);
        assert!(matches!(Chart::new("", "").svg(), Err(PictureError::Empty)));
        assert!(matches!(PictureFormat::of(Path::new("loss.txt")), Err(PictureError::Ending(_))));
    }
}
