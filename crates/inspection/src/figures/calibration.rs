//! Calibration: whether of the samples with a probability of 80 % four of five are right.

use super::class_curves::{ClassCurve, ClassCurves};
use super::scored::{Scored, ScoredClass};
use crate::plot::{Axis, Bars, Figure, Mark, Panel, Series};
use relume_catalog::Choice;
use serde::Serialize;

/// How probabilities are divided into bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Binning {
    /// Of the same width.
    Uniform,
    /// With as many samples in each.
    Quantile,
}

/// Probabilities beside how often they come true, in bins, as `sklearn.calibration.calibration_curve` gives them. Bins
/// without a sample are left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationCurve {
    /// The class, or `the predicted class` for the largest probability of each sample.
    pub class: String,
    /// The mean probability of each bin.
    pub predicted: Vec<f64>,
    /// The share of its samples for which it comes true.
    pub observed: Vec<f64>,
    /// How many samples it has.
    pub counts: Vec<usize>,
    /// The expected calibration error: the mean distance of both, weighted by the counts. Guo, Pleiss, Sun and
    /// Weinberger, "On calibration of modern neural networks", 2017.
    pub expected_calibration_error: f64,
    /// The largest distance of both.
    pub maximum_calibration_error: f64,
}

/// Calibration curves, and how far probabilities are from the truth: of the predicted class, of the second of two
/// classes, or of each label.
pub type Calibration = ClassCurves<CalibrationCurve>;

/// How bins were made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bins {
    /// Of the same width, or with as many samples.
    pub binning: Binning,
}

/// How far all probabilities are from the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Brier {
    /// The mean squared distance of probabilities from 0 and 1, summed over the classes if there are more than two:
    /// `sklearn.metrics.brier_score_loss`. Brier, "Verification of forecasts expressed in terms of probability", 1950.
    pub brier_score: f64,
}

/// The edges of bins from 0 to 1: `bins` of the same width, or between the quantiles of the probabilities.
fn edges(probabilities: &[f64], bins: usize, binning: Binning) -> Vec<f64> {
    let at = |i: usize| i as f64 / bins as f64;
    match binning {
        Binning::Uniform => (0..=bins).map(at).collect(),
        Binning::Quantile if probabilities.is_empty() => (0..=bins).map(at).collect(),
        Binning::Quantile => {
            let mut sorted = probabilities.to_vec();
            sorted.sort_by(f64::total_cmp);
            let last = sorted.len().saturating_sub(1) as f64;
            // NumPy's percentile: straight lines between neighbours.
            let quantile = |i: usize| {
                let place = at(i) * last;
                let below = sorted[place.floor() as usize];
                below + (sorted[place.ceil() as usize] - below) * place.fract()
            };
            (0..=bins).map(quantile).collect()
        }
    }
}

impl CalibrationCurve {
    /// The curve of probabilities, and whether each came true.
    pub fn of(
        class: &str,
        probabilities: &[f64],
        came_true: &[bool],
        bins: usize,
        binning: Binning,
    ) -> Self {
        let bins = bins.max(1);
        let edges = edges(probabilities, bins, binning);
        let mut sums = vec![(0.0, 0, 0); bins];
        for (&probability, &came_true) in probabilities.iter().zip(came_true) {
            // The number of inner edges below it: one on an edge is in the bin that ends there.
            let bin = edges[1..bins].partition_point(|&edge| edge < probability);
            let (sum, hits, count) = &mut sums[bin];
            *sum += probability;
            *hits += usize::from(came_true);
            *count += 1;
        }
        sums.retain(|&(.., count)| count > 0);
        let share = |x: f64, count: usize| x / count as f64;
        let predicted: Vec<f64> = sums.iter().map(|&(sum, _, count)| share(sum, count)).collect();
        let observed: Vec<f64> =
            sums.iter().map(|&(_, hits, count)| share(hits as f64, count)).collect();
        let counts: Vec<usize> = sums.iter().map(|&(.., count)| count).collect();
        let gaps = || predicted.iter().zip(&observed).map(|(a, b)| (a - b).abs());
        let weighted = gaps().zip(&counts).map(|(gap, &count)| gap * count as f64).sum::<f64>();
        let (expected, largest) =
            (weighted / probabilities.len().max(1) as f64, gaps().fold(0.0, f64::max));
        CalibrationCurve {
            class: class.to_string(),
            predicted,
            observed,
            counts,
            expected_calibration_error: expected,
            maximum_calibration_error: largest,
        }
    }
}

impl Scored {
    /// The largest probability of each sample, and whether its class is the true one.
    pub(super) fn confidences(&self) -> (Vec<f64>, Vec<bool>) {
        let largest = |(sample, &class): (usize, &usize)| {
            self.classes.get(class).map_or(f64::NAN, |class| class.scores[sample])
        };
        let is_right = self.predicted.iter().zip(&self.truth).map(|(a, b)| a == b);
        (self.predicted.iter().enumerate().map(largest).collect(), is_right.collect())
    }

    /// The mean squared distance of probabilities from the truth.
    pub fn brier_score(&self) -> f64 {
        let of = |class: &ScoredClass| {
            let pairs = class.scores.iter().zip(&class.is_true);
            pairs.map(|(p, &own)| (p - f64::from(u8::from(own))).powi(2)).sum::<f64>()
        };
        let each = self.drawn().iter().map(of).sum::<f64>() / self.samples().max(1) as f64;
        if self.are_labels() { each / self.classes.len().max(1) as f64 } else { each }
    }
}

impl Calibration {
    /// The calibration of what was scored, or of one of its classes against the rest; `None` if scores are no
    /// probabilities.
    pub fn of(
        scored: &Scored,
        class: Option<usize>,
        bins: usize,
        binning: Binning,
    ) -> Option<Self> {
        if !scored.are_probabilities {
            return None;
        }
        let of = |own: &ScoredClass| {
            CalibrationCurve::of(&own.name, &own.scores, &own.is_true, bins, binning)
        };
        let is_one_of_many = class.is_none() && !scored.are_labels() && scored.classes.len() > 2;
        let curves = match is_one_of_many {
            true => {
                let (confidences, are_right) = scored.confidences();
                let name = "the predicted class";
                vec![CalibrationCurve::of(name, &confidences, &are_right, bins, binning)]
            }
            false => scored.chosen(class).iter().map(of).collect(),
        };
        let score = Brier { brier_score: scored.brier_score() };
        Some(ClassCurves::new(scored, curves, Bins { binning }, score))
    }

    /// The curves over the diagonal of perfect calibration, and below how many samples each bin has.
    pub fn figure(&self) -> Figure {
        let title = match &self.curves[..] {
            [only] => format!(
                "Calibration of {} on {}: ECE {:.3}",
                only.class, self.data, only.expected_calibration_error
            ),
            _ => format!("Calibration on {}", self.data),
        };
        let panel = self.panel(title);
        let [only] = &self.curves[..] else { return Figure::of(panel) };
        let x = Axis::new("mean predicted probability").from(0.0, 1.0);
        let column = |(&at, &count): (&f64, &usize)| ([at - 0.015, at + 0.015], count as f64);
        let columns = only.predicted.iter().zip(&only.counts).map(column).collect();
        let bars = Mark::Bars(Bars { name: String::new(), columns });
        let counts = Panel::new("samples of each bin", x, Axis::new("samples")).with(bars);
        Figure { title: String::new(), panels: vec![panel, counts], columns: 1 }
    }
}

impl ClassCurve for CalibrationCurve {
    type Settings = Bins;
    type Score = Brier;

    const NAME: &'static str = "Calibration";

    fn class(&self) -> &str {
        &self.class
    }

    fn area(&self) -> String {
        format!("ECE {:.3}", self.expected_calibration_error)
    }

    /// The diagonal of perfect calibration.
    fn panel(title: String, _: Option<&Self>) -> Panel {
        let x = Axis::new("mean predicted probability").from(0.0, 1.0);
        let y = Axis::new("share that came true").from(0.0, 1.0);
        Panel::new(title, x, y).equal().with(Mark::Guide(vec![(0.0, 0.0), (1.0, 1.0)]))
    }

    fn mark(&self, name: String) -> Mark {
        let points = self.predicted.iter().zip(&self.observed).map(|(&x, &y)| (x, y));
        Mark::Dotted(Series::new(name, points.collect()))
    }
}
