//! The letters of pictures: how wide words are, and the outlines of their letters.

use std::sync::OnceLock;
use ttf_parser::{Face, GlyphId};

/// DejaVu Sans, with the letters of Latin, Greek and Cyrillic, digits and signs.
const BYTES: &[u8] = include_bytes!("font/dejavu-sans.ttf");

/// The font; `None` only if its file is damaged.
pub(crate) fn face() -> Option<&'static Face<'static>> {
    static FACE: OnceLock<Option<Face<'static>>> = OnceLock::new();
    FACE.get_or_init(|| Face::parse(BYTES, 0).ok()).as_ref()
}

/// The letters of a word with where each begins, in units of the font's size; a letter that it lacks is a box.
pub(crate) fn letters(text: &str) -> Vec<(GlyphId, f64)> {
    let Some(face) = face() else { return Vec::new() };
    let mut end = 0.0;
    let letter = |letter: char| {
        let glyph = face.glyph_index(letter).unwrap_or(GlyphId(0));
        let start = end;
        end += advance(face, glyph);
        (glyph, start)
    };
    text.chars().map(letter).collect()
}

fn advance(face: &Face<'_>, glyph: GlyphId) -> f64 {
    let units = f64::from(face.units_per_em().max(1));
    face.glyph_hor_advance(glyph).map_or(0.6, |width| f64::from(width) / units)
}

/// How wide a word is in a size, in pixels.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let Some(face) = face() else { return text.chars().count() as f64 * 0.6 * size };
    let all = letters(text);
    all.last().map_or(0.0, |&(glyph, start)| (start + advance(face, glyph)) * size)
}

/// A word that is at most so wide, with its end cut off.
pub(crate) fn fitted(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_string();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.len() > 1 {
        kept.pop();
        let cut: String = kept.iter().chain(&['…']).collect();
        if width(&cut, size) <= most {
            return cut;
        }
    }
    kept.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_width_of_their_letters() {
        // DejaVu Sans: an "i" is 569 and an "M" 1767 of 2048 units wide (fontTools, hmtx).
        assert!((width("i", 2048.0) - 569.0).abs() < 0.5, "{}", width("i", 2048.0));
        assert!((width("iM", 2048.0) - (569.0 + 1767.0)).abs() < 0.5);
    }

    #[test]
    fn words_that_are_too_wide_are_cut() {
        assert_eq!(fitted("short", 10.0, 100.0), "short");
        let cut = fitted("a name that is far too long", 10.0, 60.0);
        assert!(cut.ends_with('…') && width(&cut, 10.0) <= 60.0, "{cut}");
    }
}
