//! The data set: samples, targets, and its three parts.

mod beside;
mod drawn;
mod filling;
mod matching;
mod measure;
mod part;
mod parts;
mod places;
mod preparing;
mod refitting;
mod scaling;
mod sources;
mod targets;
mod tolerating;
mod weights;

pub use beside::Beside;
pub use drawn::picture_shape;
pub use matching::TargetNames;
pub use measure::DataMark;
pub use part::Part;
pub use places::Places;
pub use preparing::Prepared;
pub use refitting::Refit;
pub use scaling::{TargetScaling, shortest};
pub use targets::Targets;
pub use tolerating::Tolerated;

pub(crate) use filling::Augmenting;

use crate::raw::{Cell, RawRow};
use crate::store::{RawColumn, Store};
use crate::{AugmentationSpec, DataError, Grouping, Preparation, Raw, Split};
use relume_catalog::{count_text, counted, counted_as};
use relume_tensor::{Indices, Shape, Tensor};
use std::fmt;
use std::sync::Arc;

#[derive(Clone, Debug)]
struct Contents {
    name: String,
    inputs: Store,
    targets: Targets,
    split: Split,
    /// What keeps samples together where further parts are drawn.
    grouping: Grouping,
    /// What the samples' losses weigh, if they do not all weigh the same.
    weights: Option<Arc<Vec<f32>>>,
    /// How numbers to predict are scaled for the loss.
    target_scaling: Option<Arc<TargetScaling>>,
    /// Numbers to predict with all their digits, row by row, if f32 is not enough for them.
    exact_targets: Option<Arc<Vec<f64>>>,
    /// The features' names, if a file has them.
    features: Vec<String>,
    preparation: Option<Preparation>,
    /// How the preparation is learned, if samples decide it.
    refit: Option<Refit>,
    augmentations: Vec<AugmentationSpec>,
    /// How samples are described if the shape alone does not say it, as 8x8.
    note: Option<String>,
    /// What was left out where they were read.
    left_out: Vec<String>,
    /// Columns that stand beside predictions, if they are not those of the inputs.
    beside: Arc<Vec<RawColumn>>,
}

/// Samples with targets, in a train, a validation and a test part. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dataset(Arc<Contents>);

impl Dataset {
    fn changed(self, change: impl FnOnce(&mut Contents)) -> Self {
        let mut contents = Arc::unwrap_or_clone(self.0);
        change(&mut contents);
        Dataset(Arc::new(contents))
    }

    /// The same data set with names for its features.
    #[must_use]
    pub fn with_features(self, features: Vec<String>) -> Self {
        self.changed(|contents| contents.features = features)
    }

    /// The same data set, whose numbers are now shifted and scaled like this on the way to a batch.
    #[must_use]
    pub fn prepared(self, preparation: Preparation) -> Self {
        self.changed(|contents| contents.preparation = Some(preparation))
    }

    /// The same data set with a word on what its samples are.
    #[must_use]
    pub fn with_note(self, note: impl Into<String>) -> Self {
        let note = note.into();
        self.changed(|contents| contents.note = Some(note))
    }

    /// The same data set with what was left out where it was read, such as `2 rows with empty cells`.
    #[must_use]
    pub fn with_left_out(self, left_out: Vec<String>) -> Self {
        self.changed(|contents| contents.left_out = left_out)
    }

    /// What was left out where it was read, such as `2 rows with empty cells`.
    pub fn left_out(&self) -> &[String] {
        &self.0.left_out
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// All inputs, prepared, `[samples, ...]`, as they are outside training.
    ///
    /// # Errors
    /// A file that cannot be read, or too many samples to be held as numbers at once.
    pub fn inputs(&self) -> Result<Tensor, DataError> {
        self.all().inputs()
    }

    /// Whether a batch takes long to prepare, so that it is better prepared on a separate thread.
    pub fn is_slow(&self) -> bool {
        matches!(&self.0.inputs, Store::Pixels(pixels) if pixels.is_stored())
    }

    /// The targets.
    pub fn targets(&self) -> &Targets {
        &self.0.targets
    }

    /// The features' names; empty if they have none.
    pub fn features(&self) -> &[String] {
        &self.0.features
    }

    /// The preparation of the inputs.
    pub fn preparation(&self) -> Option<&Preparation> {
        self.0.preparation.as_ref()
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.0.targets.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Samples that are indices: the tokens of texts, `[samples, length]`, or rows of a table whose columns are all
    /// indices, `[samples, columns]`; `None` if samples are numbers.
    ///
    /// # Errors
    /// There is no such sample.
    pub(crate) fn indices(&self, samples: &[usize]) -> Result<Option<Indices>, DataError> {
        match &self.0.inputs {
            Store::Texts(_, indices) => Ok(Some(indices.gather(samples)?)),
            Store::Rows(rows, encoding)
                if self.preparation().is_none_or(Preparation::is_unscaled) =>
            {
                let indices = encoding.indices(&rows.of_samples(samples));
                match (indices, rows.windows()) {
                    (Some(indices), Some(windows)) if encoding.width() == 1 => {
                        Ok(Some(indices.reshape([samples.len(), windows.length()])?))
                    }
                    (indices, None) => Ok(indices),
                    (_, Some(_)) => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// Whether samples are windows over a single column of indices.
    fn are_windows_of_indices(&self) -> bool {
        matches!(self.preparation().and_then(|own| own.raw.as_ref()), Some(Raw::Row(RawRow { columns, .. }))
            if matches!(&columns[..], [only] if matches!(only.cell, Cell::Index(_))))
            && self.preparation().is_none_or(Preparation::is_unscaled)
    }

    /// The shape of one sample's input.
    pub fn sample_shape(&self) -> Shape {
        match &self.0.inputs {
            Store::Numbers(numbers) => numbers.sample_shape(),
            Store::Rows(rows, encoding) => match rows.windows() {
                None => encoding.width().into(),
                Some(windows) if self.are_windows_of_indices() => windows.length().into(),
                Some(windows) => [windows.length(), encoding.width()].into(),
            },
            Store::Pixels(pixels) => self.image_shape().unwrap_or(pixels.shape()).into(),
            Store::Texts(_, indices) => indices.shape().without_batch(),
            Store::Recordings(recordings) => {
                let length = self.sound().map_or(0, |raw| raw.length);
                [length, recordings.features.width()].into()
            }
        }
    }

    /// The classes' names; `None` if the targets are numbers.
    pub fn classes(&self) -> Option<&[String]> {
        match self.targets() {
            Targets::Classes { names, .. } => Some(names),
            Targets::Places(places) => Some(&places.names),
            Targets::Values { .. } | Targets::Sequences { .. } => None,
        }
    }

    /// What the labels of strings are called, from label 1 on; empty where no strings of labels are to be predicted.
    pub fn labels(&self) -> &[String] {
        match self.targets() {
            Targets::Sequences { names, .. } => names,
            Targets::Classes { .. } | Targets::Values { .. } | Targets::Places(_) => &[],
        }
    }

    /// How many numbers a network is to give for each sample.
    pub fn outputs(&self) -> usize {
        self.targets().width()
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} · input {}",
            self.name(),
            counted(self.len(), "sample"),
            self.sample_shape()
        )?;
        if let Some(note) = &self.0.note {
            write!(f, " ({note})")?;
        }
        match self.targets() {
            Targets::Classes { names, .. } => {
                write!(f, " · {}", counted_as(names.len(), "class", "classes"))?;
            }
            Targets::Places(places) => {
                let classes = counted_as(places.names.len(), "class", "classes");
                write!(f, " · {classes} at each of {} places", places.shape())?;
            }
            targets => match &targets.numbers()[..] {
                [] if self.targets().are_none() => write!(f, " · no targets")?,
                [first, _, _, _, .., last] => write!(f, " · predicts {first} to {last}")?,
                names => write!(f, " · predicts {}", names.join(", "))?,
            },
        }
        let Split { train, validation, test } = &self.0.split;
        write!(f, " · {} train", count_text(train.len()))?;
        if !validation.is_empty() {
            write!(f, " / {} validation", count_text(validation.len()))?;
        }
        write!(f, " / {} test", count_text(test.len()))?;
        for (i, augmentation) in self.augmentations().iter().enumerate() {
            write!(f, "{}{augmentation}", if i == 0 { " · trained on through " } else { " -> " })?;
        }
        Ok(())
    }
}
