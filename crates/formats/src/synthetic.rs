//! Synthetic sets: small problems of known difficulty.
//!
//! Sines and cosines come from `libm`, which gives the same bits on every platform.

use crate::{Load, RandomSplit, RandomSplitOptions, Reader};
use libm::{cos, sin};
use relume_catalog::{Described, Spec};
use relume_datasets::{DataError, Dataset, Targets};
use relume_tensor::{Rng, Stream, Tensor, interrupt};
use std::f64::consts::PI;

/// Points in classes, with noise.
struct Points {
    samples: usize,
    classes: usize,
    /// The standard deviation of the noise.
    noise: f64,
}

impl Points {
    /// Makes the data set of this name; `point` gives the place of the i-th sample of a class before the noise.
    fn load<P: IntoIterator<Item = f64>>(
        self,
        name: &str,
        split: &RandomSplit,
        mut point: impl FnMut(usize, usize, &mut Rng) -> P,
    ) -> Result<Dataset, DataError> {
        let mut rng = Rng::stream(split.seed, Stream::Synthetic);
        let labels: Vec<usize> = (0..self.samples).map(|i| i % self.classes).collect();
        let mut inputs = Vec::new();
        for (i, &label) in labels.iter().enumerate() {
            interrupt::check();
            for x in point(i / self.classes, label, &mut rng) {
                inputs.push((x + self.noise * f64::from(rng.normal())) as f32);
            }
        }
        let names = (0..self.classes).map(|class| class.to_string()).collect();
        let targets = Targets::Classes { names, labels };
        let split = split.draw(&targets);
        let inputs = Tensor::new([self.samples, inputs.len() / self.samples], inputs)?;
        Dataset::new(name, inputs, targets, split)
    }
}

/// Arms of a spiral, one for each class: not linearly separable.
///
/// The i-th of n points of an arm has radius i/n, and its angle is the arm's own plus turns times i/n.
///
/// ```relume
/// d = spirals()
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Spirals {
    /// Number of samples.
    #[spec(default = 1000, range = 2..=10_000_000)]
    pub samples: usize,
    /// Number of arms.
    #[spec(default = 2, range = 2..=100)]
    pub classes: usize,
    /// How many turns an arm makes.
    #[spec(default = 1.5, non_negative)]
    pub turns: f64,
    /// Standard deviation of the noise that is added to each number.
    #[spec(default = 0.02, non_negative)]
    pub noise: f64,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Spirals {
    fn load_checked(&self, _: &dyn Reader) -> Result<Dataset, DataError> {
        let points = Points { samples: self.samples, classes: self.classes, noise: self.noise };
        let arm = self.samples.div_ceil(self.classes) as f64;
        points.load(Self::ENTRY.name, &self.split, |i, class, _| {
            let t = (i as f64 + 1.0) / arm;
            let angle = 2.0 * PI * (self.turns * t + class as f64 / self.classes as f64);
            [t * cos(angle), t * sin(angle)]
        })
    }
}

/// Two interleaving half circles.
///
/// As scikit-learn's make_moons: (cos a, sin a) and (1 - cos a, 1/2 - sin a) for a from 0 to pi.
///
/// ```relume
/// d = moons()
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Moons {
    /// Number of samples.
    #[spec(default = 1000, range = 2..=10_000_000)]
    pub samples: usize,
    /// Standard deviation of the noise that is added to each number.
    #[spec(default = 0.1, non_negative)]
    pub noise: f64,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Moons {
    fn load_checked(&self, _: &dyn Reader) -> Result<Dataset, DataError> {
        let points = Points { samples: self.samples, classes: 2, noise: self.noise };
        let half = (self.samples.div_ceil(2).max(2) - 1) as f64;
        points.load(Self::ENTRY.name, &self.split, |i, class, _| {
            let angle = PI * i as f64 / half;
            match class {
                0 => [cos(angle), sin(angle)],
                _ => [1.0 - cos(angle), 0.5 - sin(angle)],
            }
        })
    }
}

/// A circle inside another.
///
/// As scikit-learn's make_circles: radius 1, and radius factor inside.
///
/// ```relume
/// d = circles()
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Circles {
    /// Number of samples.
    #[spec(default = 1000, range = 2..=10_000_000)]
    pub samples: usize,
    /// The inner radius; the outer one is 1.
    #[spec(default = 0.5, fraction)]
    pub factor: f64,
    /// Standard deviation of the noise that is added to each number.
    #[spec(default = 0.05, non_negative)]
    pub noise: f64,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Circles {
    fn load_checked(&self, _: &dyn Reader) -> Result<Dataset, DataError> {
        let points = Points { samples: self.samples, classes: 2, noise: self.noise };
        let half = self.samples.div_ceil(2) as f64;
        points.load(Self::ENTRY.name, &self.split, |i, class, _| {
            let angle = 2.0 * PI * i as f64 / half;
            let radius = if class == 0 { 1.0 } else { self.factor };
            [radius * cos(angle), radius * sin(angle)]
        })
    }
}

/// Clouds of points around centres: easy.
///
/// Centres lie evenly on a circle of radius 3. Each further pair of features is such a circle too, with one more turn
/// each time.
///
/// ```relume
/// d = blobs()
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Blobs {
    /// Number of samples.
    #[spec(default = 1000, range = 2..=10_000_000)]
    pub samples: usize,
    /// Number of clouds.
    #[spec(default = 3, range = 2..=100)]
    pub classes: usize,
    /// Numbers of a point.
    #[spec(default = 2, range = 1..=10_000)]
    pub features: usize,
    /// Standard deviation of the noise that is added to each number.
    #[spec(default = 1.0, non_negative)]
    pub noise: f64,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Blobs {
    fn load_checked(&self, _: &dyn Reader) -> Result<Dataset, DataError> {
        let points = Points { samples: self.samples, classes: self.classes, noise: self.noise };
        points.load(Self::ENTRY.name, &self.split, |_, class, _| {
            let angle = 2.0 * PI * class as f64 / self.classes as f64;
            (0..self.features).map(move |feature| {
                let angle = angle * (feature / 2 + 1) as f64;
                3.0 * if feature % 2 == 0 { cos(angle) } else { sin(angle) }
            })
        })
    }
}

/// Four quadrants, opposite ones of the same class: no straight line parts them.
///
/// Points lie evenly in the square from -1 to 1; the class is whether the signs differ.
///
/// ```relume
/// d = xor()
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Xor {
    /// Number of samples.
    #[spec(default = 1000, range = 2..=10_000_000)]
    pub samples: usize,
    /// Standard deviation of the noise that is added to each number.
    #[spec(default = 0.0, non_negative)]
    pub noise: f64,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Xor {
    fn load_checked(&self, _: &dyn Reader) -> Result<Dataset, DataError> {
        let points = Points { samples: self.samples, classes: 2, noise: self.noise };
        points.load(Self::ENTRY.name, &self.split, |_, class, rng| {
            let [x, y] = [0, 1].map(|_| f64::from(rng.uniform()));
            let flip = if rng.uniform() < 0.5 { -1.0 } else { 1.0 };
            match class {
                0 => [flip * x, flip * y],
                _ => [flip * x, -flip * y],
            }
        })
    }
}

/// One period of a sine with noise: numbers to predict.
///
/// y = sin(pi x) for x evenly from -1 to 1, plus noise.
///
/// ```relume
/// d = sine()
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data)]
pub struct Sine {
    /// Number of samples.
    #[spec(default = 500, range = 2..=10_000_000)]
    pub samples: usize,
    /// Standard deviation of the noise that is added to each number.
    #[spec(default = 0.1, non_negative)]
    pub noise: f64,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
}

impl Load for Sine {
    fn load_checked(&self, _: &dyn Reader) -> Result<Dataset, DataError> {
        let mut rng = Rng::stream(self.split.seed, Stream::Synthetic);
        let x = |i: usize| 2.0 * i as f64 / (self.samples - 1) as f64 - 1.0;
        let inputs = Tensor::from_fn([self.samples, 1], |i| x(i) as f32);
        let values = Tensor::from_fn([self.samples, 1], |i| {
            (sin(PI * x(i)) + self.noise * f64::from(rng.normal())) as f32
        });
        let targets = Targets::Values { names: vec!["y".to_string()], values };
        let split = self.split.draw(&targets);
        let data = Dataset::new(Self::ENTRY.name, inputs, targets, split)?;
        Ok(data.with_features(vec!["x".to_string()]))
    }
}
