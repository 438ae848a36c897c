//! A run as the fields and series of a file's record, and back.

use super::parse;
use crate::{EpochRecord, History, Run};
use relume_serialization::{RunState, Series};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The content of the file's text about the progress: everything without a field of its own in the record.
#[derive(Serialize, Deserialize)]
pub(super) struct Progress {
    /// Finished epochs when the plan began.
    began: u64,
    /// Sums over the batches of an unfinished epoch.
    sums: [f64; 3],
    /// The metric's name.
    #[serde(default)]
    metric: String,
    /// The history, which is here in files of version 1 and in series of its own in later ones.
    #[serde(default, skip_serializing)]
    history: Option<History>,
}

impl Progress {
    pub fn of(run: &Run) -> Self {
        let metric = run.history.metric.clone();
        Progress { began: run.began, sums: run.sums, metric, history: None }
    }
}

/// A figure of an epoch, if it has one.
type Figure = fn(&EpochRecord) -> Option<f64>;

/// The history as series over the epochs; those of the test part have only the epochs that were tested.
pub(super) fn series(history: &History) -> Vec<Series> {
    let figures: [(&str, Figure); 5] = [
        (LOSS, |epoch| Some(epoch.loss.into())),
        (METRIC, |epoch| Some(epoch.metric.into())),
        (TEST_LOSS, |epoch| epoch.test_loss.map(f64::from)),
        (TEST_METRIC, |epoch| epoch.test_metric.map(f64::from)),
        (LR, |epoch| Some(epoch.lr)),
    ];
    let series = figures.into_iter().map(|(name, figure)| {
        let points = history.epochs.iter().filter_map(|e| Some((e.epoch, figure(e)?))).collect();
        Series { name: name.to_string(), points }
    });
    series.filter(|series| !series.points.is_empty()).collect()
}

const LOSS: &str = "loss";
const METRIC: &str = "metric";
const TEST_LOSS: &str = "test_loss";
const TEST_METRIC: &str = "test_metric";
const LR: &str = "lr";

/// The place of a run, from its record.
pub(super) fn restored(record: &RunState) -> Result<Run, String> {
    let Progress { began, sums, metric, history } = parse("run", &record.progress)?;
    let history = match history {
        Some(history) => history,
        None => History { metric, epochs: epochs(&record.history)? },
    };
    let plan = parse("plan", &record.plan)?;
    let RunState { epoch, batch, step, .. } = *record;
    Ok(Run { epoch, batch, step, plan, began, sums, history })
}

/// The epochs of these series.
fn epochs(series: &[Series]) -> Result<Vec<EpochRecord>, String> {
    let figures = |name: &str| -> BTreeMap<u64, f64> {
        let points = series.iter().find(|series| series.name == name).map(|series| &series.points);
        points.into_iter().flatten().copied().collect()
    };
    let [metric, test_loss, test_metric, lr] = [METRIC, TEST_LOSS, TEST_METRIC, LR].map(figures);
    let record = |(epoch, loss): (u64, f64)| {
        let wanted = |figures: &BTreeMap<u64, f64>, name: &str| {
            let found = figures.get(&epoch).copied();
            found.ok_or_else(|| format!("epoch {epoch} of its history has no {name}"))
        };
        Ok(EpochRecord {
            epoch,
            // All but the rate were in single precision when they were written.
            loss: loss as f32,
            metric: wanted(&metric, METRIC)? as f32,
            test_loss: test_loss.get(&epoch).map(|&x| x as f32),
            test_metric: test_metric.get(&epoch).map(|&x| x as f32),
            lr: wanted(&lr, LR)?,
        })
    };
    figures(LOSS).into_iter().map(record).collect()
}
