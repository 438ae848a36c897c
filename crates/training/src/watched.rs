//! What an observer found out about a network while it was trained: figures of every place and every parameter at
//! some of its steps.

use relume_datasets::shortest;
use serde::{Deserialize, Serialize};

/// What was seen at one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WatchRecord {
    /// The epoch of the step, counted from 1 over the model's whole life.
    pub epoch: u64,
    /// The step, counted from 1 over the model's whole life.
    pub step: u64,
    /// Samples over which the outputs of places were looked at.
    pub samples: u64,
    /// The stages and their parts in the order in which they run.
    pub places: Vec<WatchedPlace>,
    /// The trained parameters in their order.
    pub parameters: Vec<WatchedParameter>,
}

/// The outputs of one stage, or of a part of one, before the step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WatchedPlace {
    /// Its path: `2.body.1`.
    pub path: String,
    /// What stands there: `relu`.
    pub stage: String,
    /// The mean of the outputs.
    pub mean: f32,
    /// Their standard deviation.
    pub std: f32,
    /// How much samples differ: the standard deviation over the samples, root mean square over the units, as a share of
    /// the outputs' root mean square.
    pub signal: f32,
    /// The share of units that pass no gradient for any of the samples, from 0 to 1; for activation functions.
    pub dead: Option<f64>,
    /// The share of values within 1 % of the ends of the function's range, from 0 to 1; for activation functions.
    pub flat: Option<f64>,
    /// The root mean square of the loss's gradient with respect to the outputs; `None` if none flows.
    pub gradient: Option<f32>,
    /// How the outputs are distributed; of many values, some are counted.
    pub outputs: Bins,
}

/// One trained parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WatchedParameter {
    /// Its name: `0.weight`.
    pub name: String,
    /// The norm of its gradient in the step, before gradients are clipped; `None` if the optimizer has no single one.
    pub gradient: Option<f64>,
    /// By how much the step changed it: norm(after - before) / norm(before). `None` if it was 0 before.
    pub update: Option<f64>,
    /// How its numbers are distributed before the step; of many, some are counted.
    pub weights: Bins,
    /// How the numbers of its gradient are distributed; of many, some are counted.
    pub gradients: Option<Bins>,
}

/// Counts of values in bins of one width.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// The lower edge of the first bin.
    pub low: f32,
    /// The upper edge of the last bin.
    pub high: f32,
    /// How many values each bin has.
    pub counts: Vec<u64>,
}

impl WatchRecord {
    /// The figures of each place or parameter that have this name, in order; `None` for a name that is none of
    /// [`WatchRecord::FIGURES`]. Those that a place does not have are NaN. Those in single precision are written with
    /// the same digits: 0.1 for the f32 0.1.
    pub fn figure(&self, name: &str) -> Option<Vec<(&str, f64)>> {
        let places = |figure: fn(&WatchedPlace) -> Option<f64>| {
            let own = |place| (WatchedPlace::path(place), figure(place).unwrap_or(f64::NAN));
            Some(self.places.iter().map(own).collect())
        };
        let parameters = |figure: fn(&WatchedParameter) -> Option<f64>| {
            let own = |own: &WatchedParameter| figure(own).unwrap_or(f64::NAN);
            Some(self.parameters.iter().map(|x| (x.name.as_str(), own(x))).collect())
        };
        match name {
            "dead" => places(|place| place.dead),
            "flat" => places(|place| place.flat),
            "signal" => places(|place| Some(shortest(place.signal))),
            "mean" => places(|place| Some(shortest(place.mean))),
            "std" => places(|place| Some(shortest(place.std))),
            "update" => parameters(|own| own.update),
            "gradient" => parameters(|own| own.gradient),
            _ => None,
        }
    }

    /// The names that [`WatchRecord::figure`] knows.
    pub const FIGURES: [&'static str; 7] =
        ["dead", "flat", "signal", "mean", "std", "update", "gradient"];
}

impl WatchedPlace {
    fn path(&self) -> &str {
        &self.path
    }
}
