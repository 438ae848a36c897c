//! Reductions in a fixed order: lane by lane, as the processor adds vectors, then the lanes pairwise. They run on the
//! calling thread and give the same bits in every instruction set.

use super::{Kernel, dispatch, exp};

const LANES: usize = 32;
/// Of so many numbers at most, a sum takes so many lanes: all others would add zeros, which changes no bit.
const FEW: usize = 8;

struct Sum<'a>(&'a [f32]);

impl Kernel for Sum<'_> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        if self.0.len() <= FEW {
            let mut lanes = [0.0f32; FEW];
            for (lane, &x) in lanes.iter_mut().zip(self.0) {
                *lane += x;
            }
            return fold(lanes);
        }
        let mut lanes = [0.0f32; LANES];
        let mut chunks = self.0.chunks_exact(LANES);
        for chunk in &mut chunks {
            for (lane, &x) in lanes.iter_mut().zip(chunk) {
                *lane += x;
            }
        }
        for (lane, &x) in lanes.iter_mut().zip(chunks.remainder()) {
            *lane += x;
        }
        fold(lanes)
    }
}

struct Dot<'a> {
    a: &'a [f32],
    b: &'a [f32],
}

impl Kernel for Dot<'_> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        let mut lanes = [0.0f32; LANES];
        let whole = self.a.len() / LANES * LANES;
        for (a, b) in self.a.chunks_exact(LANES).zip(self.b.chunks_exact(LANES)) {
            for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
                *lane = a.mul_add(b, *lane);
            }
        }
        for ((lane, &a), &b) in lanes.iter_mut().zip(&self.a[whole..]).zip(&self.b[whole..]) {
            *lane = a.mul_add(b, *lane);
        }
        fold(lanes)
    }
}

/// The lanes of a sum added up, pairwise.
#[inline(always)]
fn fold<const N: usize>(mut lanes: [f32; N]) -> f32 {
    let mut width = N / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0]
}

struct Largest<'a>(&'a [f32]);

impl Kernel for Largest<'_> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        let of = |most: f32, x: f32| if x > most || x.is_nan() { x } else { most };
        let of_all = |x: &[f32]| x.iter().fold(f32::NEG_INFINITY, |most, &x| of(most, x));
        let (blocks, rest) = self.0.as_chunks::<LANES>();
        if blocks.is_empty() {
            return of_all(rest);
        }
        let mut lanes = [f32::NEG_INFINITY; LANES];
        for block in blocks {
            for (lane, &x) in lanes.iter_mut().zip(block) {
                *lane = of(*lane, x);
            }
        }
        of(of_all(&lanes), of_all(rest))
    }
}

struct Exponentials<'a> {
    x: &'a [f32],
    shift: f32,
    out: &'a mut [f32],
}

impl Kernel for Exponentials<'_> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        let Exponentials { x, shift, out } = self;
        for (y, &x) in out.iter_mut().zip(x) {
            *y = exp(x - shift);
        }
        Sum(out).run()
    }
}

/// The functions of this file for the loops of a [`Kernel`], which runs in an instruction set already.
pub mod inside {
    use super::{Exponentials, Kernel, Largest, Sum};

    /// [`simd::sum`](super::sum) inside of a kernel.
    #[inline(always)]
    pub fn sum(x: &[f32]) -> f32 {
        Sum(x).run()
    }

    /// [`simd::largest`](super::largest) inside of a kernel.
    #[inline(always)]
    pub fn largest(x: &[f32]) -> f32 {
        Largest(x).run()
    }

    /// [`simd::exponentials`](super::exponentials) inside of a kernel.
    #[inline(always)]
    pub fn exponentials(x: &[f32], shift: f32, out: &mut [f32]) -> f32 {
        Exponentials { x, shift, out }.run()
    }
}

/// The sum of all numbers.
#[inline]
pub fn sum(x: &[f32]) -> f32 {
    dispatch(Sum(x))
}

/// The dot product. Of slices of different lengths, the shorter decides.
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let count = a.len().min(b.len());
    dispatch(Dot { a: &a[..count], b: &b[..count] })
}

/// The largest number; NaN if one is NaN, negative infinity if there are none.
#[inline]
pub fn largest(x: &[f32]) -> f32 {
    dispatch(Largest(x))
}

/// `out[i] = e^(x[i] - shift)`, and the sum of these. Of slices of different lengths, the shorter decides.
#[inline]
pub fn exponentials(x: &[f32], shift: f32, out: &mut [f32]) -> f32 {
    let count = x.len().min(out.len());
    dispatch(Exponentials { x: &x[..count], shift, out: &mut out[..count] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{InstructionSet, dispatch_on};

    /// Whole numbers of every length up to a few blocks: their sums are exact.
    #[test]
    fn every_number_counts_once_in_every_instruction_set() {
        for count in 0..100 {
            let x: Vec<f32> = (0..count).map(|i| (i * 7 % 13) as f32 - 6.0).collect();
            let exact: f32 = x.iter().sum();
            let squares: f32 = x.iter().map(|x| x * x).sum();
            let most = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!((sum(&x), dot(&x, &x), largest(&x)), (exact, squares, most));
            for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
                assert_eq!(dispatch_on(set, Sum(&x)), Some(exact), "{set:?}");
                assert_eq!(dispatch_on(set, Dot { a: &x, b: &x }), Some(squares), "{set:?}");
                assert_eq!(dispatch_on(set, Largest(&x)), Some(most), "{set:?}");
            }
        }
    }

    #[test]
    fn exponentials_are_those_of_exp_and_their_sum() {
        for count in 0..100 {
            let x: Vec<f32> = (0..count).map(|i| (i * 7 % 13) as f32 / 4.0).collect();
            let mut out = vec![0.0; count];
            let total = exponentials(&x, 1.5, &mut out);
            assert!(out.iter().zip(&x).all(|(&y, &x)| y == exp(x - 1.5)));
            assert_eq!(total, sum(&out));
        }
    }

    #[test]
    fn a_nan_is_the_largest_wherever_it_stands() {
        for place in 0..70 {
            let mut x = [f32::INFINITY; 70];
            x[place] = f32::NAN;
            assert!(largest(&x).is_nan(), "{place}");
        }
    }
}
