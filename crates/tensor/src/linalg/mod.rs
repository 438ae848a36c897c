//! Linear algebra of matrices by nalgebra, computed in double precision. With more than two axes there is a problem for
//! each matrix in the last two.

mod batch;
mod decompositions;
mod factors;
mod solve;

pub use decompositions::{Eigh, Qr, Svd};

use crate::{Tensor, TensorError};
use nalgebra::DMatrix;

/// Rounds of an iterative decomposition after which it is given up; they take a few for each row.
const MOST_ROUNDS: usize = 10_000;

impl Tensor {
    /// The numbers of a matrix in double precision.
    fn matrix64(&self, operation: &'static str) -> Result<DMatrix<f64>, TensorError> {
        let [rows, columns] = *self.dims() else {
            return Err(TensorError::Rank { operation, wanted: "a matrix", given: self.shape() });
        };
        if self.count() == 0 {
            return Err(TensorError::Empty { operation });
        }
        if let Some(value) = self.data().iter().find(|x| !x.is_finite()) {
            let problem = format!("all numbers are finite, which {value} is not");
            return Err(TensorError::Argument { operation, problem });
        }
        Ok(DMatrix::from_row_iterator(rows, columns, self.data().iter().map(|&x| f64::from(x))))
    }

    /// The numbers of a matrix with as many rows as columns, in double precision.
    fn square64(&self, operation: &'static str) -> Result<DMatrix<f64>, TensorError> {
        let matrix = self.matrix64(operation)?;
        match matrix.is_square() {
            true => Ok(matrix),
            false => {
                Err(TensorError::Rank { operation, wanted: "a square matrix", given: self.shape() })
            }
        }
    }

    fn of_matrix64(matrix: &DMatrix<f64>) -> Tensor {
        let (rows, columns) = matrix.shape();
        let mut out = Tensor::uninit([rows, columns]);
        // The transpose of a matrix in columns is one in rows.
        let in_rows = matrix.transpose();
        out.data_mut().iter_mut().zip(in_rows.iter()).for_each(|(slot, &x)| *slot = x as f32);
        out
    }

    fn of_vector64<'a>(numbers: impl ExactSizeIterator<Item = &'a f64>) -> Tensor {
        let mut out = Tensor::uninit(numbers.len());
        out.data_mut().iter_mut().zip(numbers).for_each(|(slot, &x)| *slot = x as f32);
        out
    }
}

/// Refuses a matrix whose rows depend on one another to double precision, whatever their scales.
fn check_regular(matrix: &DMatrix<f64>, operation: &'static str) -> Result<(), TensorError> {
    let mut balanced = matrix.clone();
    for mut row in balanced.row_iter_mut() {
        row.unscale_mut(row.amax());
    }
    for mut column in balanced.column_iter_mut() {
        column.unscale_mut(column.amax());
    }
    let least = matrix.nrows() as f64 * f64::EPSILON;
    let pivots = balanced.lu().u().diagonal();
    // A row or column of zeros makes NaN, which is no pivot either.
    match pivots.iter().all(|pivot| pivot.abs() > least) {
        true => Ok(()),
        false => Err(TensorError::Singular { operation }),
    }
}
