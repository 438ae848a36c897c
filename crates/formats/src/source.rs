//! Where data come from.

use crate::{
    Blobs, Cifar, Circles, Csv, Digits, Idx, Images, Iris, LibriSpeech, Moons, Numpy, Sine, Sounds,
    Spirals, Texts, Xor,
};
use relume_catalog::{Argument, Type, table};
use relume_datasets::{DataError, Dataset};

/// A source of data.
pub trait Source {
    /// Reads or makes the data.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or options that do not go together.
    fn load(&self) -> Result<Dataset, DataError>;

    /// Like [`Source::load`], with somebody who watches and may ask to stop, where there is much to read.
    ///
    /// # Errors
    /// Those of [`Source::load`], or [`DataError::Interrupted`].
    fn load_watched(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let _ = reader;
        self.load()
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

/// Somebody who waits for data that are being read.
pub trait Reader: Sync {
    /// So much of all is read.
    fn progress(&self, read: usize, all: usize, of: Amount) {
        let _ = (read, all, of);
    }

    /// Whether to stop reading.
    fn is_impatient(&self) -> bool {
        false
    }
}

/// Nobody watches, and nobody asks to stop.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Reader for Unwatched {}

table! {
    /// Every source of data.
    pub enum DataSpec: dyn Source { Digits, Iris, Csv, Numpy, Images, Texts, Sounds, LibriSpeech, Idx, Cifar, Spirals, Moons, Circles, Blobs, Xor, Sine }
}

pub(crate) const TEST: Argument =
    Argument::new("test", Type::FRACTION, "fraction of the samples that is kept for the test")
        .or_number(0.2);

pub(crate) const SEED: Argument =
    Argument::new("seed", Type::NATURAL, "seed of all random numbers").or_integer(0);
