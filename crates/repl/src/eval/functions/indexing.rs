//! Functions that pick numbers by conditions and positions.

use super::Function;
use super::call::Call;
use super::operand::Operand;
use crate::{Failure, Value};
use relume_autograd::ops;
use relume_catalog::Spec;
use relume_tensor::Tensor;

/// Numbers of one tensor where a condition holds, and of another where it does not.
///
/// The three are broadcast together. The gradient flows to where the number came from, and is 0 for the other one, also
/// where that has no finite slope: where(x > 0, sqrt(x), 0) has none of PyTorch's NaN at 0.
///
/// ```relume
/// where([1, 0, 1], [1, 2, 3], 0)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Where {
    /// A tensor: what is not 0 holds.
    pub condition: Operand,
    /// The numbers where it holds.
    pub x: Operand,
    /// The numbers where it does not.
    pub y: Operand,
}

impl Function for Where {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let [condition] = call.tensors([self.condition])?;
        call.broadcast([self.condition, self.x, self.y])?;
        call.apply([self.x, self.y], |tape, [x, y]| ops::where_else(tape, &condition, x, y))
    }
}

/// The numbers at given positions along an axis: those of the positions' shape.
///
/// For a matrix and axis 1, the result at `[i, j]` is `x[i, index[i, j]]`.
///
/// ```relume
/// gather([[1, 2], [3, 4]], 1, [[0], [1]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Gather {
    /// A tensor.
    pub x: Operand,
    /// The axis.
    pub axis: i64,
    /// Positions along the axis, in a tensor of as many axes.
    pub index: Operand,
}

impl Function for Gather {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let index = call.indices(self.index)?;
        call.apply([self.x], |tape, [x]| ops::gather(tape, x, self.axis, &index))
    }
}

/// A tensor with other numbers at given positions along an axis.
///
/// For a matrix and axis 1, `source[i, j]` stands at `[i, index[i, j]]` of the result. Of several for one place the
/// last counts.
///
/// ```relume
/// scatter(zeros(2, 3), 1, [[0], [2]], [[5], [6]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Scatter {
    /// A tensor.
    pub x: Operand,
    /// The axis.
    pub axis: i64,
    /// Positions along the axis, in a tensor of as many axes.
    pub index: Operand,
    /// The numbers, in the shape of the positions.
    pub source: Operand,
}

impl Function for Scatter {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let index = call.indices(self.index)?;
        call.apply([self.x, self.source], |tape, [x, source]| {
            ops::scatter(tape, x, self.axis, &index, source)
        })
    }
}

/// Class indices as rows with a 1 at the class and zeros elsewhere.
///
/// ```relume
/// one_hot([2, 0], 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct OneHot {
    /// Class indices.
    pub x: Operand,
    /// How many classes; one more than the largest index if not given.
    #[spec(positive)]
    pub classes: Option<usize>,
}

impl Function for OneHot {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let index = call.indices(self.x)?;
        let most = index.data().iter().max().map_or(0, |&most| most as usize + 1);
        let classes = self.classes.unwrap_or(most);
        if most > classes {
            let last = classes.saturating_sub(1);
            let text = format!("{} is not one of the classes 0 to {last}", most - 1);
            return Err(call.failure(text));
        }
        let shape = call.new_shape(&[&index.shape()[..], &[classes]].concat())?;
        let mut rows = Tensor::zeros(shape);
        let numbers = rows.data_mut().chunks_exact_mut(classes.max(1));
        numbers.zip(index.data()).for_each(|(row, &class)| row[class as usize] = 1.0);
        Ok(Value::Tensor(rows))
    }
}
