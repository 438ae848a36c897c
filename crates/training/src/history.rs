//! How a run went, epoch by epoch.

use crate::format_metric;
use serde::{Deserialize, Serialize};

/// One epoch's loss and metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The epoch, counted from 1 over the model's whole life.
    pub epoch: u64,
    /// The mean loss over the epoch's batches, each weighted by its samples.
    pub loss: f32,
    /// The metric over the epoch's batches, with the network as it was at each of them.
    pub metric: f32,
    /// The loss on the test part after the epoch, if there is one.
    pub test_loss: Option<f32>,
    /// The metric on the test part after the epoch, if there is one.
    pub test_metric: Option<f32>,
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
}

impl History {
    /// The names that [`History::series`] knows, for completion and error messages.
    pub fn names(&self) -> Vec<String> {
        let mut names = ["loss", "test_loss", "lr"].map(str::to_string).to_vec();
        if !self.metric.is_empty() {
            names.extend([self.metric.clone(), format!("test_{}", self.metric)]);
        }
        names
    }

    /// The last epoch as a line: `epoch 5: loss 0.4858, accuracy 91.16 % · test loss 0.4499, test accuracy 91.39 %`.
    pub fn last(&self) -> Option<String> {
        let last = self.epochs.last()?;
        let metric = |x: f32| format!("{} {}", self.metric, format_metric(&self.metric, x.into()));
        let test = last.test_loss.zip(last.test_metric);
        let test = test.map(|(loss, x)| format!(" · test loss {loss:.4}, test {}", metric(x)));
        Some(format!(
            "epoch {}: loss {:.4}, {}{}",
            last.epoch,
            last.loss,
            metric(last.metric),
            test.unwrap_or_default()
        ))
    }

    /// The values of one column over the epochs; NaN if an epoch has none.
    pub fn series(&self, name: &str) -> Option<Vec<f32>> {
        let column: fn(&EpochRecord) -> f32 = match name {
            "loss" => |e| e.loss,
            "test_loss" => |e| e.test_loss.unwrap_or(f32::NAN),
            "lr" => |e| e.lr as f32,
            name if name == self.metric => |e| e.metric,
            name if name.strip_prefix("test_") == Some(&self.metric) => {
                |e| e.test_metric.unwrap_or(f32::NAN)
            }
            _ => return None,
        };
        Some(self.epochs.iter().map(column).collect())
    }
}
