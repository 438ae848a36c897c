//! Transposes and other orders of the axes.

use crate::{Shape, Tensor, TensorError};

impl Tensor {
    /// The transpose of a matrix.
    ///
    /// # Errors
    /// The tensor is not a matrix.
    pub fn transpose(&self) -> Result<Tensor, TensorError> {
        let [rows, columns] = *self.dims() else {
            let given = self.shape();
            return Err(TensorError::Rank { operation: "transpose", wanted: "a matrix", given });
        };
        let mut out = Tensor::uninit([columns, rows]);
        if out.count() > 0 {
            transpose_into(self.data(), rows, columns, out.data_mut());
        }
        Ok(out)
    }

    /// The tensor with its axes in another order: axis `i` of the result is axis `order[i]` of this one.
    ///
    /// # Errors
    /// `order` does not name every axis once.
    pub fn permute(&self, order: &[usize]) -> Result<Tensor, TensorError> {
        let shape = self.shape();
        if let Some(&axis) = order.iter().find(|&&axis| axis >= shape.rank()) {
            return Err(TensorError::Axis { axis, shape });
        }
        let named_once = (0..shape.rank()).all(|axis| order.contains(&axis));
        if order.len() != shape.rank() || !named_once {
            return Err(TensorError::Order { order: order.to_vec(), shape });
        }
        let mut sizes = [0; Shape::MAX_RANK];
        let mut steps = [0; Shape::MAX_RANK];
        let strides = shape.strides();
        for (i, &axis) in order.iter().enumerate() {
            (sizes[i], steps[i]) = (shape[axis], strides[axis]);
        }
        Ok(self.strided(Shape::new(&sizes[..order.len()])?, steps))
    }

    /// The numbers whose places are sums of steps along the axes of `shape`; all of them lie within this tensor.
    pub(crate) fn strided(&self, shape: Shape, steps: [usize; Shape::MAX_RANK]) -> Tensor {
        let mut out = Tensor::uninit(shape);
        let from = self.data();
        let (width, step) = match shape.rank() {
            0 => (1, 0),
            rank => (shape[rank - 1], steps[rank - 1]),
        };
        for_each_row(shape, steps, out.data_mut(), |place, row| match step {
            1 => row.copy_from_slice(&from[place..place + width]),
            _ => row.iter_mut().enumerate().for_each(|(i, slot)| *slot = from[place + i * step]),
        });
        out
    }
}

impl Tensor {
    /// Adds a tensor to the numbers whose places are sums of steps along its axes: the gradient of [`Tensor::strided`].
    pub(crate) fn add_strided(&mut self, steps: [usize; Shape::MAX_RANK], value: &Tensor) {
        let to = self.data_mut();
        let step = value.rank().checked_sub(1).map_or(0, |last| steps[last]);
        // The rows of a copy, which stays as it is.
        let mut value = value.clone();
        for_each_row(value.shape(), steps, value.data_mut(), |place, row| {
            row.iter().enumerate().for_each(|(i, x)| to[place + i * step] += x);
        });
    }
}

/// Calls `work` with each row (last axis) of the numbers of `shape`, and its place by the steps of the axes before.
fn for_each_row(
    shape: Shape,
    steps: [usize; Shape::MAX_RANK],
    out: &mut [f32],
    mut work: impl FnMut(usize, &mut [f32]),
) {
    let outer = shape.rank().saturating_sub(1);
    let width = shape.last().copied().unwrap_or(1);
    let mut index = [0; Shape::MAX_RANK];
    let mut place = 0;
    for row in out.chunks_exact_mut(width.max(1)) {
        work(place, row);
        for axis in (0..outer).rev() {
            index[axis] += 1;
            place += steps[axis];
            if index[axis] < shape[axis] {
                break;
            }
            place -= steps[axis] * shape[axis];
            index[axis] = 0;
        }
    }
}

/// Writes the transpose of `rows` x `columns` numbers, block by block so that both sides stay in cache.
pub(crate) fn transpose_into(from: &[f32], rows: usize, columns: usize, to: &mut [f32]) {
    const BLOCK: usize = 16;
    for top in (0..rows).step_by(BLOCK) {
        for left in (0..columns).step_by(BLOCK) {
            for r in top..(top + BLOCK).min(rows) {
                for c in left..(left + BLOCK).min(columns) {
                    to[c * rows + r] = from[r * columns + c];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_move_as_in_numpy() {
        let t = Tensor::from_fn([2, 3, 2], |i| i as f32);
        // numpy: np.arange(12).reshape(2, 3, 2).transpose(2, 0, 1).ravel()
        let expected = [0., 2., 4., 6., 8., 10., 1., 3., 5., 7., 9., 11.];
        assert_eq!(t.permute(&[2, 0, 1]).unwrap().data(), expected);
        assert!(t.permute(&[0, 0, 1]).is_err());
    }

    #[test]
    fn a_transpose_is_a_permutation() {
        let t = Tensor::from_fn([37, 53], |i| i as f32);
        assert_eq!(t.transpose().unwrap(), t.permute(&[1, 0]).unwrap());
    }
}
