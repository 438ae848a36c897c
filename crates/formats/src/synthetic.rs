//! Synthetic sets: small problems whose difficulty is known.
//!
//! Sines and cosines come from `libm`, which computes them alike on every platform.

use crate::{SEED, Source, TEST};
use libm::{cos, sin};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_datasets::{DataError, Dataset, Split, Targets};
use relume_tensor::{Rng, Stream, Tensor};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

const SAMPLES: Argument =
    Argument::new("samples", Type::Integer { min: 2, max: 10_000_000 }, "number of samples");

const fn noise(default: f64) -> Argument {
    Argument::new("noise", Type::NON_NEGATIVE, "standard deviation of what is added to each number")
        .or_number(default)
}

/// Points in classes, `point` giving the place of the i-th sample of a class before the noise.
fn classes<P: IntoIterator<Item = f64>>(
    name: &str,
    (samples, count): (usize, usize),
    (noise, test, seed): (f64, f64, u64),
    mut point: impl FnMut(usize, usize, &mut Rng) -> P,
) -> Result<Dataset, DataError> {
    let mut rng = Rng::stream(seed, Stream::Synthetic);
    let labels: Vec<usize> = (0..samples).map(|i| i % count).collect();
    let mut inputs = Vec::new();
    for (i, &label) in labels.iter().enumerate() {
        for x in point(i / count, label, &mut rng) {
            inputs.push((x + noise * f64::from(rng.normal())) as f32);
        }
    }
    let names = (0..count).map(|class| class.to_string()).collect();
    let split = Split::stratified(&labels, count, test, seed);
    let inputs = Tensor::new([samples, inputs.len() / samples], inputs)?;
    Dataset::new(name, inputs, Targets::Classes { names, labels }, split)
}

macro_rules! points {
    ($(#[$doc:meta])* $type:ident, $name:literal, $summary:literal, $details:literal, $samples:literal, $noise:literal,
     [$($field:ident: $field_type:ty, $field_doc:literal, $argument:expr),*], |$self:ident| $load:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $type {
            /// How many samples there are.
            pub samples: usize,
            $(#[doc = $field_doc] pub $field: $field_type,)*
            /// The standard deviation of the noise.
            pub noise: f64,
            /// The fraction for the test.
            pub test: f64,
            /// The seed.
            pub seed: u64,
        }

        impl Described for $type {
            const ENTRY: Entry = Entry {
                kind: Kind::Data,
                name: $name,
                aliases: &[],
                summary: $summary,
                details: $details,
                arguments: &[SAMPLES.or_integer($samples), $($argument,)* noise($noise), TEST, SEED],
                example: concat!("d = ", $name, "()"),
            };
        }

        impl $type {
            fn common(&self) -> (f64, f64, u64) {
                (self.noise, self.test, self.seed)
            }
        }

        impl Source for $type {
            fn load(&self) -> Result<Dataset, DataError> {
                let $self = self;
                $load
            }
        }
    };
}

points! {
    /// Arms of a spiral, one for each class.
    Spirals, "spirals", "arms of a spiral, one for each class: hard for straight lines",
    "The i-th of n points of an arm lies at radius i/n, turned by the arm's own angle plus turns times i/n.", 1000, 0.02,
    [
        classes: usize, "How many arms there are.", Argument::new("classes", Type::Integer { min: 2, max: 100 }, "number of arms").or_integer(2),
        turns: f64, "How often an arm turns around.", Argument::new("turns", Type::NON_NEGATIVE, "how often an arm turns around").or_number(1.5)
    ],
    |s| {
        let arm = s.samples.div_ceil(s.classes) as f64;
        classes("spirals", (s.samples, s.classes), s.common(), |i, class, _| {
            let t = (i as f64 + 1.0) / arm;
            let angle = 2.0 * PI * (s.turns * t + class as f64 / s.classes as f64);
            [t * cos(angle), t * sin(angle)]
        })
    }
}

points! {
    /// Two half circles that reach into one another.
    Moons, "moons", "two half circles that reach into one another",
    "As scikit-learn's make_moons: (cos a, sin a) and (1 - cos a, 1/2 - sin a) for a from 0 to pi.", 1000, 0.1, [],
    |s| {
        let half = (s.samples.div_ceil(2).max(2) - 1) as f64;
        classes("moons", (s.samples, 2), s.common(), |i, class, _| {
            let angle = PI * i as f64 / half;
            match class {
                0 => [cos(angle), sin(angle)],
                _ => [1.0 - cos(angle), 0.5 - sin(angle)],
            }
        })
    }
}

points! {
    /// A circle inside of another.
    Circles, "circles", "a circle inside of another",
    "As scikit-learn's make_circles: radius 1, and radius factor inside.", 1000, 0.05,
    [factor: f64, "The inner radius.", Argument::new("factor", Type::FRACTION, "the inner radius; the outer one is 1").or_number(0.5)],
    |s| {
        let half = s.samples.div_ceil(2) as f64;
        classes("circles", (s.samples, 2), s.common(), |i, class, _| {
            let angle = 2.0 * PI * i as f64 / half;
            let radius = if class == 0 { 1.0 } else { s.factor };
            [radius * cos(angle), radius * sin(angle)]
        })
    }
}

points! {
    /// Clouds around centres.
    Blobs, "blobs", "clouds of points around centres: easy",
    "Centres lie evenly on a circle of radius 3; each further pair of features is such a circle too, gone around once more often.", 1000, 1.0,
    [
        classes: usize, "How many clouds there are.", Argument::new("classes", Type::Integer { min: 2, max: 100 }, "number of clouds").or_integer(3),
        features: usize, "How many numbers a point has.", Argument::new("features", Type::Integer { min: 1, max: 10_000 }, "numbers of a point").or_integer(2)
    ],
    |s| classes("blobs", (s.samples, s.classes), s.common(), |_, class, _| {
        let angle = 2.0 * PI * class as f64 / s.classes as f64;
        (0..s.features).map(move |feature| {
            let angle = angle * (feature / 2 + 1) as f64;
            3.0 * if feature % 2 == 0 { cos(angle) } else { sin(angle) }
        })
    })
}

points! {
    /// Four quadrants, opposite ones of one class.
    Xor, "xor", "four quadrants, opposite ones of the same class: no straight line parts them",
    "Points lie evenly in the square from -1 to 1; the class is whether the signs differ.", 1000, 0.0, [],
    |s| classes("xor", (s.samples, 2), s.common(), |_, class, rng| {
        let [x, y] = [0, 1].map(|_| f64::from(rng.uniform()));
        let flip = if rng.uniform() < 0.5 { -1.0 } else { 1.0 };
        match class {
            0 => [flip * x, flip * y],
            _ => [flip * x, -flip * y],
        }
    })
}

/// A sine with noise: a regression in one variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sine {
    /// How many samples there are.
    pub samples: usize,
    /// The standard deviation of the noise.
    pub noise: f64,
    /// The fraction for the test.
    pub test: f64,
    /// The seed.
    pub seed: u64,
}

impl Described for Sine {
    const ENTRY: Entry = Entry {
        kind: Kind::Data,
        name: "sine",
        aliases: &[],
        summary: "one period of a sine with noise: numbers to predict",
        details: "y = sin(pi x) for x evenly from -1 to 1, plus noise.",
        arguments: &[SAMPLES.or_integer(500), noise(0.1), TEST, SEED],
        example: "d = sine()",
    };
}

impl Source for Sine {
    fn load(&self) -> Result<Dataset, DataError> {
        let mut rng = Rng::stream(self.seed, Stream::Synthetic);
        let x = |i: usize| 2.0 * i as f64 / (self.samples - 1) as f64 - 1.0;
        let inputs = Tensor::from_fn([self.samples, 1], |i| x(i) as f32);
        let values = Tensor::from_fn([self.samples, 1], |i| {
            (sin(PI * x(i)) + self.noise * f64::from(rng.normal())) as f32
        });
        let split = Split::random(self.samples, self.test, self.seed);
        let targets = Targets::Values { names: vec!["y".to_string()], values };
        Ok(Dataset::new("sine", inputs, targets, split)?.with_features(vec!["x".to_string()]))
    }
}
