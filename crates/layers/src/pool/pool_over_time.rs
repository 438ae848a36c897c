//! One row of features from all steps of a sequence.

use crate::embedding::embedding_bag::Pooling;
use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Pass, Refusal, ops};
use relume_autograd::{OpRef, Var};
use relume_catalog::{Choice, Spec};
use relume_tensor::Shape;
use std::sync::Arc;

/// One row of features from a sequence: the mean, maximum or sum over time, or the last step.
///
/// Takes `[time, features]`; gives `[features]`. Steps of padding do not count if the end of each sample is known,
/// after `embedding(padding_idx=...)` or `masking`.
///
/// ```relume
/// net = input(20) -> embedding(1000, 16, padding_idx=0) -> pool_over_time("max") -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct PoolOverTime {
    /// How the steps are combined.
    #[spec(default = TimePooling::Mean)]
    pub mode: TimePooling,
}

/// How the steps of a sequence are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum TimePooling {
    /// Their mean.
    Mean,
    /// The largest number of each feature.
    Max,
    /// Their sum.
    Sum,
    /// The last one.
    Last,
}

impl LayerKind for PoolOverTime {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        match *input {
            [0, _] => Err(InputMismatch::new("wants a sequence of at least one step").into()),
            [_, features] => Ok(features.into()),
            _ => Err(InputMismatch::new("wants a sequence [time, features]").into()),
        }
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(match self.mode {
            TimePooling::Mean => pooled(Pooling::Mean),
            TimePooling::Max => pooled(Pooling::Max),
            TimePooling::Sum => pooled(Pooling::Sum),
            TimePooling::Last => {
                let forwards = input.last().copied().unwrap_or(1);
                let op = Arc::new(ops::LastStates { forwards });
                Arc::new(PoolOverTimeLayer { op: op.into() })
            }
        })
    }
}

/// The steps of sequences `[time, features]` combined, without those of padding.
pub(crate) fn pooled(mode: Pooling) -> Arc<dyn Layer> {
    let op = OpRef::from(Arc::new(ops::OverTime::from(mode)));
    Arc::new(PoolOverTimeLayer { op })
}

#[derive(Debug)]
struct PoolOverTimeLayer {
    op: OpRef,
}

impl Layer for PoolOverTimeLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let lengths = pass.lengths_of(x)?;
        pass.lengths = None;
        Ok(match lengths {
            Some(lengths) => pass.tape.apply(&self.op, &[x, lengths])?,
            None => pass.tape.apply(&self.op, &[x])?,
        })
    }
}
