//! The validation part of data that have none, if a run needs one.

use crate::{Model, Observer, Plan, TrainError};
use relume_catalog::count_text;
use relume_datasets::Dataset;

/// The fraction of the train part that is held out.
const FRACTION: f64 = 0.1;

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
    if !plan.needs_validation() || !data.validation().is_empty() {
        return Ok(data);
    }
    let held = data.holding_out(FRACTION, model.seed());
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
        count => observer.remark(&format!(
            "{name} has no validation part: {} of its {} train samples are held out as one; validation=0.1 where the \
             data are read does so once and for all",
            count_text(count),
            count_text(data.train().len())
        )),
    }
    Ok(held)
}
