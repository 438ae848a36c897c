//! Where data come from.

mod csv_file;
mod digits;
mod iris;
mod synthetic;

pub use csv_file::Csv;
pub use digits::Digits;
pub use iris::Iris;
pub use synthetic::{Blobs, Circles, Moons, Sine, Spirals, Xor};

use crate::{DataError, Dataset};
use relume_catalog::{Argument, Type, table};

/// A source of data.
pub trait Source {
    /// Reads or makes the data.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or options that do not go together.
    fn load(&self) -> Result<Dataset, DataError>;
}

table! {
    /// Every source of data.
    pub enum DataSpec: dyn Source { Digits, Iris, Csv, Spirals, Moons, Circles, Blobs, Xor, Sine }
}

const TEST: Argument =
    Argument::new("test", Type::FRACTION, "fraction of the samples that is kept for the test")
        .or_number(0.2);

const SEED: Argument =
    Argument::new("seed", Type::NATURAL, "seed of all random numbers").or_integer(0);
