//! One time step of one sample, after the products.
//!
//! Everything is done in blocks of [`LANES`] units, which the compiler turns into vectors. If the units do not fill
//! whole blocks, the last block overlaps the one before it: it is computed first, from the old values, and written
//! last.

use relume_tensor::simd::{self, Kernel};

/// Units that are processed at once.
const LANES: usize = 16;

type Lanes<const N: usize> = [f32; N];

/// `N` numbers from `at` on. (Closures over arrays would not be inlined, and so not be compiled for the processor's
/// vectors.)
#[inline(always)]
fn load<const N: usize>(from: &[f32], at: usize) -> Lanes<N> {
    let mut lanes = [0.0; N];
    lanes.copy_from_slice(&from[at..at + N]);
    lanes
}

/// Calls `of` for each block of `count` units, and `write` with what it returned.
macro_rules! in_blocks {
    ($self:ident, $count:expr, $of:ident, $write:ident) => {
        let count = $count;
        match count.checked_sub(LANES) {
            None => {
                for k in 0..count {
                    let block = $self.$of::<1>(k);
                    $self.$write(k, block);
                }
            }
            Some(last) => {
                let end = $self.$of::<LANES>(last);
                for k in (0..last).step_by(LANES) {
                    let block = $self.$of::<LANES>(k);
                    $self.$write(k, block);
                }
                $self.$write(last, end);
            }
        }
    };
}

/// The gates' functions, the new cell and the new state.
pub(super) struct CellForward<'a> {
    /// i, f, g, o: the sums of the products with the input and the state.
    pub gates: &'a mut [f32],
    pub bias: &'a [f32],
    pub c: &'a mut [f32],
    pub h: &'a mut [f32],
    /// A second place for the new state.
    pub out: &'a mut [f32],
    /// Where the new cell goes as well, if it is saved.
    pub saved: Option<&'a mut [f32]>,
}

struct Forward<const N: usize> {
    gates: [Lanes<N>; 4],
    c: Lanes<N>,
    h: Lanes<N>,
}

impl CellForward<'_> {
    #[inline(always)]
    fn block<const N: usize>(&self, k: usize) -> Forward<N> {
        let n = self.h.len();
        let mut gates = [[0.0; N]; 4];
        for (gate, numbers) in gates.iter_mut().enumerate() {
            let sums = load::<N>(self.gates, gate * n + k);
            let bias = load::<N>(self.bias, gate * n + k);
            for l in 0..N {
                let sum = sums[l] + bias[l];
                numbers[l] = if gate == 2 { simd::tanh(sum) } else { simd::sigmoid(sum) };
            }
        }
        let before = load::<N>(self.c, k);
        let (mut c, mut h) = ([0.0; N], [0.0; N]);
        let [i, f, g, o] = &gates;
        for l in 0..N {
            c[l] = f[l].mul_add(before[l], i[l] * g[l]);
            h[l] = o[l] * simd::tanh(c[l]);
        }
        Forward { gates, c, h }
    }

    #[inline(always)]
    fn write<const N: usize>(&mut self, k: usize, block: Forward<N>) {
        let n = self.h.len();
        for (gate, numbers) in block.gates.iter().enumerate() {
            self.gates[gate * n + k..][..N].copy_from_slice(numbers);
        }
        self.c[k..k + N].copy_from_slice(&block.c);
        self.h[k..k + N].copy_from_slice(&block.h);
        self.out[k..k + N].copy_from_slice(&block.h);
        if let Some(saved) = self.saved.as_deref_mut() {
            saved[k..k + N].copy_from_slice(&block.c);
        }
    }
}

impl Kernel for CellForward<'_> {
    type Output = ();
    #[inline(always)]
    fn run(mut self) {
        in_blocks!(self, self.h.len(), block, write);
    }
}

/// Backward: from the state's gradient to those of the gates and of the previous cell.
pub(super) struct CellBackward<'a> {
    /// After their functions.
    pub gates: &'a [f32],
    pub c: &'a [f32],
    /// `None` for zeros.
    pub c_before: Option<&'a [f32]>,
    pub d_out: &'a [f32],
    pub d_h: &'a [f32],
    pub d_c: &'a mut [f32],
    pub d_gates: &'a mut [f32],
}

struct Backward<const N: usize> {
    d_gates: [Lanes<N>; 4],
    d_c: Lanes<N>,
}

impl CellBackward<'_> {
    #[inline(always)]
    fn block<const N: usize>(&self, k: usize) -> Backward<N> {
        let n = self.c.len();
        let i: Lanes<N> = load(self.gates, k);
        let f: Lanes<N> = load(self.gates, n + k);
        let g: Lanes<N> = load(self.gates, 2 * n + k);
        let o: Lanes<N> = load(self.gates, 3 * n + k);
        let c: Lanes<N> = load(self.c, k);
        let before: Lanes<N> = match self.c_before {
            Some(before) => load(before, k),
            None => [0.0; N],
        };
        let (d_out, d_h): (Lanes<N>, Lanes<N>) = (load(self.d_out, k), load(self.d_h, k));
        let d_c: Lanes<N> = load(self.d_c, k);
        let mut to = Backward { d_gates: [[0.0; N]; 4], d_c: [0.0; N] };
        for l in 0..N {
            let d_h = d_out[l] + d_h[l];
            let tanh_c = simd::tanh(c[l]);
            let d_c = (d_h * o[l]).mul_add(1.0 - tanh_c * tanh_c, d_c[l]);
            to.d_gates[0][l] = d_c * g[l] * i[l] * (1.0 - i[l]);
            to.d_gates[1][l] = d_c * f[l] * (1.0 - f[l]) * before[l];
            to.d_gates[2][l] = d_c * i[l] * (1.0 - g[l] * g[l]);
            to.d_gates[3][l] = d_h * tanh_c * o[l] * (1.0 - o[l]);
            to.d_c[l] = d_c * f[l];
        }
        to
    }

    #[inline(always)]
    fn write<const N: usize>(&mut self, k: usize, block: Backward<N>) {
        let n = self.c.len();
        for (gate, numbers) in block.d_gates.iter().enumerate() {
            self.d_gates[gate * n + k..][..N].copy_from_slice(numbers);
        }
        self.d_c[k..k + N].copy_from_slice(&block.d_c);
    }
}

impl Kernel for CellBackward<'_> {
    type Output = ();
    #[inline(always)]
    fn run(mut self) {
        in_blocks!(self, self.c.len(), block, write);
    }
}
