//! The bundled handwritten digits.

use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use flate2::read::GzDecoder;
use relume_catalog::Spec;
use relume_datasets::{DataError, Dataset, Pixels, Preparation, Split, Targets};
use relume_tensor::Tensor;
use std::io::Read;

const FILE: &[u8] = include_bytes!("../assets/digits.csv.gz");
const PIXELS: usize = 64;

/// 1,797 real handwritten digits of 8 x 8 pixels, bundled; every fifth one is for the test.
///
/// Pixels are scaled to 0..1. Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine
/// Learning Repository, CC BY 4.0.
///
/// ```relume
/// d = digits(image=true)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Digits {
    /// Give images 1 x 8 x 8 for convolutions instead of rows of 64.
    #[spec(default = false)]
    pub image: bool,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Digits {
    fn load_checked(&self, _: &dyn Reader) -> Result<Dataset, DataError> {
        let path = || "digits.csv.gz".into();
        let mut text = String::new();
        GzDecoder::new(FILE)
            .read_to_string(&mut text)
            .map_err(|source| DataError::Read { path: path(), source })?;
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for (i, line) in text.lines().enumerate() {
            let problem = |problem| DataError::Line { path: path(), line: i as u64 + 1, problem };
            let numbers: Result<Vec<f32>, _> = line.split(',').map(str::parse).collect();
            let numbers = numbers.map_err(|error| problem(error.to_string()))?;
            match numbers.split_last() {
                Some((&label, row)) if row.len() == PIXELS => {
                    pixels.extend_from_slice(row);
                    labels.push(label as usize);
                }
                _ => return Err(problem(format!("wants {} numbers", PIXELS + 1))),
            }
        }
        let count = labels.len();
        let names = (0..10).map(|digit| digit.to_string()).collect();
        let targets = Targets::Classes { names, labels };
        let split = match self.split.test {
            Some(_) => self.split.draw(&targets),
            None => self.split.complete(Split::every(count, 5), &targets),
        };
        let preparation = Preparation::scaled(1.0 / 16.0);
        match self.image {
            true => {
                let bytes = pixels.into_iter().map(|pixel| pixel as u8).collect();
                let pixels = Pixels::new([1, 8, 8], bytes)?;
                Dataset::from_pixels("digits", pixels, targets, split, preparation)
            }
            false => {
                let inputs = Tensor::new([count, PIXELS], pixels)?;
                let data = Dataset::new("digits", inputs, targets, split)?;
                Ok(data.prepared(preparation).with_note("8x8"))
            }
        }
    }
}
