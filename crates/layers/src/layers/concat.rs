//! Branches side by side.

use super::{LayerKind, Refusal};
use crate::{Builder, Layer, LayerError, NetworkSpec, Pass, Unfit, network::Chain};
use relume_autograd::{Var, ops};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Several networks on the same input, their outputs joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Concat {
    /// The networks.
    pub branches: Vec<NetworkSpec>,
}

impl Described for Concat {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "concat",
        aliases: &[],
        summary: "gives the input to several networks and joins what they make of it",
        details: "Outputs are joined along channels (images), or along the features (rows and sequences). Parameters: `branches.0.0.weight` and so on. `concat(identity, ...)` keeps the input itself.",
        arguments: &[Argument::new(
            "branches",
            Type::List(&Type::Network),
            "the networks, one after another",
        )],
        example: "net = concat(dense(8) -> relu, dense(8) -> tanh) -> dense(2)",
    };

    fn validate(&self) -> Result<(), String> {
        match self.branches.is_empty() {
            true => Err("at least one network must stand inside".to_string()),
            false => Ok(()),
        }
    }

    fn text(&self) -> String {
        let branches: Vec<String> = self.branches.iter().map(NetworkSpec::to_string).collect();
        format!("concat({})", branches.join(", "))
    }
}

/// The axis of a sample along which outputs are joined.
fn axis(shape: Shape) -> usize {
    if shape.rank() == 2 { 1 } else { 0 }
}

impl LayerKind for Concat {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_beside(input, None)
    }

    fn output_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        let mut joined: Option<Shape> = None;
        for branch in &self.branches {
            let shape = branch.output_inside(input, memory)?;
            joined = Some(match joined {
                None => shape,
                Some(before) => {
                    let axis = axis(before);
                    let fits = before.rank() == shape.rank()
                        && before.without_axis(axis) == shape.without_axis(axis);
                    if !fits {
                        return Err(Unfit::new(format!(
                            "wants branches of the same size (one gives {before}, another {shape})"
                        ))
                        .into());
                    }
                    before.with_axis(axis, before[axis] + shape[axis])
                }
            });
        }
        joined.ok_or_else(|| Unfit::new("wants at least one network inside").into())
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let build = |(i, branch)| builder.chain(&format!("branches.{i}"), branch, input);
        let branches = self.branches.iter().enumerate().map(build);
        Ok(Arc::new(ConcatLayer { branches: branches.collect::<Result<_, _>>()? }))
    }
}

#[derive(Debug)]
struct ConcatLayer {
    branches: Vec<Chain>,
}

impl Layer for ConcatLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        // Every branch begins with the lengths that came; of what they leave, the first counts.
        let (came, mut left) = (pass.lengths, None);
        let outputs = self.branches.iter().map(|branch| {
            pass.lengths = came;
            let output = branch.forward(pass, x);
            left = left.or(pass.lengths);
            output
        });
        let outputs: Vec<Var> = outputs.collect::<Result<_, _>>()?;
        pass.lengths = left;
        let axis = axis(pass.tape.value(outputs[0]).shape().without_batch()) + 1;
        Ok(ops::concat(pass.tape, &outputs, axis)?)
    }
}
