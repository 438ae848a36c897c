//! Conversions from and to the matrices of nalgebra.

use crate::{Tensor, TensorError};
use nalgebra::DMatrix;

impl From<&DMatrix<f32>> for Tensor {
    fn from(matrix: &DMatrix<f32>) -> Self {
        let (rows, columns) = matrix.shape();
        Tensor::from_fn([rows, columns], |i| matrix[(i / columns, i % columns)])
    }
}

impl TryFrom<&Tensor> for DMatrix<f32> {
    type Error = TensorError;

    fn try_from(tensor: &Tensor) -> Result<Self, TensorError> {
        match *tensor.dims() {
            [rows, columns] => Ok(DMatrix::from_row_slice(rows, columns, tensor.data())),
            _ => {
                let given = tensor.shape();
                Err(TensorError::Rank { operation: "nalgebra", wanted: "a matrix", given })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_keep_their_places() {
        let tensor = Tensor::from_fn([2, 3], |i| i as f32);
        let matrix = DMatrix::try_from(&tensor).unwrap();
        assert_eq!(matrix[(1, 0)], 3.0);
        assert_eq!(Tensor::from(&matrix), tensor);
    }
}
