//! How a run went, epoch by epoch.

use crate::{WatchRecord, format_metric};
use relume_catalog::decimals;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One epoch's losses and metrics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The epoch, counted from 1 over the model's whole life.
    pub epoch: u64,
    /// The mean loss over the epoch's batches, each weighted by its samples.
    pub loss: f32,
    /// The metric over the epoch's batches, with the network as it was at each of them.
    pub metric: f32,
    /// The loss on the validation part after the epoch, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f32>,
    /// The metric on the validation part after the epoch, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_metric: Option<f32>,
    /// The loss on the test part after the epoch, if there is one.
    pub test_loss: Option<f32>,
    /// The metric on the test part after the epoch, if there is one.
    pub test_metric: Option<f32>,
    /// The further metrics that were asked for, after the epoch: those of the validation part as `validation_f1`, those
    /// of the test part as `test_f1`; without these parts those of the train part as `f1`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f32>,
    /// The learning rate of the epoch's last step.
    pub lr: f64,
}

/// The epochs of a model's life, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The metric's name: `accuracy`, `mae` or `error_rate`.
    pub metric: String,
    /// The epochs.
    pub epochs: Vec<EpochRecord>,
    /// What an observer saw at some of the steps, oldest first: 400 of them at most. When there would be more, every
    /// second one is dropped, and later steps are kept at the doubled distance; the first and the last one stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watched: Vec<WatchRecord>,
}

impl EpochRecord {
    /// A figure by its name in the history, whose metric has the name `metric`: `Some(None)` if this epoch does not
    /// have it, `None` if there is no such figure.
    fn figure(&self, name: &str, metric: &str) -> Option<Option<f32>> {
        Some(match name {
            "loss" => Some(self.loss),
            "validation_loss" => self.validation_loss,
            "test_loss" => self.test_loss,
            "lr" => Some(self.lr as f32),
            name if name == metric => Some(self.metric),
            name if name.strip_prefix("validation_") == Some(metric) => self.validation_metric,
            name if name.strip_prefix("test_") == Some(metric) => self.test_metric,
            name => Some(*self.metrics.get(name)?),
        })
    }

    /// Its losses and metrics as text: `loss 0.4858, accuracy 91.16 % · test loss 0.4499, test accuracy 91.39 %`.
    pub fn text(&self, metric: &str) -> String {
        self.written(metric, true)
    }

    /// As [`EpochRecord::text`], with the part before its first figure only: `test loss 0.4499, accuracy 91.39 %`.
    pub fn short_text(&self, metric: &str) -> String {
        self.written(metric, false)
    }

    fn written(&self, metric: &str, names_part: bool) -> String {
        let value = |name: &str, x: f32| format!("{name} {}", format_metric(name, x.into()));
        let loss = |x: f32| decimals(x.into(), 4);
        let mut text = format!("loss {}, {}", loss(self.loss), value(metric, self.metric));
        let further = |prefix: &str| -> String {
            let own = self.metrics.iter().filter_map(|(name, x)| {
                let name = name.strip_prefix(prefix)?;
                let is_of_train = !name.starts_with("validation_") && !name.starts_with("test_");
                is_of_train.then(|| format!(", {}", value(name, *x)))
            });
            own.collect()
        };
        text += &further("");
        let parts = [
            ("validation", self.validation_loss.zip(self.validation_metric)),
            ("test", self.test_loss.zip(self.test_metric)),
        ];
        for (part, figures) in parts {
            if let Some((own, x)) = figures {
                let before = if names_part { format!("{part} ") } else { String::new() };
                text += &format!(" · {part} loss {}, {before}{}", loss(own), value(metric, x));
                text += &further(&format!("{part}_"));
            }
        }
        text
    }
}

/// The most watched steps that a history keeps.
pub(crate) const MOST_WATCHED: usize = 400;

impl History {
    /// Adds the newest watched step; returns whether one was dropped for it. What is dropped depends on the steps that
    /// are there alone: a history that comes back from a file goes on as before.
    pub(crate) fn add_watched(&mut self, record: WatchRecord) -> bool {
        let watched = &mut self.watched;
        let is_too_near = ends_too_near(watched);
        if is_too_near {
            watched.pop();
        }
        watched.push(record);
        let is_full = watched.len() > MOST_WATCHED;
        while watched.len() > MOST_WATCHED {
            let (mut place, last) = (0, watched.len() - 1);
            watched.retain(|_| {
                let is_kept = place % 2 == 0 || place == last;
                place += 1;
                is_kept
            });
        }
        is_too_near || is_full
    }

    /// The names that [`History::series`] knows, for completion and error messages.
    pub fn names(&self) -> Vec<String> {
        let has_validation = self.epochs.iter().any(|epoch| epoch.validation_loss.is_some());
        let parts: &[&str] =
            if has_validation { &["", "validation_", "test_"] } else { &["", "test_"] };
        let mut names: Vec<String> = parts.iter().map(|part| format!("{part}loss")).collect();
        names.push("lr".to_string());
        if !self.metric.is_empty() {
            names.extend(parts.iter().map(|part| format!("{part}{}", self.metric)));
        }
        let mut further: Vec<String> =
            self.epochs.iter().flat_map(|epoch| epoch.metrics.keys().cloned()).collect();
        further.sort_unstable();
        further.dedup();
        names.extend(further);
        names
    }

    /// The columns of a table of the epochs, part by part, without the learning rate.
    pub fn columns(&self) -> Vec<String> {
        let names = self.names();
        let is_of = |name: &&String, part: &str| match part {
            "" => !name.starts_with("validation_") && !name.starts_with("test_") && *name != "lr",
            part => name.starts_with(part),
        };
        let of = |part| names.iter().filter(move |name| is_of(name, part)).cloned();
        of("").chain(of("validation_")).chain(of("test_")).collect()
    }

    /// The last epoch as a line: `epoch 5: loss 0.4858, accuracy 91.16 % · test loss 0.4499, accuracy 91.39 %`.
    pub fn last(&self) -> Option<String> {
        let last = self.epochs.last()?;
        Some(format!("epoch {}: {}", last.epoch, last.text(&self.metric)))
    }

    /// The values of one column over the epochs; NaN if an epoch has none.
    pub fn series(&self, name: &str) -> Option<Vec<f32>> {
        let is_known = match self.epochs.is_empty() {
            true => EpochRecord::default().figure(name, &self.metric).is_some(),
            false => self.epochs.iter().any(|epoch| epoch.figure(name, &self.metric).is_some()),
        };
        let value = |epoch: &EpochRecord| epoch.figure(name, &self.metric).flatten();
        is_known.then(|| self.epochs.iter().map(|epoch| value(epoch).unwrap_or(f32::NAN)).collect())
    }

    /// A figure of an epoch of this history by its name; `None` if the epoch does not have it.
    pub(crate) fn figure(&self, epoch: &EpochRecord, name: &str) -> Option<f64> {
        epoch.figure(name, &self.metric).flatten().map(f64::from)
    }
}

/// Whether the last watched step is nearer to the one before it than all others are to theirs: it is kept only until
/// there is a later one. A history with fewer than half of the most steps has dropped none, and drops none.
fn ends_too_near(watched: &[WatchRecord]) -> bool {
    let distance = |from: &WatchRecord, to: &WatchRecord| to.step.saturating_sub(from.step);
    let Some((last, before)) = watched.split_last() else { return false };
    let least = before.windows(2).map(|pair| distance(&pair[0], &pair[1])).min();
    let own = before.last().map(|before| distance(before, last));
    before.len() >= MOST_WATCHED / 2 && own < least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(steps: impl Iterator<Item = u64>) -> (History, usize) {
        let (mut history, mut dropped) = (History::default(), 0);
        for step in steps {
            let record = WatchRecord { step, ..WatchRecord::default() };
            dropped += usize::from(history.add_watched(record));
            assert!(history.watched.len() <= MOST_WATCHED);
            assert_eq!(history.watched.last().map(|own| own.step), Some(step));
        }
        (history, dropped)
    }

    fn steps(history: &History) -> Vec<u64> {
        history.watched.iter().map(|own| own.step).collect()
    }

    #[test]
    fn a_long_watch_is_kept_at_doubled_distances_with_its_first_and_last_step() {
        let few = watched((1..=400).map(|i| i * 3));
        assert_eq!((few.0.watched.len(), few.1), (400, 0));
        for (count, distance) in [(401, 2), (402, 2), (799, 2), (800, 4), (1234, 4), (5000, 16)] {
            let (history, dropped) = watched((0..count).map(|i| 7 + i * 5));
            let mut wanted: Vec<u64> = (0..count).step_by(distance).map(|i| 7 + i * 5).collect();
            wanted.extend(Some(7 + (count - 1) * 5).filter(|last| wanted.last() != Some(last)));
            assert_eq!(steps(&history), wanted, "{count}");
            assert!(dropped > 0);
        }
    }

    #[test]
    fn a_history_of_an_older_program_is_thinned_when_it_goes_on() {
        let record = |step| WatchRecord { step, ..WatchRecord::default() };
        let mut history =
            History { watched: (1..=3000).map(record).collect(), ..History::default() };
        assert!(history.add_watched(record(3001)));
        assert_eq!(steps(&history), (1..=3001).step_by(8).collect::<Vec<u64>>());
    }

    #[test]
    fn uneven_distances_drop_nothing_from_a_short_history() {
        // The first, each tenth and the last epoch of two runs.
        let own = [1, 10, 20, 25, 26, 35, 45, 50];
        assert_eq!(steps(&watched(own.into_iter()).0), own);
    }
}
