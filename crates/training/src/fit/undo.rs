//! Going back to the beginning of a step that was cancelled within.

use super::Fit;
use crate::TrainError;
use relume_layers::{ParameterId, Role};
use relume_tensor::Rng;

/// What the passes of a step change before its update: the generator of random layers, buffers such as running means,
/// and the counts of the run.
#[derive(Default)]
pub(super) struct BetweenSteps {
    rng: Option<Rng>,
    /// The numbers of the buffers. They are kept from step to step, so that a step allocates nothing.
    buffers: Vec<(ParameterId, Vec<f32>)>,
    batch: u64,
    sums: [f64; 3],
}

impl Fit<'_> {
    /// Remembers this place between two steps.
    pub(super) fn mark_step(&mut self) -> Result<(), TrainError> {
        let network = self.model.network().ok_or(TrainError::NotBuilt)?;
        let BetweenSteps { rng, buffers, batch, sums } = &mut self.between;
        *rng = Some(network.rng().clone());
        let own = network.parameters().iter().filter(|(_, own)| own.role == Role::Buffer);
        match buffers.is_empty() {
            true => buffers.extend(own.map(|(id, own)| (id, own.value.data().to_vec()))),
            false => {
                for ((_, kept), (_, own)) in buffers.iter_mut().zip(own) {
                    kept.copy_from_slice(own.value.data());
                }
            }
        }
        (*batch, *sums) = (self.model.run.batch, self.model.run.sums);
        Ok(())
    }

    /// Goes back to the place that was remembered.
    pub(super) fn back_to_step(&mut self) -> Result<(), TrainError> {
        self.updater.forget();
        let network = self.model.network.as_mut().ok_or(TrainError::NotBuilt)?;
        let BetweenSteps { rng, buffers, batch, sums } = &self.between;
        if let Some(rng) = rng {
            network.set_rng(rng.clone());
        }
        for (id, kept) in buffers {
            let own = &mut network.parameters_mut().get_mut(*id).value;
            // One that is stored in half precision, and was not changed, stays so.
            if own.data() != kept {
                own.data_mut().copy_from_slice(kept);
            }
        }
        (self.model.run.batch, self.model.run.sums) = (*batch, *sums);
        Ok(())
    }
}
