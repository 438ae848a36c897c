//! Distributions over time, one strip for each place: fastai's "colourful dimension".
//!
//! Time runs to the right, values upwards, and a cell is the darker the more values it has.

mod picture;
mod terminal;

use relume_training::{Bins, WatchRecord, WatchedPlace};
use serde::Serialize;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchedValues {
    /// The outputs of every place.
    Outputs,
    /// The numbers of every trained parameter.
    Weights,
    /// Their gradients.
    Gradients,
}

impl WatchedValues {
    /// All of them.
    pub const ALL: [WatchedValues; 3] =
        [WatchedValues::Outputs, WatchedValues::Weights, WatchedValues::Gradients];

    /// Its name: `outputs`.
    pub fn name(self) -> &'static str {
        match self {
            WatchedValues::Outputs => "outputs",
            WatchedValues::Weights => "weights",
            WatchedValues::Gradients => "gradients",
        }
    }

    /// The distributions of a record, with what each is called.
    pub fn of(self, record: &WatchRecord) -> Vec<(String, &Bins)> {
        let parameters = record.parameters.iter();
        match self {
            WatchedValues::Outputs => {
                let named = |own: &WatchedPlace| match own.stage.is_empty() {
                    true => own.path.clone(),
                    false => format!("{} {}", own.path, own.stage),
                };
                record.places.iter().map(|own| (named(own), &own.outputs)).collect()
            }
            WatchedValues::Weights => {
                parameters.map(|own| (own.name.clone(), &own.weights)).collect()
            }
            WatchedValues::Gradients => parameters
                .filter_map(|own| Some((own.name.clone(), own.gradients.as_ref()?)))
                .collect(),
        }
    }
}

/// Strips of one time axis.
#[derive(Clone, Debug, Serialize)]
pub struct Strips {
    /// The title.
    pub title: String,
    /// The label of the time axis.
    pub x_label: &'static str,
    /// The places on it, from left to right.
    pub times: Vec<f64>,
    /// The strips, from top to bottom.
    pub strips: Vec<Strip>,
}

/// One strip.
#[derive(Clone, Debug, Serialize)]
pub struct Strip {
    /// What it is of.
    pub name: String,
    /// The smallest value at any time.
    pub low: f64,
    /// The largest value at any time.
    pub high: f64,
    /// The distribution at each time; `None` where there is none.
    pub bins: Vec<Option<Bins>>,
}

/// Where watched steps stand on an axis, and its label: their epochs if no two are of the same one, or else their
/// steps.
pub fn watched_times(watched: &[WatchRecord]) -> (&'static str, Vec<f64>) {
    let is_apart = watched.windows(2).all(|pair| pair[0].epoch < pair[1].epoch);
    match is_apart {
        true => ("epoch", watched.iter().map(|own| own.epoch as f64).collect()),
        false => ("step", watched.iter().map(|own| own.step as f64).collect()),
    }
}

impl Strips {
    /// The strips of what was watched; `None` if there is nothing to draw.
    pub fn of(
        title: impl Into<String>,
        watched: &[WatchRecord],
        values: WatchedValues,
    ) -> Option<Self> {
        let (x_label, times) = watched_times(watched);
        let mut strips: Vec<Strip> = Vec::new();
        for (time, record) in watched.iter().enumerate() {
            for (name, bins) in values.of(record) {
                let strip = match strips.iter_mut().find(|own| own.name == name) {
                    Some(own) => own,
                    None => {
                        let bins = vec![None; watched.len()];
                        let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
                        strips.push(Strip { name, low, high, bins });
                        let Some(own) = strips.last_mut() else { continue };
                        own
                    }
                };
                strip.low = strip.low.min(bins.low.into());
                strip.high = strip.high.max(bins.high.into());
                strip.bins[time] = Some(bins.clone());
            }
        }
        strips.retain(|own| own.low < own.high);
        (!strips.is_empty()).then(|| Strips { title: title.into(), x_label, times, strips })
    }
}

impl Strip {
    /// The shade of each cell, from 0 to `levels`: `columns` lists of `rows`, the lowest values first. Times that share
    /// a column are added up; one that has several columns fills them all.
    fn shades(&self, columns: usize, rows: usize, levels: usize) -> Vec<Vec<usize>> {
        let times = self.bins.len().max(1);
        let column = |column: usize| {
            let first = column * times / columns;
            let last = ((column + 1) * times / columns).max(first + 1).min(times);
            let mut cells = vec![0.0; rows];
            for bins in self.bins[first.min(last)..last].iter().flatten() {
                self.add(bins, &mut cells);
            }
            cells
        };
        let all: Vec<Vec<f64>> = (0..columns).map(column).collect();
        let most = all.iter().flatten().fold(0.0f64, |most, &x| most.max(x));
        // With the square root, few values are seen beside many.
        let shade = |count: &f64| match *count {
            count if count < 0.5 => 0,
            count => (((count / most).sqrt() * levels as f64).ceil() as usize).clamp(1, levels),
        };
        all.iter().map(|own| own.iter().map(shade).collect()).collect()
    }

    /// Adds the counts of bins to cells of equal height over the whole range, in shares of what overlaps.
    fn add(&self, bins: &Bins, cells: &mut [f64]) {
        let height = (self.high - self.low) / cells.len() as f64;
        let width = (f64::from(bins.high) - f64::from(bins.low)) / bins.counts.len().max(1) as f64;
        if !(width > 0.0 && width.is_finite() && height > 0.0 && height.is_finite()) {
            return;
        }
        for (at, &count) in bins.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let from = (f64::from(bins.low) + at as f64 * width - self.low) / height;
            let to = from + width / height;
            let last = (to.ceil().max(1.0) as usize).min(cells.len());
            for (cell, own) in cells.iter_mut().enumerate().take(last).skip(from as usize) {
                let overlap = to.min((cell + 1) as f64) - from.max(cell as f64);
                *own += count as f64 * (overlap / (to - from)).max(0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn record(epoch: u64, low: f32, high: f32, counts: &[u64]) -> WatchRecord {
        let outputs = Bins { low, high, counts: counts.to_vec() };
        let place =
            WatchedPlace { path: "1".into(), stage: "a<b".into(), outputs, ..Default::default() };
        WatchRecord { epoch, step: epoch * 10, places: vec![place], ..Default::default() }
    }

    #[test]
    fn bins_of_each_time_are_put_on_one_scale_and_none_is_lost() {
        let watched = [record(1, 0.0, 2.0, &[4, 4]), record(2, -2.0, 2.0, &[1, 0, 0, 7])];
        let strips = Strips::of("net", &watched, WatchedValues::Outputs).unwrap();
        let strip = &strips.strips[0];
        assert_eq!((strip.low, strip.high), (-2.0, 2.0));
        let mut cells = [0.0; 8];
        strip.add(strip.bins[0].as_ref().unwrap(), &mut cells);
        assert_eq!(cells, [0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0]);
        let mut cells = [0.0; 2];
        strip.add(strip.bins[1].as_ref().unwrap(), &mut cells);
        assert_eq!(cells, [1.0, 7.0]);
    }

    #[test]
    fn steps_of_one_epoch_stand_at_their_numbers() {
        let mut watched = [record(1, 0.0, 1.0, &[1]), record(1, 0.0, 1.0, &[1])];
        watched[1].step = 20;
        assert_eq!(watched_times(&watched), ("step", vec![10.0, 20.0]));
    }
}
