//! Samples in another shape, and axes in another order.

use crate::shape::flatten::view_to;
use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Pass, Refusal};
use relume_autograd::Var;
use relume_autograd::ops::Permute as PermuteOp;
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Gives samples another shape, their numbers in the same order.
///
/// One size may be -1: it is inferred. The batch is not among the sizes.
///
/// ```relume
/// net = input(64) -> reshape([1, 8, 8]) -> conv2d(4, 3) -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["unflatten"], check = Self::consistent)]
pub struct Reshape {
    /// Sizes of a sample's axes; -1 is inferred.
    #[spec(range = -1..)]
    pub sizes: Vec<i64>,
}

impl Reshape {
    fn consistent(&self) -> Result<(), String> {
        if !(1..=5).contains(&self.sizes.len()) {
            return Err(format!("a sample has 1 to 5 axes, not {}", self.sizes.len()));
        }
        if self.sizes.contains(&0) {
            return Err("a size is at least 1, or -1 for what is left".to_string());
        }
        match self.sizes.iter().filter(|&&size| size < 0).count() {
            0 | 1 => Ok(()),
            _ => Err("only one size can be -1".to_string()),
        }
    }
}

impl LayerKind for Reshape {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let given = |size: i64| usize::try_from(size).ok();
        let known = self.sizes.iter().copied().filter_map(given).try_fold(1, usize::checked_mul);
        let known = known.unwrap_or(usize::MAX);
        let open = self.sizes.iter().any(|&size| size < 0);
        let fits = if open { input.count().is_multiple_of(known) } else { input.count() == known };
        if !fits {
            let wanted = match open {
                true => format!("wants a multiple of {known} numbers (not {})", input.count()),
                false => format!("wants {known} numbers (not {})", input.count()),
            };
            let help = "the product of the sizes is the count of the numbers; one may be -1";
            return Err(InputMismatch::new(wanted).help(help).into());
        }
        let left = input.count() / known;
        let sizes: Vec<usize> =
            self.sizes.iter().map(|&size| given(size).unwrap_or(left)).collect();
        Shape::new(&sizes).map_err(|error| InputMismatch::new(error.to_string()).into())
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        view_to(self.output_shape(input), Vec::new())
    }
}

/// Puts the axes of samples into another order.
///
/// `permute([2, 1])` makes `[time, features]` into `[features, time]`, as conv1d needs it; `permute([3, 1, 2])` makes
/// `[height, width, channels]` into `[channels, height, width]`. Axis 0 is the batch, which stays first.
///
/// ```relume
/// net = input(100, 3) -> permute([2, 1]) -> conv1d(8, 5) -> flatten -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, check = Self::consistent)]
pub struct Permute {
    /// The axes 1, 2, ... in their new order.
    #[spec(range = 1..=5)]
    pub axes: Vec<usize>,
}

impl Permute {
    fn consistent(&self) -> Result<(), String> {
        let count = self.axes.len();
        match count > 0 && (1..=count).all(|axis| self.axes.contains(&axis)) {
            true => Ok(()),
            false => Err("axes must name each of 1, 2, ... once".to_string()),
        }
    }
}

impl LayerKind for Permute {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        if input.rank() != self.axes.len() {
            let wanted = format!("wants samples of {} axes", self.axes.len());
            let help = format!("name all of the axes: 1 to {}", input.rank());
            return Err(InputMismatch::new(wanted).help(help).into());
        }
        let sizes = self.axes.iter().enumerate();
        Ok(sizes.fold(input, |shape, (to, &from)| shape.with_axis(to, input[from - 1])))
    }

    fn build(&self, _: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let keeps_time = self.axes.first() == Some(&1);
        Ok(Arc::new(Permuted { operation: permutation(&self.axes), keeps_time }))
    }
}

#[derive(Debug)]
struct Permuted {
    operation: Operation,
    /// Whether the first axis, along which sequences have their lengths, keeps its position.
    keeps_time: bool,
}

impl Layer for Permuted {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        if !self.keeps_time {
            pass.lengths = None;
        }
        self.operation.forward(pass, x)
    }
}

/// The order of a sample's axes, counted from 1, as an operation on batches.
pub(crate) fn permutation(axes: &[usize]) -> Operation {
    let order = [&[0], axes].concat();
    Operation::new(Arc::new(PermuteOp { order }), Vec::new())
}
