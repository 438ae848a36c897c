//! A scene as a PNG picture, drawn with tiny-skia at twice the size.

use super::colours::Rgb;
use super::font;
use super::own::PNG_TEXT;
use super::picture::PictureError;
use super::scene::{Anchor, Scene, Shape, Sign, Stroke};
use tiny_skia::{
    FillRule, LineJoin, Mask, Paint, Path, PathBuilder, Pixmap, Rect, StrokeDash, Transform,
};

/// Pixels of the file for each of the scene: 192 to the inch where the scene has 96.
const SCALE: f32 = 2.0;
/// Pixels of a metre, at that.
const PER_METRE: u32 = 7559;

/// The scene as a PNG file.
///
/// # Errors
/// A picture that is too large to be drawn or written.
pub(crate) fn png(scene: &Scene) -> Result<Vec<u8>, PictureError> {
    let size = |x: f64| (x as f32 * SCALE).ceil() as u32;
    let (width, height) = (size(scene.width), size(scene.height));
    let too_large = || PictureError::Drawing(format!("{width} x {height} pixels are too many"));
    let mut sheet = Sheet { pixels: Pixmap::new(width, height).ok_or_else(too_large)?, clip: None };
    sheet.pixels.fill(tiny_skia::Color::WHITE);
    for shape in &scene.shapes {
        sheet.draw(shape);
    }
    // All is opaque over white, so that colours are as they are written.
    let opaque =
        sheet.pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    let opaque: Vec<u8> = opaque.collect();
    encoded([width, height], &opaque).map_err(|error| PictureError::Drawing(error.to_string()))
}

/// Pixels, row by row and of three bytes each, as a PNG file.
///
/// # Errors
/// Sizes that the bytes do not have.
pub(super) fn encoded(
    [width, height]: [u32; 2],
    bytes: &[u8],
) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let [keyword, text] = PNG_TEXT.map(str::to_string);
    encoder.add_text_chunk(keyword, text)?;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PER_METRE,
        yppu: PER_METRE,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(bytes)?;
    writer.finish()?;
    Ok(file)
}

struct Sheet {
    pixels: Pixmap,
    clip: Option<Mask>,
}

fn paint([red, green, blue]: Rgb, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint.anti_alias = true;
    paint
}

fn rectangle([left, top, width, height]: [f64; 4]) -> Option<Rect> {
    Rect::from_xywh(left as f32, top as f32, width as f32, height as f32)
}

fn path_of(points: &[(f64, f64)], is_closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (at, &(x, y)) in points.iter().enumerate() {
        match at {
            0 => builder.move_to(x as f32, y as f32),
            _ => builder.line_to(x as f32, y as f32),
        }
    }
    if is_closed {
        builder.close();
    }
    builder.finish()
}

impl Sheet {
    fn scale() -> Transform {
        Transform::from_scale(SCALE, SCALE)
    }

    fn fill(&mut self, path: &Path, paint: &Paint<'_>) {
        self.pixels.fill_path(path, paint, FillRule::Winding, Self::scale(), self.clip.as_ref());
    }

    fn stroke(&mut self, path: &Path, stroke: &Stroke) {
        let dashes: Vec<f32> = stroke.dashes.iter().map(|&x| x as f32).collect();
        let own = tiny_skia::Stroke {
            width: stroke.width as f32,
            line_join: LineJoin::Round,
            dash: StrokeDash::new(dashes, 0.0),
            ..tiny_skia::Stroke::default()
        };
        let paint = paint(stroke.colour, stroke.opacity);
        self.pixels.stroke_path(path, &paint, &own, Self::scale(), self.clip.as_ref());
    }

    fn draw(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect { place, fill, opacity } => {
                if let Some(rect) = rectangle(*place) {
                    self.fill(&PathBuilder::from_rect(rect), &paint(*fill, *opacity));
                }
            }
            Shape::Frame { place, stroke, width } => {
                if let Some(rect) = rectangle(*place) {
                    let stroke =
                        Stroke { colour: *stroke, width: *width, dashes: &[], opacity: 1.0 };
                    self.stroke(&PathBuilder::from_rect(rect), &stroke);
                }
            }
            Shape::Line { points, stroke } => {
                if let Some(path) = path_of(points, false) {
                    self.stroke(&path, stroke);
                }
            }
            Shape::Sign { sign, at, size, colour } => self.sign(*sign, *at, *size, *colour),
            Shape::Cells { place, columns, colours } => self.cells(*place, *columns, colours),
            Shape::Text { text, at, size, anchor, colour, is_upright } => {
                let width = font::width(text, *size);
                let start = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => -width / 2.0,
                    Anchor::End => -width,
                };
                self.text(text, *at, start, *size, *colour, *is_upright);
            }
            Shape::Clip(place) => self.clip = self.mask(*place),
            Shape::Unclip => self.clip = None,
        }
    }

    fn mask(&self, place: [f64; 4]) -> Option<Mask> {
        let mut mask = Mask::new(self.pixels.width(), self.pixels.height())?;
        let path = PathBuilder::from_rect(rectangle(place)?);
        mask.fill_path(&path, FillRule::Winding, true, Self::scale());
        Some(mask)
    }

    fn sign(&mut self, sign: Sign, (x, y): (f64, f64), size: f64, colour: Rgb) {
        let moved = |&(dx, dy): &(f64, f64)| (x + dx * size, y + dy * size);
        let stroke = Stroke { colour, width: 1.6, dashes: &[], opacity: 1.0 };
        if let Some(corners) = sign.corners() {
            let corners: Vec<_> = corners.iter().map(moved).collect();
            if let Some(path) = path_of(&corners, true) {
                self.fill(&path, &paint(colour, 0.8));
            }
        } else if let Some(lines) = sign.lines() {
            for line in lines {
                let ends: Vec<_> = line.iter().map(moved).collect();
                if let Some(path) = path_of(&ends, false) {
                    self.stroke(&path, &stroke);
                }
            }
        } else if let Some(circle) = PathBuilder::from_circle(x as f32, y as f32, size as f32) {
            match sign {
                Sign::Ring => self.stroke(&circle, &stroke),
                _ => self.fill(&circle, &paint(colour, 0.8)),
            }
        }
    }

    /// Cells have sharp edges at whole pixels, so that no seam shows between them.
    fn cells(&mut self, [left, top, width, height]: [f64; 4], columns: usize, colours: &[Rgb]) {
        let columns = columns.max(1);
        let rows = (colours.len() / columns).max(1);
        let scale = f64::from(SCALE);
        let edge = |start: f64, size: f64, at: usize, of: usize| {
            ((start + size * at as f64 / of as f64) * scale).round()
        };
        for (at, &colour) in colours.iter().enumerate() {
            let (row, column) = (at / columns, at % columns);
            let (x, right) =
                (edge(left, width, column, columns), edge(left, width, column + 1, columns));
            let (y, bottom) = (edge(top, height, row, rows), edge(top, height, row + 1, rows));
            if let Some(rect) = rectangle([x, y, right - x, bottom - y]) {
                let paint = Paint { anti_alias: false, ..paint(colour, 1.0) };
                self.pixels.fill_rect(rect, &paint, Transform::identity(), self.clip.as_ref());
            }
        }
    }

    fn text(
        &mut self,
        text: &str,
        (x, y): (f64, f64),
        start: f64,
        size: f64,
        colour: Rgb,
        is_upright: bool,
    ) {
        let Some(face) = font::face() else { return };
        let factor = size as f32 / f32::from(face.units_per_em().max(1));
        let turn = if is_upright { -90.0 } else { 0.0 };
        for (glyph, from) in font::letters(text) {
            let mut outline = Outline(PathBuilder::new());
            if face.outline_glyph(glyph, &mut outline).is_none() {
                continue;
            }
            let Some(path) = outline.0.finish() else { continue };
            let place = Transform::from_scale(factor, -factor)
                .post_translate((start + from * size) as f32, 0.0)
                .post_rotate(turn)
                .post_translate(x as f32, y as f32)
                .post_scale(SCALE, SCALE);
            let paint = paint(colour, 1.0);
            self.pixels.fill_path(&path, &paint, FillRule::Winding, place, self.clip.as_ref());
        }
    }
}

/// A letter's outline as a path.
struct Outline(PathBuilder);

impl ttf_parser::OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
