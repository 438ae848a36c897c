//! McNemar's test: whether two classifiers are wrong on different samples more often than chance has it.

use super::statistics::incomplete_beta;
use crate::{Model, TrainError, predict_part, task::Decoded};
use relume_datasets::Part;
use serde::Serialize;

/// What two classifiers say of the same samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct McNemar {
    /// The seed of both trainings.
    pub seed: u64,
    /// Samples of which only the first setting has the right class.
    pub only_first: u64,
    /// Samples of which only this setting has it.
    pub only_own: u64,
    /// The probability of so unequal counts, or more unequal ones, if both are as often right: exact binomial,
    /// two-sided. McNemar, "Note on the sampling error of the difference between correlated proportions", 1947.
    pub p: f64,
}

/// Which samples of a part have the right class: one bit for each.
#[derive(Clone, Debug, PartialEq)]
pub struct RightClasses(pub(super) Vec<u64>);

impl RightClasses {
    /// Those of a model; `None` if it does not predict the part's classes, one for each sample.
    ///
    /// # Errors
    /// Samples that do not fit the model.
    pub(super) fn of(model: &Model, part: &Part) -> Result<Option<Self>, TrainError> {
        let Decoded::Classes(found) = predict_part(model, part)?.decoded else { return Ok(None) };
        let Some(truth) = found.truth else { return Ok(None) };
        let mut bits = vec![0u64; truth.len().div_ceil(64)];
        for (at, (own, class)) in found.samples.iter().zip(&truth).enumerate() {
            bits[at / 64] |= u64::from(own.class == *class) << (at % 64);
        }
        Ok(Some(RightClasses(bits)))
    }

    /// McNemar's test of this setting against the first one, both with this seed.
    pub(super) fn against(&self, first: &RightClasses, seed: u64) -> McNemar {
        let count = |of: fn(u64, u64) -> u64| -> u64 {
            let words = self.0.iter().zip(&first.0);
            words.map(|(&own, &first)| u64::from(of(own, first).count_ones())).sum()
        };
        let (only_own, only_first) =
            (count(|own, first| own & !first), count(|own, first| first & !own));
        McNemar { seed, only_first, only_own, p: exact(only_first, only_own) }
    }
}

/// Twice the probability of at most the smaller count among both with probability 1/2, at most 1: the binomial sum is
/// the regularised incomplete beta function I_1/2(n - k, k + 1) (DLMF 8.17.5).
fn exact(one: u64, other: u64) -> f64 {
    let (least, all) = (one.min(other) as f64, (one + other) as f64);
    match one == other {
        true => 1.0,
        false => (2.0 * incomplete_beta(0.5, all - least, least + 1.0)).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_fixtures::{Fixtures, check_each};

    #[test]
    fn the_probability_is_that_of_statsmodels_and_scipy() {
        check_each(Fixtures::load("comparisons").of("mcnemar"), |case| {
            let count = |name: &str| case.number(name) as u64;
            let own = exact(count("only_first"), count("only_own"));
            let wanted = case.number("p");
            assert!((own - wanted).abs() <= 1e-9 * wanted + 1e-14, "{own} {wanted}");
        });
    }

    #[test]
    fn only_samples_that_one_of_both_gets_right_count() {
        let first = RightClasses(vec![0b1110, 1]);
        let own = RightClasses(vec![0b0011, 1]);
        let found = own.against(&first, 7);
        assert_eq!((found.only_first, found.only_own, found.seed), (2, 1, 7));
        // Of three discordant samples at most one, with a probability of 4 / 8, twice.
        assert!((found.p - 1.0).abs() < 1e-12);
        assert!((exact(0, 5) - 2.0 / 32.0).abs() < 1e-14);
    }
}
