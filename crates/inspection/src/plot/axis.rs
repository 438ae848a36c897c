//! Round numbers along an axis.

/// At most `most` round numbers between `low` and `high`: multiples of 1, 2 or 5 times a power of ten.
pub fn ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let rough = (high - low) / most.max(1) as f64;
    // Beyond what numbers can tell apart, there are none.
    if !rough.is_normal() {
        return Vec::new();
    }
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|&s| s >= rough);
    let step = step.unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// A number as a label: short, without the noise of binary fractions.
pub fn label(value: f64) -> String {
    let magnitude = value.abs();
    match magnitude {
        0.0 => "0".to_string(),
        m if !(1e-3..1e5).contains(&m) => format!("{value:.1e}"),
        _ => {
            let digits = (3 - magnitude.log10().floor() as i32).clamp(0, 6) as usize;
            let text = format!("{value:.digits$}");
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
                false => text,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(0.13, 0.38, 3), [0.2, 0.30000000000000004]);
    }

    #[test]
    fn labels_are_short() {
        assert_eq!(
            [0.30000000000000004, 1200.0, 2.5e-7, 0.0, 12.5].map(label),
            ["0.3", "1200", "2.5e-7", "0", "12.5"]
        );
    }
}
