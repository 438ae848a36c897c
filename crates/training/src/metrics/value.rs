//! The value of a metric.

use serde::Serialize;

/// The value of a metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum MetricValue {
    /// A number.
    Number(f64),
    /// A number for each class.
    PerClass(Vec<f64>),
    /// How often each class (row) was predicted as each (column).
    Counts(Vec<Vec<usize>>),
    /// The same as shares.
    Shares(Vec<Vec<f64>>),
}
