//! Rates that a curve of smoothed losses suggests, as places in it.
//!
//! The valley is the definition of fastai's `lr_find`: of the longest falling subsequence of losses the place two
//! thirds down. Those of the first tenth of the steps, whose rates change nothing, and the last 5, where it diverges,
//! are left out.

/// Losses that are left out at the end.
const END: usize = 5;
/// Fewer losses than this are not cut.
const ENOUGH: usize = 5;

/// The losses that count, of a sweep of so many steps, and the place of the first one.
fn within(losses: &[f64], steps: usize) -> (usize, &[f64]) {
    let (first, end) = (steps / 10, losses.len().saturating_sub(END));
    match losses.get(first..end) {
        Some(own) if own.len() >= ENOUGH => (first, own),
        _ => (0, losses),
    }
}

/// The place two thirds down the longest valley; `None` if the losses hardly fall.
pub(super) fn valley(losses: &[f64], steps: usize) -> Option<usize> {
    let (first, losses) = within(losses, steps);
    // How many losses the longest falling subsequence has that ends at each.
    let mut lengths = vec![1usize; losses.len()];
    for end in 1..losses.len() {
        let before = (0..end).filter(|&own| losses[end] < losses[own]);
        lengths[end] = before.map(|own| lengths[own] + 1).max().unwrap_or(1);
    }
    // The first of several.
    let longest = lengths.iter().copied().max().filter(|&length| length > 2)?;
    let end = lengths.iter().position(|&length| length == longest)?;
    let start = end as f64 - longest as f64;
    let third = (end as f64 - start) / 3.0;
    let place = start + third.floor() + (third / 2.0).floor();
    Some(first + place.max(0.0) as usize)
}

/// The place from which the losses fall most steeply to the next one; rates rise by a factor, so places are as far
/// apart as the rates' logarithms are. `None` if they never fall.
pub(super) fn steepest(losses: &[f64], steps: usize) -> Option<usize> {
    let (first, losses) = within(losses, steps);
    let falls = losses.windows(2).map(|pair| pair[1] - pair[0]).enumerate();
    let steepest = falls.min_by(|(_, a), (_, b)| a.total_cmp(b)).filter(|&(_, fall)| fall < 0.0);
    steepest.map(|(place, _)| first + place)
}

/// The middle one of sorted rates; of an even number the geometric mean of both.
pub(super) fn middle(rates: &[f64]) -> Option<f64> {
    let half = rates.len() / 2;
    match rates.len() {
        0 => None,
        count if count % 2 == 1 => Some(rates[half]),
        _ => Some((rates[half - 1] * rates[half]).sqrt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_fixtures::{Fixtures, check_each};

    #[test]
    fn places_are_those_of_the_definition() {
        check_each(Fixtures::load("comparisons").of("valley"), |case| {
            let losses = case.setting()["losses"].as_array().unwrap().iter();
            let losses: Vec<f64> = losses.map(|x| x.as_f64().unwrap()).collect();
            let steps = case.number("steps") as usize;
            assert_eq!(valley(&losses, steps), Some(case.number("valley") as usize));
            assert_eq!(steepest(&losses, steps), Some(case.number("steepest") as usize));
        });
    }

    #[test]
    fn losses_that_do_not_fall_suggest_nothing() {
        let flat = vec![2.3; 100];
        let rising: Vec<f64> = (0..100).map(f64::from).collect();
        for losses in [&flat[..], &rising, &[], &[1.0], &[2.0, 1.0]] {
            assert_eq!(valley(losses, 100), None);
        }
        assert_eq!(steepest(&rising, 100), None);
    }

    #[test]
    fn the_middle_of_an_even_number_is_between_both() {
        assert_eq!(middle(&[]), None);
        assert_eq!(middle(&[1e-3, 1e-2, 0.5]), Some(1e-2));
        assert!((middle(&[1e-4, 1e-2]).unwrap() - 1e-3).abs() < 1e-15);
    }
}
