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
        let mut out = Tensor::uninit(Shape::new(&sizes[..order.len()])?);
        let mut index = [0; Shape::MAX_RANK];
        let mut place = 0;
        for slot in out.data_mut() {
            *slot = self.data()[place];
            for axis in (0..order.len()).rev() {
                index[axis] += 1;
                place += steps[axis];
                if index[axis] < sizes[axis] {
                    break;
                }
                place -= steps[axis] * sizes[axis];
                index[axis] = 0;
            }
        }
        Ok(out)
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
