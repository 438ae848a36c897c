//! The mean over a whole image or sequence.

use super::{LayerKind, Operation, Refusal};
use crate::{Builder, Layer, LayerError, Unfit, ops};
use relume_autograd::Op;
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One number for each channel of an image, or each feature of a sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Globalavgpool {}

impl Described for Globalavgpool {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "globalavgpool",
        aliases: &[],
        summary: "the mean over all places of an image, or over the time of a sequence",
        details: "`[channels, height, width]` becomes `[channels]`; `[time, features]` becomes `[features]`.",
        arguments: &[],
        example: "net = conv2d(16, 3, padding=1) -> relu -> globalavgpool -> dense(10)",
    };
}

impl LayerKind for Globalavgpool {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        match *input {
            [channels, _, _] => Ok(channels.into()),
            [_, features] => Ok(features.into()),
            _ => Err(Unfit::new(
                "wants an image [channels, height, width] or a sequence [time, features]",
            )
            .into()),
        }
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(Operation::new(&ops::PlaneMean as &'static dyn Op, Vec::new())))
    }
}
