//! Transcripts as strings of labels, one for each character.

use relume_datasets::{DataError, Split};
use relume_tensor::Indices;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The transcript of a recording, and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    pub text: String,
    /// Its file.
    pub file: Arc<Path>,
    /// Its line there, counted from 1.
    pub line: u64,
}

impl Transcript {
    /// An error in its line.
    pub fn error(&self, problem: String) -> DataError {
        DataError::Line { path: self.file.to_path_buf(), line: self.line, problem }
    }
}

/// The train part's characters in order, and `[transcripts, longest]`: characters counted from 1, since 0 is the blank
/// of ctc, and 0 after the last one.
pub(super) fn spell(
    texts: &[Transcript],
    split: &Split,
) -> Result<(Vec<String>, Indices), DataError> {
    let trained: BTreeSet<char> = split.train.iter().flat_map(|&i| texts[i].text.chars()).collect();
    let characters: Vec<char> = trained.into_iter().collect();
    let longest = texts.iter().map(|text| text.text.chars().count()).max().unwrap_or(0);
    let mut labels = vec![0; texts.len() * longest];
    for (row, text) in labels.chunks_mut(longest.max(1)).zip(texts) {
        for (label, character) in row.iter_mut().zip(text.text.chars()) {
            let index = characters.binary_search(&character).map_err(|_| {
                text.error(format!(
                    "the character {character:?} is not in the train part, so nothing is learned about it"
                ))
            })?;
            *label = index + 1;
        }
    }
    let names = characters.into_iter().map(String::from).collect();
    Ok((names, Indices::vector(&labels)?.reshape([texts.len(), longest])?))
}
