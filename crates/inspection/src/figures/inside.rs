//! What comes out of a stage.

use relume_datasets::{Batches, Part};
use relume_layers::{Mode, Watch, Watched, WatchedKind, Workspace};
use relume_tensor::Tensor;
use relume_training::{Model, TrainError, check_pass};

/// Samples that pass at once.
const AT_ONCE: usize = 64;

/// The outputs of one stage.
pub(super) struct Inside {
    /// Its path.
    pub stage: String,
    /// `[samples, ...]`, in inference.
    pub values: Tensor,
}

/// Whether it is a stage of the network itself.
fn is_outer(watched: &Watched) -> bool {
    matches!(watched.kind, WatchedKind::Stage) && !watched.path.contains('.')
}

impl Inside {
    /// The outputs of a stage for samples as the network takes them; without a path those of the last stage but one, or
    /// of the only one. `None` if nothing stands at the path, or if a sample has more than `most` numbers there.
    ///
    /// # Errors
    /// A model without parameters, no samples, or too little memory for a pass.
    pub fn of(
        model: &Model,
        part: &Part,
        stage: Option<&str>,
        most: usize,
    ) -> Result<Option<Self>, TrainError> {
        let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
        if part.is_empty() {
            return Err(TrainError::Empty(part.name().to_string()));
        }
        check_pass(&network, AT_ONCE.min(part.len()))?;
        let mut found: Option<String> = stage.map(str::to_string);
        let mut all = Vec::new();
        let mut workspace = Workspace::inference().watching();
        for batch in Batches::in_order(part.clone(), AT_ONCE) {
            let batch = batch?;
            let x = workspace.tape.constant(batch.inputs.clone());
            network.forward(&mut workspace, x, Mode::Inference)?;
            let seen = workspace.watch().map_or(&[][..], Watch::seen);
            let own = match &found {
                Some(path) => seen.iter().find(|own| own.path == *path),
                None => {
                    let outer: Vec<&Watched> = seen.iter().filter(|own| is_outer(own)).collect();
                    outer.get(outer.len().saturating_sub(2)).copied()
                }
            };
            let Some(own) = own else { return Ok(None) };
            let values = workspace.tape.get(own.output)?;
            if values.shape().tail(1).count() > most {
                return Ok(None);
            }
            all.push(values.clone());
            found = Some(own.path.clone());
            workspace.clear();
        }
        let values = Tensor::concat(&all.iter().collect::<Vec<_>>(), 0)?;
        Ok(found.map(|stage| Inside { stage, values }))
    }

    /// The paths of all stages with the shapes of what comes out for a sample.
    ///
    /// # Errors
    /// A model without parameters, or no samples.
    pub fn stages(model: &Model, part: &Part) -> Result<Vec<(String, Vec<usize>)>, TrainError> {
        let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
        let batch = Batches::in_order(part.slice(0, 1)?, 1).next();
        let batch = batch.ok_or_else(|| TrainError::Empty(part.name().to_string()))??;
        let mut workspace = Workspace::inference().watching();
        let x = workspace.tape.constant(batch.inputs.clone());
        network.forward(&mut workspace, x, Mode::Inference)?;
        let seen = workspace.watch().map_or(&[][..], Watch::seen);
        let stage = |own: &Watched| {
            let values = workspace.tape.get(own.output).ok()?;
            Some((own.path.clone(), values.dims().get(1..).unwrap_or_default().to_vec()))
        };
        Ok(seen.iter().filter_map(stage).collect())
    }
}
