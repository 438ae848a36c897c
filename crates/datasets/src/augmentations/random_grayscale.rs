//! Colours taken away.

use super::colours::{each_colour, gray};
use super::{Augmentation, Image, ImageStage, Stage};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Rng;
use serde::{Deserialize, Serialize};

/// Makes some images gray; they keep their channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RandomGrayscale {
    /// The probability of each image.
    pub p: f64,
}

impl Described for RandomGrayscale {
    const ENTRY: Entry = Entry {
        kind: Kind::Augmentation,
        name: "randomgrayscale",
        aliases: &[],
        summary: "makes each image gray with probability p while training; it keeps its three channels",
        details: "As torchvision's RandomGrayscale on a tensor of bytes: 0.2989 red + 0.587 green + 0.114 blue, rounded down. An image of one channel stays as it is, and so does the test part. It stands behind a data set of images.",
        arguments: &[Argument::new("p", Type::FRACTION, "probability of each image").or_number(0.1)],
        example: "d = images(\"photos\", size=8) -> randomgrayscale(0.2)",
    };
}

impl Augmentation for RandomGrayscale {
    fn stage(&self) -> Stage<'_> {
        Stage::Images(self)
    }
}

impl ImageStage for RandomGrayscale {
    fn output(&self, shape: [usize; 3]) -> Result<[usize; 3], String> {
        match shape[0] {
            1 | 3 => Ok(shape),
            channels => {
                Err(format!("randomgrayscale wants images of 1 or 3 channels, not {channels}"))
            }
        }
    }

    fn vary(&self, image: &mut Image<'_>, rng: &mut Rng) {
        if f64::from(rng.uniform()) < self.p {
            each_colour(image, |colour| [gray(colour); 3]);
        }
    }
}
