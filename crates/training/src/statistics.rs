//! Means, deviations and medians of a few numbers, such as the figures of several seeds.

/// Mean and standard deviation of a sample (n - 1); the latter is `None` for a single number, and all is for none.
pub fn mean_and_sd(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let count = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    Some((mean, (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt())))
}

/// The middle one of the numbers, in any order; of an even number of them the mean of both; `None` of none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        count if count % 2 == 1 => Some(sorted[half]),
        _ => Some(f64::midpoint(sorted[half - 1], sorted[half])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python: statistics.mean, statistics.stdev and statistics.median.
    #[test]
    fn figures_are_those_of_python() {
        let (mean, sd) = mean_and_sd(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!(mean, 5.0);
        assert!((sd.unwrap() - 2.138_089_935_299_395).abs() < 1e-15);
        assert_eq!(mean_and_sd(&[2.0]), Some((2.0, None)));
        assert_eq!(mean_and_sd(&[]), None);
        assert_eq!(median(&[9.0, 1.0, 4.0]), Some(4.0));
        assert_eq!(median(&[9.0, 1.0, 4.0, 2.0]), Some(3.0));
        assert_eq!(median(&[1.0, f64::INFINITY, 2.0, f64::INFINITY]), Some(f64::INFINITY));
        assert_eq!(median(&[]), None);
    }
}
