//! Metrics applied to predictions and the truth.

use super::{call::wrong_operands, tensor};
use crate::syntax::Span;
use crate::{Failure, Value};
use relume_tensor::Tensor;
use relume_training::{Answers, Figure, MetricError, MetricSpec, Reads};

/// A metric of two tensors, two texts or two lists of texts.
pub(super) fn measure(
    metric: &MetricSpec,
    operands: &[Value],
    span: Span,
) -> Result<Value, Failure> {
    let [said, truth] = operands else {
        return Err(wrong_operands(metric.entry(), &["predictions", "targets"], span));
    };
    let failed = |error: MetricError| Failure::metric(&error, span);
    let name = metric.entry().name;
    let reads = metric.inner().reads();
    let answers = match (reads, texts(said), texts(truth)) {
        (Reads::Texts, Some(said), Some(truth)) => Answers::of_texts(name, said, truth),
        _ => Answers::of_tensors(name, reads, &tensor(said, span)?, &tensor(truth, span)?),
    };
    let figure = metric.inner().measure(&answers.map_err(failed)?).map_err(failed)?;
    Ok(value(&figure))
}

/// A figure as a number, a vector or a matrix.
pub(super) fn value(figure: &Figure) -> Value {
    let matrix = |rows: usize, numbers: Vec<f32>| {
        // As many rows as columns: one for each class.
        Tensor::new([rows, rows], numbers).map_or(Value::List(Vec::new()), Value::Tensor)
    };
    match figure {
        Figure::Number(x) => Value::Tensor(Tensor::scalar(*x as f32)),
        Figure::Each(each) => {
            Value::Tensor(Tensor::vector(&each.iter().map(|&x| x as f32).collect::<Vec<_>>()))
        }
        Figure::Counts(rows) => {
            matrix(rows.len(), rows.iter().flatten().map(|&n| n as f32).collect())
        }
        Figure::Shares(rows) => {
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
