//! Joined recordings: strings of spoken words made of single ones.

use relume_datasets::{DataError, Split};
use relume_tensor::{Indices, Rng, Stream};

/// Strings of recordings, with the labels of each.
pub(crate) struct Joined {
    /// The recordings of each string.
    pub strings: Vec<Vec<usize>>,
    /// `[strings, most]`: classes counted from 1, since 0 is the blank of ctc, and 0 after the last one too.
    pub labels: Indices,
    /// The strings of each part.
    pub parts: Split,
}

/// Joins `fewest` to `most` recordings, drawn from one part, into each string. Each part has as many strings as it had
/// recordings.
pub(crate) fn join(
    classes: &[usize],
    split: &Split,
    [fewest, most]: [usize; 2],
    seed: u64,
) -> Result<Joined, DataError> {
    let mut rng = Rng::stream(seed, Stream::JoinedRecordings);
    let mut strings = Vec::with_capacity(classes.len());
    let mut labels = Vec::with_capacity(classes.len() * most);
    for part in [&split.train, &split.validation, &split.test] {
        for _ in part {
            let count = fewest + rng.below(most - fewest + 1);
            let own: Vec<usize> = (0..count).map(|_| part[rng.below(part.len())]).collect();
            labels.extend(own.iter().map(|&i| classes[i] + 1));
            labels.extend(std::iter::repeat_n(0, most - count));
            strings.push(own);
        }
    }
    let trained = split.train.len();
    let held = trained + split.validation.len();
    let parts = Split {
        train: (0..trained).collect(),
        validation: (trained..held).collect(),
        test: (held..strings.len()).collect(),
    };
    let labels = Indices::vector(&labels)?.reshape([strings.len(), most])?;
    Ok(Joined { labels, strings, parts })
}
