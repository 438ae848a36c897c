//! What was watched, as series of a file's record, and back.
//!
//! A place or a parameter has one series, with several points for each watched step: the step beside each number, in
//! the order in which [`place`] and [`parameter`] write them.

use crate::{Bins, WatchRecord, WatchedParameter, WatchedPlace};
use relume_serialization::Series;
use std::collections::BTreeMap;

/// What stands before the path and the stage of a place, or the name of a parameter.
const PLACE: &str = "watch.place|";
const PARAMETER: &str = "watch.parameter|";
/// Whole numbers up to here are exact.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// The series of all places, and those of all parameters, in the order in which they are first seen.
pub(super) fn series(watched: &[WatchRecord]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    let mut add = |name: String, record: &WatchRecord, numbers: Vec<f64>| {
        let head = [record.epoch as f64, record.samples as f64];
        let points = head.into_iter().chain(numbers).map(|x| (record.step, x));
        match all.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.extend(points),
            None => all.push(Series { name, points: points.collect() }),
        }
    };
    for record in watched {
        for own in &record.places {
            add(format!("{PLACE}{}|{}", own.path, own.stage), record, place(own));
        }
        for own in &record.parameters {
            add(format!("{PARAMETER}{}", own.name), record, parameter(own));
        }
    }
    all
}

/// A number that may be missing.
fn some(x: Option<f64>) -> f64 {
    x.unwrap_or(f64::NAN)
}

fn place(own: &WatchedPlace) -> Vec<f64> {
    let moments = [own.mean, own.std, own.signal].map(f64::from);
    let figures = [own.dead, own.flat, own.gradient.map(f64::from)].map(some);
    moments.into_iter().chain(figures).chain(bins(&own.outputs)).collect()
}

fn parameter(own: &WatchedParameter) -> Vec<f64> {
    let gradients = own.gradients.iter().flat_map(bins);
    let figures = [some(own.gradient), some(own.update)];
    figures.into_iter().chain(bins(&own.weights)).chain(gradients).collect()
}

/// The two ends, how many counts there are, and the counts.
fn bins(own: &Bins) -> Vec<f64> {
    let head = [own.low.into(), own.high.into(), own.counts.len() as f64];
    head.into_iter().chain(own.counts.iter().map(|&count| count as f64)).collect()
}

/// What was watched, of all series of a record.
pub(super) fn records(series: &[Series]) -> Result<Vec<WatchRecord>, String> {
    let mut records: BTreeMap<u64, WatchRecord> = BTreeMap::new();
    for Series { name, points } in series {
        if !name.starts_with(PLACE) && !name.starts_with(PARAMETER) {
            continue;
        }
        for own in points.chunk_by(|a, b| a.0 == b.0) {
            let step = own[0].0;
            let numbers: Vec<f64> = own.iter().map(|&(_, x)| x).collect();
            let record = records.entry(step).or_default();
            record.step = step;
            read(record, name, &mut Numbers(numbers.into_iter()))
                .ok_or_else(|| format!("step {step} of its series {name} cannot be understood"))?;
        }
    }
    Ok(records.into_values().collect())
}

/// Adds a place or a parameter to a record; `None` if the numbers are not those of one.
fn read(record: &mut WatchRecord, name: &str, numbers: &mut Numbers) -> Option<()> {
    (record.epoch, record.samples) = (numbers.whole()?, numbers.whole()?);
    match name.strip_prefix(PLACE) {
        Some(named) => record.places.push(numbers.place(named)?),
        None => record.parameters.push(numbers.parameter(name.strip_prefix(PARAMETER)?)?),
    }
    numbers.is_empty().then_some(())
}

/// The numbers of one step, read one after the other.
struct Numbers(std::vec::IntoIter<f64>);

impl Numbers {
    fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// A number that may be missing, which is written as NaN.
    fn some(&mut self) -> Option<Option<f64>> {
        self.0.next().map(|x| Some(x).filter(|x| !x.is_nan()))
    }

    /// A number that was in single precision when it was written.
    fn single(&mut self) -> Option<f32> {
        self.0.next().map(|x| x as f32)
    }

    fn whole(&mut self) -> Option<u64> {
        let x = self.0.next()?;
        ((0.0..=LARGEST).contains(&x) && x.fract() == 0.0).then_some(x as u64)
    }

    fn bins(&mut self) -> Option<Bins> {
        let (low, high, count) = (self.single()?, self.single()?, self.whole()?);
        // As many as there are numbers, at most.
        let count = usize::try_from(count).ok().filter(|&count| count <= self.0.len())?;
        let counts: Option<Vec<u64>> = (0..count).map(|_| self.whole()).collect();
        Some(Bins { low, high, counts: counts? })
    }

    fn place(&mut self, named: &str) -> Option<WatchedPlace> {
        let (path, stage) = named.split_once('|')?;
        Some(WatchedPlace {
            path: path.to_string(),
            stage: stage.to_string(),
            mean: self.single()?,
            std: self.single()?,
            signal: self.single()?,
            dead: self.some()?,
            flat: self.some()?,
            gradient: self.some()?.map(|x| x as f32),
            outputs: self.bins()?,
        })
    }

    fn parameter(&mut self, name: &str) -> Option<WatchedParameter> {
        let (gradient, update) = (self.some()?, self.some()?);
        let weights = self.bins()?;
        let gradients = if self.is_empty() { None } else { Some(self.bins()?) };
        Some(WatchedParameter { name: name.to_string(), gradient, update, weights, gradients })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> Vec<WatchRecord> {
        let bins = |low: f32| Bins { low, high: 2.5, counts: vec![1, 0, 7] };
        let record = |step: u64| WatchRecord {
            epoch: 2,
            step,
            samples: 44,
            places: vec![
                WatchedPlace {
                    path: "0.body.1".to_string(),
                    stage: "relu".to_string(),
                    mean: 0.5,
                    std: f32::INFINITY,
                    signal: 0.25,
                    dead: Some(0.0),
                    flat: None,
                    gradient: Some(1e-3),
                    outputs: bins(-1.0),
                },
                WatchedPlace { path: "1".to_string(), ..WatchedPlace::default() },
            ],
            parameters: vec![
                WatchedParameter {
                    name: "0.body.0.weight".to_string(),
                    gradient: Some(3.0),
                    update: None,
                    weights: bins(-2.0),
                    gradients: Some(bins(-3.0)),
                },
                WatchedParameter { name: "0.body.0.bias".to_string(), ..Default::default() },
            ],
        };
        vec![record(3), record(9)]
    }

    #[test]
    fn what_was_watched_comes_back_from_its_series() {
        let series = series(&watched());
        assert_eq!(series.len(), 4);
        assert_eq!(records(&series).unwrap(), watched());
    }

    #[test]
    fn numbers_that_are_missing_or_no_counts_are_refused() {
        let whole = series(&watched());
        for broken in [
            |own: &mut Series| own.points.truncate(own.points.len() - 1),
            |own: &mut Series| own.points.push((9, 0.0)),
            |own: &mut Series| own.points[0].1 = -1.0,
            |own: &mut Series| own.points[10].1 = 1e15,
        ] {
            let mut forged = whole.clone();
            broken(&mut forged[0]);
            assert!(records(&forged).is_err());
        }
    }
}
