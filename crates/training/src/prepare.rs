//! Preparing data for a trained model: its training data decide how any other data are prepared, and how targets are
//! named.

use crate::{Model, TrainError};
use relume_datasets::{
    DataError, Dataset, Part, Preparation, Prepared, Raw, TargetNames, Tolerated,
};
use relume_losses::Targets;
use relume_tensor::Shape;
use std::collections::BTreeMap;

/// How a network takes its inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum InputPreparation {
    /// As data sets prepare them by themselves: it was not trained yet.
    #[default]
    Open,
    /// As raw numbers: it was trained on data without a preparation.
    Unprepared,
    /// Like this.
    Prepared(Preparation),
}

impl InputPreparation {
    /// What is done to raw inputs, where that is known and is not nothing.
    pub fn preparation(&self) -> Option<&Preparation> {
        match self {
            InputPreparation::Prepared(preparation) => Some(preparation),
            InputPreparation::Open | InputPreparation::Unprepared => None,
        }
    }

    /// Whether it is decided.
    pub fn is_decided(&self) -> bool {
        *self != InputPreparation::Open
    }
}

impl From<Option<Preparation>> for InputPreparation {
    /// That of a network that was trained on data with this preparation, or without one.
    fn from(preparation: Option<Preparation>) -> Self {
        preparation.map_or(InputPreparation::Unprepared, InputPreparation::Prepared)
    }
}

impl Model {
    /// The data set with its inputs prepared, and its targets matched by name, like the data that the model was trained
    /// on. A model that was not trained takes data unchanged. Nothing is computed if the data are prepared in this way
    /// already.
    ///
    /// # Errors
    /// What does not match, by name: a column that is missing, samples of another kind, a class that the model was not
    /// trained on.
    pub fn prepare(&self, data: &Dataset) -> Result<Prepared, TrainError> {
        let Prepared { data, remarks } = self.prepare_inputs(data)?;
        let mut data = data.matched_to(self.target_names())?;
        // The loss of a trained model is in its own units, whatever data it meets.
        if !self.numbers.is_empty() && data.target_scaling() != self.target_scaling.as_ref() {
            data = data.with_target_scaling(self.target_scaling.clone());
        }
        Ok(Prepared { data, remarks })
    }

    /// The same for a part of a data set.
    ///
    /// # Errors
    /// As [`Model::prepare`].
    pub fn prepare_part(&self, part: &Part) -> Result<(Part, Vec<String>), TrainError> {
        let Prepared { data, remarks } = self.prepare(part.data())?;
        Ok((part.with_data(data)?, remarks))
    }

    /// The data set with only its inputs prepared, for a prediction.
    ///
    /// A model whose weights came from another network, and that was not trained since, may be built anew for other
    /// samples: then their preparation is not taken, with a remark.
    ///
    /// # Errors
    /// As [`Model::prepare`], except for the targets.
    pub fn prepare_inputs(&self, data: &Dataset) -> Result<Prepared, TrainError> {
        if !self.inputs.is_decided() {
            return Ok(Prepared { data: data.clone(), remarks: Vec::new() });
        }
        let wanted = self.inputs.preparation();
        if !self.has_given_weights() {
            return Ok(data.prepared_as(wanted)?);
        }
        if !self.is_adaptable() {
            return Ok(data.prepared_as(wanted).map_err(or_fresh)?);
        }
        if !data.is_of_kind(wanted) {
            return Ok(self.not_taken(data));
        }
        let prepared = data.prepared_as(wanted).map_err(or_fresh)?;
        match self.goes_on_with(prepared.data.sample_shape()) {
            true => Ok(prepared),
            // The model has taken over the preparation of these very data: that was told before.
            false if wanted.is_some_and(|own| data.preparation_in_use().as_ref() == Some(own)) => {
                Ok(prepared)
            }
            false => Ok(self.not_taken(data)),
        }
    }

    /// The samples of a part without those that this model cannot take, such as a row of a table with a word where it
    /// takes numbers; these with the reason, by their indices in the data set.
    ///
    /// # Errors
    /// Never for a part of a data set that is whole.
    pub fn tolerating(&self, part: &Part) -> Result<(Part, BTreeMap<usize, String>), TrainError> {
        let Tolerated { data, refused } = part.data().tolerating(self.preparation())?;
        let part = part.with_data(data)?;
        Ok((part.without(|sample| refused.contains_key(&sample)), refused))
    }

    /// Data as they prepare themselves, because the preparation that came with the weights is for others.
    fn not_taken(&self, data: &Dataset) -> Prepared {
        let (name, given) = (data.name(), data.sample_shape());
        let shape = self.network.as_ref().map(|network| format!(" of shape {}", network.input()));
        let raw = self.inputs.preparation().and_then(|preparation| preparation.raw.as_ref());
        let trained = raw.map_or("numbers", Raw::samples);
        let remark = format!(
            "{name}: the preparation of the inputs that came with the weights is not taken: it is for {trained}{}, \
             and these are {} of shape {given}",
            shape.unwrap_or_default(),
            data.kind()
        );
        Prepared { data: data.clone(), remarks: vec![remark] }
    }

    /// Whether samples of this shape, once prepared, have the features that the weights were made for: images of
    /// another size and sequences of another length do.
    fn goes_on_with(&self, sample: Shape) -> bool {
        let fits = self.inputs.preparation().is_none_or(|preparation| preparation.fits(sample));
        let Some(own) = self.network.as_ref().map(relume_layers::Network::input) else {
            return fits;
        };
        let same_features = match (&*own, &*sample) {
            ([_, features], [_, others]) => features == others,
            ([channels, _, _, ..], [others, _, _, ..]) => {
                own.rank() == sample.rank() && channels == others
            }
            _ => own == sample,
        };
        fits && same_features
    }

    /// Has the model take its inputs as those of a data set, before it is trained: its words, its vocabulary, its shift
    /// and scale.
    pub fn take_preparation(&mut self, data: &Dataset) {
        self.inputs = data.preparation_in_use().into();
    }

    /// The targets that the model was trained on.
    pub fn target_names(&self) -> TargetNames<'_> {
        let plan = self.run.plan.as_ref();
        let is_ctc =
            plan.is_some_and(|plan| matches!(plan.loss.inner().targets(), Targets::Labels { .. }));
        let labels = &self.labels[..];
        // Strings of labels have any length: their positions have no names.
        let are_strings = is_ctc || !labels.is_empty();
        let numbers = if are_strings { &[] } else { &self.numbers[..] };
        TargetNames { classes: &self.classes, numbers, labels }
    }
}

/// Says how data that the preparation refuses can be trained on all the same.
fn or_fresh(error: DataError) -> DataError {
    match error {
        DataError::Mismatch { data, problem, help } => {
            let fresh = "layers without the weights that came along, as fresh(...) gives them, take any data";
            let help = help.map_or_else(|| fresh.to_string(), |help| format!("{help}; {fresh}"));
            DataError::Mismatch { data, problem, help: Some(help) }
        }
        other => other,
    }
}
