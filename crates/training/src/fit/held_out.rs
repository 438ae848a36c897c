//! The validation part of data that have none, if a run needs one.

use crate::{Model, Observer, Plan, TrainError};
use relume_catalog::count_text;
use relume_datasets::{Dataset, Part};

/// The fraction of the train part that is held out.
const FRACTION: f64 = 0.1;

/// The samples that a run of a model with this seed trains on: those of the train part, without the tenth that is held
/// out where the plan chooses by a validation part and the data have none.
pub fn training_part(data: &Dataset, plan: &Plan, seed: u64) -> Part {
    held(data, plan, seed).as_ref().unwrap_or(data).train()
}

/// The samples that such a run has held out as a validation part; `None` if it has held out none.
pub fn held_out_part(data: &Dataset, plan: &Plan, seed: u64) -> Option<Part> {
    held(data, plan, seed).map(|held| held.validation())
}

/// The data with a tenth of the train part as their validation part.
pub(crate) fn held_out(data: &Dataset, seed: u64) -> Dataset {
    data.holding_out(FRACTION, seed)
}

/// The data with a tenth of the train part as their validation part, if the plan needs one and they have none.
pub(crate) fn held(data: &Dataset, plan: &Plan, seed: u64) -> Option<Dataset> {
    let is_missing = plan.needs_validation() && data.validation().is_empty();
    is_missing.then(|| held_out(data, seed))
}

/// The data with a validation part if the plan needs one: their own, or a tenth of the train part. It is said once,
/// when the plan begins. A train part without samples is refused.
pub(super) fn with_validation(
    data: Dataset,
    plan: &Plan,
    model: &Model,
    observer: &mut dyn Observer,
) -> Result<Dataset, TrainError> {
    if data.train().is_empty() {
        return Err(TrainError::Empty(format!("{}.train", data.name())));
    }
    let Some(held) = held(&data, plan, model.seed()) else { return Ok(data) };
    let run = model.run();
    let is_resumed = run.step > 0 && run.is_within(plan);
    if is_resumed {
        return Ok(held);
    }
    let name = data.name();
    match held.validation().len() {
        0 => observer.warning(&format!(
            "{name} has no validation part, and too few samples to hold any out: the train part decides"
        )),
        count => {
            let all = data.train().len();
            let between = all.saturating_sub(held.train().len() + count);
            let between = match between {
                0 => String::new(),
                between => format!(", and {} over its border left out", count_text(between)),
            };
            observer.remark(&format!(
                "{name} has no validation part: {} of its {} train samples are held out as one{between}; \
                 validation=0.1 where the data are read does so once and for all",
                count_text(count),
                count_text(all)
            ));
        }
    }
    Ok(held)
}
