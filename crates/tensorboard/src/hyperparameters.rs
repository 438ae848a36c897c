//! Hyper-parameters, as TensorBoard's plugin for them reads them.

use crate::messages::hparams::{
    Data, Experiment, HParamInfo, Kind, MetricInfo, MetricName, SessionEndInfo, SessionStartInfo,
    Value,
};

/// The value of a hyper-parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum HyperParameter {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A truth value.
    Boolean(bool),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It came to its end.
    Success,
    /// It was interrupted, or diverged.
    Failure,
}

impl HyperParameter {
    fn value(&self) -> Value {
        let kind = match self {
            HyperParameter::Number(x) => Kind::Number(*x),
            HyperParameter::Text(text) => Kind::Text(text.clone()),
            HyperParameter::Boolean(b) => Kind::Boolean(*b),
        };
        Value { kind: Some(kind) }
    }

    /// `tensorboard.hparams.DataType`.
    fn data_type(&self) -> i32 {
        match self {
            HyperParameter::Text(_) => 1,
            HyperParameter::Boolean(_) => 2,
            HyperParameter::Number(_) => 3,
        }
    }
}

pub(crate) fn experiment<T: AsRef<str>>(
    parameters: &[(T, HyperParameter)],
    metrics: &[T],
    now: f64,
) -> Data {
    let info = |(name, value): &(T, HyperParameter)| HParamInfo {
        name: name.as_ref().to_string(),
        r#type: value.data_type(),
    };
    let metric = |tag: &T| MetricInfo {
        name: Some(MetricName { group: String::new(), tag: tag.as_ref().to_string() }),
    };
    Data::Experiment(Experiment {
        time_created_secs: now,
        hparam_infos: parameters.iter().map(info).collect(),
        metric_infos: metrics.iter().map(metric).collect(),
    })
}

pub(crate) fn session<T: AsRef<str>>(parameters: &[(T, HyperParameter)], now: f64) -> Data {
    let named = |(name, value): &(T, HyperParameter)| (name.as_ref().to_string(), value.value());
    Data::SessionStartInfo(SessionStartInfo {
        hparams: parameters.iter().map(named).collect(),
        group_name: String::new(),
        start_time_secs: now,
    })
}

pub(crate) fn end_of_session(ending: Ending, now: f64) -> Data {
    let status = match ending {
        Ending::Success => 1,
        Ending::Failure => 2,
    };
    Data::SessionEndInfo(SessionEndInfo { status, end_time_secs: now })
}
