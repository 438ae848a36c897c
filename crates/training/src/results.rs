//! What a model says of each sample beside what is true.

use crate::predict::{Outputs, pass_batches};
use crate::task::loss_for_data;
use crate::{MetricInput, Model, Task, TrainError};
use relume_datasets::Part;

/// What a model says of the samples of a part, beside what is true, as metrics take it: for classes with the score of
/// each class in double precision. They are prepared as those that it was trained on ([`Model::prepare`]). `goes_on` is
/// called with the number of finished samples, and returns whether to continue.
///
/// # Errors
/// A model without parameters, no samples, samples that do not match it, or [`TrainError::Interrupted`].
pub fn results(
    model: &Model,
    part: &Part,
    goes_on: &(dyn Fn(usize) -> bool + Sync),
) -> Result<MetricInput, TrainError> {
    let network = model.in_use().ok_or(TrainError::NotBuilt)?;
    let (part, _) = model.prepare_part(part)?;
    let loss = model.loss_for(part.data());
    let loss = loss_for_data(&loss, part.data()).into_owned();
    let task = Task::new(&network, part.data(), &loss)?;
    let (mut all, mut done) = (Vec::new(), 0);
    pass_batches(model, Some(&task), &part, |batch, outputs: Outputs| {
        if !goes_on(done) {
            return Err(TrainError::Interrupted);
        }
        done += batch.len();
        all.push(task.results(&outputs.masked, &batch.batch_targets()?)?);
        Ok::<(), TrainError>(())
    })?;
    Ok(MetricInput::concat(all)?)
}
