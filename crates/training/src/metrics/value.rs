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

impl MetricValue {
    /// The value, if it is a single number.
    pub fn number(&self) -> Option<f64> {
        match self {
            MetricValue::Number(value) => Some(*value),
            MetricValue::PerClass(_) | MetricValue::Counts(_) | MetricValue::Shares(_) => None,
        }
    }
}
