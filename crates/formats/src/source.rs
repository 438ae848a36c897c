//! The sources of data.

use crate::{
    Blobs, Cifar, Circles, Csv, Digits, Idx, Images, Iris, LibriSpeech, Libsvm, Moons, Numpy, Sine,
    Sounds, Spirals, Tagged, Texts, Xor,
};
use relume_catalog::{Described, table};
use relume_datasets::{DataError, Dataset};

/// A source of data.
pub trait Source {
    /// Reads or makes the data.
    ///
    /// # Errors
    /// An option that is out of range, options that contradict each other, or a file that cannot be read or understood.
    fn load(&self) -> Result<Dataset, DataError> {
        self.load_watched(&Unwatched)
    }

    /// Like [`Source::load`], with an observer that sees the progress and may ask to stop, if there is much to read.
    ///
    /// # Errors
    /// Those of [`Source::load`], or [`DataError::Interrupted`].
    fn load_watched(&self, reader: &dyn Reader) -> Result<Dataset, DataError>;
}

/// What each source implements. [`Source`] follows from it, so that no source is loaded before its options are checked.
pub trait Load: Described {
    /// Reads or makes the data. The options have been checked.
    ///
    /// # Errors
    /// A file that cannot be read or understood, options that do not match it, or [`DataError::Interrupted`].
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError>;
}

impl<T: Load> Source for T {
    fn load_watched(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        self.check()?;
        self.load_checked(reader)
    }
}

/// What is counted while data are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Whole files.
    Files,
    /// Bytes of one file.
    Bytes,
}

/// An observer of data that are being read.
pub trait Reader: Sync {
    /// `read` of `all` files or bytes have been read.
    fn progress(&self, read: usize, all: usize, of: Amount) {
        let _ = (read, all, of);
    }

    /// Whether to stop reading.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// An observer that ignores all progress and never asks to stop.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Reader for Unwatched {}

table! {
    /// Every source of data.
    pub enum DataSpec: dyn Source as Data {
        Digits, Iris, Csv, Libsvm, Numpy, Images, Texts, Tagged, Sounds, LibriSpeech, Idx, Cifar,
        Spirals, Moons, Circles, Blobs, Xor, Sine
    }
}
