//! A picture as shapes at places: what both file formats are written from. Places are in pixels from the upper left.

use super::colours::Rgb;

/// Shapes on a white sheet, the first one lowest.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scene {
    pub width: f64,
    pub height: f64,
    pub shapes: Vec<Shape>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// A filled rectangle: left, top, width, height.
    Rect { place: [f64; 4], fill: Rgb, opacity: f64 },
    /// The outline of a rectangle.
    Frame { place: [f64; 4], stroke: Rgb, width: f64 },
    /// A line through points, drawn through if there are no dashes.
    Line { points: Vec<(f64, f64)>, stroke: Stroke },
    /// A sign at a place.
    Sign { sign: Sign, at: (f64, f64), size: f64, colour: Rgb },
    /// Cells of colour in a rectangle, row by row.
    Cells { place: [f64; 4], columns: usize, colours: Vec<Rgb> },
    /// A word.
    Text { text: String, at: (f64, f64), size: f64, anchor: Anchor, colour: Rgb, is_upright: bool },
    /// What follows is only seen within a rectangle.
    Clip([f64; 4]),
    /// The end of that.
    Unclip,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub colour: Rgb,
    pub width: f64,
    pub dashes: &'static [f64],
    pub opacity: f64,
}

/// A sign of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Disc,
    Square,
    Triangle,
    Diamond,
    Cross,
    Plus,
    Ring,
    Lower,
}

pub(crate) const SIGNS: [Sign; 8] = [
    Sign::Disc,
    Sign::Square,
    Sign::Triangle,
    Sign::Diamond,
    Sign::Cross,
    Sign::Plus,
    Sign::Ring,
    Sign::Lower,
];
/// The dashes of lines, in turn.
pub(crate) const DASHES: [&[f64]; 5] =
    [&[], &[9.0, 4.0], &[2.5, 3.0], &[12.0, 3.5, 2.5, 3.5], &[5.0, 2.5]];

/// Which part of a word is at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Sign {
    /// Its corners around 0 with a radius of 1; `None` for what is round or made of lines.
    pub fn corners(self) -> Option<&'static [(f64, f64)]> {
        Some(match self {
            Sign::Square => &[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
            Sign::Triangle => &[(0.0, -1.15), (1.05, 0.75), (-1.05, 0.75)],
            Sign::Lower => &[(0.0, 1.15), (1.05, -0.75), (-1.05, -0.75)],
            Sign::Diamond => &[(0.0, -1.25), (1.0, 0.0), (0.0, 1.25), (-1.0, 0.0)],
            Sign::Disc | Sign::Cross | Sign::Plus | Sign::Ring => return None,
        })
    }

    /// Its lines around 0, if it is made of them.
    pub fn lines(self) -> Option<[[(f64, f64); 2]; 2]> {
        match self {
            Sign::Cross => Some([[(-0.9, -0.9), (0.9, 0.9)], [(-0.9, 0.9), (0.9, -0.9)]]),
            Sign::Plus => Some([[(-1.15, 0.0), (1.15, 0.0)], [(0.0, -1.15), (0.0, 1.15)]]),
            _ => None,
        }
    }
}

impl Scene {
    pub fn line(&mut self, points: Vec<(f64, f64)>, colour: Rgb, width: f64) {
        let stroke = Stroke { colour, width, dashes: &[], opacity: 1.0 };
        self.shapes.push(Shape::Line { points, stroke });
    }

    pub fn text(&mut self, text: &str, at: (f64, f64), size: f64, anchor: Anchor) {
        let colour = super::colours::BLACK;
        let text = text.to_string();
        self.shapes.push(Shape::Text { text, at, size, anchor, colour, is_upright: false });
    }
}
