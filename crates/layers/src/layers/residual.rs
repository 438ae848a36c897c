//! A way around (He and others, 2016).

use super::{LayerKind, Refusal};
use crate::{Builder, Layer, LayerError, NetworkSpec, Pass, Unfit, network::Chain};
use relume_autograd::{Var, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What layers make of their input, plus the input itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Residual {
    /// The layers.
    pub body: NetworkSpec,
}

impl Described for Residual {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "residual",
        aliases: &[],
        summary: "adds the input to what the layers inside make of it: gradients pass around them",
        details: "He and others, \"Deep residual learning for image recognition\", 2016. What is inside must keep the shape. Parameters: `body.0.weight` and so on.",
        arguments: &[Argument::new("body", Type::Network, "the layers inside")],
        example: "net = dense(32) -> residual(dense(32) -> relu) -> dense(2)",
    };

    fn text(&self) -> String {
        format!("residual({})", self.body)
    }
}

impl LayerKind for Residual {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_beside(input, None)
    }

    fn output_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        let output = self.body.output_inside(input, memory)?;
        match output == input {
            true => Ok(input),
            false => {
                Err(Unfit::new(format!("wants layers that keep the shape (these give {output})"))
                    .help(
                        "end the layers inside with as many channels and the same size as come in",
                    )
                    .into())
            }
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        Ok(Arc::new(ResidualLayer { body: builder.chain("body", &self.body, input)? }))
    }
}

#[derive(Debug)]
struct ResidualLayer {
    body: Chain,
}

impl Layer for ResidualLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let lengths = pass.lengths;
        let around = self.body.forward(pass, x)?;
        pass.lengths = lengths.or(pass.lengths);
        Ok(ops::add(pass.tape, around, x)?)
    }
}
