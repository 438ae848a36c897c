//! What the pass of a step shows, as it trained.

use super::counting::units_of;
use super::losses::{in_use, predicted};
use super::places::{Figures, PassedStage, passed, passed_with, places};
use super::recurrent::recurrent;
use super::weights::{Rank, parameters};
use super::{PassFacts, put};
use crate::prepared::{LITTLE, MOST_SAMPLES};
use crate::statistics::{Statistics, rms};
use relume_datasets::{Batch, Batches, Part};
use relume_layers::{FusedStages, Mode, Network, Role, Watch, Workspace};
use relume_training::{PassView, StepView, TrainError, check_pass, pass_bytes};
use std::collections::HashMap;

/// A batch of fewer than so many samples, or than this share of the train part, does not say enough of outputs.
const LEAST_SAMPLES: usize = 32;
const SHARE: usize = 64;
/// Samples for which the gates of recurrent layers are computed.
const RECURRENT_SAMPLES: usize = 16;
/// The most values that a histogram counts.
pub(crate) const MOST_VALUES: usize = 2048;

/// The pass of a step, and how it is looked at.
pub(crate) struct StepPass<'a> {
    pub view: &'a StepView<'a>,
    pub pass: PassView<'a>,
    pub part: &'a Part,
    /// Samples that pass forward beside those of the step, if these do not say enough of outputs.
    pub more: Option<&'a Batch>,
    /// Whether the loss in use is wanted.
    pub is_use_wanted: bool,
}

/// The samples that pass forward for each step that is looked at, where a batch of so many does not say enough: for
/// outputs that differ between samples, or units that are dead for all.
///
/// # Errors
/// Files that cannot be read, or too little memory.
pub(crate) fn more_samples(
    network: &Network,
    part: &Part,
    batch: usize,
) -> Result<Option<Batch>, TrainError> {
    let is_little = pass_bytes(network, MOST_SAMPLES) <= LITTLE;
    let most = if is_little { MOST_SAMPLES } else { batch.clamp(2, MOST_SAMPLES) };
    let samples = (part.len() / SHARE).clamp(LEAST_SAMPLES.min(most), most).min(part.len());
    if batch >= samples {
        return Ok(None);
    }
    check_pass(network, samples)?;
    Ok(Batches::shuffled(part.clone(), samples, 0, 0).next().transpose()?)
}

impl StepPass<'_> {
    /// What it shows. Outputs are those of the step's samples, or of the further ones; gradients and the loss are those
    /// of the step. The loss of outputs that say nothing is left out.
    ///
    /// # Errors
    /// Samples that the network or the loss refuses.
    pub fn facts(&self) -> Result<PassFacts, TrainError> {
        let (StepView { before: network, batch, .. }, PassView { workspace, .. }) =
            (self.view, self.pass);
        let spec = network.spec();
        let fused = workspace.watch().map_or(&[][..], Watch::fused).iter();
        let separated = |own: &FusedStages| Ok((own.place(), own.separated(workspace, network)?));
        let separated: Vec<(usize, Workspace)> =
            fused.map(separated).collect::<Result<_, TrainError>>()?;
        let trained = passed_with(workspace, &separated);
        let own;
        let (stages, samples) = match self.more {
            None => (trained.clone(), *batch),
            Some(more) => {
                own = forward(network, more)?;
                (passed(&own), more)
            }
        };
        let figures = Figures {
            units: units_of(network, &stages)?,
            gradients: self.gradients(&stages, &trained),
            most: MOST_VALUES,
        };
        let outputs = stages.last().map(|own| own.output()).transpose()?;
        Ok(PassFacts {
            samples: samples.samples(),
            counted: samples.samples(),
            input: Statistics::of(&samples.inputs.to_tensor()?),
            loss: self.pass.loss,
            loss_in_use: self.loss_in_use()?,
            loss_of_nothing: None,
            places: places(spec, &stages, figures),
            parameters: parameters(network, workspace, Rank::NearOne, self.pass.factor),
            recurrent: recurrent(spec, &trained, RECURRENT_SAMPLES)?,
            predicted: outputs.map_or_else(Vec::new, |own| predicted(own, self.part, samples)),
        })
    }

    /// The root mean square of the gradient of each stage. The same layer may run several times at one path.
    fn gradients(
        &self,
        stages: &[PassedStage<'_>],
        trained: &[PassedStage<'_>],
    ) -> Vec<Option<f32>> {
        let size = |own: &PassedStage<'_>| own.gradient().map(|own| rms(own) / self.pass.factor);
        if self.more.is_none() {
            return trained.iter().map(size).collect();
        }
        let mut by_path: HashMap<&str, Vec<Option<f32>>> = HashMap::new();
        for own in trained.iter().rev() {
            by_path.entry(&own.watched.path).or_default().push(size(own));
        }
        let mut next = |path: &str| by_path.get_mut(path).and_then(Vec::pop).flatten();
        stages.iter().map(|own| next(&own.watched.path)).collect()
    }

    /// The loss of the step's samples in use; that in training where the network is the same in both.
    fn loss_in_use(&self) -> Result<f32, TrainError> {
        let StepView { before, after, .. } = self.view;
        let has_buffers = before.parameters().iter().any(|(_, own)| own.role == Role::Buffer);
        let is_other = has_buffers || before.rng() != after.rng();
        match self.is_use_wanted && is_other {
            true => Ok(in_use(before, self.view.task, self.view.batch)?.0),
            false => Ok(self.pass.loss),
        }
    }
}

/// Passes samples forward through a clone, as in training.
fn forward(network: &Network, batch: &Batch) -> Result<Workspace, TrainError> {
    // A tape that does not record frees what no later operation reads.
    let mut workspace = Workspace::recording().watching();
    let x = put(&mut workspace, &batch.inputs);
    network.clone().forward(&mut workspace, x, Mode::Training)?;
    Ok(workspace)
}
