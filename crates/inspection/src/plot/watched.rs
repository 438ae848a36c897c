//! Figures of a network over the time of its training.

use super::{Chart, Series, watched_times};
use relume_training::WatchRecord;

/// The usual update ratio, as a power of ten: Karpathy, "Neural networks: zero to hero", makemore 3, 2022.
const USUAL: f64 = -3.0;
/// Beyond so many parameters, biases are left out, as there: strokes tell as many lines apart, with the usual one.
const MOST: usize = 3;
/// The figures that are drawn as powers of ten.
const LOGARITHMIC: [&str; 2] = ["update", "gradient"];

/// Whether a parameter is a bias, by PyTorch's names.
fn is_bias(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|own| own.starts_with("bias"))
}

impl Chart {
    /// A line for each place or parameter that has a figure of [`WatchRecord::FIGURES`], that which ends highest first.
    /// Update ratios and gradients are drawn as powers of ten; what is exactly 0 is left out of their lines. A line at
    /// -3 shows the usual update ratio. With more than three parameters, biases are left out. `None` for a name that is
    /// none of these figures, or if nothing was watched.
    pub fn watched(watched: &[WatchRecord], name: &str) -> Option<Self> {
        let (x_label, times) = watched_times(watched);
        let is_logarithmic = LOGARITHMIC.contains(&name);
        let mut lines: Vec<Series> = Vec::new();
        for (record, &time) in watched.iter().zip(&times) {
            for (own, value) in record.figure(name)? {
                let y = if is_logarithmic { value.log10() } else { value };
                if !y.is_finite() {
                    continue;
                }
                match lines.iter_mut().find(|line| line.name == own) {
                    Some(line) => line.points.push((time, y)),
                    None => lines.push(Series::new(own, vec![(time, y)])),
                }
            }
        }
        if is_logarithmic && lines.len() > MOST && lines.iter().any(|line| !is_bias(&line.name)) {
            lines.retain(|line| !is_bias(&line.name));
        }
        let end = |line: &Series| line.points.last().map_or(f64::NEG_INFINITY, |&(_, y)| y);
        let (first, last) = (*times.first()?, *times.last()?);
        if name == "update" && !lines.is_empty() {
            lines.push(Series::new("usual", vec![(first, USUAL), (last, USUAL)]));
        }
        lines.sort_by(|a, b| end(b).total_cmp(&end(a)));
        let scale = if is_logarithmic { ", log10" } else { "" };
        let title = format!("{name}{scale} (named from above, as the lines end)");
        let mut chart = Chart::new(title, x_label);
        chart.series = lines;
        Some(chart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_training::WatchedParameter;

    fn record(epoch: u64, updates: [f64; 4]) -> WatchRecord {
        let names = ["0.weight", "2.weight", "2.bias", "4.bias_ih_l0"];
        let parameters = names.into_iter().zip(updates).map(|(name, ratio)| WatchedParameter {
            name: name.into(),
            update: Some(ratio),
            ..Default::default()
        });
        WatchRecord { epoch, parameters: parameters.collect(), ..Default::default() }
    }

    #[test]
    fn updates_are_powers_of_ten_beside_a_line_at_minus_3() {
        let watched = [record(1, [0.01, 0.0, 1.0, 1.0]), record(10, [1e-5, 1e-3, 1.0, 1.0])];
        let chart = Chart::watched(&watched, "update").unwrap();
        let lines: Vec<(&str, &[(f64, f64)])> =
            chart.series.iter().map(|own| (own.name.as_str(), &own.points[..])).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0], ("2.weight", &[(10.0, -3.0)][..]));
        assert_eq!(lines[1], ("usual", &[(1.0, -3.0), (10.0, -3.0)][..]));
        assert_eq!(lines[2], ("0.weight", &[(1.0, -2.0), (10.0, -5.0)][..]));
        assert!(Chart::watched(&watched, "loss").is_none());
    }
}
