//! The data set: samples, targets, and its two parts.

mod filling;

pub(crate) use filling::Taking;

use crate::{AugmentationSpec, DataError, Pixels, Preparation, Split};
use relume_catalog::count_text;
use relume_tensor::{Shape, Tensor, threads};
use std::fmt;
use std::sync::Arc;

/// Numbers that images may become at once (4 GiB), where somebody asks for all of them in one tensor.
const MOST_NUMBERS: usize = 1 << 30;

/// What is to be predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// One of several classes.
    Classes {
        /// The classes' names.
        names: Vec<String>,
        /// The class of each sample.
        labels: Vec<usize>,
    },
    /// Numbers.
    Values {
        /// The numbers' names.
        names: Vec<String>,
        /// `[samples, numbers]`.
        values: Tensor,
    },
}

impl Targets {
    /// How many samples have one.
    pub fn len(&self) -> usize {
        match self {
            Targets::Classes { labels, .. } => labels.len(),
            Targets::Values { values, .. } => values.dims()[0],
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What goes into a network.
#[derive(Clone, Debug)]
enum Inputs {
    /// Prepared numbers, `[samples, ...]`.
    Numbers(Tensor),
    /// Images as bytes, which are prepared when they are put into a batch.
    Pixels(Arc<Pixels>),
}

#[derive(Clone, Debug)]
struct Contents {
    name: String,
    inputs: Inputs,
    targets: Targets,
    split: Split,
    /// The features' names, where a file gave them.
    features: Vec<String>,
    preparation: Option<Preparation>,
    augmentations: Vec<AugmentationSpec>,
    /// How samples are described where the shape alone does not tell, as 8x8.
    note: Option<String>,
}

/// Samples with targets, in a train and a test part. Cheap to clone.
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
    /// A data set of prepared inputs `[samples, ...]`.
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
        if shape[0] != targets.len() {
            return Err(DataError::Counts { inputs: shape[0], targets: targets.len() });
        }
        if !inputs.is_finite()
            && let Some(at) = inputs.data().iter().position(|x| !x.is_finite())
        {
            let width = shape.tail(1).count();
            return Err(DataError::NotFinite { sample: at / width, position: at % width });
        }
        Ok(Self::of(name.into(), Inputs::Numbers(inputs), targets, split, None))
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
        if pixels.len() != targets.len() {
            return Err(DataError::Counts { inputs: pixels.len(), targets: targets.len() });
        }
        let inputs = Inputs::Pixels(Arc::new(pixels));
        Ok(Self::of(name.into(), inputs, targets, split, Some(preparation)))
    }

    fn of(
        name: String,
        inputs: Inputs,
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
            features,
            preparation,
            augmentations,
            note: None,
        }))
    }

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

    /// The same data set with its inputs prepared; the preparation stays with it. Images take it instead of the one they had.
    #[must_use]
    pub fn prepared(self, preparation: Preparation) -> Self {
        self.changed(|contents| {
            if let Inputs::Numbers(inputs) = &mut contents.inputs {
                preparation.apply(inputs);
            }
            contents.preparation = Some(preparation);
        })
    }

    /// The same data set, whose inputs were prepared like this already.
    #[must_use]
    pub fn with_preparation(self, preparation: Preparation) -> Self {
        self.changed(|contents| contents.preparation = Some(preparation))
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

    /// All inputs, prepared, `[samples, ...]`, as they are where nothing is trained.
    ///
    /// # Errors
    /// A file that cannot be read, or images that are too many to be held as numbers at once.
    pub fn inputs(&self) -> Result<Tensor, DataError> {
        match &self.0.inputs {
            Inputs::Numbers(inputs) => Ok(inputs.clone()),
            Inputs::Pixels(_) => self.all().inputs(),
        }
    }

    /// Whether a batch takes long to prepare, so that it is better prepared on a thread of its own.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(&self.0.inputs, Inputs::Pixels(pixels) if pixels.is_stored())
    }

    /// What is to be predicted.
    pub fn targets(&self) -> &Targets {
        &self.0.targets
    }

    /// The features' names; empty where nobody gave them any.
    pub fn features(&self) -> &[String] {
        &self.0.features
    }

    /// What was done to the inputs.
    pub fn preparation(&self) -> Option<&Preparation> {
        self.0.preparation.as_ref()
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.0.targets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of one sample's input.
    pub fn sample_shape(&self) -> Shape {
        match (&self.0.inputs, self.image_shape()) {
            (Inputs::Numbers(inputs), _) => inputs.shape().without_batch(),
            (Inputs::Pixels(pixels), shape) => shape.unwrap_or(pixels.shape()).into(),
        }
    }

    /// The classes' names; none where numbers are to be predicted.
    pub fn classes(&self) -> Option<&[String]> {
        match self.targets() {
            Targets::Classes { names, .. } => Some(names),
            Targets::Values { .. } => None,
        }
    }

    /// How many numbers a network is to give for each sample.
    pub fn outputs(&self) -> usize {
        match self.targets() {
            Targets::Classes { names, .. } => names.len(),
            Targets::Values { values, .. } => values.shape().tail(1).count(),
        }
    }

    /// The samples to train on.
    pub fn train(&self) -> Part {
        self.part("train", self.0.split.train.clone())
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

    /// The indices of its samples.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
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
                "{} has {} samples: {start}..{end} lies outside",
                self.name,
                self.len()
            ))),
        }
    }

    /// All its inputs, `[samples, ...]`, as they are where nothing is trained.
    ///
    /// # Errors
    /// A file that cannot be read, or images that are too many to be held as numbers at once.
    pub fn inputs(&self) -> Result<Tensor, DataError> {
        let shape = self.data.sample_shape();
        if self.len().saturating_mul(shape.count()) > MOST_NUMBERS {
            return Err(DataError::Options(format!(
                "{} images of {shape} are too many to be held as numbers at once: take some, such as {}[0..100]",
                count_text(self.len()),
                self.name
            )));
        }
        let mut inputs = Tensor::uninit(shape.with_batch(self.len())?);
        threads::run(|| self.data.fill(&self.indices, Taking::Settled, inputs.data_mut()))?;
        Ok(inputs)
    }

    /// All its targets: class indices `[samples]`, or numbers `[samples, numbers]`.
    ///
    /// # Errors
    /// None for a part that a data set gave.
    pub fn targets(&self) -> Result<Tensor, DataError> {
        match self.data.targets() {
            Targets::Classes { labels, .. } => {
                Ok(Tensor::from_fn(self.len(), |i| labels[self.indices[i]] as f32))
            }
            Targets::Values { values, .. } => Ok(values.gather(&self.indices)?),
        }
    }

    /// The class of the sample at this position, with its name.
    pub fn class_of(&self, position: usize) -> Option<(usize, &str)> {
        match self.data.targets() {
            Targets::Classes { names, labels } => {
                let class = labels[*self.indices.get(position)?];
                Some((class, &names[class]))
            }
            Targets::Values { .. } => None,
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
            Targets::Values { names, .. } => match &names[..] {
                [first, _, _, _, .., last] => write!(f, " · predicts {first} to {last}")?,
                names => write!(f, " · predicts {}", names.join(", "))?,
            },
        }
        let (train, test) = (self.0.split.train.len(), self.0.split.test.len());
        write!(f, " · {} train / {} test", count_text(train), count_text(test))?;
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
