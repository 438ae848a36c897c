//! A data set prepared like another one, on which a network was trained.

use super::Dataset;
use crate::pixels::Pixels;
use crate::raw::{Cell, RawImage, RawRow, RawText};
use crate::store::{Cells, Encoding, Numbers, RawColumn, RowMismatch, Rows, Store, Windows};
use crate::text::UNKNOWN;
use crate::{AugmentationSpec, DataError, Preparation, Raw};
use relume_catalog::count_text;
use relume_tensor::Shape;
use std::sync::Arc;

/// A data set that was prepared anew.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The data set.
    pub data: Dataset,
    /// Remarks, such as words that the network does not know; a sentence each.
    pub remarks: Vec<String>,
}

/// How many unknown words are named.
const NAMED: usize = 5;

impl Dataset {
    /// The same samples, prepared like those that a network was trained on: with its words and numbers in its order,
    /// its vocabulary, its size of images, its features of recordings, its shift and scale. `None` is for a network
    /// whose inputs were not prepared.
    ///
    /// If they are prepared in this way already, nothing is computed.
    ///
    /// # Errors
    /// Samples of another kind, a column that is missing or has cells of another kind, or a file that cannot be read.
    pub fn prepared_as(&self, wanted: Option<&Preparation>) -> Result<Prepared, DataError> {
        if self.is_prepared_as(wanted) {
            return Ok(Prepared { data: self.clone(), remarks: Vec::new() });
        }
        let mut remarks = Vec::new();
        let raw = wanted.and_then(|wanted| wanted.raw.as_ref());
        let store = match (&self.0.inputs, raw) {
            (Store::Numbers(_) | Store::Rows(..) | Store::Pixels(_), None) => self.0.inputs.clone(),
            (Store::Rows(rows, _), Some(Raw::Row(raw))) => {
                self.encoded(Arc::clone(rows), raw, &mut remarks)?
            }
            (Store::Numbers(numbers), Some(Raw::Row(raw))) => {
                self.encoded(Arc::new(self.columns(numbers, raw)?), raw, &mut remarks)?
            }
            (Store::Pixels(pixels), Some(Raw::Image(raw))) => {
                remarks.extend(self.other_size(pixels, raw));
                self.resized(pixels, raw)
            }
            (Store::Texts(texts, _), Some(Raw::Text(raw))) => {
                let store = Store::texts(Arc::clone(texts), raw);
                remarks.extend(self.unknown_words(texts, raw));
                store
            }
            (Store::Recordings(recordings), Some(Raw::Sound(raw))) => {
                Store::Recordings(recordings.with_features(&raw.features)?)
            }
            (store, raw) => {
                let trained = raw.map_or("plain numbers", Raw::samples);
                let problem =
                    format!("holds {}, but the network was trained on {trained}", store.kind());
                return Err(self.unfit(problem, None));
            }
        };
        let mut data = self.clone().changed(|contents| {
            contents.inputs = store;
            contents.preparation = wanted.cloned();
            if let Some(Preparation { raw: Some(Raw::Row(raw)), .. }) = &contents.preparation {
                contents.features = raw.features();
            }
        });
        if let Some(Raw::Image(raw)) = raw {
            data = data.cut_as(raw)?;
        }
        Ok(Prepared { data, remarks })
    }

    /// What its samples are: `plain numbers`, `rows of a table`, `images`, `texts` or `recordings`.
    pub fn kind(&self) -> &'static str {
        self.0.inputs.kind()
    }

    /// Whether its samples are of the kind that a preparation takes, whatever they hold. `None` is for plain numbers.
    pub fn is_of_kind(&self, wanted: Option<&Preparation>) -> bool {
        let raw = wanted.and_then(|wanted| wanted.raw.as_ref());
        match (&self.0.inputs, raw) {
            (Store::Numbers(_), Some(Raw::Row(raw))) => self.names_of_columns(raw).is_some(),
            (Store::Numbers(_) | Store::Rows(..) | Store::Pixels(_), None)
            | (Store::Rows(..), Some(Raw::Row(_)))
            | (Store::Pixels(_), Some(Raw::Image(_)))
            | (Store::Texts(..), Some(Raw::Text(_)))
            | (Store::Recordings(_), Some(Raw::Sound(_))) => true,
            _ => false,
        }
    }

    /// Whether its samples are prepared like this already.
    fn is_prepared_as(&self, wanted: Option<&Preparation>) -> bool {
        let (own, wanted) = match (self.0.preparation.as_ref(), wanted) {
            (None, None) => return true,
            (Some(own), Some(wanted)) => (own, wanted),
            _ => return false,
        };
        own.is_same_scaling(wanted)
            && match (&own.raw, &wanted.raw) {
                (Some(Raw::Image(own)), Some(Raw::Image(wanted))) => {
                    (own.channels, own.size) == (wanted.channels, wanted.size)
                        && self.image_shape() == Some(wanted.shape())
                }
                (Some(Raw::Sound(own)), Some(Raw::Sound(wanted))) => {
                    (&own.features, own.length) == (&wanted.features, wanted.length)
                }
                (own, wanted) => own == wanted,
            }
    }

    pub(super) fn unfit(&self, problem: String, help: Option<String>) -> DataError {
        DataError::Mismatch { data: self.name().to_string(), problem, help }
    }

    /// Rows, converted as the network's.
    fn encoded(
        &self,
        rows: Arc<Rows>,
        raw: &RawRow,
        remarks: &mut Vec<String>,
    ) -> Result<Store, DataError> {
        let encoding =
            Encoding::new(&rows, raw).map_err(|unfit| unfit.error(self.name(), &rows))?;
        self.check_windows(rows.windows().map(Windows::length), raw.window)?;
        for unknown in &encoding.unknown {
            let words = unknown.words.iter().take(NAMED).map(|(word, count)| match count {
                1 => format!("{word:?}"),
                _ => format!("{word:?} ({} times)", count_text(*count)),
            });
            let words: Vec<String> = words.collect();
            let more = if unknown.words.len() > NAMED { " and others" } else { "" };
            remarks.push(format!(
                "{}: the column \"{}\" holds {}{more}, which the network was not trained on",
                self.name(),
                unknown.column,
                words.join(", ")
            ));
        }
        Ok(Store::Rows(rows, Arc::new(encoding)))
    }

    /// Refuses windows of another length than the network's, and rows where it takes windows.
    fn check_windows(&self, own: Option<usize>, wanted: Option<usize>) -> Result<(), DataError> {
        let what = |rows: Option<usize>| match rows {
            None => "single rows".to_string(),
            Some(rows) => format!("windows of {rows} rows"),
        };
        let help = match wanted {
            _ if own == wanted => return Ok(()),
            None => "leave window= out where the data are read".to_string(),
            Some(rows) => format!("window={rows} makes them where the data are read"),
        };
        let problem =
            format!("holds {}, but the network was trained on {}", what(own), what(wanted));
        Err(self.unfit(problem, Some(help)))
    }

    /// Plain numbers as the columns of a table: by their names, or in the network's order if they have none.
    fn columns(&self, numbers: &Numbers, wanted: &RawRow) -> Result<Rows, DataError> {
        let rows = self.names_of_columns(wanted).map(|names| {
            let column = |(feature, name): (usize, &&str)| RawColumn {
                name: (*name).to_string(),
                cells: Cells::Numbers(Arc::new(numbers.feature(feature))),
            };
            Rows::new(names.iter().enumerate().map(column).collect())
        });
        rows.flatten().ok_or_else(|| {
            let names: Vec<&str> = wanted.columns.iter().map(|own| own.name.as_str()).collect();
            let problem = format!(
                "holds plain numbers, {} for each sample, but the network was trained on the columns {}",
                self.sample_shape(),
                names.join(", ")
            );
            self.unfit(problem, Some("read them from a table with these columns".to_string()))
        })
    }

    /// The names of its plain numbers as columns of a table; none where they are no such columns.
    fn names_of_columns<'a>(&'a self, wanted: &'a RawRow) -> Option<Vec<&'a str>> {
        let own = &self.0.features;
        let are_numbers =
            || wanted.columns.iter().all(|column| matches!(column.cell, Cell::Number { .. }));
        let names: Vec<&str> = match own.is_empty() {
            false => own.iter().map(String::as_str).collect(),
            true => wanted.columns.iter().map(|column| column.name.as_str()).collect(),
        };
        let shape = self.sample_shape();
        let is_row = shape.rank() == 1 && names.len() == shape.count();
        (is_row && (!own.is_empty() || are_numbers())).then_some(names)
    }

    /// What is to be said of images that are not of the wanted size.
    fn other_size(&self, pixels: &Pixels, raw: &RawImage) -> Option<String> {
        let ([_, own_height, own_width], [height, width]) = (pixels.shape(), raw.size);
        ([own_height, own_width] != raw.size).then(|| {
            format!(
                "{}: {} images of {own_height} x {own_width} pixels are brought to {height} x {width}, the network's \
                 size (height x width)",
                self.name(),
                count_text(self.len())
            )
        })
    }

    /// Images in the channels and the size that are wanted.
    fn resized(&self, pixels: &Arc<Pixels>, raw: &RawImage) -> Store {
        let [height, width] = raw.size;
        match pixels.shape() == [raw.channels.count(), height, width] {
            true => Store::Pixels(Arc::clone(pixels)),
            false => Store::Pixels(Arc::new(Pixels::resized(pixels, raw.channels, raw.size))),
        }
    }

    /// Images of the network's shape. If no augmentation of the data set crops them, the network's own crops do.
    fn cut_as(self, raw: &RawImage) -> Result<Self, DataError> {
        let (own, wanted) = (self.sample_shape(), Shape::from(raw.shape()));
        match (own == wanted, self.0.augmentations.is_empty()) {
            (true, _) => Ok(self),
            (false, true) => {
                raw.augmentations.iter().try_for_each(AugmentationSpec::check)?;
                Ok(self.changed(|contents| contents.augmentations.clone_from(&raw.augmentations)))
            }
            (false, false) => {
                let problem = format!(
                    "its augmentations make images of {own}, but the network was trained on images of {wanted}"
                );
                let help = match raw.augmentations.is_empty() {
                    true => "leave out what changes the size".to_string(),
                    false => {
                        let stages: Vec<String> =
                            raw.augmentations.iter().map(ToString::to_string).collect();
                        format!("the network's own were {}", stages.join(" -> "))
                    }
                };
                Err(self.unfit(problem, Some(help)))
            }
        }
    }

    /// The remark on words that are not in a vocabulary.
    fn unknown_words(&self, texts: &[String], raw: &RawText) -> Option<String> {
        let (mut all, mut unknown, mut named) = (0, 0, Vec::<String>::new());
        let mut ids = Vec::new();
        for text in texts {
            ids.clear();
            raw.vocabulary.encode(&raw.tokenizer, text, &mut ids);
            all += ids.len();
            let strange = ids.iter().filter(|&&id| id == UNKNOWN).count();
            unknown += strange;
            if strange > 0 && named.len() < NAMED {
                let tokens = raw.tokenizer.tokens(text);
                for token in tokens.iter().filter(|token| raw.vocabulary.index(token).is_none()) {
                    if named.len() < NAMED && named.iter().all(|own| own != token) {
                        named.push(token.to_string());
                    }
                }
            }
        }
        let share =
            100.0 * unknown as f64 / f64::from(u32::try_from(all.max(1)).unwrap_or(u32::MAX));
        (unknown > 0).then(|| {
            format!(
                "{}: {share:.1} % of its words are not in the network's vocabulary, such as {}",
                self.name(),
                named.join(", ")
            )
        })
    }
}

impl RowMismatch {
    /// As an error of a data set.
    pub(super) fn error(self, data: &str, rows: &Rows) -> DataError {
        let (problem, help) = match self {
            RowMismatch::Missing { column } => {
                let names: Vec<&str> = rows.names().collect();
                (
                    format!("there is no column \"{column}\", which the network was trained on"),
                    format!("its columns are {}", names.join(", ")),
                )
            }
            RowMismatch::Empty { column, row } => (
                format!(
                    "sample {row} has nothing in the column \"{column}\", and the network was trained without empty \
                    cells"
                ),
                "missing=\"drop\" leaves such rows out".to_string(),
            ),
            RowMismatch::Words { column, count } => (
                format!(
                    "the column \"{column}\" has {} different values, more than f32 can tell apart beside other \
                    columns",
                    count_text(count)
                ),
                "leave columns that are not in index out, so that all are whole numbers"
                    .to_string(),
            ),
            RowMismatch::Word { column, word } => (
                format!(
                    "the column \"{column}\" holds {word:?}, but the network was trained on numbers there"
                ),
                format!("is \"{column}\" the same column as in the data that it was trained on?"),
            ),
        };
        DataError::Mismatch { data: data.to_string(), problem, help: Some(help) }
    }
}
