//! Metrics applied to predictions and the truth.

use super::{call::wrong_operands, tensor};
use crate::syntax::Span;
use crate::{Failure, Value};
use relume_tensor::Tensor;
use relume_training::{InputKind, MetricError, MetricInput, MetricSpec, MetricValue};

/// A metric of two tensors, two texts or two lists of texts.
pub(super) fn measure(
    metric: &MetricSpec,
    operands: &[Value],
    span: Span,
) -> Result<Value, Failure> {
    let [predicted, targets] = operands else {
        return Err(wrong_operands(metric.entry(), &["predictions", "targets"], span));
    };
    let failed = |error: MetricError| Failure::metric(&error, span);
    let name = metric.entry().name;
    let kind = metric.inner().input();
    let input = match (kind, texts(predicted), texts(targets)) {
        (InputKind::Texts, Some(predicted), Some(targets)) => {
            MetricInput::of_texts(name, predicted, targets)
        }
        _ => {
            let [predicted, targets] = [tensor(predicted, span)?, tensor(targets, span)?];
            MetricInput::of_tensors(name, kind, &predicted, &targets)
        }
    };
    let measured = metric.inner().measure(&input.map_err(failed)?).map_err(failed)?;
    Ok(value(&measured))
}

/// A metric's value as a number, a vector or a matrix.
pub(super) fn value(value: &MetricValue) -> Value {
    let matrix = |rows: usize, numbers: Vec<f32>| {
        // As many rows as columns: one for each class.
        Tensor::new([rows, rows], numbers).map_or(Value::List(Vec::new()), Value::Tensor)
    };
    match value {
        MetricValue::Number(x) => Value::Tensor(Tensor::scalar(*x as f32)),
        MetricValue::PerClass(each) => {
            Value::Tensor(Tensor::vector(&each.iter().map(|&x| x as f32).collect::<Vec<_>>()))
        }
        MetricValue::Counts(rows) => {
            matrix(rows.len(), rows.iter().flatten().map(|&n| n as f32).collect())
        }
        MetricValue::Shares(rows) => {
            matrix(rows.len(), rows.iter().flatten().map(|&x| x as f32).collect())
        }
    }
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Text(text) => Some(vec![text.clone()]),
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}
