//! One number for each channel or feature: the mean or the maximum over all positions.

use crate::embedding::embedding_bag::Pooling;
use crate::pool::pool_over_time::pooled as pooled_over_time;
use crate::shape::space::space;
use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, Steps, ops};
use relume_autograd::Op;
use relume_catalog::{Described, Spec};
use relume_tensor::Shape;
use std::sync::Arc;

/// The mean over all positions of an image, or over the time of a sequence.
///
/// `[channels, height, width]` becomes `[channels]`, and so do volumes; `[time, features]` becomes `[features]`,
/// without steps of padding as in pool_over_time. For lines `[channels, length]` use globalavgpool1d.
///
/// ```relume
/// net = conv2d(16, 3, padding=1) -> relu -> globalavgpool -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["globalavgpool2d"])]
pub struct Globalavgpool {}

/// The maximum over all positions of an image, or over the time of a sequence.
///
/// `[channels, height, width]` becomes `[channels]`, and so do volumes; `[time, features]` becomes `[features]`,
/// without steps of padding as in pool_over_time. For lines `[channels, length]` use globalmaxpool1d.
///
/// ```relume
/// net = conv2d(16, 3, padding=1) -> relu -> globalmaxpool -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["globalmaxpool2d"])]
pub struct Globalmaxpool {}

/// The mean over the whole line.
///
/// `[channels, length]` becomes `[channels]`.
///
/// ```relume
/// net = input(3, 100) -> conv1d(16, 5) -> relu -> globalavgpool1d -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct Globalavgpool1d {}

/// The maximum over the whole line.
///
/// `[channels, length]` becomes `[channels]`.
///
/// ```relume
/// net = input(3, 100) -> conv1d(16, 5) -> relu -> globalmaxpool1d -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer)]
pub struct Globalmaxpool1d {}

/// The shape of a sample after pooling over its positions, or its time.
fn pooled(input: Shape) -> Result<Shape, Refusal> {
    match *input {
        [channels, _, _] | [channels, _, _, _] => Ok(channels.into()),
        [_, features] => Ok(features.into()),
        _ => {
            let wanted = "wants an image [channels, height, width] or a sequence [time, features]";
            Err(InputMismatch::new(wanted).into())
        }
    }
}

/// The mean of `[channels, places]`.
fn mean() -> Operation {
    Operation::new(&ops::PlaneMean as &'static dyn Op, Vec::new())
}

/// The largest number of `[channels, 1, places]` for each channel.
fn largest(view: Shape) -> Steps {
    let pool = Operation::new(Arc::new(ops::AdaptiveMaxPool2d([1, 1])), Vec::new());
    Steps::between(ops::View::Sample(view), pool, ops::View::Sample(view[0].into()))
}

impl LayerKind for Globalavgpool {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        pooled(input)
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(match input.rank() {
            2 => pooled_over_time(Pooling::Mean),
            _ => Arc::new(mean()),
        })
    }
}

impl LayerKind for Globalmaxpool {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        pooled(input)
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(match input.rank() {
            2 => pooled_over_time(Pooling::Max),
            _ => Arc::new(largest([input[0], 1, input.tail(1).count()].into())),
        })
    }
}

impl LayerKind for Globalavgpool1d {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let (channels, _) = space::<1>(input, &self.text())?;
        Ok(channels.into())
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        // As an image of one row.
        let view = ops::View::Sample([input[0], 1, input[1]].into());
        let view = Operation::new(Arc::new(view), Vec::new());
        Ok(Arc::new(Steps::new(vec![view, mean()])))
    }
}

impl LayerKind for Globalmaxpool1d {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let (channels, _) = space::<1>(input, &self.text())?;
        Ok(channels.into())
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(largest([input[0], 1, input[1]].into())))
    }
}
