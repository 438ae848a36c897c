//! Data as a model takes them: what it was trained on decides how any other data are prepared, and what their targets are called.

use crate::{Model, TrainError};
use relume_datasets::{Dataset, Part, Prepared, Raw, TargetNames};
use relume_losses::Targets;

impl Model {
    /// The data set with its inputs prepared, and its targets matched by name, like the data that the model was trained on. A model
    /// that was not trained takes data as they are. Nothing is computed where data are like these already.
    ///
    /// # Errors
    /// What does not fit, by name: a column that is missing, samples of another kind, a class that the model was not trained on.
    pub fn prepare(&self, data: &Dataset) -> Result<Prepared, TrainError> {
        let Prepared { data, remarks } = self.prepare_inputs(data)?;
        Ok(Prepared { data: data.matched_to(self.target_names())?, remarks })
    }

    /// The same for a part of a data set.
    ///
    /// # Errors
    /// As [`Model::prepare`].
    pub fn prepare_part(&self, part: &Part) -> Result<(Part, Vec<String>), TrainError> {
        let Prepared { data, remarks } = self.prepare(part.data())?;
        Ok((part.with_data(data)?, remarks))
    }

    /// The data set with its inputs prepared alone, as a prediction needs them.
    ///
    /// # Errors
    /// As [`Model::prepare`], targets aside.
    pub fn prepare_inputs(&self, data: &Dataset) -> Result<Prepared, TrainError> {
        match self.run.plan.is_some() || self.preparation.is_some() {
            true => Ok(data.prepared_as(self.preparation.as_ref())?),
            false => Ok(Prepared { data: data.clone(), remarks: Vec::new() }),
        }
    }

    /// Has the model take its inputs as those of a data set, before it is trained: its words, its vocabulary, its shift and scale.
    pub fn take_preparation(&mut self, data: &Dataset) {
        self.preparation = data.preparation_in_use();
    }

    /// What the model was trained to predict.
    pub fn target_names(&self) -> TargetNames<'_> {
        let plan = self.run.plan.as_ref();
        let is_ctc =
            plan.is_some_and(|plan| matches!(plan.loss.inner().targets(), Targets::Labels { .. }));
        let labels = match self.preparation.as_ref().and_then(|own| own.raw.as_ref()) {
            Some(Raw::Sound(sound)) => &sound.labels[..],
            _ => &[],
        };
        // Strings of labels are of any length: their places have no names.
        let are_strings = is_ctc || !labels.is_empty();
        let numbers = if are_strings { &[] } else { &self.numbers[..] };
        TargetNames { classes: &self.classes, numbers, labels }
    }
}
