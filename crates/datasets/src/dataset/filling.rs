//! Reading samples from a data set, with its augmentations.

use super::{Dataset, Targets};
use crate::augmentations::{Image, Mixup, Numbers, Stage};
use crate::pixels::convert;
use crate::raw::{Cell, RawSound};
use crate::store::Store;
use crate::{AugmentationSpec, DataError, Pixels, Preparation, Raw};
use rayon::prelude::*;
use relume_tensor::interrupt::Current;
use relume_tensor::{Rng, Stream, threads};
use std::cell::RefCell;

/// How a sample is read from a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Augmenting {
    /// As it is outside training.
    Settled,
    /// Augmented, with the generators of this key.
    Varied(u64),
}

impl Augmenting {
    /// The generator of an augmented sample.
    fn rng(self, sample: usize) -> Option<Rng> {
        match self {
            Augmenting::Varied(key) => Some(Rng::stream(key, Stream::Item(sample as u64))),
            Augmenting::Settled => None,
        }
    }
}

thread_local! {
    /// Two images that augmentations work on.
    static SCRATCH: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

impl Dataset {
    /// The same data set with one more augmentation, which changes its samples in training.
    ///
    /// # Errors
    /// An option of the augmentation that is out of range, samples that it cannot take, or a stage after mixup.
    pub fn augmented(self, augmentation: AugmentationSpec) -> Result<Self, DataError> {
        augmentation.check()?;
        let name = augmentation.entry().name;
        if self.mixup().is_some() {
            return Err(DataError::Augmentation {
                problem: format!("mixup comes last: {name} cannot follow it"),
                help: Some("augmentations of single samples come before mixup".to_string()),
            });
        }
        let held = self.held();
        let refusal = |what: &str, help: &str| DataError::Augmentation {
            problem: format!("{name} varies {what}, and {} holds {held}", self.name()),
            help: Some(help.to_string()),
        };
        self.check_places(augmentation.inner().stage(), name)?;
        let checked = match augmentation.inner().stage() {
            Stage::Images(stage) => match self.image_shape() {
                Some(shape) => stage.output(shape).map(|_| ()),
                None => {
                    return Err(refusal(
                        "images",
                        "images(\"FOLDER\") and digits(image=true) give images",
                    ));
                }
            },
            Stage::Numbers(stage) => match held {
                IMAGES => {
                    return Err(refusal(
                        "numbers",
                        "`help augmentations` lists what varies images, such as imagenoise",
                    ));
                }
                INDICES => {
                    return Err(refusal(
                        "numbers",
                        "indices are looked up: add noise to the vectors instead, as in embedding(8) -> \
                        gaussian_noise(0.1)",
                    ));
                }
                _ => stage.check(&self.sample_shape()),
            },
            Stage::Batches(_) if held == INDICES => {
                return Err(refusal(
                    "images and numbers",
                    "words cannot be mixed; dropout after the embedding varies them",
                ));
            }
            Stage::Batches(_) => Ok(()),
        };
        checked.map_err(|problem| DataError::Augmentation { problem, help: None })?;
        Ok(self.changed(|contents| contents.augmentations.push(augmentation)))
    }

    /// Refuses what moves pixels that have classes.
    fn check_places(&self, stage: Stage<'_>, name: &str) -> Result<(), DataError> {
        match (stage, self.targets()) {
            (Stage::Images(stage), Targets::Places(_)) if !stage.keeps_places() => {
                Err(DataError::Augmentation {
                    problem: format!("{name} moves pixels, and their classes would stay behind"),
                    help: Some(
                        "colorjitter, imagenoise and the like leave pixels in their places"
                            .to_string(),
                    ),
                })
            }
            _ => Ok(()),
        }
    }

    /// The kind of its samples.
    fn held(&self) -> &'static str {
        let raw = self.preparation().and_then(|preparation| preparation.raw.as_ref());
        match (&self.0.inputs, raw) {
            (Store::Pixels(_), _) => IMAGES,
            (Store::Texts(..), _) => INDICES,
            (Store::Rows(..), Some(Raw::Row(row)))
                if row.columns.iter().any(|column| matches!(column.cell, Cell::Index(_))) =>
            {
                INDICES
            }
            _ => match self.sample_shape().rank() {
                1 => "rows of numbers",
                2 => "sequences of numbers",
                _ => "numbers",
            },
        }
    }

    /// The augmentations of single samples that are trained on.
    pub fn augmentations(&self) -> &[AugmentationSpec] {
        &self.0.augmentations
    }

    /// The mixup of the batches that are trained on.
    pub(crate) fn mixup(&self) -> Option<&Mixup> {
        match self.0.augmentations.last()?.inner().stage() {
            Stage::Batches(mixup) => Some(mixup),
            Stage::Images(_) | Stage::Numbers(_) => None,
        }
    }

    /// Whether augmentations change single samples.
    pub fn is_varied(&self) -> bool {
        self.0.augmentations.len() > usize::from(self.is_mixed())
    }

    /// Whether the batches that are trained on are mixtures.
    pub fn is_mixed(&self) -> bool {
        self.mixup().is_some()
    }

    /// Preprocessing for new samples, with the augmentations as they act outside training.
    pub fn preparation_in_use(&self) -> Option<Preparation> {
        let mut preparation = self.0.preparation.clone()?;
        if let Some(Raw::Image(image)) = &mut preparation.raw {
            image.augmentations.clone_from(&self.0.augmentations);
        }
        Some(preparation)
    }

    /// The shape `[channels, height, width]` of its images after the augmentations; `None` if samples are numbers.
    pub(super) fn image_shape(&self) -> Option<[usize; 3]> {
        let Store::Pixels(pixels) = &self.0.inputs else { return None };
        let stages = self.0.augmentations.iter().filter_map(|spec| spec.inner().stage().images());
        // Each stage was checked when it was added.
        Some(stages.fold(pixels.shape(), |shape, stage| stage.output(shape).unwrap_or(shape)))
    }

    /// Writes the inputs of some samples into `out`, one after another.
    pub(crate) fn fill(
        &self,
        samples: &[usize],
        augmenting: Augmenting,
        out: &mut [f32],
    ) -> Result<(), DataError> {
        let one = self.sample_shape().count();
        match &self.0.inputs {
            Store::Pixels(pixels) => {
                // An image that must be decoded is enough work for a piece of its own.
                let few = if pixels.is_stored() { 1 } else { (threads::PIECE / one).max(1) };
                in_pieces(samples, few, one, out, |sample, out| {
                    SCRATCH.with_borrow_mut(|scratch| {
                        self.image(pixels, sample, augmenting, scratch, out)
                    })
                })
            }
            store => {
                if augmenting == Augmenting::Settled || self.0.augmentations.is_empty() {
                    self.numbers(store, samples, out);
                    return Ok(());
                }
                let few = (threads::PIECE / one).max(1);
                in_pieces(samples, few, one, out, |sample, row| {
                    self.numbers(store, &[sample], row);
                    self.vary_numbers(sample, augmenting, row);
                    Ok(())
                })
            }
        }
    }

    /// The preparation of recordings.
    pub(super) fn sound(&self) -> Option<&RawSound> {
        match self.0.preparation.as_ref()?.raw.as_ref()? {
            Raw::Sound(raw) => Some(raw),
            _ => None,
        }
    }

    /// Writes samples that are not images into `out`, prepared, one after another.
    fn numbers(&self, store: &Store, samples: &[usize], out: &mut [f32]) {
        let preparation = self.0.preparation.as_ref();
        match store {
            Store::Numbers(numbers) => numbers.fill(samples, preparation, out),
            Store::Rows(rows, encoding) => {
                encoding.fill(&rows.of_samples(samples), preparation, out);
            }
            Store::Recordings(recordings) => {
                let (Some(raw), Some(preparation)) = (self.sound(), preparation) else { return };
                let one = self.sample_shape().count();
                for (row, &sample) in out.chunks_exact_mut(one).zip(samples) {
                    recordings.fill(sample, raw, preparation, row);
                }
            }
            // Texts are indices, not numbers, and images are changed as bytes, before they are numbers.
            Store::Texts(..) | Store::Pixels(_) => {}
        }
    }

    /// Changes a sample of numbers in place.
    fn vary_numbers(&self, sample: usize, augmenting: Augmenting, row: &mut [f32]) {
        let Some(mut rng) = augmenting.rng(sample) else { return };
        let mut numbers = Numbers::new(self.sample_shape(), row);
        let stages = self.0.augmentations.iter().filter_map(|spec| spec.inner().stage().numbers());
        stages.for_each(|stage| stage.vary(&mut numbers, &mut rng));
    }

    /// An image, augmented and prepared.
    fn image(
        &self,
        pixels: &Pixels,
        sample: usize,
        augmenting: Augmenting,
        [image, spare]: &mut [Vec<u8>; 2],
        out: &mut [f32],
    ) -> Result<(), DataError> {
        let contents = &*self.0;
        let raw = Preparation::scaled(1.0);
        let preparation = contents.preparation.as_ref().unwrap_or(&raw);
        let [_, height, width] = pixels.shape();
        if contents.augmentations.is_empty()
            && let Some(bytes) = pixels.in_memory(sample)
        {
            convert(bytes, height * width, preparation, out);
            return Ok(());
        }
        pixels.read(sample, image)?;
        let mut image = Image::new(pixels.shape(), image, spare);
        let mut rng = augmenting.rng(sample);
        for stage in contents.augmentations.iter().filter_map(|spec| spec.inner().stage().images())
        {
            match &mut rng {
                Some(rng) => stage.vary(&mut image, rng),
                None => stage.settle(&mut image),
            }
        }
        let [_, height, width] = image.shape();
        convert(image.pixels(), height * width, preparation, out);
        Ok(())
    }
}

/// Images of bytes.
const IMAGES: &str = "images";
/// Numbers that stand for something else, such as words.
const INDICES: &str = "indices";

/// Fills `one` numbers of `out` for each sample, in pieces of `few` samples.
fn in_pieces(
    samples: &[usize],
    few: usize,
    one: usize,
    out: &mut [f32],
    fill: impl Fn(usize, &mut [f32]) -> Result<(), DataError> + Sync,
) -> Result<(), DataError> {
    let current = Current::get();
    let work = |(out, samples): (&mut [f32], &[usize])| {
        let mut samples = out.chunks_exact_mut(one).zip(samples);
        samples.try_for_each(|(out, &sample)| match current.is_cancelled() {
            true => Err(DataError::Interrupted),
            false => fill(sample, out),
        })
    };
    let result = match samples.len() <= few {
        true => work((out, samples)),
        false => out
            .par_chunks_mut(few * one)
            .zip(samples.par_chunks(few))
            .map(work)
            .reduce(|| Ok(()), Result::and),
    };
    current.check();
    result
}
