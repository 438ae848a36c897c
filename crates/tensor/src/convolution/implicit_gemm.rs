//! Convolution as an implicit GEMM: `out[M, N] = weights[M, K] * im2col(x)[K, N]`, where the columns are never written.
//! M is output channels, N output pixels, K input channels times kernel points. Each row of im2col(x) is read from a
//! [`PaddedInput`] instead, at an offset of its own.

use super::padded_input::PaddedInput;
use crate::gemm::{MR, TileKernel, for_each_tile, microkernel, pack_a, row_tiles};
use crate::simd::{LANES, Vector, VectorKernel, dispatch_vectors};
use crate::{Matrix, Tensor, TensorError};

/// Where the numbers of im2col(x) are in a padded input: number (k, n) at the sum of two offsets.
#[derive(Clone, Debug)]
pub(super) struct ImplicitGemm {
    pub input: PaddedInput,
    /// For each k: where the kernel point of that channel reads for the first output pixel.
    pub k_offsets: Vec<u32>,
    /// For each vector of N: where its first output pixel is read.
    pub n_offsets: Vec<u32>,
    /// Height and width of the output.
    output: [usize; 2],
    /// Whether vectors run over the ends of the output's rows, as they must where the width is no multiple of a vector.
    crosses_rows: bool,
}

impl ImplicitGemm {
    /// For `channels` of the input, at `points` of the kernel: rows down and columns across.
    ///
    /// # Errors
    /// The padded input is too large for offsets of 32 bits.
    pub fn new(
        input: PaddedInput,
        channels: usize,
        points: impl Iterator<Item = [usize; 2]> + Clone,
        output: [usize; 2],
    ) -> Result<Self, TensorError> {
        input.check_offsets()?;
        let offset = |channel, [down, across]: [usize; 2]| input.offset(channel, down, across);
        let k = (0..channels).flat_map(|c| points.clone().map(move |p| offset(c, p) as u32));
        let k_offsets = k.collect();
        let [height, width] = output;
        let crosses_rows = !width.is_multiple_of(LANES);
        let n_offsets: Vec<u32> = match crosses_rows {
            false => {
                let row = input.row();
                let of_row = |y| (0..width).step_by(LANES).map(move |x| y * row + x);
                (0..height).flat_map(of_row).map(|at| at as u32).collect()
            }
            true => {
                let length = (height - 1) * input.row() + width;
                (0..length).step_by(LANES).map(|at| at as u32).collect()
            }
        };
        Ok(ImplicitGemm { input, k_offsets, n_offsets, output, crosses_rows })
    }

    /// Numbers of a row of the product: whole vectors, with what they read between the output's rows.
    pub fn padded_n(&self) -> usize {
        self.n_offsets.len() * LANES
    }

    fn n(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Rows of output pixels as the product has them: as they are, or in the buffer with zeros between the output's
    /// rows.
    pub fn pad_output<'a>(&self, rows: &'a [f32], buffer: &'a mut [f32]) -> &'a [f32] {
        if !self.crosses_rows {
            return rows;
        }
        let pairs = buffer.chunks_exact_mut(self.padded_n()).zip(rows.chunks_exact(self.n()));
        for (to, from) in pairs {
            to.fill(0.0);
            let rows = to.chunks_mut(self.input.row()).zip(from.chunks_exact(self.output[1]));
            rows.for_each(|(to, from)| to[..from.len()].copy_from_slice(from));
        }
        buffer
    }

    /// A sample's planes, padded: as they are if they need no padding, otherwise in the buffer.
    pub fn pad_input<'a>(&self, planes: &'a [f32], buffer: &'a mut [f32]) -> &'a [f32] {
        if self.input.is_source() && self.reads() <= planes.len() {
            return planes;
        }
        self.input.fill(planes, buffer);
        buffer
    }

    /// `out[m] = bias[m] + weights[m] * im2col(x)` for all output pixels, from a padded `x`. `out` is `[M, N]`.
    pub fn run(&self, x: &[f32], weights: PackedA, bias: Option<&[f32]>, out: &mut [f32]) {
        let mut wide = weights.scratch();
        let mut scratch = Tensor::uninit(if self.crosses_rows { MR * self.padded_n() } else { 0 });
        assert!(x.len() >= self.reads(), "the last vector ends inside of the padded input");
        assert_eq!(weights.k, self.k_offsets.len());
        for (start, rows) in row_tiles(weights.m) {
            let out = &mut out[start * self.n()..][..rows * self.n()];
            let to = match self.crosses_rows {
                true => &mut scratch.data_mut()[..rows * self.padded_n()],
                false => &mut *out,
            };
            let bias: [f32; MR] =
                std::array::from_fn(|r| bias.filter(|_| r < rows).map_or(0.0, |b| b[start + r]));
            let weights = weights.tile(start, rows, &mut wide);
            dispatch_vectors(Tile { gemm: self, x, weights, bias, rows, to });
            if self.crosses_rows {
                let lines = scratch.data().chunks_exact(self.padded_n());
                for (to, from) in out.chunks_exact_mut(self.n()).zip(lines) {
                    let rows =
                        to.chunks_exact_mut(self.output[1]).zip(from.chunks(self.input.row()));
                    rows.for_each(|(to, from)| to.copy_from_slice(&from[..to.len()]));
                }
            }
        }
    }

    /// How many numbers of a padded input vectors may reach.
    pub fn reads(&self) -> usize {
        let last = |offsets: &[u32]| offsets.iter().max().map_or(0, |&at| at as usize);
        last(&self.k_offsets) + last(&self.n_offsets) + LANES
    }
}

/// The weights of a convolution's parts (its groups, or blocks of its output channels), each `[M, K]`, as tiles of rows
/// that are packed.
pub(super) struct PackedWeights<'a> {
    numbers: Packed<'a>,
    m: usize,
    k: usize,
}

/// Where tiles come from.
enum Packed<'a> {
    /// All of them are packed, in one tensor that comes from the pool.
    Wide(Tensor),
    /// Each is widened and packed when it is used.
    Half(Box<WeightRow<'a>>),
}

/// Writes one row of the weights of a part, widened: given the part, the row, and where to.
type WeightRow<'a> = dyn Fn(usize, usize, &mut [f32]) + Sync + 'a;

impl<'a> PackedWeights<'a> {
    /// Memory for the weights of so many parts.
    pub fn uninit(parts: usize, m: usize, k: usize) -> Self {
        PackedWeights { numbers: Packed::Wide(Tensor::uninit([parts, m * k])), m, k }
    }

    /// Weights in half precision, of which only one tile at a time exists in f32 for each thread. `row` writes one row
    /// of a part, widened: given the part, the row, and where to.
    pub fn half(row: impl Fn(usize, usize, &mut [f32]) + Sync + 'a, m: usize, k: usize) -> Self {
        PackedWeights { numbers: Packed::Half(Box::new(row)), m, k }
    }

    /// Packs the weights of one part.
    pub fn pack(&mut self, part: usize, matrix: Matrix) {
        let size = self.m * self.k;
        if let Packed::Wide(numbers) = &mut self.numbers {
            pack_a(matrix, &mut numbers.data_mut()[part * size..][..size]);
        }
    }

    /// The weights of one part.
    pub fn part(&self, part: usize) -> PackedA<'_> {
        let PackedWeights { m, k, .. } = *self;
        let size = m * k;
        let numbers = match &self.numbers {
            Packed::Wide(numbers) => PartNumbers::Wide(&numbers.data()[part * size..][..size]),
            Packed::Half(row) => PartNumbers::Half(&**row, part),
        };
        PackedA { numbers, m, k }
    }
}

/// The weights of one part, packed in tiles of rows.
#[derive(Clone, Copy)]
pub(super) struct PackedA<'a> {
    numbers: PartNumbers<'a>,
    m: usize,
    k: usize,
}

#[derive(Clone, Copy)]
enum PartNumbers<'a> {
    Wide(&'a [f32]),
    Half(&'a WeightRow<'a>, usize),
}

impl PackedA<'_> {
    /// Memory for a tile that is widened, before and after it is packed; empty if none is.
    fn scratch(&self) -> Tensor {
        Tensor::uninit(match self.numbers {
            PartNumbers::Wide(_) => 0,
            PartNumbers::Half(..) => 2 * MR.min(self.m) * self.k,
        })
    }

    fn tile<'s>(&'s self, start: usize, rows: usize, scratch: &'s mut Tensor) -> &'s [f32] {
        match self.numbers {
            PartNumbers::Wide(numbers) => &numbers[start * self.k..][..rows * self.k],
            PartNumbers::Half(row, part) => {
                let size = rows * self.k;
                let (plain, packed) = scratch.data_mut()[..2 * size].split_at_mut(size);
                let lines = plain.chunks_exact_mut(self.k.max(1)).enumerate();
                lines.for_each(|(i, line)| row(part, start + i, line));
                pack_a(Matrix::view(plain, rows, self.k), packed);
                packed
            }
        }
    }
}

/// One tile of rows at all output pixels.
struct Tile<'a> {
    gemm: &'a ImplicitGemm,
    x: &'a [f32],
    weights: &'a [f32],
    bias: [f32; MR],
    rows: usize,
    to: &'a mut [f32],
}

impl VectorKernel for Tile<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let (rows, n) = (self.rows, self.gemm.padded_n());
        assert!(self.to.len() >= rows * n);
        assert!(self.weights.len() >= rows * self.gemm.k_offsets.len());
        // SAFETY: the padded input holds all that vectors read (checked by `ImplicitGemm::run`), and there are rows to
        // write to.
        unsafe { for_each_tile::<V, _>(&mut self, rows, n / V::WIDTH) }
    }
}

impl TileKernel for Tile<'_> {
    #[inline(always)]
    unsafe fn tile<V: Vector, const R: usize, const C: usize>(
        &mut self,
        row: usize,
        vector: usize,
    ) {
        let ImplicitGemm { k_offsets, n_offsets, .. } = self.gemm;
        let n = self.gemm.padded_n();
        // SAFETY: promised by the caller. A vector is one of `n_offsets`, or half of one.
        unsafe {
            let mut sums = [[V::splat(0.0); C]; R];
            for (sums, &bias) in sums.iter_mut().zip(&self.bias[row..]) {
                *sums = [V::splat(bias); C];
            }
            let starts: [*const f32; C] = std::array::from_fn(|c| {
                let pixel = (vector + c) * V::WIDTH;
                self.x.as_ptr().add(n_offsets[pixel / LANES] as usize + pixel % LANES)
            });
            let weights = self.weights.as_ptr().add(row);
            let strides = [1, self.rows];
            microkernel(&mut sums, k_offsets.len(), weights, strides, starts, k_offsets.as_slice());
            for (r, sums) in sums.iter().enumerate() {
                for (c, &sum) in sums.iter().enumerate() {
                    let at = (row + r) * n + (vector + c) * V::WIDTH;
                    sum.store(self.to.as_mut_ptr().add(at));
                }
            }
        }
    }
}
