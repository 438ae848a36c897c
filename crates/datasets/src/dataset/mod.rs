//! The data set: samples, targets, and its three parts.

mod beside;
mod filling;
mod matching;
mod measure;
mod places;
mod preparing;
mod refitting;
mod scaling;
mod targets;
mod tolerating;

pub use beside::Beside;
pub use matching::TargetNames;
pub use measure::DataMark;
pub use places::Places;
pub use preparing::Prepared;
pub use refitting::Refit;
pub use scaling::{TargetScaling, shortest};
pub use targets::Targets;
pub use tolerating::Tolerated;

pub(crate) use filling::Augmenting;

use crate::raw::{Cell, RawRow, RawText};
use crate::store::{Encoding, Numbers, RawColumn, Recordings, Rows, Store};
use crate::{AugmentationSpec, DataError, Drawing, Grouping, Pixels, Preparation, Raw, Split};
use relume_catalog::count_text;
use relume_tensor::{Array, Indices, Shape, Tensor, threads};
use std::fmt;
use std::sync::Arc;

/// The most numbers (4 GiB) that samples may become if all of them are asked for in one tensor.
const MOST_NUMBERS: usize = 1 << 30;

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
    /// Columns that stand beside predictions, if they are not those of the inputs.
    beside: Arc<Vec<RawColumn>>,
}

/// Samples with targets, in a train, a validation and a test part. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dataset(Arc<Contents>);

/// Some of a data set's samples.
#[derive(Clone, Debug)]
pub struct Part {
    data: Dataset,
    indices: Arc<Vec<usize>>,
    name: String,
}

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
            beside: Arc::default(),
        }))
    }

    fn changed(self, change: impl FnOnce(&mut Contents)) -> Self {
        let mut contents = Arc::unwrap_or_clone(self.0);
        change(&mut contents);
        Dataset(Arc::new(contents))
    }

    /// The same data set, whose samples' losses have these weights in training and evaluation: a mean loss is
    /// sum(weight loss) / sum(weight). They are kept so that their mean over the train part is 1.
    ///
    /// # Errors
    /// Another number of weights than of samples, a weight that is negative or not finite, or a train part whose
    /// weights are all 0.
    pub fn with_weights(self, weights: Vec<f32>) -> Result<Self, DataError> {
        if weights.len() != self.len() {
            return Err(DataError::Weights(format!(
                "{} weights do not match {} samples",
                weights.len(),
                self.len()
            )));
        }
        if let Some(at) = weights.iter().position(|&own| !own.is_finite() || own < 0.0) {
            let problem =
                format!("sample {at} has the weight {}, which is not 0 or more", weights[at]);
            return Err(DataError::Weights(problem));
        }
        let train = &self.0.split.train;
        let sum: f64 = train.iter().map(|&sample| f64::from(weights[sample])).sum();
        if sum == 0.0 {
            let problem =
                "all weights of the train part are 0, so nothing would be learned".to_string();
            return Err(DataError::Weights(problem));
        }
        let mean = sum / train.len() as f64;
        let weights = weights.into_iter().map(|own| (f64::from(own) / mean) as f32).collect();
        Ok(self.changed(|contents| contents.weights = Some(Arc::new(weights))))
    }

    /// What the samples' losses weigh; `None` if all weigh the same.
    pub fn weights(&self) -> Option<&[f32]> {
        self.0.weights.as_ref().map(|weights| &weights[..])
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

    /// The same data set with all digits of a feature of its numbers `[samples, features]`, for which f32 is not
    /// enough.
    ///
    /// # Errors
    /// Another number of values than of samples, or samples that are not rows of so many numbers.
    pub fn with_exact(self, feature: usize, values: Vec<f64>) -> Result<Self, DataError> {
        let width = self.sample_shape().count();
        if values.len() != self.len() || feature >= width {
            return Err(DataError::Options(format!(
                "{} values of feature {feature} do not match {} samples of {width}",
                values.len(),
                self.len()
            )));
        }
        Ok(self.changed(|contents| {
            if let Store::Numbers(numbers) = &mut contents.inputs {
                Arc::make_mut(&mut numbers.exact).push((feature, values));
            }
        }))
    }

    /// The same data set whose samples belong together like this where further parts are drawn.
    #[must_use]
    pub fn with_grouping(self, grouping: Grouping) -> Self {
        self.changed(|contents| contents.grouping = grouping)
    }

    /// The same data set in other parts.
    ///
    /// # Errors
    /// A sample that there is not.
    pub fn with_split(self, split: Split) -> Result<Self, DataError> {
        let Split { train, validation, test } = &split;
        let beyond = [train, validation, test].into_iter().flatten().find(|&&i| i >= self.len());
        if let Some(sample) = beyond {
            let samples = count_text(self.len());
            return Err(DataError::Options(format!("there is no sample {sample} in {samples}")));
        }
        Ok(self.changed(|contents| contents.split = split))
    }

    /// How further parts are drawn: of each class its share, and as the grouping of the samples says.
    fn drawing(&self, seed: u64) -> Drawing<'_> {
        Drawing { labels: self.targets().labels(), grouping: &self.0.grouping, seed }
    }

    /// The same data set with a fraction of its train part in the validation part: of each class its share, no group in
    /// two parts, the last ones if samples have times.
    #[must_use]
    pub fn holding_out(&self, fraction: f64, seed: u64) -> Self {
        let split = self.0.split.clone().with_validation(fraction, &self.drawing(seed));
        self.clone().changed(|contents| contents.split = split)
    }

    /// The same data set without a test part, whose samples are in no part then.
    #[must_use]
    pub fn without_test(&self) -> Self {
        self.clone().changed(|contents| contents.split.test.clear())
    }

    /// The data sets of a cross-validation over the train and the validation part ([`Split::folds`]); this data set's
    /// test part is in none of them.
    ///
    /// # Errors
    /// Fewer than two folds, or more than there are samples or groups.
    pub fn folds(&self, folds: usize, seed: u64) -> Result<Vec<Dataset>, DataError> {
        let splits = self.0.split.folds(folds, &self.drawing(seed))?;
        Ok(splits
            .into_iter()
            .map(|split| self.clone().changed(|contents| contents.split = split))
            .collect())
    }

    /// The same data set with a word on what its samples are.
    #[must_use]
    pub fn with_note(self, note: impl Into<String>) -> Self {
        let note = note.into();
        self.changed(|contents| contents.note = Some(note))
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

    /// The samples to train on.
    pub fn train(&self) -> Part {
        self.part("train", self.0.split.train.clone())
    }

    /// The samples that training looks at to make its choices.
    pub fn validation(&self) -> Part {
        self.part("validation", self.0.split.validation.clone())
    }

    /// The samples kept for the test.
    pub fn test(&self) -> Part {
        self.part("test", self.0.split.test.clone())
    }

    /// All samples.
    pub fn all(&self) -> Part {
        self.part("all", (0..self.len()).collect())
    }

    fn part(&self, name: &str, indices: Vec<usize>) -> Part {
        Part {
            data: self.clone(),
            indices: Arc::new(indices),
            name: format!("{}.{name}", self.name()),
        }
    }
}

impl Part {
    /// The data set it is a part of.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// Its name: `digits.test`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same samples of the same data set, prepared anew.
    ///
    /// # Errors
    /// A data set of another number of samples.
    pub fn with_data(&self, data: Dataset) -> Result<Part, DataError> {
        match data.len() == self.data.len() {
            true => Ok(Part { data, ..self.clone() }),
            false => Err(DataError::Counts { inputs: data.len(), targets: self.data.len() }),
        }
    }

    /// The indices of its samples.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Its samples without some, by their indices in the data set.
    #[must_use]
    pub fn without(&self, is_out: impl Fn(usize) -> bool) -> Part {
        let kept = self.indices.iter().copied().filter(|&sample| !is_out(sample)).collect();
        Part { data: self.data.clone(), indices: Arc::new(kept), name: self.name.clone() }
    }

    /// The samples at these positions of this part, in this order; a position may come several times.
    ///
    /// # Errors
    /// A position beyond the last sample.
    pub fn at(&self, positions: impl IntoIterator<Item = usize>) -> Result<Part, DataError> {
        let sample = |position: usize| {
            self.indices.get(position).copied().ok_or_else(|| {
                DataError::Options(format!(
                    "{} has {} samples: {position} is out of range",
                    self.name,
                    self.len()
                ))
            })
        };
        let indices = positions.into_iter().map(sample).collect::<Result<Vec<_>, _>>()?;
        Ok(Part { data: self.data.clone(), indices: Arc::new(indices), name: self.name.clone() })
    }

    /// The samples `start..end` of this part.
    ///
    /// # Errors
    /// An index beyond the last sample.
    pub fn slice(&self, start: usize, end: usize) -> Result<Part, DataError> {
        match self.indices.get(start..end) {
            Some(indices) => Ok(Part {
                data: self.data.clone(),
                indices: Arc::new(indices.to_vec()),
                name: format!("{}[{start}..{end}]", self.name),
            }),
            None => Err(DataError::Options(format!(
                "{} has {} samples: {start}..{end} is out of range",
                self.name,
                self.len()
            ))),
        }
    }

    /// All its inputs, `[samples, ...]`, as they are outside training.
    ///
    /// # Errors
    /// A file that cannot be read, or too many samples to be held as numbers at once.
    pub fn inputs(&self) -> Result<Tensor, DataError> {
        let shape = self.data.sample_shape();
        if self.len().saturating_mul(shape.count()) > MOST_NUMBERS {
            return Err(DataError::Options(format!(
                "{} samples of {shape} are too many to be held as numbers at once: take some, such as {}[0..100]",
                count_text(self.len()),
                self.name
            )));
        }
        if let Some(indices) = self.data.indices(&self.indices)? {
            return Ok(indices.to_tensor()?);
        }
        let mut inputs = Tensor::uninit(shape.with_batch(self.len())?);
        threads::run(|| self.data.fill(&self.indices, Augmenting::Settled, inputs.data_mut()))?;
        Ok(inputs)
    }

    /// All its targets: class indices `[samples]`, numbers `[samples, numbers]`, or labels `[samples, longest]`.
    ///
    /// # Errors
    /// Never for a part of a data set.
    pub fn targets(&self) -> Result<Array, DataError> {
        Ok(self.data.targets().gather(&self.indices)?)
    }

    /// The class of the sample at this position, with its name.
    pub fn class_of(&self, position: usize) -> Option<(usize, &str)> {
        match self.data.targets() {
            Targets::Classes { names, labels } => {
                let class = labels[*self.indices.get(position)?];
                Some((class, &names[class]))
            }
            Targets::Values { .. } | Targets::Sequences { .. } | Targets::Places(_) => None,
        }
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} samples · input {}",
            self.name(),
            count_text(self.len()),
            self.sample_shape()
        )?;
        if let Some(note) = &self.0.note {
            write!(f, " ({note})")?;
        }
        match self.targets() {
            Targets::Classes { names, .. } => write!(f, " · {} classes", names.len())?,
            Targets::Places(places) => {
                write!(
                    f,
                    " · {} classes at each of {} places",
                    places.names.len(),
                    places.shape()
                )?;
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

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} samples · input {}",
            self.name,
            count_text(self.len()),
            self.data.sample_shape()
        )
    }
}
