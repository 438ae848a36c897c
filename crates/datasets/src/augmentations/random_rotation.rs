//! Random rotations.

use super::span::{Span, draw};
use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::{Choice, Spec};
use relume_tensor::Rng;

/// Rotates each image around its centre by a random angle in training.
///
/// As torchvision's RandomRotation on a tensor of bytes: one number d of degrees stands for angles from -d to d, two
/// are the smallest and the largest; counter-clockwise. The image keeps its size: corners are cut off, and the pixels
/// from outside are `fill`, a byte before pixels are scaled. It follows a data set of images; the test part is not
/// changed.
///
/// ```relume
/// d = digits(image=true) -> randomrotation(15, interpolation="bilinear")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "randomrotation", check = Self::consistent)]
pub struct RandomRotation {
    /// d for angles from -d to d, or `[smallest, largest]`.
    pub degrees: Span,
    /// How a pixel is computed from a place between pixels: from the nearest one, or from the four around it.
    #[spec(default = Interpolation::Nearest)]
    pub interpolation: Interpolation,
    /// The byte of pixels from outside the image.
    #[spec(default = 0)]
    pub fill: u8,
}

/// How a pixel is computed from a place between pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// The four pixels around it, weighted by their distance.
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
/// As in torchvision, the interpolated value is weighted once more by how much of the image it comes from.
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
/// It is computed in the steps of torchvision and of PyTorch's grid_sample, so that places halfway between pixels are
/// rounded alike: places relative to the middle, coordinates from -1 to 1 in the old image, and indices in it. PyTorch
/// fuses the product and the sum for an index, but not those for a coordinate: quarter turns of images with an even and
/// an odd side show it.
struct Turn {
    size: [f32; 2],
    /// The old x and y, each as a function of the new x and y.
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

    /// The place in the old image, y and x, of a pixel of the new one.
    fn source(&self, y: usize, x: usize) -> [f32; 2] {
        let [height, width] = self.size;
        let (y, x) = (y as f32 - 0.5 * height + 0.5, x as f32 - 0.5 * width + 0.5);
        let [own_x, own_y] = self.by.map(|[by_x, by_y]| x * by_x + y * by_y);
        [(own_y, height), (own_x, width)].map(|(own, size)| (own + 1.0).mul_add(0.5 * size, -0.5))
    }
}
