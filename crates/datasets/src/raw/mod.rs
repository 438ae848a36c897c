//! Raw samples: how a picture, a row of a table, a text or a recording becomes numbers. This is kept with the data set
//! and saved with the model, so that a loaded model takes such samples too.

mod cell;
mod date;
mod features;
mod image;
mod row;
mod sound;
mod text;
mod unknown;

pub use cell::{CellForm, compare, is_missing, number, truth};
pub use date::{DATE_PARTS, DateForm, date_parts};
pub use features::{AudioFeatures, FeatureKind};
pub use image::RawImage;
pub(crate) use row::place;
pub use row::{Cell, CellError, Column, RawRow};
pub use sound::RawSound;
pub use text::RawText;

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Steps of a text or frames of a recording, at most.
pub(crate) const LONGEST: usize = 1 << 20;

/// Refuses a number that is out of its range.
pub(crate) fn within<T: PartialOrd + std::fmt::Display>(
    name: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), String> {
    match range.contains(&value) {
        true => Ok(()),
        false => Err(format!("{name} is from {} to {}, not {value}", range.start(), range.end())),
    }
}

/// The kind of raw samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Raw {
    /// A picture by its path.
    Image(RawImage),
    /// A row of a table.
    Row(RawRow),
    /// A text.
    Text(RawText),
    /// A recording by its path.
    Sound(RawSound),
}

impl Raw {
    /// A sample of this kind, with an article.
    pub fn kind(&self) -> &'static str {
        match self {
            Raw::Image(_) => "the path of a picture",
            Raw::Row(_) => "a row of a table",
            Raw::Text(_) => "a text",
            Raw::Sound(_) => "the path of a recording",
        }
    }

    /// Whether a sample is the path of a file.
    pub fn is_file(&self) -> bool {
        matches!(self, Raw::Image(_) | Raw::Sound(_))
    }

    /// Checks sizes and options against the ranges that data sources have for them.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Raw::Image(image) => image.check(),
            Raw::Row(row) => row.check(),
            Raw::Text(text) => text.check(),
            Raw::Sound(sound) => sound.check(),
        }
    }

    /// What many samples are.
    pub fn samples(&self) -> &'static str {
        match self {
            Raw::Image(_) => "images",
            Raw::Row(_) => "rows of a table",
            Raw::Text(_) => "texts",
            Raw::Sound(_) => "recordings",
        }
    }
}
