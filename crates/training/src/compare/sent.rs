//! A training that was compared, as one rank tells it to the others.

use super::{ComparedRun, RightClasses};
use crate::EpochRecord;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A [`ComparedRun`] that is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SentRun {
    variant: usize,
    values: Vec<String>,
    seed: u64,
    epochs: Vec<SentEpoch>,
    steps: u64,
    seconds: f64,
    diverged: bool,
    kept: Option<u64>,
    rung: usize,
    right: Option<Vec<u64>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SentEpoch {
    epoch: u64,
    loss: f32,
    metric: f32,
    validation_loss: Option<f32>,
    validation_metric: Option<f32>,
    test_loss: Option<f32>,
    test_metric: Option<f32>,
    metrics: BTreeMap<String, f32>,
    lr: f64,
}

impl From<ComparedRun> for SentRun {
    fn from(run: ComparedRun) -> Self {
        let ComparedRun { variant, values, seed, epochs, steps, seconds, diverged, kept, .. } = run;
        let ComparedRun { rung, right, .. } = run;
        let epochs = epochs.into_iter().map(SentEpoch::from).collect();
        let right = right.map(|RightClasses(bits)| bits);
        SentRun { variant, values, seed, epochs, steps, seconds, diverged, kept, rung, right }
    }
}

impl From<SentRun> for ComparedRun {
    fn from(run: SentRun) -> Self {
        let SentRun { variant, values, seed, epochs, steps, seconds, diverged, kept, rung, right } =
            run;
        let epochs = epochs.into_iter().map(EpochRecord::from).collect();
        let right = right.map(RightClasses);
        ComparedRun { variant, values, seed, epochs, steps, seconds, diverged, kept, rung, right }
    }
}

impl From<EpochRecord> for SentEpoch {
    fn from(own: EpochRecord) -> Self {
        let EpochRecord { epoch, loss, metric, validation_loss, validation_metric, .. } = own;
        let EpochRecord { test_loss, test_metric, metrics, lr, .. } = own;
        SentEpoch {
            epoch,
            loss,
            metric,
            validation_loss,
            validation_metric,
            test_loss,
            test_metric,
            metrics,
            lr,
        }
    }
}

impl From<SentEpoch> for EpochRecord {
    fn from(own: SentEpoch) -> Self {
        let SentEpoch { epoch, loss, metric, validation_loss, validation_metric, .. } = own;
        let SentEpoch { test_loss, test_metric, metrics, lr, .. } = own;
        EpochRecord {
            epoch,
            loss,
            metric,
            validation_loss,
            validation_metric,
            test_loss,
            test_metric,
            metrics,
            lr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_the_same_after_it_was_sent() {
        let epoch = EpochRecord {
            epoch: 1,
            loss: 0.1,
            metric: 0.2,
            validation_loss: Some(f32::MIN_POSITIVE),
            validation_metric: None,
            test_loss: None,
            test_metric: Some(0.3),
            metrics: BTreeMap::from([("validation_f1".to_string(), 0.7)]),
            lr: 0.1,
        };
        let run = ComparedRun {
            variant: 1,
            values: vec!["relu".to_string()],
            seed: 3,
            epochs: vec![epoch.clone(), EpochRecord { epoch: 2, ..epoch }],
            steps: 20,
            seconds: 0.5,
            diverged: true,
            kept: Some(1),
            rung: 2,
            right: Some(RightClasses(vec![u64::MAX, 5])),
        };
        let bytes = relume_serialization::message::encode(&SentRun::from(run.clone())).unwrap();
        let sent: SentRun = relume_serialization::message::decode(&bytes).unwrap();
        assert_eq!(ComparedRun::from(sent), run);
    }
}
