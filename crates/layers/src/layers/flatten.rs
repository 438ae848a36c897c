//! An image or sequence as one row of features.

use super::{LayerKind, Refusal};
use crate::{Builder, Layer, LayerError, Pass};
use relume_autograd::{Var, ops};
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// All axes of a sample made into one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flatten {}

impl Described for Flatten {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "flatten",
        aliases: &[],
        summary: "makes one row of features of an image or a sequence",
        details: "`[channels, height, width]` becomes `[channels * height * width]`.",
        arguments: &[],
        example: "net = maxpool2d(2) -> flatten -> dense(10)",
    };
}

impl LayerKind for Flatten {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        Ok(input.count().into())
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(FlattenLayer))
    }
}

#[derive(Debug)]
struct FlattenLayer;

impl Layer for FlattenLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        Ok(ops::flatten(pass.tape, x)?)
    }
}
