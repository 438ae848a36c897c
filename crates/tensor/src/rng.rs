//! The generator of random numbers: the same seed gives the same numbers on every platform.
//!
//! xoshiro256++ (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), seeded through
//! SplitMix64.

use crate::{Shape, Tensor, simd};

/// What a sequence of random numbers is drawn for. Each purpose of a seed has a stream of its own, so that drawing more
/// numbers for one purpose never changes another's.
///
/// [`Stream::number`] is what [`Rng::stream`] mixes with the seed. These numbers are fixed: changing one changes what
/// every user's seed gives, and how a saved run continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The initial parameters of a network: 0.
    Parameters,
    /// What layers draw while a network trains (dropout, noise): 1.
    Training,
    /// Which samples of a data set are held out for testing: 2.
    Split,
    /// The samples of a synthetic data set: 3.
    Synthetic,
    /// The prompt's `random(...)`: 4.
    Prompt,
    /// Which recordings are joined to strings of spoken words: 5.
    JoinedRecordings,
    /// What the prompt's `rand`, `randn`, `randint` and `randperm` draw, one call after the other: 6.
    Draws,
    /// Which samples are held out for validation, and which are in each fold of a cross-validation: 7.
    HeldOut,
    /// The values that a search tries: 8.
    Search,
    /// The order of an epoch's samples, by epoch: from 16.
    Shuffle(u64),
    /// The key of an epoch's augmentations, by epoch: from 2^40.
    Augmentation(u64),
    /// The key of an augmented variant of samples that are predicted several times, by variant: from 2^41.
    Variant(u64),
    /// One item of many that share a key (a sample of an augmentation, a piece of a tensor), by index: from 0. The seed
    /// should be a key drawn for these items alone, since the numbers are also those of the purposes above. The one
    /// exception: words that a file of word vectors lacks are drawn from the user's seed itself, so that existing
    /// scripts keep their results.
    Item(u64),
    /// A batch as a whole (the share of a mixup), by its number, beside the items of the same key: from 2^64 - 1
    /// downwards.
    Batch(u64),
}

impl Stream {
    /// The number that is mixed with the seed.
    pub const fn number(self) -> u64 {
        match self {
            Stream::Parameters => 0,
            Stream::Training => 1,
            Stream::Split => 2,
            Stream::Synthetic => 3,
            Stream::Prompt => 4,
            Stream::JoinedRecordings => 5,
            Stream::Draws => 6,
            Stream::HeldOut => 7,
            Stream::Search => 8,
            Stream::Shuffle(epoch) => epoch.wrapping_add(16),
            Stream::Augmentation(epoch) => epoch.wrapping_add(1 << 40),
            Stream::Variant(variant) => variant.wrapping_add(1 << 41),
            Stream::Item(index) => index,
            Stream::Batch(number) => u64::MAX - number,
        }
    }
}

/// A generator of random numbers, with a state of four words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// A generator with a seed.
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

    /// A generator for one purpose of a seed, independent of all others.
    pub fn stream(seed: u64, stream: Stream) -> Self {
        let mut mixed = Rng::new(stream.number() ^ 0xA5A5_5A5A_0F0F_F0F0);
        Rng::new(seed ^ mixed.next_u64())
    }

    /// The state, to save it.
    pub fn state(&self) -> [u64; 4] {
        self.state
    }

    /// A generator that continues from a saved state.
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

    /// A uniformly distributed number from [0, 1), a multiple of 2^-24.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u64() >> 40) as f32 * (1.0 / 16_777_216.0)
    }

    /// A uniformly distributed number from [`low`, `high`).
    pub fn uniform_in(&mut self, low: f32, high: f32) -> f32 {
        self.uniform().mul_add(high - low, low)
    }

    /// A whole number below `bound` (0 for a bound of 0), each equally likely up to 2^-64 of the bound (Lemire, 2019).
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A number from the standard normal distribution, by Marsaglia's polar method.
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

    /// Puts items in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A tensor of uniformly distributed numbers from [`low`, `high`).
    ///
    /// # Panics
    /// It does not fit into memory.
    pub fn uniform_tensor(&mut self, shape: impl Into<Shape>, low: f32, high: f32) -> Tensor {
        Tensor::from_fn(shape, |_| self.uniform_in(low, high))
    }

    /// A tensor of normally distributed numbers.
    ///
    /// # Panics
    /// It does not fit into memory.
    pub fn normal_tensor(&mut self, shape: impl Into<Shape>, mean: f32, std: f32) -> Tensor {
        Tensor::from_fn(shape, |_| self.normal().mul_add(std, mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_xoshiro256_plus_plus() {
        // The reference implementation's first outputs from the state 1, 2, 3, 4 (as in the rand_xoshiro crate's
        // tests).
        let mut rng = Rng::from_state([1, 2, 3, 4]);
        let expected =
            [41943041u64, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205];
        assert_eq!(expected.map(|_| rng.next_u64()), expected);
    }

    /// The first number of each stream, computed from the two published generators in Python.
    #[test]
    fn streams_keep_their_numbers() {
        let streams = [
            Stream::Parameters,
            Stream::Training,
            Stream::Split,
            Stream::Synthetic,
            Stream::Prompt,
            Stream::JoinedRecordings,
            Stream::Shuffle(3),
            Stream::Augmentation(3),
            Stream::Variant(3),
            Stream::Item(7),
            Stream::Batch(7),
        ];
        let expected: [u64; 11] = [
            16462699959266130330,
            15012603163801603078,
            4332851540703519576,
            13538847569894669522,
            14744037988441116847,
            15894069930676174175,
            14811624596269523378,
            13612340270532628584,
            18104189231624056157,
            3589364002510359438,
            17963185443371328439,
        ];
        assert_eq!(streams.map(|stream| Rng::stream(42, stream).next_u64()), expected);
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
