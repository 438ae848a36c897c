//! The seeded generator of random numbers: the same numbers from the same seed on every platform.
//!
//! xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), seeded through SplitMix64.

use crate::{Shape, Tensor, simd};

/// A generator of random numbers; its whole state is four words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// A generator that always gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        let mut x = seed;
        let state = std::array::from_fn(|_| {
            x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = x;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        });
        Rng { state }
    }

    /// A generator for one purpose of a seed (an epoch's order, a layer's start), apart from all others.
    pub fn stream(seed: u64, stream: u64) -> Self {
        let mut mixed = Rng::new(stream ^ 0xA5A5_5A5A_0F0F_F0F0);
        Rng::new(seed ^ mixed.next_u64())
    }

    /// The state, to be saved.
    pub fn state(&self) -> [u64; 4] {
        self.state
    }

    /// A generator that goes on from a saved state.
    pub fn from_state(state: [u64; 4]) -> Self {
        Rng { state }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number from [0, 1), one of 2^24 equally spaced ones.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// A number from [`low`, `high`).
    pub fn uniform_in(&mut self, low: f32, high: f32) -> f32 {
        self.uniform().mul_add(high - low, low)
    }

    /// A whole number below `bound` (0 for a bound of 0), each equally likely up to 2^-64 of the bound (Lemire, 2019).
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A number of the standard normal distribution, by Marsaglia's polar method.
    pub fn normal(&mut self) -> f32 {
        loop {
            let u = self.uniform_in(-1.0, 1.0);
            let v = self.uniform_in(-1.0, 1.0);
            let s = u.mul_add(u, v * v);
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * simd::ln(s) / s).sqrt();
            }
        }
    }

    /// Puts items into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A tensor of numbers from [`low`, `high`).
    pub fn uniform_tensor(&mut self, shape: impl Into<Shape>, low: f32, high: f32) -> Tensor {
        Tensor::from_fn(shape, |_| self.uniform_in(low, high))
    }

    /// A tensor of normally distributed numbers.
    pub fn normal_tensor(&mut self, shape: impl Into<Shape>, mean: f32, std: f32) -> Tensor {
        Tensor::from_fn(shape, |_| self.normal().mul_add(std, mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_xoshiro256_plus_plus() {
        // The reference implementation's first outputs from the state 1, 2, 3, 4 (as in the rand_xoshiro crate's tests).
        let mut rng = Rng::from_state([1, 2, 3, 4]);
        let expected =
            [41943041u64, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205];
        assert_eq!(expected.map(|_| rng.next_u64()), expected);
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_distribution() {
        let n = 200_000;
        let draws = Rng::new(7).normal_tensor(n, 0.0, 1.0);
        let moment =
            |p: i32| draws.data().iter().map(|&x| f64::from(x).powi(p)).sum::<f64>() / n as f64;
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.01);
        assert!(moment(3).abs() < 0.03 && (moment(4) - 3.0).abs() < 0.08);
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<usize> = (0..100).collect();
        Rng::new(1).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
