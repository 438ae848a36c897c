//! Whether paired differences are more than chance: Student's t and Holm's correction.

use crate::statistics::mean_and_sd;

/// The probability that an interval leaves outside, and below which a difference counts.
pub(super) const LEVEL: f64 = 0.05;

/// What paired differences say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Paired {
    /// Their mean.
    pub mean: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// The probability of a mean so far from 0, or farther, if there is no difference: Student's t, two-sided.
    pub p: f64,
}

/// A spread of differences that is rounding: figures are single-precision numbers, and a difference has the rounding of
/// both.
const ROUNDING: f64 = 4.0 * f32::EPSILON as f64;

/// What the differences of paired figures say, each the second one less the first; `None` for fewer than two, or if all
/// are the same but for rounding: of these nothing is known about how much chance adds.
pub(super) fn paired(pairs: &[(f64, f64)]) -> Option<Paired> {
    let differences: Vec<f64> = pairs.iter().map(|(first, own)| own - first).collect();
    let largest = pairs.iter().fold(0.0f64, |most, (a, b)| most.max(a.abs()).max(b.abs()));
    let (mean, sd) = mean_and_sd(&differences)?;
    let sd = sd.filter(|&sd| sd > ROUNDING * largest)?;
    let freedom = (differences.len() - 1) as f64;
    let error = sd / (differences.len() as f64).sqrt();
    let half = quantile(freedom) * error;
    Some(Paired { mean, interval: [mean - half, mean + half], p: two_sided(mean / error, freedom) })
}

/// Holm's corrected probabilities, in the order of the given ones: Holm, "A simple sequentially rejective multiple test
/// procedure", 1979.
pub(super) fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let (mut corrected, mut largest) = (vec![0.0; p.len()], 0.0f64);
    for (rank, &at) in order.iter().enumerate() {
        largest = largest.max((p[at] * (p.len() - rank) as f64).min(1.0));
        corrected[at] = largest;
    }
    corrected
}

/// The probability that Student's t is at least so far from 0: the regularised incomplete beta function of
/// n / (n + t^2) with n / 2 and 1 / 2.
fn two_sided(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// The t that is exceeded on both sides together with a probability of 5 %.
fn quantile(freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 13.0);
    // A double has 53 bits: after so many halvings both ends are the same.
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        match two_sided(middle, freedom) > LEVEL {
            true => low = middle,
            false => high = middle,
        }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22) with Lentz's method.
pub(super) fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast below this; above it, the other tail does.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let ln_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let front = (a * x.ln() + b * (1.0 - x).ln() - ln_beta).exp() / a;
    front / fraction(x, a, b)
}

/// 1 + d1 / (1 + d2 / (1 + ...)).
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const SMALLEST: f64 = 1e-300;
    let bounded = |x: f64| if x.abs() < SMALLEST { SMALLEST } else { x };
    let (mut value, mut above, mut below) = (1.0, 1.0, 0.0);
    for step in 1..500 {
        let m = f64::from(step / 2);
        let term = match step % 2 {
            0 => m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            _ => -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        };
        below = 1.0 / bounded(1.0 + term * below);
        above = bounded(1.0 + term / above);
        let factor = above * below;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The logarithm of the gamma function above 0, by Lanczos' approximation (g = 7, 9 terms; 15 digits).
fn ln_gamma(x: f64) -> f64 {
    const FIRST: f64 = 0.999_999_999_999_809_9;
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    // Below 1/2 the reflection would be needed; a step upwards is as good there.
    if x < 0.5 {
        return ln_gamma(x + 1.0) - x.ln();
    }
    let x = x - 1.0;
    let sum: f64 =
        TERMS.iter().enumerate().map(|(at, term)| term / (x + at as f64 + 1.0)).sum::<f64>()
            + FIRST;
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_fixtures::{Case, Fixtures, check_each};

    fn near(own: f64, wanted: f64) -> bool {
        (own - wanted).abs() <= 1e-10 * wanted.abs() + 1e-14
    }

    fn list(case: &Case, name: &str) -> Vec<f64> {
        let list = case.setting()[name].as_array().expect("a list").iter();
        list.map(|x| x.as_f64().expect("a number")).collect()
    }

    #[test]
    fn paired_differences_are_those_of_scipy() {
        check_each(Fixtures::load("comparisons").of("ttest_rel"), |case| {
            let (a, b, interval) = (list(case, "a"), list(case, "b"), list(case, "interval"));
            let pairs: Vec<(f64, f64)> = b.into_iter().zip(a).collect();
            let own = paired(&pairs).unwrap();
            assert!(near(own.p, case.number("p")), "p {} {}", own.p, case.number("p"));
            assert!(near(own.mean, case.number("mean")), "mean {}", own.mean);
            for (own, wanted) in own.interval.into_iter().zip(interval) {
                assert!(near(own, wanted), "interval {own} {wanted}");
            }
        });
    }

    #[test]
    fn corrected_probabilities_are_those_of_statsmodels() {
        check_each(Fixtures::load("comparisons").of("holm"), |case| {
            let own = holm(&list(case, "p"));
            let wanted = list(case, "corrected");
            assert!(own.iter().zip(&wanted).all(|(&own, &wanted)| near(own, wanted)), "{own:?}");
            assert_eq!(own.len(), wanted.len());
        });
    }

    #[test]
    fn what_has_no_spread_says_nothing_of_chance() {
        assert_eq!(paired(&[(0.5, 0.75)]), None);
        assert_eq!(paired(&[(0.5, 0.75), (0.25, 0.5), (0.0, 0.25)]), None);
    }

    #[test]
    fn a_spread_that_is_rounding_says_nothing_of_chance() {
        let share = |count: u8| f64::from(f32::from(count) / 12.0);
        // One sample more of twelve with each seed: as f32, the differences are not all the same.
        let pairs: Vec<(f64, f64)> =
            (6..11).map(|count| (share(count), share(count + 1))).collect();
        let differences: Vec<f64> = pairs.iter().map(|(first, own)| own - first).collect();
        assert!(mean_and_sd(&differences).unwrap().1.unwrap() > 0.0);
        assert_eq!(paired(&pairs), None);
        // One sample more with one of the seeds is a spread.
        let mut pairs = pairs;
        pairs[0].1 = share(8);
        assert!(paired(&pairs).is_some());
    }
}
