//! What values that are searched for are drawn from.

use relume_catalog::{Spec, number_text, rounded, table};
use relume_tensor::Rng;

/// Significant digits of a number that is drawn: it is used as it is written.
const DIGITS: usize = 3;

/// What a number is drawn from.
pub trait Distribution {
    /// A number.
    fn draw(&self, rng: &mut Rng) -> f64;
}

/// Numbers whose logarithms are equally likely: for learning rates, and whatever else acts by its order of magnitude.
///
/// From 0.0001 to 0.1, as many are below 0.003 as above. Numbers have three digits. Bergstra and Bengio, "Random search
/// for hyper-parameter optimization", 2012.
///
/// ```relume
/// net = dense(8) -> relu -> dense(3)
/// search net on iris lr=loguniform(0.0001, 0.1) trials=2 epochs=1
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(distribution, check = Self::is_ordered)]
pub struct Loguniform {
    /// The smallest number.
    #[spec(positive)]
    pub low: f64,
    /// The largest number.
    #[spec(positive)]
    pub high: f64,
}

/// Numbers of an interval, equally likely.
///
/// Numbers have three digits.
///
/// ```relume
/// net = dense(8) -> relu -> dropout(0.2) -> dense(3)
/// search net on iris vary="2.p" values=uniform(0, 0.5) trials=2 epochs=1
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(distribution, check = Self::is_ordered)]
pub struct Uniform {
    /// The smallest number.
    pub low: f64,
    /// The largest number.
    pub high: f64,
}

/// Whole numbers, equally likely, both ends included.
///
/// A range says the same without its end: `16..129`.
///
/// ```relume
/// net = dense(8) -> relu -> dense(3)
/// search net on iris vary="0.units" values=integers(4, 32) trials=2 epochs=1
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(distribution, check = Self::is_ordered)]
pub struct Integers {
    /// The smallest number.
    pub low: i64,
    /// The largest number.
    pub high: i64,
}

table! {
    /// Every distribution.
    pub enum DistributionSpec: dyn Distribution as Distribution { Loguniform, Uniform, Integers }
}

impl Distribution for Loguniform {
    fn draw(&self, rng: &mut Rng) -> f64 {
        let (low, high) = (self.low.ln(), self.high.ln());
        rounded((low + (high - low) * share(rng)).exp(), DIGITS).clamp(self.low, self.high)
    }
}

impl Distribution for Uniform {
    fn draw(&self, rng: &mut Rng) -> f64 {
        rounded(self.low + (self.high - self.low) * share(rng), DIGITS).clamp(self.low, self.high)
    }
}

impl Distribution for Integers {
    fn draw(&self, rng: &mut Rng) -> f64 {
        let count = self.high.abs_diff(self.low).saturating_add(1);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.low.saturating_add_unsigned(rng.below(count) as u64) as f64
    }
}

impl Loguniform {
    fn is_ordered(&self) -> Result<(), String> {
        ordered(self.low, self.high)
    }
}

impl Uniform {
    fn is_ordered(&self) -> Result<(), String> {
        ordered(self.low, self.high)
    }
}

impl Integers {
    fn is_ordered(&self) -> Result<(), String> {
        ordered(self.low as f64, self.high as f64)
    }
}

fn ordered(low: f64, high: f64) -> Result<(), String> {
    match low < high && low.is_finite() && high.is_finite() {
        true => Ok(()),
        false => {
            let ends = format!("{}, {}", number_text(low), number_text(high));
            Err(format!("the smallest number is below the largest one: {ends}"))
        }
    }
}

/// A number from 0 to below 1, with all digits of a double.
fn share(rng: &mut Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(spec: &DistributionSpec) -> Vec<f64> {
        let mut rng = Rng::new(5);
        (0..2000).map(|_| spec.inner().draw(&mut rng)).collect()
    }

    #[test]
    fn numbers_keep_to_their_bounds_and_are_spread_over_them() {
        let share_below = |values: &[f64], bound: f64| {
            values.iter().filter(|&&x| x < bound).count() as f64 / values.len() as f64
        };
        for (text, low, high, middle) in [
            ("loguniform(0.0001, 0.1)", 1e-4, 0.1, 10f64.powf(-2.5)),
            ("uniform(-1, 3)", -1.0, 3.0, 1.0),
            ("integers(4, 7)", 4.0, 7.0, 5.5),
        ] {
            let values = drawn(&text.parse().unwrap());
            assert!(values.iter().all(|&x| (low..=high).contains(&x)), "{text}");
            // The deviation of the share is 0.011.
            assert!((share_below(&values, middle) - 0.5).abs() < 0.045, "{text}");
        }
        let wholes = drawn(&Integers::new(4, 7).into());
        assert!([4.0, 5.0, 6.0, 7.0].iter().all(|x| wholes.contains(x)));
        assert!(wholes.iter().all(|x| x.fract() == 0.0));
    }

    #[test]
    fn ends_stand_in_their_order() {
        for text in ["loguniform(1, 0.1)", "uniform(2, 2)", "integers(5, 4)", "loguniform(0, 1)"] {
            assert!(text.parse::<DistributionSpec>().is_err(), "{text}");
        }
    }
}
