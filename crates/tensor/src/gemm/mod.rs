//! Matrix products (GEMM): our own kernels for the shapes of networks, and `matrixmultiply` for large ones.

mod dot_microkernel;
mod half;
mod matrix_mut;
mod microkernel;
mod pack;
mod packed;
mod packed_b;
mod unpacked;

pub(crate) use dot_microkernel::{DotAccumulators, DotTileKernel, for_each_dot_tile};
pub use half::gemm_weight;
pub(crate) use half::product_of_transposed;
pub(crate) use microkernel::{MR, TileKernel, for_each_tile, microkernel, row_tiles};
pub(crate) use pack::pack_a;
pub use packed_b::PackedB;

use crate::threads::{self, PIECE, for_pieces};
use crate::{Shape, Tensor, TensorError, interrupt, simd};
use matrix_mut::MatrixMut;
use microkernel::nr;

/// A view of borrowed numbers as a matrix: its rows and columns, and the strides between them.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A matrix of `rows` x `columns` contiguous numbers, row after row.
    ///
    /// # Errors
    /// There are fewer numbers.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Result<Self, TensorError> {
        Self::with_stride(data, rows, columns, columns)
    }

    /// A matrix whose rows start `stride` numbers apart.
    ///
    /// # Errors
    /// The last row does not end inside of the numbers.
    pub fn with_stride(
        data: &'a [f32],
        rows: usize,
        columns: usize,
        stride: usize,
    ) -> Result<Self, TensorError> {
        if needed(rows, columns, stride).is_none_or(|needed| needed > data.len()) {
            return Err(TensorError::MatrixSize { rows, columns, stride, given: data.len() });
        }
        Ok(Matrix { data, rows, columns, row_stride: stride, column_stride: 1 })
    }

    /// [`Matrix::new`] for sizes that this crate has checked.
    ///
    /// # Panics
    /// There are fewer numbers.
    pub(crate) fn view(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::view_with_stride(data, rows, columns, columns)
    }

    /// [`Matrix::with_stride`] for sizes that this crate has checked.
    ///
    /// # Panics
    /// The last row does not end inside of the numbers.
    pub(crate) fn view_with_stride(
        data: &'a [f32],
        rows: usize,
        columns: usize,
        stride: usize,
    ) -> Self {
        let fits = needed(rows, columns, stride).is_some_and(|needed| needed <= data.len());
        assert!(fits, "a matrix of {rows} x {columns}");
        Matrix { data, rows, columns, row_stride: stride, column_stride: 1 }
    }

    /// The transpose, a view of the same numbers.
    pub fn t(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number in a row and column.
    ///
    /// # Panics
    /// There is no such row or column.
    pub fn at(&self, row: usize, column: usize) -> f32 {
        self.data[row * self.row_stride + column * self.column_stride]
    }

    /// Whether each row is contiguous.
    fn has_rows(&self) -> bool {
        self.column_stride == 1
    }

    /// Columns `start..end`.
    fn columns_part(self, start: usize, end: usize) -> Self {
        self.t().part(start, end).t()
    }

    /// Rows `start..end`.
    fn part(self, start: usize, end: usize) -> Self {
        let data = &self.data[(start * self.row_stride).min(self.data.len())..];
        Matrix { data, rows: end - start, ..self }
    }
}

/// How many numbers a matrix spans; `None` if they are too many.
fn needed(rows: usize, columns: usize, stride: usize) -> Option<usize> {
    match rows == 0 || columns == 0 {
        true => Some(0),
        false => (rows - 1).checked_mul(stride)?.checked_add(columns),
    }
}

/// Products of fewer multiply-adds run on the calling thread: handing work to another one takes longer.
const PARALLEL_WORK: usize = 1 << 19;

/// Products with at least so large a K, and at most so many numbers in C, are cut along K.
const LONG_K: usize = 2048;
const SMALL_C: usize = 128 * 1024;

/// c = a b + beta c, over threads (split-K): the sum of products of a fixed number of parts of K, so that each number
/// of `a` and `b` is read only once.
fn split_k(a: Matrix, b: Matrix, beta: f32, c: &mut [f32]) {
    let (k, parts) = k_parts(a.columns);
    let mut sums = Tensor::uninit([parts, c.len()]);
    for_pieces(sums.data_mut(), c.len(), |i, part| {
        let (start, end) = (i * k, ((i + 1) * k).min(a.columns));
        product_serial(a.columns_part(start, end), b.part(start, end), 0.0, part);
    });
    add_parts(&sums, beta, c);
}

/// The length of the parts that K is cut into, and how many there are.
fn k_parts(k: usize) -> (usize, usize) {
    /// A fixed number whatever the number of threads, so that the bits do not depend on it.
    const PARTS: usize = 8;
    let length = k.div_ceil(PARTS);
    (length, k.div_ceil(length))
}

/// c = the sum of the parts `[parts, numbers of c]`, in their order, + beta c.
fn add_parts(sums: &Tensor, beta: f32, c: &mut [f32]) {
    let (parts, count) = (sums.dims()[0], c.len());
    for_pieces(c, PIECE, |piece, c| {
        let at = |part: usize| part * count + piece * PIECE;
        simd::map2_in_place(c, &sums.data()[at(0)..][..c.len()], |c, x| {
            if beta == 0.0 { x } else { beta * c + x }
        });
        (1..parts).for_each(|i| {
            simd::map2_in_place(c, &sums.data()[at(i)..][..c.len()], |c, x| c + x);
        });
    });
}

/// c = a b + beta c, over threads. `c` is contiguous, row after row: as many rows as `a`, as many columns as `b`.
///
/// # Errors
/// The sizes do not fit.
pub fn gemm(a: Matrix, b: Matrix, beta: f32, c: &mut [f32]) -> Result<(), TensorError> {
    check(a, b, c.len())?;
    product(a, b, beta, c);
    Ok(())
}

/// [`gemm`] for sizes that have been checked.
fn product(a: Matrix, b: Matrix, beta: f32, c: &mut [f32]) {
    let work = a.rows * a.columns * b.columns;
    if work < PARALLEL_WORK {
        return product_serial(a, b, beta, c);
    }
    if a.columns >= LONG_K && a.rows * b.columns <= SMALL_C {
        return split_k(a, b, beta, c);
    }
    let algorithm = Algorithm::of(a, b);
    let pieces = threads::current().min(work / (PARALLEL_WORK / 2)).max(1);
    let c = MatrixMut::new(c, b.columns);
    // Cut along the side where less is packed more than once (reading unpacked costs about a quarter of packing). Each
    // number is summed in the same order either way.
    let by_columns = match algorithm {
        Algorithm::Packed if a.has_rows() => 4 * b.columns > a.rows && b.columns >= pieces * nr(),
        _ => b.columns > a.rows,
    };
    let (count, tile) = if by_columns { (b.columns, nr()) } else { (a.rows, MR) };
    let size = count.div_ceil(pieces).next_multiple_of(tile);
    threads::for_each(count.div_ceil(size), |i| {
        let (start, end) = (i * size, ((i + 1) * size).min(count));
        // SAFETY: each piece writes rows or columns of its own.
        unsafe {
            match by_columns {
                true => {
                    algorithm.run(a, b.columns_part(start, end), beta, c.disjoint_part(0, start))
                }
                false => algorithm.run(a.part(start, end), b, beta, c.disjoint_part(start, 0)),
            }
        }
    });
}

/// c = a b + beta c, on the calling thread.
///
/// # Errors
/// The sizes do not fit.
pub fn gemm_serial(a: Matrix, b: Matrix, beta: f32, c: &mut [f32]) -> Result<(), TensorError> {
    check(a, b, c.len())?;
    product_serial(a, b, beta, c);
    Ok(())
}

/// [`gemm_serial`] for sizes that this crate has checked.
///
/// # Panics
/// The sizes do not fit.
pub(crate) fn product_serial(a: Matrix, b: Matrix, beta: f32, c: &mut [f32]) {
    assert_eq!(a.columns, b.rows, "inner sizes of a product");
    assert_eq!(c.len(), a.rows * b.columns, "size of a product");
    Algorithm::of(a, b).run(a, b, beta, MatrixMut::new(c, b.columns));
}

/// Checks the sizes of a product whose result has `len` numbers.
fn check(a: Matrix, b: Matrix, len: usize) -> Result<(), TensorError> {
    if a.columns != b.rows {
        let (left, right) = ([a.rows, a.columns].into(), [b.rows, b.columns].into());
        return Err(TensorError::Mismatch { operation: "the matrix product", left, right });
    }
    let shape = Shape::from([a.rows, b.columns]);
    match shape.count() == len {
        true => Ok(()),
        false => Err(TensorError::Count { shape, given: len }),
    }
}

/// How a product is computed. It follows from the sizes of the whole product, never from those of a thread's part.
#[derive(Clone, Copy)]
enum Algorithm {
    /// With B packed, and A where its rows are not contiguous.
    Packed,
    /// By dot products, where A and B transposed are contiguous along K.
    Unpacked,
    /// By the crate of this name.
    Matrixmultiply,
}

impl Algorithm {
    fn of(a: Matrix, b: Matrix) -> Self {
        /// With a smaller K, summing lane by lane takes longer than packing B.
        const UNPACKED_K: usize = 192;
        /// For so few rows of A, packing B takes longer than it saves.
        const FEW_ROWS: usize = 4;
        let rows_with_rows = a.has_rows() && b.t().has_rows();
        match (b.has_rows(), rows_with_rows) {
            _ if a.rows * a.columns * b.columns > LARGE => Algorithm::Matrixmultiply,
            (false, true) if a.columns >= UNPACKED_K || a.rows <= FEW_ROWS => Algorithm::Unpacked,
            (true, _) | (_, true) => Algorithm::Packed,
            _ => Algorithm::Matrixmultiply,
        }
    }

    /// c = a b + beta c, on the calling thread.
    fn run(self, a: Matrix, b: Matrix, beta: f32, mut c: MatrixMut) {
        if a.columns == 0 || beta != 0.0 && beta != 1.0 {
            c.for_rows(a.rows, b.columns, |row| match beta {
                0.0 => row.fill(0.0),
                _ => row.iter_mut().for_each(|c| *c *= beta),
            });
        }
        let adds = beta != 0.0;
        match self {
            _ if a.columns == 0 => {}
            Algorithm::Packed => packed::product(a, b, adds, c),
            Algorithm::Unpacked => unpacked::product(a, b.t(), adds, c),
            Algorithm::Matrixmultiply => by_matrixmultiply(a, b, adds, c),
        }
    }
}

/// Products of more multiply-adds than this go to `matrixmultiply`, whose packing costs little then.
const LARGE: usize = 1 << 30;

/// The block sizes of `matrixmultiply`, and rows that are done between two looks for an interruption. Cut there, a
/// product packs what it packs as a whole (0.1 % more for its rows), and sums in the same order.
const MATRIXMULTIPLY_NC: usize = 1024;
const MATRIXMULTIPLY_KC: usize = 256;
const ROWS_AT_ONCE: usize = 8192;

/// c = a b, or c += a b if it `adds`, by `matrixmultiply`, in parts between which it may be interrupted.
fn by_matrixmultiply(a: Matrix, b: Matrix, adds: bool, mut c: MatrixMut) {
    for column in (0..b.columns).step_by(MATRIXMULTIPLY_NC) {
        let b = b.columns_part(column, (column + MATRIXMULTIPLY_NC).min(b.columns));
        for start in (0..a.columns).step_by(MATRIXMULTIPLY_KC) {
            let end = (start + MATRIXMULTIPLY_KC).min(a.columns);
            let (a, b) = (a.columns_part(start, end), b.part(start, end));
            for row in (0..a.rows).step_by(ROWS_AT_ONCE) {
                interrupt::check();
                let a = a.part(row, (row + ROWS_AT_ONCE).min(a.rows));
                part_by_matrixmultiply(a, b, adds || start > 0, c.part(row, column));
            }
        }
    }
}

fn part_by_matrixmultiply(a: Matrix, b: Matrix, adds: bool, mut c: MatrixMut) {
    let to = c.as_mut_ptr(a.rows, b.columns);
    // SAFETY: the last element of a `Matrix` lies within its numbers (checked by `Matrix::with_stride`, kept by `t` and
    // `part`), and there is room for the product.
    unsafe {
        matrixmultiply::sgemm(
            a.rows,
            a.columns,
            b.columns,
            1.0,
            a.data.as_ptr(),
            a.row_stride as isize,
            a.column_stride as isize,
            b.data.as_ptr(),
            b.row_stride as isize,
            b.column_stride as isize,
            if adds { 1.0 } else { 0.0 },
            to,
            c.stride() as isize,
            1,
        );
    }
}

impl Tensor {
    /// The matrix product (`torch.matmul`). A vector is a row on the left and a column on the right. With more than two
    /// axes there is a product for each place of the axes before the last two, which broadcast.
    ///
    /// # Errors
    /// A single number, inner sizes that differ, axes that do not broadcast, or a result that does not fit into memory.
    pub fn matmul(&self, other: &Tensor) -> Result<Tensor, TensorError> {
        let mismatch = || TensorError::Mismatch {
            operation: "the matrix product",
            left: self.shape(),
            right: other.shape(),
        };
        let (m, k, k2, n) = match (self.dims(), other.dims()) {
            (&[m, k], &[k2, n]) => (m, k, k2, n),
            (&[k], &[k2, n]) => (1, k, k2, n),
            (&[m, k], &[k2]) => (m, k, k2, 1),
            (&[k], &[k2]) => (1, k, k2, 1),
            ([_, ..], [_, ..]) => return self.batched_matmul(other),
            _ => return Err(mismatch()),
        };
        if k != k2 {
            return Err(mismatch());
        }
        let mut out = Tensor::try_uninit([m, n])?;
        let (a, b) = (Matrix::new(self.data(), m, k)?, Matrix::new(other.data(), k, n)?);
        gemm(a, b, 0.0, out.data_mut())?;
        match (self.rank(), other.rank()) {
            (2, 2) => Ok(out),
            (1, 2) => out.reshape([n]),
            (2, 1) => out.reshape([m]),
            _ => out.reshape(Shape::SCALAR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(rows: usize, columns: usize) -> Tensor {
        Tensor::from_fn([rows, columns], |i| (i as f32).cos())
    }

    /// The definition, in double precision.
    fn product(a: &Tensor, b: &Tensor) -> Vec<f32> {
        let (&[m, k], &[_, n]) = (a.dims(), b.dims()) else { panic!("matrices") };
        let at = |i: usize, j: usize, l: usize| {
            f64::from(a.data()[i * k + l]) * f64::from(b.data()[l * n + j])
        };
        (0..m * n).map(|e| (0..k).map(|l| at(e / n, e % n, l)).sum::<f64>() as f32).collect()
    }

    #[test]
    fn products_of_odd_sizes_follow_the_definition() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 2), (17, 33, 9), (130, 70, 101), (301, 64, 65)] {
            let (a, b) = (waves(m, k), waves(k, n));
            let c = a.matmul(&b).unwrap();
            for (x, y) in c.data().iter().zip(product(&a, &b)) {
                assert!((x - y).abs() <= 1e-5 + 1.3e-6 * y.abs(), "{m} {k} {n}: {x} {y}");
            }
        }
    }

    #[test]
    fn a_transposed_operand_needs_no_copy() {
        let (a, b) = (waves(7, 4), waves(7, 5));
        let mut c = vec![0.0; 20];
        let (left, right) = (Matrix::new(a.data(), 7, 4), Matrix::new(b.data(), 7, 5));
        gemm(left.unwrap().t(), right.unwrap(), 0.0, &mut c).unwrap();
        assert_eq!(c, a.transpose().unwrap().matmul(&b).unwrap().data());
    }

    #[test]
    fn an_empty_inner_axis_gives_zeros() {
        let c = Tensor::zeros([2, 0]).matmul(&Tensor::zeros([0, 3])).unwrap();
        assert_eq!(c, Tensor::zeros([2, 3]));
        assert!(waves(2, 3).matmul(&waves(2, 3)).is_err());
    }

    #[test]
    fn the_bits_do_not_depend_on_the_number_of_threads() {
        let (a, b) = (waves(333, 190), waves(190, 77));
        let with = |n| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
            pool.install(|| a.matmul(&b).unwrap())
        };
        assert_eq!(with(1), with(2));
        assert_eq!(with(1), with(5));
    }
}
