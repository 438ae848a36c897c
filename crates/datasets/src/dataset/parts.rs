//! The parts of a data set, and how further ones are drawn.

use super::{Dataset, Part};
use crate::{DataError, Drawing, Grouping, Split};
use relume_catalog::count_text;
use std::sync::Arc;

impl Dataset {
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
