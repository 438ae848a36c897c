//! Metrics as text.

use super::MetricSpec;
use relume_catalog::decimals;

/// A metric's value by the metric's name: a percentage for `accuracy`, `98.61 %`; four digits otherwise, `0.1234`.
pub fn format_metric(name: &str, value: f64) -> String {
    let metric = MetricSpec::from_arguments(name, Vec::new(), Vec::new());
    if metric.is_ok_and(|metric| metric.inner().is_percentage()) {
        // In single precision, in which runs record their metrics.
        format!("{:.2} %", value as f32 * 100.0)
    } else {
        decimals(value, 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_is_a_percentage_and_everything_else_a_number() {
        assert_eq!(format_metric("accuracy", 0.986_12), "98.61 %");
        assert_eq!(format_metric("mae", 0.123_44), "0.1234");
        assert_eq!(format_metric("error_rate", 1.5), "1.5000");
        assert_eq!(format_metric("mse", 1e30), "1.0000e30");
    }
}
