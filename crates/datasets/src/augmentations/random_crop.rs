//! A random part of the image.

use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::{Choice, Spec};
use relume_tensor::Rng;

/// Cuts a part of this size from a random place of each image in training, and from its middle otherwise.
///
/// As torchvision's RandomCrop; the test part gets torchvision's CenterCrop, so that its images have the same size. It
/// follows a data set of images. The usual recipe for CIFAR-10 is randomcrop(32, padding=4) -> randomflip.
///
/// ```relume
/// d = digits(image=true) -> randomcrop(8, padding=1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(augmentation, name = "randomcrop")]
pub struct RandomCrop {
    /// Height and width of the part.
    #[spec(positive)]
    pub size: [usize; 2],
    /// Pixels added around the image first: above and below, left and right.
    #[spec(default = 0)]
    pub padding: [usize; 2],
    /// The byte of these pixels.
    #[spec(default = 0)]
    pub fill: u8,
    /// The content of these pixels: fill, the nearest pixel, or the image mirrored.
    #[spec(default = PaddingMode::Constant)]
    pub padding_mode: PaddingMode,
}

/// The pixels around an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum PaddingMode {
    /// One value, `fill`.
    Constant,
    /// The image's outermost pixels, repeated.
    Edge,
    /// The image mirrored, without repeating its outermost pixels.
    Reflect,
}

impl RandomCrop {
    /// The height and width from which the part is cut.
    fn padded(&self, [_, height, width]: [usize; 3]) -> [usize; 2] {
        [height + 2 * self.padding[0], width + 2 * self.padding[1]]
    }

    /// Cuts the part whose first pixel is this one of the padded image.
    fn cut(&self, image: &mut Image<'_>, [top, left]: [usize; 2]) {
        let [channels, height, width] = image.shape();
        let [part_height, part_width] = self.size;
        if [top, left] == self.padding && [height, width] == self.size {
            return;
        }
        // The image's column of each of the part's columns: those from `begin` to `end` lie inside.
        let begin = self.padding[1].saturating_sub(left).min(part_width);
        let end = (self.padding[1] + width).saturating_sub(left).clamp(begin, part_width);
        let first = (left + begin).saturating_sub(self.padding[1]);
        image.replace([channels, part_height, part_width], |old, new| {
            for (i, row) in new.chunks_exact_mut(part_width).enumerate() {
                let (channel, y) = (i / part_height, i % part_height);
                let source = self.inside(y + top, self.padding[0], height);
                let Some(y) = source else {
                    row.fill(self.fill);
                    continue;
                };
                let from = &old[(channel * height + y) * width..][..width];
                row[begin..end].copy_from_slice(&from[first..first + (end - begin)]);
                for x in (0..begin).chain(end..part_width) {
                    row[x] = self
                        .inside(x + left, self.padding[1], width)
                        .map_or(self.fill, |x| from[x]);
                }
            }
        });
    }

    /// The image's own index for one of the padded image along an axis; `None` for `fill`.
    fn inside(&self, at: usize, padding: usize, size: usize) -> Option<usize> {
        match (at.checked_sub(padding), self.padding_mode) {
            (Some(own), _) if own < size => Some(own),
            (_, PaddingMode::Constant) => None,
            (own, PaddingMode::Edge) => Some(own.map_or(0, |_| size - 1)),
            (None, PaddingMode::Reflect) => Some(padding - at),
            (Some(own), PaddingMode::Reflect) => Some(2 * (size - 1) - own),
        }
    }
}

impl Augmentation for RandomCrop {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for RandomCrop {
    fn output(&self, shape: [usize; 3]) -> Result<[usize; 3], String> {
        let [height, width] = self.padded(shape);
        if self.size[0] > height || self.size[1] > width {
            return Err(format!(
                "randomcrop({}, {}) is larger than the image with its padding, {height} x {width}",
                self.size[0], self.size[1]
            ));
        }
        let reflects = self.padding_mode == PaddingMode::Reflect;
        if reflects && (self.padding[0] >= shape[1] || self.padding[1] >= shape[2]) {
            return Err(format!(
                "randomcrop can reflect fewer pixels than the image has, {} x {}",
                shape[1], shape[2]
            ));
        }
        Ok([shape[0], self.size[0], self.size[1]])
    }

    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        let padded = self.padded(image.shape());
        let place = [0, 1].map(|axis| rng.below(padded[axis] - self.size[axis] + 1));
        self.cut(image, place);
    }

    /// The middle, rounded as torchvision's CenterCrop rounds it: half a pixel to the even one, half of what is missing
    /// down.
    fn settle(&self, image: &mut Image<'_>) {
        let [_, height, width] = image.shape();
        let middle = |size: usize, part: usize, padding: usize| match size.checked_sub(part) {
            Some(rest) => padding + (rest as f64 / 2.0).round_ties_even() as usize,
            None => padding - (part - size) / 2,
        };
        let [top, left] = [(height, 0), (width, 1)]
            .map(|(size, axis)| middle(size, self.size[axis], self.padding[axis]));
        self.cut(image, [top, left]);
    }
}
