//! A kernel that walks over a [`Field`]: products of its weights with what it sees from many places at once.

use super::field::Field;
use crate::gemm::pack_tiles;
use crate::kernels::{
    LANES, ROWS, Register, RegisterKernel, Tiles, dispatch, for_tiles, outer_tile, row_tiles,
};
use crate::{Matrix, Tensor};

/// The places of a kernel, in vectors, and what it sees from them.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub field: Field,
    /// For each channel and point of the kernel, where its first number stands.
    pub terms: Vec<u32>,
    /// For each vector of places, where the first of them stands.
    pub vectors: Vec<u32>,
    /// Height and width of the places.
    places: [usize; 2],
    /// Whether the vectors run through row after row, over the ends of the rows, rather than filling each row exactly.
    flat: bool,
}

impl Walk {
    /// `points` are the kernel's, down and across.
    pub fn new(
        field: Field,
        channels: usize,
        points: impl Iterator<Item = [usize; 2]> + Clone,
        places: [usize; 2],
    ) -> Self {
        let offset = |channel, [down, across]: [usize; 2]| field.offset(channel, down, across);
        let terms = (0..channels).flat_map(|c| points.clone().map(move |p| offset(c, p) as u32));
        let terms = terms.collect();
        let flat = !places[1].is_multiple_of(LANES);
        let vectors: Vec<u32> = match flat {
            false => {
                let row = field.row();
                let of_row = |y| (0..places[1]).step_by(LANES).map(move |x| y * row + x);
                (0..places[0]).flat_map(of_row).map(|at| at as u32).collect()
            }
            true => {
                let length = (places[0] - 1) * field.row() + places[1];
                (0..length).step_by(LANES).map(|at| at as u32).collect()
            }
        };
        Walk { field, terms, vectors, places, flat }
    }

    /// Numbers of a line of all vectors: of the places, and of what lies between the rows.
    pub fn line(&self) -> usize {
        self.vectors.len() * LANES
    }

    fn count(&self) -> usize {
        self.places[0] * self.places[1]
    }

    /// Lines of places in the order of the vectors: as they are, or in the buffer with zeros between the rows.
    pub fn spread<'a>(&self, lines: &'a [f32], buffer: &'a mut [f32]) -> &'a [f32] {
        if !self.flat {
            return lines;
        }
        let pairs = buffer.chunks_exact_mut(self.line()).zip(lines.chunks_exact(self.count()));
        for (to, from) in pairs {
            to.fill(0.0);
            let rows = to.chunks_mut(self.field.row()).zip(from.chunks_exact(self.places[1]));
            rows.for_each(|(to, from)| to[..from.len()].copy_from_slice(from));
        }
        buffer
    }

    /// A sample's planes as this reads them: where they are if that is possible, otherwise in the buffer.
    pub fn lay_out<'a>(&self, planes: &'a [f32], buffer: &'a mut [f32]) -> &'a [f32] {
        if self.field.is_source() && self.reads() <= planes.len() {
            return planes;
        }
        self.field.fill(planes, buffer);
        buffer
    }

    /// `out[r] = bias[r] + weights[r] . what is seen`, for each of the rows of `weights`, at all places; `out` is
    /// `[rows, places]`.
    pub fn run(&self, field: &[f32], weights: Packed, bias: Option<&[f32]>, out: &mut [f32]) {
        let mut scratch = Tensor::uninit(if self.flat { ROWS * self.line() } else { 0 });
        assert!(field.len() >= self.reads(), "room behind the field");
        assert_eq!(weights.terms, self.terms.len());
        for (start, rows) in row_tiles(weights.rows) {
            let out = &mut out[start * self.count()..][..rows * self.count()];
            let to =
                if self.flat { &mut scratch.data_mut()[..rows * self.line()] } else { &mut *out };
            let bias: [f32; ROWS] =
                std::array::from_fn(|r| bias.filter(|_| r < rows).map_or(0.0, |b| b[start + r]));
            let weights = weights.tile(start, rows);
            dispatch(Tile { walk: self, field, weights, bias, rows, to });
            if self.flat {
                let lines = scratch.data().chunks_exact(self.line());
                for (to, from) in out.chunks_exact_mut(self.count()).zip(lines) {
                    let rows =
                        to.chunks_exact_mut(self.places[1]).zip(from.chunks(self.field.row()));
                    rows.for_each(|(to, from)| to.copy_from_slice(&from[..to.len()]));
                }
            }
        }
    }

    /// How many numbers of a field vectors may reach.
    pub fn reads(&self) -> usize {
        let last = |offsets: &[u32]| offsets.iter().max().map_or(0, |&at| at as usize);
        last(&self.terms) + last(&self.vectors) + LANES
    }
}

/// The weights of a convolution's parts (its groups, or blocks of its output channels), all `[rows, terms]`, in the order in which
/// tiles read them; in one tensor, which comes from the pool.
pub(super) struct Weights {
    packed: Tensor,
    rows: usize,
    terms: usize,
}

impl Weights {
    /// Room for the weights of so many parts.
    pub fn uninit(parts: usize, rows: usize, terms: usize) -> Self {
        Weights { packed: Tensor::uninit([parts, rows * terms]), rows, terms }
    }

    /// Packs the weights of one part.
    pub fn pack(&mut self, part: usize, matrix: Matrix) {
        let size = self.rows * self.terms;
        pack_tiles(matrix, &mut self.packed.data_mut()[part * size..][..size]);
    }

    /// The weights of one part.
    pub fn part(&self, part: usize) -> Packed<'_> {
        let Weights { rows, terms, .. } = *self;
        let size = rows * terms;
        Packed { numbers: &self.packed.data()[part * size..][..size], rows, terms }
    }
}

/// The weights of one part.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    numbers: &'a [f32],
    rows: usize,
    terms: usize,
}

impl<'a> Packed<'a> {
    fn tile(self, start: usize, rows: usize) -> &'a [f32] {
        &self.numbers[start * self.terms..][..rows * self.terms]
    }
}

/// One tile of rows at all places.
struct Tile<'a> {
    walk: &'a Walk,
    field: &'a [f32],
    weights: &'a [f32],
    bias: [f32; ROWS],
    rows: usize,
    to: &'a mut [f32],
}

impl RegisterKernel for Tile<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Register>(mut self) {
        let (rows, line) = (self.rows, self.walk.line());
        assert!(self.to.len() >= rows * line && self.weights.len() >= rows * self.walk.terms.len());
        // SAFETY: the field reaches as far as all vectors (checked by `Walk::run`), and there are lines to write to.
        unsafe { for_tiles::<V, _>(&mut self, rows, line / V::WIDTH) }
    }
}

impl Tiles for Tile<'_> {
    #[inline(always)]
    unsafe fn tile<V: Register, const R: usize, const C: usize>(
        &mut self,
        row: usize,
        register: usize,
    ) {
        let Walk { terms, vectors, .. } = self.walk;
        let line = self.walk.line();
        // SAFETY: promised by the caller; a register is a vector of places, or half of one.
        unsafe {
            let mut sums = [[V::splat(0.0); C]; R];
            for (sums, &bias) in sums.iter_mut().zip(&self.bias[row..]) {
                *sums = [V::splat(bias); C];
            }
            let starts: [*const f32; C] = std::array::from_fn(|c| {
                let place = (register + c) * V::WIDTH;
                self.field.as_ptr().add(vectors[place / LANES] as usize + place % LANES)
            });
            let weights = self.weights.as_ptr().add(row);
            let strides = [1, self.rows];
            outer_tile(&mut sums, terms.len(), weights, strides, starts, terms.as_slice());
            for (r, sums) in sums.iter().enumerate() {
                for (c, &sum) in sums.iter().enumerate() {
                    let at = (row + r) * line + (register + c) * V::WIDTH;
                    sum.store(self.to.as_mut_ptr().add(at));
                }
            }
        }
    }
}
