//! A preparation that is learned anew, such as from the train part of each fold of a cross-validation.

use super::Dataset;
use crate::store::{Rows, Store};
use crate::{DataError, Preparation};
use std::fmt;
use std::sync::Arc;

type Learn = dyn Fn(&Dataset, &[usize]) -> Result<Preparation, DataError> + Send + Sync;

/// How the preparation of a data set is learned from some of its samples.
#[derive(Clone)]
pub enum Refit {
    /// Each feature or channel is standardised.
    Standardise,
    /// By a function of the data set and the samples that are trained on.
    By(Arc<Learn>),
}

impl fmt::Debug for Refit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refit::Standardise => "Standardise",
            Refit::By(_) => "By(..)",
        })
    }
}

impl Dataset {
    /// The same data set, whose preparation can be learned anew like this. Without it, a preparation is the same for
    /// all samples, such as a fixed scale.
    #[must_use]
    pub fn with_refit(self, refit: Refit) -> Self {
        self.changed(|contents| contents.refit = Some(refit))
    }

    /// The same data set with the preparation that its own train part gives, and with numbers to predict scaled by it
    /// if they are scaled.
    ///
    /// # Errors
    /// A file that cannot be read, or a column from which nothing can be learned.
    pub fn refitted(&self) -> Result<Dataset, DataError> {
        let train = &self.0.split.train;
        let preparation = match &self.0.refit {
            _ if train.is_empty() => None,
            None => None,
            Some(Refit::Standardise) => Some(self.standardisation(train)?),
            Some(Refit::By(learn)) => Some(learn(self, train)?),
        };
        let data = match preparation {
            // What the new preparation does not know, such as a word, is expected here.
            Some(preparation) => self.prepared_as(Some(&preparation))?.data,
            None => self.clone(),
        };
        match data.target_scaling().is_some() && !train.is_empty() {
            true => data.with_scaled_targets(),
            false => Ok(data),
        }
    }

    /// The same data set, each of whose features or channels is standardised by the train part.
    ///
    /// # Errors
    /// A file that cannot be read; rows of tables and texts, whose preparation is another.
    pub fn standardised(self) -> Result<Dataset, DataError> {
        let preparation = self.standardisation(&self.0.split.train)?;
        Ok(self.prepared(preparation).with_refit(Refit::Standardise))
    }

    /// The rows of its table, if samples are such rows.
    pub fn rows(&self) -> Option<&Rows> {
        match &self.0.inputs {
            Store::Rows(rows, _) => Some(rows),
            _ => None,
        }
    }

    /// Its texts, if samples are texts.
    pub fn texts(&self) -> Option<&[String]> {
        match &self.0.inputs {
            Store::Texts(texts, _) => Some(texts),
            _ => None,
        }
    }

    /// Standardises each feature or channel by some samples; the kind of samples stays as it is.
    fn standardisation(&self, train: &[usize]) -> Result<Preparation, DataError> {
        let mut preparation = match &self.0.inputs {
            Store::Numbers(numbers) => {
                let mut preparation = Preparation::standardising(&numbers.values, train);
                for (feature, values) in numbers.exact.iter() {
                    preparation.standardise(*feature, train.iter().map(|&sample| values[sample]));
                }
                preparation
            }
            Store::Pixels(pixels) => pixels.preparation(true, train)?,
            Store::Recordings(recordings) => {
                let width = recordings.features.width();
                let frames = train.iter().map(|&sample| &recordings.frames[sample]);
                Preparation::of_rows(
                    frames.flat_map(|frames| frames.data().chunks_exact(width.max(1))),
                    width,
                )
            }
            Store::Rows(..) | Store::Texts(..) => {
                let problem = "rows of tables and texts are prepared by their own columns";
                return Err(DataError::Options(problem.to_string()));
            }
        };
        preparation.raw = self.preparation().and_then(|own| own.raw.clone());
        Ok(preparation)
    }
}
