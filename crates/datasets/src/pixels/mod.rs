//! Images as bytes: in memory, or in a store that reads them when a batch needs them.

mod channels;
mod convert;
mod recolour;
mod resize;

pub use channels::Channels;
pub use recolour::gray;
pub use resize::resize;

pub(crate) use convert::convert;
use recolour::recoloured;

use crate::raw::RawImage;
use crate::{DataError, Preparation, Raw};
use rayon::prelude::*;
use relume_tensor::interrupt;
use std::fmt::Debug;
use std::sync::Arc;

/// Pictures that are read when they are needed, such as those in files.
pub trait Pictures: Debug + Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a picture, plane by plane, in these channels and this height and width.
    ///
    /// # Errors
    /// A picture that cannot be read, or cannot be brought to this size.
    fn read(
        &self,
        index: usize,
        channels: Channels,
        size: [usize; 2],
    ) -> Result<Vec<u8>, DataError>;
}

/// Images of one size, `[channels, height, width]` of bytes each: a quarter of what they take as f32.
#[derive(Debug)]
pub struct Pixels {
    shape: [usize; 3],
    store: Store,
    /// The source of images in memory: for another size they are read again, rather than resized twice.
    originals: Option<Arc<dyn Pictures>>,
}

#[derive(Debug)]
enum Store {
    /// All images, one after another.
    Memory(Vec<u8>),
    /// Read one by one.
    Stored(Arc<dyn Pictures>),
    /// Others, in another size or in other channels.
    Resized(Arc<Pixels>),
}

impl Pixels {
    /// Images in memory, one after another.
    ///
    /// # Errors
    /// Bytes that are not a whole number of images.
    pub fn new(shape: [usize; 3], bytes: Vec<u8>) -> Result<Self, DataError> {
        let one: usize = shape.iter().product();
        match one > 0 && bytes.len().is_multiple_of(one) {
            true => Ok(Pixels { shape, store: Store::Memory(bytes), originals: None }),
            false => Err(DataError::Options(format!(
                "{} bytes are not a whole number of images of {} x {} x {}",
                bytes.len(),
                shape[0],
                shape[1],
                shape[2]
            ))),
        }
    }

    /// Images of this height and width that stay where they are until they are needed.
    pub fn stored(
        channels: Channels,
        [height, width]: [usize; 2],
        pictures: Arc<dyn Pictures>,
    ) -> Self {
        Pixels {
            shape: [channels.count(), height, width],
            store: Store::Stored(pictures),
            originals: None,
        }
    }

    /// The same images, which were read from these pictures.
    #[must_use]
    pub fn read_from(self, pictures: Arc<dyn Pictures>) -> Self {
        Pixels { originals: Some(pictures), ..self }
    }

    /// The same images in these channels and this height and width, read one by one.
    pub(crate) fn resized(pixels: &Arc<Self>, channels: Channels, size: [usize; 2]) -> Self {
        let pictures = match &pixels.store {
            Store::Stored(pictures) => Some(pictures),
            _ => pixels.originals.as_ref(),
        };
        match pictures {
            Some(pictures) => Pixels::stored(channels, size, Arc::clone(pictures)),
            None => Pixels {
                shape: [channels.count(), size[0], size[1]],
                store: Store::Resized(Arc::clone(pixels)),
                originals: None,
            },
        }
    }

    /// The shape of one image: `[channels, height, width]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Colours if there are three channels, shades of gray otherwise.
    fn channels(&self) -> Channels {
        match self.shape[0] == Channels::Rgb.count() {
            true => Channels::Rgb,
            false => Channels::Gray,
        }
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        match &self.store {
            Store::Memory(bytes) => bytes.len() / self.shape.iter().product::<usize>().max(1),
            Store::Stored(pictures) => pictures.len(),
            Store::Resized(pixels) => pixels.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether images are read from files when they are needed.
    pub fn is_stored(&self) -> bool {
        matches!(self.store, Store::Stored(_))
    }

    /// The bytes that the images take in memory.
    pub(crate) fn memory(&self) -> usize {
        match &self.store {
            Store::Memory(bytes) => bytes.len(),
            Store::Stored(_) => 0,
            Store::Resized(pixels) => pixels.memory(),
        }
    }

    /// The image itself, if it is in memory.
    pub(crate) fn in_memory(&self, index: usize) -> Option<&[u8]> {
        let one: usize = self.shape.iter().product();
        match &self.store {
            Store::Memory(bytes) => bytes.get(index * one..(index + 1) * one),
            Store::Stored(_) | Store::Resized(_) => None,
        }
    }

    /// Copies an image into a buffer.
    pub(crate) fn read(&self, index: usize, into: &mut Vec<u8>) -> Result<(), DataError> {
        into.clear();
        match &self.store {
            Store::Memory(_) => into.extend_from_slice(self.in_memory(index).unwrap_or_default()),
            Store::Stored(pictures) => {
                let [_, height, width] = self.shape;
                *into = pictures.read(index, self.channels(), [height, width])?;
            }
            Store::Resized(pixels) => {
                pixels.read(index, into)?;
                let [own, height, width] = pixels.shape;
                let planes = recoloured(into, own, self.shape[0]);
                let size = [self.shape[1], self.shape[2]];
                *into = if [height, width] == size {
                    planes
                } else {
                    resize(&planes, [height, width], size)
                };
            }
        }
        Ok(())
    }

    /// Standardises each channel of the given images to mean 0 and standard deviation 1; a constant channel becomes 0.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn standardising(&self, images: &[usize]) -> Result<Preparation, DataError> {
        let [channels, height, width] = self.shape;
        // Whole numbers: their sums are exact in any order in which threads add them up.
        let sums = |&index: &usize| -> Result<Vec<[u64; 2]>, DataError> {
            let mut image = Vec::new();
            self.read(index, &mut image)?;
            let plane = |plane: &[u8]| {
                let sum = plane.iter().map(|&x| u64::from(x)).sum();
                [sum, plane.iter().map(|&x| u64::from(x) * u64::from(x)).sum()]
            };
            Ok(image.chunks_exact(height * width).map(plane).collect())
        };
        let none = || vec![[0; 2]; channels];
        let add = |mut a: Vec<[u64; 2]>, b: Vec<[u64; 2]>| {
            for (a, b) in a.iter_mut().zip(b) {
                *a = [a[0] + b[0], a[1] + b[1]];
            }
            Ok(a)
        };
        let current = interrupt::Current::get();
        let sums = |image: &_| match current.is_cancelled() {
            true => Err(DataError::Interrupted),
            false => sums(image),
        };
        let sums =
            relume_tensor::threads::run(|| images.par_iter().map(sums).try_reduce(none, add))?;
        let count = (images.len() * height * width).max(1) as f64;
        let (shift, scale) = (Vec::new(), Vec::new());
        let mut preparation = Preparation { channels: true, ..Preparation::new(shift, scale) };
        for [sum, squares] in sums {
            let mean = sum as f64 / count;
            let variance = squares as f64 / count - mean * mean;
            preparation.shift.push(mean as f32);
            preparation.scale.push(if variance > 1e-9 {
                (1.0 / variance.sqrt()) as f32
            } else {
                1.0
            });
        }
        Ok(preparation)
    }

    /// The preparation of these images: each channel is standardised by the given ones, or all are scaled to 0..1. A
    /// picture's path is also a sample, which is resized to their size.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn preparation(&self, standardize: bool, by: &[usize]) -> Result<Preparation, DataError> {
        let preparation = match standardize {
            true => self.standardising(by)?,
            false => Preparation::scaled(1.0 / 255.0),
        };
        let [_, height, width] = self.shape;
        Ok(preparation.of(Raw::Image(RawImage {
            channels: self.channels(),
            size: [height, width],
            augmentations: Vec::new(),
        })))
    }
}
