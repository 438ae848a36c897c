//! Samples as a user has them, a picture's path or a row of a table: what they become is kept with the data set and saved with the
//! model, so that a loaded model takes them too.

mod image;
mod row;
mod sound;
mod text;

pub use image::RawImage;
pub use row::{Cell, Column, RawRow};
pub(crate) use row::{CellError, number};
pub use sound::RawSound;
pub use text::RawText;

use crate::{DataError, Preparation};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// How samples are given.
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
    /// What is given, with an article.
    pub fn kind(&self) -> &'static str {
        match self {
            Raw::Image(_) => "the path of a JPEG or PNG file",
            Raw::Row(_) => "a row of a table",
            Raw::Text(_) => "a text",
            Raw::Sound(_) => "the path of a WAV or FLAC file",
        }
    }
}

/// The input that belongs to a sample as it is given, prepared as the training samples were: `[...]`, without a batch.
///
/// Where no other way is known, a sample is a row of numbers with commas between them.
///
/// # Errors
/// A file that cannot be read or used, or text that holds no numbers where these are wanted.
pub fn sample(preparation: Option<&Preparation>, given: &str) -> Result<Tensor, DataError> {
    match preparation.and_then(|preparation| Some((preparation, preparation.raw.as_ref()?))) {
        Some((preparation, Raw::Image(image))) => image.sample(preparation, given),
        Some((preparation, Raw::Row(row))) => row.sample(preparation, given),
        Some((_, Raw::Text(text))) => Ok(text.sample(given)),
        Some((preparation, Raw::Sound(sound))) => sound.sample(preparation, given),
        None => {
            let mut row = numbers(given)?;
            if let Some(preparation) = preparation {
                preparation.apply(&mut row);
            }
            Ok(row)
        }
    }
}

/// A row of numbers, as it stands in a CSV file.
fn numbers(given: &str) -> Result<Tensor, DataError> {
    let number = |(column, cell): (usize, &str)| {
        let cell = cell.trim();
        number(cell).ok_or_else(|| {
            let column = column + 1;
            DataError::Options(format!("column {column} holds \"{cell}\", which is not a number"))
        })
    };
    let row: Vec<f32> = given.split(',').enumerate().map(number).collect::<Result<_, _>>()?;
    Ok(Tensor::vector(&row))
}
