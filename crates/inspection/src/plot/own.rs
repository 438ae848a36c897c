//! The mark of pictures that are written here, by which they are known again.

/// What every SVG file begins with, before its size.
pub(crate) const SVG_HEAD: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" data-made-by=\"relume\"";

/// The text that every PNG file has: its keyword and what it says.
pub(crate) const PNG_TEXT: [&str; 2] = ["Software", "relume"];

/// Whether a file that begins with such bytes, a few hundred of them, is a picture that was written here.
pub fn is_own_picture(head: &[u8]) -> bool {
    let text = PNG_TEXT.join("\0");
    let is_png =
        head.starts_with(b"\x89PNG") && head.windows(text.len()).any(|own| own == text.as_bytes());
    head.starts_with(SVG_HEAD.as_bytes()) || is_png
}

#[cfg(test)]
mod tests {
    use super::is_own_picture;
    use crate::explain::{Importance, InputImportance, importance_svg};
    use crate::plot::{Chart, Figure, Series};

    #[test]
    fn figures_and_explanations_are_known_again() {
        let chart = Chart::new("loss", "epoch").with(Series::counted("loss", &[1.0, 0.5]));
        let figure = Figure::from(&chart);
        assert!(is_own_picture(figure.svg().unwrap().as_bytes()));
        assert!(is_own_picture(&figure.png().unwrap()));
        let input = InputImportance { name: "width".to_string(), rise: 1.0, spread: 0.1 };
        let found = Importance { samples: 1, repeats: 1, loss: 1.0, inputs: vec![input] };
        assert!(is_own_picture(importance_svg(&found, "iris").as_bytes()));
    }

    #[test]
    fn other_pictures_are_not_taken_for_them() {
        let mut photograph = Vec::new();
        let mut encoder = png::Encoder::new(&mut photograph, 1, 1);
        encoder.add_text_chunk("Software".to_string(), "a camera".to_string()).unwrap();
        encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
        for head in [
            &b""[..],
            b"\x89PNG\r\n\x1a\n",
            &photograph,
            b"\xff\xd8\xff\xe0",
            b"<?xml version=\"1.0\"?>\n<svg>",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"24\" height=\"24\" viewBox=\"0 0 24 24\">\n",
            b"<html><body>",
        ] {
            assert!(!is_own_picture(head), "{}", String::from_utf8_lossy(head));
        }
    }
}
