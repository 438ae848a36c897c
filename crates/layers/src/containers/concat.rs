//! Parallel branches.

use crate::shape::flatten::axis_of_sample;
use crate::{
    Builder, InnerNetwork, InputMismatch, Layer, LayerError, LayerKind, NetworkSpec, Pass, Refusal,
    network::Chain,
};
use relume_autograd::{OpRef, Var, ops};
use relume_catalog::Spec;
use relume_tensor::Shape;
use smallvec::SmallVec;
use std::sync::Arc;

/// Passes the input to several networks and concatenates their outputs.
///
/// Outputs are concatenated along channels (images), or along features (rows and sequences), unless `axis` says
/// otherwise; axis 0 is the batch, so lines `[channels, length]` are joined with `axis=1`. Parameters:
/// `branches.0.0.weight` and so on. `concat(identity, ...)` keeps the input itself.
///
/// ```relume
/// net = concat(dense(8) -> relu, dense(8) -> tanh) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, check = Self::consistent, text = Self::own_text)]
pub struct Concat {
    /// The networks, one after another.
    pub branches: Vec<NetworkSpec>,
    /// Axis of the concatenation; 1 is the sample's first, -1 its last.
    #[spec(range = -5..=5)]
    pub axis: Option<i64>,
}

impl Concat {
    fn consistent(&self) -> Result<(), String> {
        if self.axis == Some(0) {
            return Err("axis 0 is the batch; the sample's first axis is 1".to_string());
        }
        match self.branches.is_empty() {
            true => Err("at least one network must stand inside".to_string()),
            false => Ok(()),
        }
    }

    fn own_text(&self) -> String {
        let mut inside: Vec<String> = self.branches.iter().map(NetworkSpec::to_string).collect();
        inside.extend(self.axis.map(|axis| format!("axis={axis}")));
        format!("concat({})", inside.join(", "))
    }
}

impl Concat {
    /// The axis of a sample of this shape along which outputs are concatenated.
    fn joined_axis(&self, shape: Shape) -> Result<usize, InputMismatch> {
        match self.axis {
            Some(axis) => axis_of_sample(axis, shape),
            None => Ok(if shape.rank() == 2 { 1 } else { 0 }),
        }
    }
}

impl LayerKind for Concat {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        self.output_shape_beside(input, None)
    }

    fn output_shape_beside(&self, input: Shape, memory: Option<Shape>) -> Result<Shape, Refusal> {
        let mut joined: Option<Shape> = None;
        for branch in &self.branches {
            let shape = branch.output_inside(input, memory)?;
            let axis = self.joined_axis(shape)?;
            joined = Some(match joined {
                None => shape,
                Some(before) => {
                    let fits = before.rank() == shape.rank()
                        && before.without_axis(axis) == shape.without_axis(axis);
                    if !fits {
                        return Err(InputMismatch::new(format!(
                            "wants branches of the same size (one gives {before}, another {shape})"
                        ))
                        .help(format!(
                            "they may differ along axis {} alone; axis=... says which",
                            axis + 1
                        ))
                        .into());
                    }
                    before.with_axis(axis, before[axis] + shape[axis])
                }
            });
        }
        joined.ok_or_else(|| InputMismatch::new("wants at least one network inside").into())
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let build = |(i, branch)| builder.chain(&format!("branches.{i}"), branch, input);
        let branches = self.branches.iter().enumerate().map(build);
        let branches = branches.collect::<Result<_, _>>()?;
        let output = self
            .branches
            .first()
            .map(|branch| branch.shapes_beside(input, builder.memory()))
            .transpose()?;
        let output = output.and_then(|shapes| shapes.last().copied()).unwrap_or(input);
        let axis = self.joined_axis(output)? + 1;
        Ok(Arc::new(ConcatLayer { branches, join: Arc::new(ops::Concat { axis }).into() }))
    }

    fn networks(&self) -> Vec<InnerNetwork<'_>> {
        let named = |(i, spec)| InnerNetwork::named(format!("branches.{i}"), spec);
        self.branches.iter().enumerate().map(named).collect()
    }
}

#[derive(Debug)]
struct ConcatLayer {
    branches: Vec<Chain>,
    join: OpRef,
}

impl Layer for ConcatLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        // Every branch starts with the lengths of the input; the first lengths that remain count.
        let (came, mut left) = (pass.lengths, None);
        let outputs = self.branches.iter().map(|branch| {
            pass.lengths = came;
            let output = branch.forward(pass, x).and_then(|output| pass.numbers(output));
            left = left.or(pass.lengths);
            output
        });
        let outputs: SmallVec<[Var; 8]> = outputs.collect::<Result<_, _>>()?;
        pass.lengths = left;
        Ok(pass.tape.apply(&self.join, &outputs)?)
    }

    /// Each layer inside is asked separately.
    fn takes_indices(&self) -> bool {
        true
    }
}
