//! Products with weights in half precision, which are widened block by block.

use super::{
    Algorithm, LONG_K, MR, MatrixMut, PARALLEL_WORK, SMALL_C, add_parts, k_parts, nr,
    product_serial,
};
use crate::half::Halves;
use crate::threads::{self, for_pieces};
use crate::{Matrix, Tensor, TensorError, gemm};
use std::ops::Range;

/// c = a W^T + beta c, over threads, for some of the rows of a weight W `[outputs, inputs]`, stored in any precision.
/// `c` is contiguous, row after row: as many rows as `a`, as many columns as there are rows of W.
///
/// A weight in half precision is widened block by block, and gives the bits that the same numbers in f32 give.
///
/// # Errors
/// The sizes do not fit.
pub fn gemm_weight(
    a: Matrix,
    weight: &Tensor,
    rows: Range<usize>,
    beta: f32,
    c: &mut [f32],
) -> Result<(), TensorError> {
    let &[outputs, inputs] = weight.dims() else {
        let wanted = "a weight [outputs, inputs]";
        return Err(TensorError::Rank { operation: "a product", wanted, given: weight.shape() });
    };
    if rows.start > rows.end || rows.end > outputs {
        return Err(TensorError::Index { index: rows.end.max(rows.start), size: outputs });
    }
    let Some(halves) = weight.halves() else {
        let own = &weight.data()[rows.start * inputs..rows.end * inputs];
        return gemm(a, Matrix::new(own, rows.len(), inputs)?.t(), beta, c);
    };
    if a.columns != inputs || c.len() != a.rows * rows.len() {
        let (left, right) = ([a.rows, a.columns].into(), [inputs, rows.len()].into());
        return Err(TensorError::Mismatch { operation: "a product", left, right });
    }
    Weight { halves, rows, inputs }.product(a, beta, c);
    Ok(())
}

/// c = W^T b, on the calling thread, for some rows of a weight W `[outputs, ...]`, stored in any precision, as a
/// matrix: the sizes have been checked. One in half precision is widened block by block, and gives the bits that the
/// same numbers in f32 give.
///
/// # Panics
/// The sizes do not fit.
pub(crate) fn product_of_transposed(weight: &Tensor, rows: Range<usize>, b: Matrix, c: &mut [f32]) {
    let k = weight.shape().tail(1).count();
    let Some(halves) = weight.halves() else {
        let own = &weight.data()[rows.start * k..rows.end * k];
        return product_serial(Matrix::view(own, rows.len(), k).t(), b, 0.0, c);
    };
    assert_eq!((rows.len(), c.len()), (b.rows, k * b.columns), "sizes of a product");
    let whole = Matrix { data: &[], rows: k, columns: rows.len(), row_stride: 1, column_stride: k };
    let algorithm = Algorithm::of(whole, b);
    let size = (HALF_BLOCK / rows.len().max(1) / MR).max(1) * MR;
    let mut wide = Tensor::uninit([rows.len(), size.min(k)]);
    for (i, c) in c.chunks_mut((size * b.columns).max(1)).enumerate() {
        let block = i * size..((i + 1) * size).min(k);
        let lines = wide.data_mut().chunks_exact_mut(block.len());
        for (row, to) in rows.clone().zip(lines) {
            halves.widen(row * k + block.start..row * k + block.end, to);
        }
        let a = Matrix::view(wide.data(), rows.len(), block.len()).t();
        algorithm.run(a, b, 0.0, MatrixMut::new(c, b.columns));
    }
}

/// Numbers that are widened at once.
const HALF_BLOCK: usize = 1 << 16;

/// Rows of a weight.
struct Weight<'a> {
    halves: Halves<'a>,
    rows: Range<usize>,
    inputs: usize,
}

impl Weight<'_> {
    /// The same decisions as those of [`gemm`], so that each number is summed in the same order.
    fn product(&self, a: Matrix, beta: f32, c: &mut [f32]) {
        let (outputs, work) = (self.rows.len(), a.rows * a.columns * self.rows.len());
        if work >= PARALLEL_WORK && a.columns >= LONG_K && a.rows * outputs <= SMALL_C {
            return self.split_k(a, beta, c);
        }
        let algorithm = Algorithm::of(a, self.shape(a.columns));
        let size = self.block(algorithm, a.columns);
        let c = MatrixMut::new(c, outputs);
        let run = |i: usize| {
            let block = i * size..((i + 1) * size).min(outputs);
            // SAFETY: each block writes columns of its own.
            let c = unsafe { c.disjoint_part(0, block.start) };
            self.run(algorithm, (a, 0..a.columns), block, (beta, c));
        };
        match outputs.div_ceil(size) {
            blocks if work < PARALLEL_WORK => (0..blocks).for_each(run),
            blocks => threads::for_each(blocks, run),
        }
    }

    fn split_k(&self, a: Matrix, beta: f32, c: &mut [f32]) {
        let outputs = self.rows.len();
        let (k, parts) = k_parts(a.columns);
        let mut sums = Tensor::uninit([parts, c.len()]);
        for_pieces(sums.data_mut(), c.len(), |i, part| {
            let terms = i * k..((i + 1) * k).min(a.columns);
            let a = a.columns_part(terms.start, terms.end);
            let algorithm = Algorithm::of(a, self.shape(terms.len()));
            let size = self.block(algorithm, terms.len());
            let mut part = MatrixMut::new(part, outputs);
            for start in (0..outputs).step_by(size) {
                let block = start..(start + size).min(outputs);
                let c = part.part(0, start);
                self.run(algorithm, (a, terms.clone()), block, (0.0, c));
            }
        });
        add_parts(&sums, beta, c);
    }

    /// What the transposed weight looks like to the choice of an algorithm.
    fn shape(&self, terms: usize) -> Matrix<'static> {
        let columns = self.rows.len();
        Matrix { data: &[], rows: terms, columns, row_stride: 1, column_stride: self.inputs }
    }

    /// Outputs that are widened at once, a multiple of NR.
    fn block(&self, algorithm: Algorithm, terms: usize) -> usize {
        // `matrixmultiply` packs A for each block: there are to be few of them.
        let numbers = match algorithm {
            Algorithm::Matrixmultiply => 1 << 20,
            Algorithm::Packed | Algorithm::Unpacked => HALF_BLOCK,
        };
        (numbers / terms.max(1) / nr()).max(1) * nr()
    }

    /// A block of outputs, summed over some of the inputs, which are all columns of `a`.
    fn run(
        &self,
        algorithm: Algorithm,
        (a, terms): (Matrix, Range<usize>),
        block: Range<usize>,
        (beta, c): (f32, MatrixMut),
    ) {
        let mut wide = Tensor::uninit([block.len(), terms.len()]);
        let rows = wide.data_mut().chunks_exact_mut(terms.len().max(1));
        for (row, to) in block.clone().zip(rows) {
            let start = (self.rows.start + row) * self.inputs;
            self.halves.widen(start + terms.start..start + terms.end, to);
        }
        let b = Matrix::view(wide.data(), block.len(), terms.len()).t();
        algorithm.run(a, b, beta, c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Precision;

    #[test]
    fn a_weight_in_half_precision_gives_the_bits_of_the_same_numbers_in_f32() {
        // Small, unpacked, packed, cut along K, and by matrixmultiply.
        for (rows, inputs, outputs) in [
            (1, 1, 1),
            (3, 7, 5),
            (2, 600, 301),
            (70, 64, 300),
            (4, 2100, 150),
            (40, 5000, 33),
            (1100, 1024, 1030),
        ] {
            let a = Tensor::from_fn([rows, inputs], |i| (i as f32 * 0.37).cos());
            let weight = Tensor::from_fn([outputs, inputs], |i| (i as f32 * 0.71).sin());
            let bias = Tensor::from_fn([rows, outputs], |i| (i % outputs) as f32);
            for precision in [Precision::F16, Precision::Bf16] {
                let half = weight.to_precision(precision);
                let wide = half.to_precision(Precision::F32);
                let part = outputs / 3..outputs;
                for (beta, part) in [(0.0, 0..outputs), (1.0, 0..outputs), (0.0, part)] {
                    let [found, expected] = [&half, &wide].map(|weight| {
                        let mut c = bias.data()[..rows * part.len()].to_vec();
                        let a = Matrix::view(a.data(), rows, inputs);
                        gemm_weight(a, weight, part.clone(), beta, &mut c).unwrap();
                        c
                    });
                    assert!(found == expected, "{rows} {inputs} {outputs} {precision} {part:?}");
                }
            }
        }
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        let weight = Tensor::zeros([4, 3]);
        for weight in [weight.clone(), weight.to_precision(Precision::F16)] {
            let a = Tensor::zeros([2, 3]);
            let product = |inputs, rows, size| {
                let a = Matrix::view(a.data(), 2, inputs);
                gemm_weight(a, &weight, rows, 0.0, &mut vec![0.0; size])
            };
            assert!(product(3, 0..4, 8).is_ok() && product(3, 2..4, 4).is_ok());
            assert!(product(2, 0..4, 8).is_err());
            assert!(product(3, 0..4, 7).is_err());
            assert!(product(3, 1..5, 8).is_err());
        }
    }
}
