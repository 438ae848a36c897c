//! Data sets of raw samples of each kind.

use super::{Contents, Dataset, Targets};
use crate::raw::RawText;
use crate::store::{Encoding, Numbers, Recordings, Rows, Store};
use crate::{DataError, Grouping, Pixels, Preparation, Raw, Split};
use relume_tensor::Tensor;
use std::sync::Arc;

impl Dataset {
    /// A data set of raw inputs `[samples, ...]`: [`Dataset::prepared`] sets their preparation.
    ///
    /// # Errors
    /// No samples, different numbers of inputs and targets, or an input that is not finite.
    pub fn new(
        name: impl Into<String>,
        inputs: Tensor,
        targets: Targets,
        split: Split,
    ) -> Result<Self, DataError> {
        let shape = inputs.shape();
        if shape.rank() < 2 || shape.count() == 0 {
            return Err(DataError::NoSamples(shape));
        }
        targets.check(shape[0])?;
        if !inputs.is_finite()
            && let Some(at) = inputs.data().iter().position(|x| !x.is_finite())
        {
            let width = shape.tail(1).count();
            return Err(DataError::NotFinite { sample: at / width, position: at % width });
        }
        Ok(Self::of(name.into(), Store::Numbers(Numbers::new(inputs)), targets, split, None))
    }

    /// A data set of images as bytes. They become numbers `(byte - shift) * scale` when they are put into a batch.
    ///
    /// # Errors
    /// No images, or different numbers of images and targets.
    pub fn from_pixels(
        name: impl Into<String>,
        pixels: Pixels,
        targets: Targets,
        split: Split,
        preparation: Preparation,
    ) -> Result<Self, DataError> {
        let [channels, height, width] = pixels.shape();
        if pixels.is_empty() {
            return Err(DataError::NoSamples([0, channels, height, width].into()));
        }
        targets.check(pixels.len())?;
        let inputs = Store::Pixels(Arc::new(pixels));
        Ok(Self::of(name.into(), inputs, targets, split, Some(preparation)))
    }

    /// A data set of a table's rows, or of windows over them, converted as the preparation says ([`Raw::Row`]), and
    /// shifted and scaled, on the way to a batch.
    ///
    /// # Errors
    /// No rows, different numbers of rows and targets, a preparation that is not for rows, or a column that cannot be
    /// converted.
    pub fn from_rows(
        name: impl Into<String>,
        rows: Rows,
        targets: Targets,
        split: Split,
        preparation: Preparation,
    ) -> Result<Self, DataError> {
        let name = name.into();
        let Some(Raw::Row(raw)) = &preparation.raw else {
            return Err(DataError::Options(
                "the preparation is not for rows of a table".to_string(),
            ));
        };
        if rows.is_empty() {
            return Err(DataError::NoSamples([0, raw.width()].into()));
        }
        targets.check(rows.len())?;
        let encoding = Encoding::new(&rows, raw).map_err(|unfit| unfit.error(&name, &rows))?;
        let features = raw.features();
        let inputs = Store::Rows(Arc::new(rows), Arc::new(encoding));
        let data = Self::of(name, inputs, targets, split, Some(preparation));
        Ok(data.with_features(features))
    }

    /// A data set of texts as rows of indices.
    ///
    /// # Errors
    /// No texts, or different numbers of texts and targets.
    pub fn from_texts(
        name: impl Into<String>,
        texts: Vec<String>,
        targets: Targets,
        split: Split,
        raw: RawText,
    ) -> Result<Self, DataError> {
        if texts.is_empty() || raw.length == 0 {
            return Err(DataError::NoSamples([texts.len(), raw.length].into()));
        }
        targets.check(texts.len())?;
        let inputs = Store::texts(Arc::new(texts), &raw);
        let preparation = Preparation::scaled(1.0).of(Raw::Text(raw));
        Ok(Self::of(name.into(), inputs, targets, split, Some(preparation)))
    }

    /// A data set of recordings as frames of features, whose `preparation` sets the length of samples ([`Raw::Sound`]).
    ///
    /// # Errors
    /// No recordings, different numbers of recordings and targets, or a preparation that is not for recordings of these
    /// features.
    pub fn from_recordings(
        name: impl Into<String>,
        recordings: Recordings,
        targets: Targets,
        split: Split,
        preparation: Preparation,
    ) -> Result<Self, DataError> {
        let count = recordings.frames.len();
        match &preparation.raw {
            Some(Raw::Sound(raw)) if raw.features == recordings.features => {}
            _ => {
                let problem = "the preparation is not for recordings of these features";
                return Err(DataError::Options(problem.to_string()));
            }
        }
        if count == 0 {
            return Err(DataError::NoSamples([0, 0, recordings.features.width()].into()));
        }
        targets.check(count)?;
        let inputs = Store::Recordings(Arc::new(recordings));
        Ok(Self::of(name.into(), inputs, targets, split, Some(preparation)))
    }

    fn of(
        name: String,
        inputs: Store,
        targets: Targets,
        split: Split,
        preparation: Option<Preparation>,
    ) -> Self {
        let (features, augmentations) = (Vec::new(), Vec::new());
        Dataset(Arc::new(Contents {
            name,
            inputs,
            targets,
            split,
            grouping: Grouping::Single,
            weights: None,
            target_scaling: None,
            exact_targets: None,
            features,
            preparation,
            refit: None,
            augmentations,
            note: None,
            left_out: Vec::new(),
            beside: Arc::default(),
        }))
    }
}
