//! Whether all ranks are about to train the same.

use crate::group::{Group, GroupError};
use crate::{Model, Plan, RunStart, TrainError};
use relume_datasets::Dataset;

/// Refuses a training that is not the same on all ranks, on all of them, and says how they differ.
///
/// The contents of data in memory are compared; of files that are read as they are needed, their targets and numbers.
pub(super) fn agree(
    group: &Group,
    model: &Model,
    data: &Dataset,
    plan: &Plan,
) -> Result<(), TrainError> {
    if !group.is_several() {
        return Ok(());
    }
    let own = match data.is_slow() {
        true => RunStart::outline(model, data, plan),
        false => RunStart::of(model, data, plan)?,
    };
    let text =
        serde_json::to_string(&own).map_err(|error| TrainError::Setting(error.to_string()))?;
    let all = group.gather("the start of a training", text)?;
    let read = |text: &String| {
        serde_json::from_str::<RunStart>(text)
            .map_err(|error| GroupError::Message(error.to_string()))
    };
    let first = read(&all[0])?;
    for (rank, text) in all.iter().enumerate().skip(1) {
        let differences = first.differences(&read(text)?, false);
        if !differences.is_empty() {
            return Err(TrainError::RanksDiffer { rank, differences: differences.join("; ") });
        }
    }
    Ok(())
}
