//! Sums over runs of numbers, two at once, for normalisations.

use relume_tensor::simd::{Kernel, dispatch};

/// Numbers that are summed in parallel.
const LANES: usize = 32;

/// Adds up `term` of pairs of numbers, two sums at once, in lanes that the compiler turns into vectors.
struct Sums<'a, F>(&'a [f32], &'a [f32], F);

impl<F: Fn(f32, f32) -> [f32; 2]> Kernel for Sums<'_, F> {
    type Output = [f64; 2];
    #[inline(always)]
    fn run(self) -> [f64; 2] {
        let Sums(a, b, term) = self;
        let mut lanes = [[0.0f32; LANES]; 2];
        let blocks = a.chunks_exact(LANES).zip(b.chunks_exact(LANES));
        for (a, b) in blocks {
            for l in 0..LANES {
                let [first, second] = term(a[l], b[l]);
                lanes[0][l] += first;
                lanes[1][l] += second;
            }
        }
        let done = a.len() - a.len() % LANES;
        let mut total = lanes.map(|lanes| lanes.iter().map(|&x| f64::from(x)).sum::<f64>());
        for (&a, &b) in a[done..].iter().zip(&b[done..]) {
            let terms = term(a, b);
            total.iter_mut().zip(terms).for_each(|(total, term)| *total += f64::from(term));
        }
        total
    }
}

/// The two sums of `term` over pairs of numbers, on this thread.
pub(crate) fn sums(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> [f32; 2]) -> [f64; 2] {
    dispatch(Sums(a, b, term))
}

/// Mean and sum of squared deviations of numbers that come run after run, combined by Chan, Golub and LeVeque's rule
/// ("Updating formulae and a pairwise algorithm for computing sample variances", 1979). Each run's own are computed
/// while it is in cache.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    pub count: f64,
    pub mean: f64,
    /// The sum of squared deviations from the mean.
    pub squares: f64,
}

impl Moments {
    /// Adds a run.
    pub fn add(&mut self, run: &[f32]) {
        let length = run.len() as f64;
        let [sum, _] = sums(run, run, |x, _| [x, 0.0]);
        let own = (sum / length) as f32;
        let [square, rest] = sums(run, run, |x, _| {
            let distance = x - own;
            [distance * distance, distance]
        });
        // The rounding error of the run's mean.
        let own = f64::from(own) + rest / length;
        let distance = own - self.mean;
        let count = self.count + length;
        self.squares +=
            square - rest * rest / length + distance * distance * self.count * length / count;
        self.mean += distance * length / count;
        self.count = count;
    }

    /// The mean, and the variance divided by the count.
    pub fn mean_and_variance(&self) -> (f32, f32) {
        (self.mean as f32, (self.squares / self.count) as f32)
    }
}
