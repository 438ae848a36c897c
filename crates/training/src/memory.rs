//! The memory that a training takes, told before it begins.

use crate::{Keep, TrainError};
use relume_catalog::count_text;
use relume_layers::Network;
use relume_optimizers::OptimizerSpec;
use relume_optimizers::rules::UpdateKind;
use relume_tensor::{Shape, bytes_text, free_memory};

/// Trainings that take less (64 MiB) are not compared with the memory that there is.
const SMALL: u64 = 64 << 20;

/// Compares what a pass forward and backward takes that keeps what each layer gives and its gradient, for a batch of so
/// many samples, with the memory that there is.
///
/// # Errors
/// There is less.
pub fn check_pass(network: &Network, batch: usize) -> Result<(), TrainError> {
    let gradients = Needs::new(network, None, batch).gradients;
    Needs { gradients, optimizer: 0, activations: pass_bytes(network, batch), batch }.check()
}

/// The bytes of what each layer gives for a batch of so many samples, and of its gradient.
pub fn pass_bytes(network: &Network, batch: usize) -> u64 {
    Needs::new(network, None, batch).activations.saturating_mul(2)
}

/// Compares what trainings keep while they wait for one another, so many bytes together, with the memory that is free.
///
/// # Errors
/// There is less.
pub(crate) fn check_paused(wanted: u64, free: Option<u64>) -> Result<(), TrainError> {
    match free {
        Some(free) if wanted > SMALL && wanted > free => {
            Err(TrainError::Waiting { needs: bytes_text(wanted), free: bytes_text(free) })
        }
        _ => Ok(()),
    }
}

/// What a training takes at least, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The gradients of the trained parameters.
    gradients: u64,
    /// The state of the optimizer.
    optimizer: u64,
    /// What the stages give for a batch: all of it is kept for the backward pass.
    activations: u64,
    /// The samples of a batch.
    batch: usize,
}

impl Needs {
    /// What a network takes with an optimizer that begins, and batches of so many samples.
    pub fn new(network: &Network, optimizer: Option<&OptimizerSpec>, batch: usize) -> Self {
        let bytes = |count: usize| (count as u64).saturating_mul(4);
        let sum = |counts: &mut dyn Iterator<Item = usize>| counts.fold(0, usize::saturating_add);
        let trained =
            || network.parameters().iter().filter(|(_, parameter)| parameter.is_trained());
        let shapes: Vec<Shape> = trained().map(|(_, parameter)| parameter.value.shape()).collect();
        let slots = |&shape: &Shape| match optimizer.map(|spec| spec.inner().update_kind()) {
            Some(UpdateKind::Each(rule)) => {
                sum(&mut rule.slots(shape).iter().map(|(_, slot)| slot.count()))
            }
            Some(UpdateKind::Together(_)) | None => 0,
        };
        let sample = sum(&mut network.shapes().iter().map(|shape| shape.count()));
        Needs {
            gradients: bytes(sum(&mut shapes.iter().map(|shape| shape.count()))),
            optimizer: bytes(sum(&mut shapes.iter().map(slots))),
            activations: bytes(sample.saturating_mul(batch)),
            batch,
        }
    }

    pub fn total(&self) -> u64 {
        self.gradients.saturating_add(self.optimizer).saturating_add(self.activations)
    }

    /// What it keeps at least while it pauses: its weights and the optimizer's state, and those of the best epoch if
    /// they are kept.
    pub fn paused(&self, keep: Keep) -> u64 {
        let state = self.gradients.saturating_add(self.optimizer);
        match keep {
            Keep::Last => state,
            Keep::Best => state.saturating_mul(2),
        }
    }

    /// Compares it with the memory that there is.
    ///
    /// # Errors
    /// There is less.
    pub fn check(&self) -> Result<(), TrainError> {
        let wanted = self.total();
        if wanted <= SMALL {
            return Ok(());
        }
        match free_memory() {
            Some(free) if wanted > free => {
                Err(TrainError::Memory { needs: self.to_string(), free: bytes_text(free) })
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Display for Needs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [total, gradients, optimizer, activations] =
            [self.total(), self.gradients, self.optimizer, self.activations].map(bytes_text);
        write!(
            f,
            "{total} at least ({gradients} for gradients, {optimizer} for the optimizer's state, {activations} for \
             what the layers give for a batch of {})",
            count_text(self.batch)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trainings_that_wait_are_compared_with_the_free_memory() {
        let needs = Needs { gradients: 40 << 20, optimizer: 80 << 20, activations: 7, batch: 1 };
        let (last, best) = (needs.paused(Keep::Last), needs.paused(Keep::Best));
        assert_eq!((last >> 20, best >> 20), (120, 240));
        let refused = check_paused(last * 60, Some(1 << 30)).unwrap_err();
        assert!(refused.to_string().contains("7.5 GB"), "{refused}");
        assert!(refused.help().is_some());
        for (wanted, free) in [(last, Some(1 << 30)), (SMALL, Some(1)), (last * 60, None)] {
            assert!(check_paused(wanted, free).is_ok(), "{wanted}");
        }
    }
}
