//! The evaluation of a fold, as one rank tells it to the others.

use crate::group::GroupError;
use crate::{Baseline, Evaluation, MetricResult, MetricSpec, MetricValue};
use serde::{Deserialize, Serialize};

/// An [`Evaluation`] that is sent; its metrics are those of the plan, which all ranks have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SentEvaluation {
    data: String,
    samples: usize,
    variants: usize,
    threshold: Option<f64>,
    loss: f32,
    metric: String,
    metric_value: f32,
    confusion: Vec<Vec<usize>>,
    classes: Vec<String>,
    values: Vec<SentValue>,
    /// The loss and the metric of constant outputs.
    constant: Option<[f64; 2]>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum SentValue {
    Number(f64),
    PerClass(Vec<f64>),
    Counts(Vec<Vec<usize>>),
    Shares(Vec<Vec<f64>>),
}

impl From<Evaluation> for SentEvaluation {
    fn from(own: Evaluation) -> Self {
        let value = |own: MetricResult| match own.value {
            MetricValue::Number(x) => SentValue::Number(x),
            MetricValue::PerClass(x) => SentValue::PerClass(x),
            MetricValue::Counts(x) => SentValue::Counts(x),
            MetricValue::Shares(x) => SentValue::Shares(x),
        };
        SentEvaluation {
            data: own.data,
            samples: own.samples,
            variants: own.variants,
            threshold: own.threshold,
            loss: own.loss,
            metric: own.metric.to_string(),
            metric_value: own.metric_value,
            confusion: own.confusion,
            classes: own.classes,
            values: own.metrics.into_iter().map(value).collect(),
            constant: own.constant.map(|own| [own.loss, own.metric]),
        }
    }
}

impl SentEvaluation {
    /// The evaluation, with these further metrics.
    ///
    /// # Errors
    /// A metric that this rank does not know, or other further ones.
    pub fn received(self, metrics: &[MetricSpec]) -> Result<Evaluation, GroupError> {
        let metric = MetricSpec::find(&self.metric)
            .ok_or_else(|| GroupError::Message(format!("there is no metric {}", self.metric)))?;
        if self.values.len() != metrics.len() {
            let (given, wanted) = (self.values.len(), metrics.len());
            let problem = format!("it has {given} metrics, and {wanted} are wanted");
            return Err(GroupError::Message(problem));
        }
        let value = |own: SentValue| match own {
            SentValue::Number(x) => MetricValue::Number(x),
            SentValue::PerClass(x) => MetricValue::PerClass(x),
            SentValue::Counts(x) => MetricValue::Counts(x),
            SentValue::Shares(x) => MetricValue::Shares(x),
        };
        let values = metrics.iter().cloned().zip(self.values);
        Ok(Evaluation {
            data: self.data,
            samples: self.samples,
            variants: self.variants,
            threshold: self.threshold,
            loss: self.loss,
            metric: metric.name,
            metric_value: self.metric_value,
            confusion: self.confusion,
            classes: self.classes,
            metrics: values
                .map(|(metric, own)| MetricResult { metric, value: value(own) })
                .collect(),
            constant: self.constant.map(|[loss, metric]| Baseline { loss, metric }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_is_the_same_after_it_was_sent() {
        let metric = |name: &str| MetricSpec::from_arguments(name, vec![], vec![]).unwrap();
        let result = |name: &str, value| MetricResult { metric: metric(name), value };
        let own = Evaluation {
            data: "moons.test".to_string(),
            samples: 3,
            variants: 1,
            threshold: Some(0.4),
            loss: 0.3,
            metric: "accuracy",
            metric_value: 0.9,
            confusion: vec![vec![1, 0], vec![1, 1]],
            classes: vec!["a".to_string(), "b".to_string()],
            metrics: vec![
                result("f1", MetricValue::Number(0.1)),
                result("recall", MetricValue::PerClass(vec![0.1, 0.2])),
                result("confusion_matrix", MetricValue::Counts(vec![vec![1, 0], vec![1, 1]])),
                result("confusion_matrix", MetricValue::Shares(vec![vec![0.5, 0.5]])),
            ],
            constant: Some(Baseline { loss: 0.6, metric: 0.5 }),
        };
        let metrics: Vec<MetricSpec> = own.metrics.iter().map(|own| own.metric.clone()).collect();
        let bytes =
            relume_serialization::message::encode(&SentEvaluation::from(own.clone())).unwrap();
        let sent: SentEvaluation = relume_serialization::message::decode(&bytes).unwrap();
        assert_eq!(sent.clone().received(&metrics).unwrap(), own);
        assert!(sent.received(&metrics[..1]).is_err());
    }
}
