//! Data for a network: prepared as those that it was trained on, with a remark on what it does not know.

use crate::syntax::Span;
use crate::{Failure, Session, Value};
use relume_datasets::{Dataset, Part, Prepared};
use relume_training::{Model, TrainError};

impl Session {
    /// A data set as a network takes it.
    pub(crate) fn data_for(
        &mut self,
        model: &Model,
        data: &Dataset,
        span: Span,
    ) -> Result<Dataset, Failure> {
        let prepared = model.prepare(data);
        self.remarked(model, prepared, span)
    }

    /// A part of a data set as a network takes it.
    pub(crate) fn part_for(
        &mut self,
        model: &Model,
        part: &Part,
        span: Span,
    ) -> Result<Part, Failure> {
        let data = self.data_for(model, part.data(), span)?;
        part.with_data(data).map_err(|error| Failure::data(&error, span))
    }

    /// Samples to which a network is applied: their targets may be anything. A value that is not part of a data set is
    /// prepared already.
    pub(crate) fn inputs_for(
        &mut self,
        model: &Model,
        value: Value,
        span: Span,
    ) -> Result<Value, Failure> {
        let failed = |error| Failure::data(&error, span);
        match value {
            Value::Data(data) => {
                let prepared = model.prepare_inputs(&data);
                Ok(Value::Data(self.remarked(model, prepared, span)?))
            }
            Value::Part(part) => Ok(Value::Part(self.part_of_inputs(model, &part, span)?)),
            Value::Sample(_, part) => {
                let prepared = model.prepare_inputs(part.data());
                let data = self.remarked(model, prepared, span)?;
                let part = part.with_data(data).map_err(failed)?;
                let inputs = part.inputs().map_err(failed)?;
                let input = inputs.at(0).map_err(|error| Failure::tensor(&error, span))?;
                Ok(Value::Sample(input, part))
            }
            other => Ok(other),
        }
    }

    /// A part of a data set whose targets may be anything, as a network takes it.
    pub(crate) fn part_of_inputs(
        &mut self,
        model: &Model,
        part: &Part,
        span: Span,
    ) -> Result<Part, Failure> {
        let prepared = model.prepare_inputs(part.data());
        let data = self.remarked(model, prepared, span)?;
        part.with_data(data).map_err(|error| Failure::data(&error, span))
    }

    fn remarked(
        &mut self,
        model: &Model,
        prepared: Result<Prepared, TrainError>,
        span: Span,
    ) -> Result<Dataset, Failure> {
        let Prepared { data, remarks } =
            prepared.map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
        remarks.iter().for_each(|remark| self.output.remark(remark));
        Ok(data)
    }
}
