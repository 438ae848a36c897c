//! What each rank does by itself before the ranks go on together.

use super::failure::Failure;
use crate::group::Group;
use crate::{Interrupt, TrainError};
use relume_datasets::Dataset;
use relume_tensor::interrupt::cancellable;

/// What is made on each rank, beside a number that must be the same on all of them.
///
/// # Errors
/// Those of making it, on this rank or on another; ranks with other numbers, which have other data or settings; a rank
/// that is gone or that failed.
pub(crate) fn agreed<T>(
    group: &Group,
    what: &str,
    make: impl FnOnce() -> Result<(T, u64), TrainError>,
) -> Result<T, TrainError> {
    if !group.is_several() {
        return make().map(|(value, _)| value);
    }
    let own = Group::default().within(make);
    let said = own.as_ref().map(|(_, mark)| *mark).map_err(Failure::of);
    let all = group.gather(what, said)?;
    let (value, _) = own?;
    let marks = all.into_iter().map(|said| said.map_err(Failure::into_error));
    let marks = marks.collect::<Result<Vec<u64>, TrainError>>()?;
    match marks.iter().position(|mark| Some(mark) != marks.first()) {
        Some(rank) => Err(TrainError::Setting(format!(
            "rank {rank} does not have the data and settings of rank 0: every rank must read the same files"
        ))),
        None => Ok(value),
    }
}

/// A number by which ranks tell whether they have the same data; of files that are read as they are needed, without the
/// samples. One process needs none.
pub(crate) fn mark(
    group: &Group,
    data: &Dataset,
    interrupt: &Interrupt,
) -> Result<u64, TrainError> {
    match (group.is_several(), data.is_slow()) {
        (false, _) => Ok(0),
        (true, true) => Ok(data.outline_fingerprint()),
        (true, false) => Ok(cancellable(interrupt, || data.fingerprint())??),
    }
}
