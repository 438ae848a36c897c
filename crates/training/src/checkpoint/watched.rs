//! What was watched, as series of a file's record, and back.
//!
//! A place or a parameter has one series, with several points for each watched step: the step beside each number, in
//! the order in which [`place`] and [`parameter`] write them.

use crate::{Bins, WatchRecord, WatchedParameter, WatchedPlace};
use relume_serialization::{RunState, Series};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What stands before the path and the stage of a place, or the name of a parameter.
const PLACE: &str = "watch.place|";
const PARAMETER: &str = "watch.parameter|";
/// Whole numbers up to here are exact.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// The series of all places, and those of all parameters, in the order in which they are first seen.
pub(super) fn series(watched: &[WatchRecord]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut add = |name: String, record: &WatchRecord, numbers: Vec<f64>| {
        let head = [record.epoch as f64, record.samples as f64];
        let points = head.into_iter().chain(numbers).map(|x| (record.step, x));
        match places.get(&name) {
            Some(&place) => all[place].points.extend(points),
            None => {
                places.insert(name.clone(), all.len());
                all.push(Series { name, points: points.collect() });
            }
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

/// What was watched, of all series of a run's record: each place and parameter once for a step, and no step that the
/// run has not done.
pub(super) fn records(run: &RunState) -> Result<Vec<WatchRecord>, String> {
    let mut records: BTreeMap<u64, WatchRecord> = BTreeMap::new();
    let mut seen = HashSet::new();
    for Series { name, points } in &run.history {
        if !name.starts_with(PLACE) && !name.starts_with(PARAMETER) {
            continue;
        }
        for own in points.chunk_by(|a, b| a.0 == b.0) {
            let step = own[0].0;
            let wrong = |what: &str| format!("step {step} of its series {name} {what}");
            let numbers: Vec<f64> = own.iter().map(|&(_, x)| x).collect();
            let own = read(step, name, &mut Numbers(numbers.into_iter()))
                .ok_or_else(|| wrong("cannot be understood"))?;
            if !seen.insert((step, place_of(name))) {
                return Err(wrong("is there twice"));
            }
            // The epoch that goes on counts.
            if step > run.step || own.epoch > run.epoch.saturating_add(1) {
                return Err(wrong("is after the end of its run"));
            }
            let record = records.entry(step).or_insert_with(|| WatchRecord {
                places: Vec::new(),
                parameters: Vec::new(),
                ..own.clone()
            });
            if (record.epoch, record.samples) != (own.epoch, own.samples) {
                return Err(wrong("contradicts its other series"));
            }
            record.places.extend(own.places);
            record.parameters.extend(own.parameters);
        }
    }
    Ok(records.into_values().collect())
}

/// A series' name without the stage of a place: of a path there is one place at a step.
fn place_of(name: &str) -> &str {
    let path = name.strip_prefix(PLACE).and_then(|named| named.split_once('|'));
    path.map_or(name, |(path, _)| path)
}

/// A record with one place or parameter; `None` if the numbers are not those of one.
fn read(step: u64, name: &str, numbers: &mut Numbers) -> Option<WatchRecord> {
    let (epoch, samples) = (numbers.whole()?, numbers.whole()?);
    let mut record = WatchRecord { epoch, step, samples, ..WatchRecord::default() };
    match name.strip_prefix(PLACE) {
        Some(named) => record.places.push(numbers.place(named)?),
        None => record.parameters.push(numbers.parameter(name.strip_prefix(PARAMETER)?)?),
    }
    numbers.is_empty().then_some(record)
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
        if !low.is_finite() || !high.is_finite() || low > high {
            return None;
        }
        // As many as there are numbers, at most.
        let count = usize::try_from(count).ok().filter(|&count| count <= self.0.len())?;
        if count == 0 {
            return None;
        }
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
                WatchedPlace {
                    path: "1".to_string(),
                    outputs: bins(2.5),
                    ..WatchedPlace::default()
                },
            ],
            parameters: vec![
                WatchedParameter {
                    name: "0.body.0.weight".to_string(),
                    gradient: Some(3.0),
                    update: None,
                    weights: bins(-2.0),
                    gradients: Some(bins(-3.0)),
                },
                WatchedParameter {
                    name: "0.body.0.bias".to_string(),
                    weights: bins(-0.5),
                    ..WatchedParameter::default()
                },
            ],
        };
        vec![record(3), record(9)]
    }

    /// A run that has come to the step 9, in its second epoch.
    fn run(history: Vec<Series>) -> RunState {
        RunState { epoch: 1, batch: 2, step: 9, history, ..RunState::default() }
    }

    #[test]
    fn what_was_watched_comes_back_from_its_series() {
        let series = series(&watched());
        assert_eq!(series.len(), 4);
        assert_eq!(records(&run(series)).unwrap(), watched());
    }

    #[test]
    fn numbers_that_are_missing_wrong_or_no_counts_are_refused() {
        let whole = series(&watched());
        for broken in [
            |own: &mut Series| own.points.truncate(own.points.len() - 1),
            |own: &mut Series| own.points.push((9, 0.0)),
            |own: &mut Series| own.points[0].1 = -1.0,
            |own: &mut Series| own.points[10].1 = 1e15,
            // The ends of the outputs' bins, and no bins.
            |own: &mut Series| own.points[8].1 = f64::NAN,
            |own: &mut Series| own.points[8].1 = 3.0,
            |own: &mut Series| own.points[9].1 = f64::INFINITY,
            |own: &mut Series| own.points[9].1 = 1e300,
            |own: &mut Series| {
                own.points.truncate(11);
                own.points[10].1 = 0.0;
            },
        ] {
            let mut forged = whole.clone();
            broken(&mut forged[0]);
            let error = records(&run(forged)).unwrap_err();
            assert!(error.contains("watch.place|0.body.1|relu cannot be understood"), "{error}");
        }
    }

    #[test]
    fn steps_that_contradict_each_other_or_their_run_are_refused() {
        let whole = series(&watched());
        for (broken, said) in [
            (
                (|all| all[0].points.extend_from_within(..14)) as fn(&mut Vec<Series>),
                "is there twice",
            ),
            (|all| all.push(all[0].clone()), "is there twice"),
            (|all| all.push(all[2].clone()), "is there twice"),
            (
                |all| all.push(Series { name: "watch.place|1|tanh".to_string(), ..all[1].clone() }),
                "is there twice",
            ),
            (|all| all[1].points[0].1 = 1.0, "contradicts"),
            (|all| all[3].points[1].1 = 45.0, "contradicts"),
            (|all| all.iter_mut().for_each(|own| own.points[0].1 = 3.0), "after the end"),
            (
                |all| {
                    let points = all.iter_mut().flat_map(|own| &mut own.points);
                    points.filter(|own| own.0 == 9).for_each(|own| own.0 = 10);
                },
                "after the end",
            ),
        ] {
            let mut forged = whole.clone();
            broken(&mut forged);
            let error = records(&run(forged)).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
