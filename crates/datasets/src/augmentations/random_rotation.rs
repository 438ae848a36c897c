//! The image turned.

use super::span::{Span, draw};
use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::{Choice, Spec};
use relume_tensor::Rng;

/// Turns each image around its middle by a random angle while training.
///
/// As torchvision's RandomRotation on a tensor of bytes: one number d of degrees stands for angles from -d to d, two
/// are the least and the greatest; counter-clockwise. The image keeps its size: corners are cut off, and what comes in
/// is `fill`, a byte from before pixels are scaled. It stands after a data set of images; the test part stays as it is.
///
/// ```relume
/// d = digits(image=true) -> randomrotation(15, interpolation="bilinear")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "randomrotation", check = Self::consistent)]
pub struct RandomRotation {
    /// d for angles from -d to d, or `[least, greatest]`.
    pub degrees: Span,
    /// What a place between pixels shows: the nearest one, or the four around it by nearness.
    #[spec(default = Interpolation::Nearest)]
    pub interpolation: Interpolation,
    /// The byte of pixels from outside the image.
    #[spec(default = 0)]
    pub fill: u8,
}

/// What a place between pixels shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// The four pixels around it, by their nearness.
    Bilinear,
}

impl RandomRotation {
    fn consistent(&self) -> Result<(), String> {
        self.degrees.consistent("degrees")
    }
}

impl Augmentation for RandomRotation {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for RandomRotation {
    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        let angle = draw(self.degrees.ends(0.0), rng);
        let shape @ [channels, height, width] = image.shape();
        let turn = Turn::new(angle, [height, width]);
        image.replace(shape, |old, new| {
            for at in 0..height * width {
                let [y, x] = turn.source(at / width, at % width);
                let of = |plane: usize, y: f32, x: f32| {
                    let inside = y >= 0.0 && x >= 0.0 && y < height as f32 && x < width as f32;
                    inside.then(|| old[(plane * height + y as usize) * width + x as usize])
                };
                for plane in 0..channels {
                    new[plane * height * width + at] = match self.interpolation {
                        Interpolation::Nearest => {
                            of(plane, y.round_ties_even(), x.round_ties_even()).unwrap_or(self.fill)
                        }
                        Interpolation::Bilinear => {
                            between([y, x], f32::from(self.fill), |y, x| of(plane, y, x))
                        }
                    };
                }
            }
        });
    }
}

/// The byte of a place between pixels, some of which may lie outside.
///
/// As torchvision has it, what is seen of the image is weighted by how much is seen once more.
fn between([y, x]: [f32; 2], fill: f32, pixel: impl Fn(f32, f32) -> Option<u8>) -> u8 {
    let (top, left) = (y.floor(), x.floor());
    let (down, right) = (y - top, x - left);
    let (up, back) = (1.0 - down, 1.0 - right);
    let (mut sum, mut seen) = (0.0_f32, 0.0_f32);
    for (y, x, weight) in [
        (top, left, back * up),
        (top, left + 1.0, right * up),
        (top + 1.0, left, back * down),
        (top + 1.0, left + 1.0, right * down),
    ] {
        if let Some(byte) = pixel(y, x) {
            sum = f32::from(byte).mul_add(weight, sum);
            seen += weight;
        }
    }
    (sum * seen + (1.0 - seen) * fill).round_ties_even() as u8
}

/// A rotation of an image of some size.
///
/// It is computed in the steps of torchvision and of PyTorch's grid_sample, so that places halfway between pixels are rounded
/// alike: places relative to the middle, coordinates from -1 to 1 in the old image, and indices in it. PyTorch fuses the product and
/// the sum that give an index, but not those that give a coordinate: quarter turns of images with an even and an odd side tell.
struct Turn {
    size: [f32; 2],
    /// The old x and y, each by the new x and y.
    by: [[f32; 2]; 2],
}

impl Turn {
    fn new(degrees: f64, size: [usize; 2]) -> Self {
        let angle = -degrees.to_radians();
        let (sine, cosine) = (libm::sin(angle) as f32, libm::cos(angle) as f32);
        let size @ [height, width] = size.map(|n| n as f32);
        let by = [
            [cosine / (0.5 * width), sine / (0.5 * width)],
            [-sine / (0.5 * height), cosine / (0.5 * height)],
        ];
        Turn { size, by }
    }

    /// The place in the old image, y and x, that a pixel of the new one shows.
    fn source(&self, y: usize, x: usize) -> [f32; 2] {
        let [height, width] = self.size;
        let (y, x) = (y as f32 - 0.5 * height + 0.5, x as f32 - 0.5 * width + 0.5);
        let [own_x, own_y] = self.by.map(|[by_x, by_y]| x * by_x + y * by_y);
        [(own_y, height), (own_x, width)].map(|(own, size)| (own + 1.0).mul_add(0.5 * size, -0.5))
    }
}
