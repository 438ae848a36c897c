//! Random changes of colours.

use super::colours::{blend, each_colour, gray, turn_hue};
use super::span::{Span, draw};
use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::Spec;
use relume_tensor::Rng;

/// Changes brightness, contrast, saturation and hue of each image at random in training, in random order.
///
/// As torchvision's ColorJitter on a tensor of bytes. For brightness, contrast and saturation, a number x stands for
/// factors from 1 - x (at least 0) to 1 + x; for hue, for shifts from -x to x around the colour circle, 0.5 being half
/// of it. Two numbers are the smallest and the largest factor or shift. A gray image has no saturation and no hue, so
/// only its brightness and contrast change. It follows a data set of images; the test part is not changed.
///
/// ```relume
/// d = images("photos", size=8) -> colorjitter(0.2, contrast=0.2, saturation=[0.5, 1.5])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "colorjitter", check = Self::consistent)]
pub struct ColorJitter {
    /// x for factors from 1 - x to 1 + x, or `[smallest, largest]`.
    #[spec(default = 0.0)]
    pub brightness: Span,
    /// Factors of the distance from the mean gray, given likewise.
    #[spec(default = 0.0)]
    pub contrast: Span,
    /// Factors of the distance from a pixel's own gray, given likewise.
    #[spec(default = 0.0)]
    pub saturation: Span,
    /// x up to 0.5 for shifts from -x to x, or `[smallest, largest]`.
    #[spec(default = 0.0)]
    pub hue: Span,
}

impl ColorJitter {
    fn consistent(&self) -> Result<(), String> {
        for (name, span) in [
            ("brightness", &self.brightness),
            ("contrast", &self.contrast),
            ("saturation", &self.saturation),
        ] {
            span.consistent(name)?;
            if matches!(span, Span::Between(_)) && span.ends(1.0)[0] < 0.0 {
                return Err(format!("{name} wants factors of at least 0"));
            }
        }
        self.hue.consistent("hue")?;
        match self.hue.ends(0.0) {
            [least, most] if least < -0.5 || most > 0.5 => {
                Err("hue is moved by half the circle at most: -0.5 to 0.5".to_string())
            }
            _ => Ok(()),
        }
    }
}

/// A number drawn from the range, or `None` if it would never change the image.
fn drawn(ends: [f64; 2], unchanged: f64, rng: &mut Rng) -> Option<f64> {
    (ends != [unchanged; 2]).then(|| draw(ends, rng))
}

impl Augmentation for ColorJitter {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for ColorJitter {
    fn keeps_places(&self) -> bool {
        true
    }

    fn output(&self, shape: [usize; 3]) -> Result<[usize; 3], String> {
        match shape[0] {
            1 | 3 => Ok(shape),
            channels => Err(format!("colorjitter wants images of 1 or 3 channels, not {channels}")),
        }
    }

    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        let mut order = [0, 1, 2, 3];
        rng.shuffle(&mut order);
        // No factor is below 0.
        let mut factor = |span: &Span| drawn(span.ends(1.0).map(|end| end.max(0.0)), 1.0, rng);
        let [brightness, contrast, saturation] =
            [&self.brightness, &self.contrast, &self.saturation].map(&mut factor);
        let factors = [brightness, contrast, saturation, drawn(self.hue.ends(0.0), 0.0, rng)];
        for which in order {
            if let Some(factor) = factors[which] {
                match which {
                    0 => image.pixels_mut().iter_mut().for_each(|x| *x = blend(*x, 0.0, factor)),
                    1 => spread(image, factor),
                    2 => each_colour(image, |colour| {
                        let gray = f32::from(gray(colour));
                        colour.map(|byte| blend(byte, gray, factor))
                    }),
                    _ => each_colour(image, |colour| turn_hue(colour, factor as f32)),
                }
            }
        }
    }
}

/// Moves each byte away from the mean gray, or towards it.
fn spread(image: &mut Image<'_>, factor: f64) {
    let mut sum = 0_u64;
    let plane = image.pixels().len() / image.shape()[0];
    match image.shape()[0] {
        3 => each_colour(image, |colour| {
            sum += u64::from(gray(colour));
            colour
        }),
        _ => sum = image.pixels().iter().map(|&x| u64::from(x)).sum(),
    }
    let mean = sum as f32 / plane as f32;
    image.pixels_mut().iter_mut().for_each(|x| *x = blend(*x, mean, factor));
}
