//! Predicted numbers against the true ones.

use crate::plot::{Axis, Figure, Mark, Panel, Series};
use relume_datasets::Part;
use relume_training::task::Decoded;
use relume_training::{Model, TrainError, predict_part};
use serde::Serialize;

/// Predicted numbers against the true ones, in their own units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgainstTruth {
    /// The samples' name.
    pub data: String,
    /// Each number that is predicted.
    pub numbers: Vec<NumberAgainstTruth>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NumberAgainstTruth {
    /// Its name.
    pub name: String,
    /// What is predicted for each sample.
    pub predicted: Vec<f64>,
    /// What is true.
    pub truth: Vec<f64>,
    /// The share of the variance that is predicted: 1 - sum (t - y)^2 / sum (t - mean)^2. `None` if all are equal.
    pub r2: Option<f64>,
    /// The mean distance of both.
    pub mae: f64,
}

impl AgainstTruth {
    /// What a model predicts for a part; `None` if it predicts no numbers, or they are not known.
    ///
    /// # Errors
    /// Those of [`predict_part`].
    pub fn of(model: &Model, part: &Part) -> Result<Option<Self>, TrainError> {
        let Decoded::Numbers(found) = predict_part(model, part)?.decoded else { return Ok(None) };
        let Some(truth) = found.truth else { return Ok(None) };
        let width = truth.first().map_or(0, Vec::len);
        let number = |(at, name): (usize, &String)| {
            let of = |rows: &[Vec<f64>]| -> Vec<f64> {
                rows.iter().filter_map(|row| row.get(at).copied()).collect()
            };
            NumberAgainstTruth::of(name, of(&found.samples), of(&truth))
        };
        let numbers = found.names.iter().take(width).enumerate().map(number).collect();
        Ok(Some(AgainstTruth { data: part.name().to_string(), numbers }))
    }

    /// A panel for each number, over the diagonal.
    pub fn figure(&self) -> Figure {
        let panel = |own: &NumberAgainstTruth| {
            let all = || own.predicted.iter().chain(&own.truth).copied().filter(|x| x.is_finite());
            let low = all().fold(f64::INFINITY, f64::min);
            let high = all().fold(f64::NEG_INFINITY, f64::max);
            let room = (high - low) * 0.04;
            let (low, high) = (low - room, high + room);
            let name = &own.name;
            let r2 = own.r2.map_or_else(String::new, |r2| format!(", R² {r2:.3}"));
            let title = format!("{name} on {}: mean error {:.4}{r2}", self.data, own.mae);
            let x = Axis::new(format!("true {name}")).from(low, high);
            let y = Axis::new(format!("predicted {name}")).from(low, high);
            let points = own.truth.iter().copied().zip(own.predicted.iter().copied()).collect();
            Panel::new(title, x, y)
                .equal()
                .with(Mark::Guide(vec![(low, low), (high, high)]))
                .with(Mark::Points(Series::new("", points)))
        };
        Figure::several("", self.numbers.iter().map(panel).collect())
    }
}

impl NumberAgainstTruth {
    fn of(name: &str, predicted: Vec<f64>, truth: Vec<f64>) -> Self {
        let count = truth.len().max(1) as f64;
        let mean = truth.iter().sum::<f64>() / count;
        let errors = || truth.iter().zip(&predicted).map(|(t, y)| t - y);
        let total = truth.iter().map(|t| (t - mean).powi(2)).sum::<f64>();
        let rest = errors().map(|e| e * e).sum::<f64>();
        let mae = errors().map(f64::abs).sum::<f64>() / count;
        let r2 = (total > 0.0).then(|| 1.0 - rest / total);
        NumberAgainstTruth { name: name.to_string(), predicted, truth, r2, mae }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sample_that_is_predicted_exactly_can_be_drawn() {
        for truth in [0.0, 3.0, -1e20] {
            let number = NumberAgainstTruth::of("y", vec![truth], vec![truth]);
            let found = AgainstTruth { data: "d".to_string(), numbers: vec![number] };
            let svg = found.figure().svg().unwrap();
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            assert!(svg.contains("<circle"), "{svg}");
        }
    }
}
