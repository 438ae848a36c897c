//! Linear warm-up, then decay by the inverse root of the steps.

use super::{Place, Schedule};
use relume_catalog::Spec;

/// The rate rises linearly over some steps, then falls with the inverse root of the steps: for transformers.
///
/// Counts steps (batches), not epochs: factor = min(sqrt(warmup / t), t / warmup) for step t, which is 1 after the
/// warm-up. With d_model it is the paper's d_model^-0.5 min(t^-0.5, t warmup^-1.5), and the optimizer's rate is a
/// factor on that (use lr=1). Vaswani and others, "Attention is all you need", 2017.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=2 schedule=noam(60)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Noam {
    /// Steps over which the rate rises.
    #[spec(default = 4000, positive)]
    pub warmup: u64,
    /// Width of the network, for the scale of the paper; without it the highest rate is the optimizer's.
    #[spec(positive)]
    pub d_model: Option<f64>,
}

impl Schedule for Noam {
    fn after_warmup(&self, place: &Place) -> f64 {
        let (step, warmup) = (place.step() as f64 + 1.0, self.warmup.max(1) as f64);
        let shape = step.powf(-0.5).min(step * warmup.powf(-1.5));
        shape * self.d_model.unwrap_or(warmup.recip()).powf(-0.5)
    }
}
