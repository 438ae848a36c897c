//! A model with data as it takes them: what inspection, lint, details and trials begin with.

use crate::Names;
use crate::facts::{DataFacts, PassFacts, Seen, StepFacts};
use relume_datasets::{Batch, Batches, Dataset, Part};
use relume_layers::Network;
use relume_training::{
    Baselines, Model, Plan, Task, TrainError, check_pass, pass_bytes, training_part,
};
use std::cell::OnceCell;
use std::sync::Arc;

/// Samples that pass at once, if that takes little memory: 64 MiB.
pub(crate) const MOST_SAMPLES: usize = 256;
pub(crate) const LITTLE: u64 = 64 << 20;

/// A model that is built for data, the data as it takes them, how it is trained, and the meaning of targets and
/// outputs.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub model: Model,
    pub data: Dataset,
    pub plan: Plan,
    pub task: Task,
}

/// What was found out for rules.
#[derive(Debug)]
pub(crate) struct Found {
    pub samples: Arc<DataFacts>,
    pub baselines: OnceCell<Baselines>,
    pub pass: Option<PassFacts>,
    pub step: Option<StepFacts>,
}

impl Prepared {
    /// A clone of the model, and the data. Without a plan it is the one by which the model was trained last, or would
    /// be trained next.
    ///
    /// # Errors
    /// Data that the model does not take, or a loss that does not fit.
    pub fn of(model: &Model, data: &Dataset, plan: Option<&Plan>) -> Result<Self, TrainError> {
        let mut model = model.clone();
        let data = model.prepare(data)?.data;
        let plan = plan.or(model.run().plan.as_ref()).cloned();
        let plan = plan.unwrap_or_else(|| Plan::next(&model, &data, None));
        let task = Task::new(model.build(data.sample_shape())?, &data, &plan.loss)?;
        Ok(Prepared { model, data, plan, task })
    }

    /// The same for a part of a data set, with that part.
    ///
    /// # Errors
    /// As [`Prepared::of`].
    pub fn of_part(model: &Model, part: &Part) -> Result<(Self, Part), TrainError> {
        let own = Prepared::of(model, part.data(), None)?;
        let part = part.with_data(own.data.clone())?;
        Ok((own, part))
    }

    /// The network.
    ///
    /// # Errors
    /// Never for a model that was built.
    pub fn network(&self) -> Result<&Network, TrainError> {
        self.model.network().ok_or(TrainError::NotBuilt)
    }

    /// How many samples pass at once: as many as were asked for, or 256 if that takes little memory, or those of a
    /// batch in training, which fit into the memory; never fewer than two.
    ///
    /// # Errors
    /// Never for a model that was built.
    pub fn samples(&self, asked: Option<usize>) -> Result<usize, TrainError> {
        let is_little = pass_bytes(self.network()?, MOST_SAMPLES) <= LITTLE;
        let usual = if is_little { MOST_SAMPLES } else { self.plan.batch.min(MOST_SAMPLES) };
        Ok(asked.unwrap_or(usual).max(2))
    }

    /// Some samples of a part, drawn by chance, if there is memory for their pass.
    ///
    /// # Errors
    /// A part without samples, files that cannot be read, or too little memory.
    pub fn batch(&self, part: &Part, samples: usize) -> Result<Batch, TrainError> {
        check_pass(self.network()?, samples.min(part.len()))?;
        let batch = Batches::shuffled(part.clone(), samples, 0, 0).next();
        Ok(batch.ok_or_else(|| TrainError::Empty(part.name().to_string()))??)
    }

    /// What the samples are like: what is known of them already, or what is found out now.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn facts(&self, known: Option<&Arc<DataFacts>>) -> Result<Arc<DataFacts>, TrainError> {
        match known {
            Some(known) => Ok(known.clone()),
            None => Ok(Arc::new(DataFacts::of(&self.data)?)),
        }
    }

    /// What rules look at.
    ///
    /// # Errors
    /// Never for a model that was built.
    pub fn seen<'a>(&'a self, names: &'a Names, found: &'a Found) -> Result<Seen<'a>, TrainError> {
        Ok(Seen {
            network: self.network()?,
            data: &self.data,
            plan: &self.plan,
            train: training_part(&self.data, &self.plan, self.model.seed()),
            run: self.model.run(),
            names,
            samples: &found.samples,
            task: &self.task,
            baselines: &found.baselines,
            pass: found.pass.as_ref(),
            step: found.step.as_ref(),
        })
    }
}
