//! The rate rises to its full size and falls to almost nothing, once over the run.

use super::{Place, Schedule, half_cosine};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};

/// The rate rises to its full size and falls to almost nothing, once over the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Onecycle {
    /// The part of the run in which the rate rises.
    pub pct_start: f64,
    /// Along which curve.
    pub anneal_strategy: Anneal,
    /// Whether the momentum falls while the rate rises, and rises while it falls.
    pub cycle_momentum: bool,
    /// The smallest momentum.
    pub base_momentum: f64,
    /// The largest momentum.
    pub max_momentum: f64,
    /// How many times smaller the rate is at first.
    pub div_factor: f64,
    /// How many times smaller than that it is in the end.
    pub final_div_factor: f64,
    /// Whether the rate first falls as it rose, and to its end after that.
    pub three_phase: bool,
}

/// The curve between two rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Anneal {
    /// Half a cosine.
    Cos,
    /// A straight line.
    Linear,
}

impl Described for Onecycle {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "onecycle",
        aliases: &[],
        summary: "the rate rises to its full size and falls to almost nothing, once over the run; momentum the other way",
        details: "Changes with every step (batch). The optimizer's rate is the highest one. The momentum, or the first of the betas, is changed where the optimizer has one. Smith and Topin, \"Super-convergence: very fast training of neural networks using large learning rates\", 2018; PyTorch's `OneCycleLR`.",
        arguments: &[
            Argument::new("pct_start", Type::FRACTION, "part of the run in which the rate rises")
                .or_number(0.3),
            Argument::new("anneal_strategy", Type::Choice(&["cos", "linear"]), "along which curve")
                .or_text("cos"),
            Argument::new(
                "cycle_momentum",
                Type::Boolean,
                "whether the momentum goes the other way",
            )
            .or_boolean(true),
            Argument::new("base_momentum", Type::FRACTION, "smallest momentum").or_number(0.85),
            Argument::new("max_momentum", Type::FRACTION, "largest momentum").or_number(0.95),
            Argument::new(
                "div_factor",
                Type::POSITIVE,
                "how many times smaller the rate is at first",
            )
            .or_number(25.0),
            Argument::new(
                "final_div_factor",
                Type::POSITIVE,
                "how many times smaller than that it is in the end",
            )
            .or_number(1e4),
            Argument::new("three_phase", Type::Boolean, "whether the rate first falls as it rose")
                .or_boolean(false),
        ],
        example: "train net on digits epochs=2 optimizer=adam(lr=0.01) schedule=onecycle(pct_start=0.25)",
    };

    fn validate(&self) -> Result<(), String> {
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
    /// What a quantity is at a place if it is `first` at the beginning, `high` at the height of the cycle, and `last` in the end; with three
    /// phases it is `middle` where the second one ends.
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
        // A phase of no length is over at once.
        let part = if end > start { (step - start) / (end - start) } else { 1.0 };
        match self.anneal_strategy {
            Anneal::Cos => half_cosine(from, to, part),
            Anneal::Linear => (to - from) * part + from,
        }
    }
}

impl Schedule for Onecycle {
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
