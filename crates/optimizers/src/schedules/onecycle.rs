//! One cycle: the rate rises to its highest value and falls to almost 0.

use super::{Place, Schedule, half_cosine};
use relume_catalog::{Choice, Spec};

/// The rate rises to its highest value and falls to almost 0, once over the run; momentum does the opposite.
///
/// Changes with every step (batch). The optimizer's rate is the highest one. The momentum, or the first of the betas,
/// changes if the optimizer has one. Smith and Topin, "Super-convergence: very fast training of neural networks using
/// large learning rates", 2018; PyTorch's `OneCycleLR`.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=2 optimizer=adam(lr=0.01) schedule=onecycle(pct_start=0.25)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule, check = Self::consistent)]
pub struct Onecycle {
    /// Part of the run in which the rate rises.
    #[spec(default = 0.3, fraction)]
    pub pct_start: f64,
    /// The curve.
    #[spec(default = Anneal::Cos)]
    pub anneal_strategy: Anneal,
    /// Whether the momentum changes in the opposite direction.
    #[spec(default = true)]
    pub cycle_momentum: bool,
    /// Smallest momentum.
    #[spec(default = 0.85, fraction)]
    pub base_momentum: f64,
    /// Largest momentum.
    #[spec(default = 0.95, fraction)]
    pub max_momentum: f64,
    /// How many times smaller the rate is at the start.
    #[spec(default = 25.0, positive)]
    pub div_factor: f64,
    /// How many times smaller than that it is at the end.
    #[spec(default = 1e4, positive)]
    pub final_div_factor: f64,
    /// Whether there is a third phase, in which the rate first falls as it rose.
    #[spec(default = false)]
    pub three_phase: bool,
}

/// The curve between two rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Anneal {
    /// Half a cosine.
    Cos,
    /// A straight line.
    Linear,
}

impl Onecycle {
    fn consistent(&self) -> Result<(), String> {
        if self.base_momentum > self.max_momentum {
            return Err("base_momentum must not be above max_momentum".to_string());
        }
        match self.max_momentum < 1.0 {
            true => Ok(()),
            false => Err("max_momentum must be below 1".to_string()),
        }
    }
}

impl Onecycle {
    /// The value at a place: `first` at the beginning, `high` at the peak of the cycle, and `last` at the end; with
    /// three phases it is `middle` at the end of the second.
    fn between(&self, place: &Place, [first, high, middle, last]: [f64; 4]) -> f64 {
        let total = place.steps() as f64;
        let rise = self.pct_start * total - 1.0;
        let ends = [(rise, first, high), (2.0 * self.pct_start * total - 2.0, high, middle)];
        let step = place.step() as f64;
        let (mut start, mut phase) = (0.0, None);
        for &(end, from, to) in &ends[..if self.three_phase { 2 } else { 1 }] {
            if step <= end {
                phase = Some((end, from, to));
                break;
            }
            start = end;
        }
        let from = if self.three_phase { middle } else { high };
        let (end, from, to) = phase.unwrap_or((total - 1.0, from, last));
        // A phase of length 0 is over at once.
        let part = if end > start { (step - start) / (end - start) } else { 1.0 };
        match self.anneal_strategy {
            Anneal::Cos => half_cosine(from, to, part),
            Anneal::Linear => (to - from) * part + from,
        }
    }
}

impl Schedule for Onecycle {
    fn has_end(&self) -> bool {
        true
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let first = self.div_factor.recip();
        let last = first / self.final_div_factor;
        self.between(place, [first, 1.0, first, last])
    }

    fn momentum(&self, place: &Place) -> Option<f64> {
        let (base, most) = (self.base_momentum, self.max_momentum);
        self.cycle_momentum.then(|| self.between(place, [most, base, most, most]))
    }
}
