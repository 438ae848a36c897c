//! Precision and recall over all thresholds.

use super::class_curves::{ClassCurve, ClassCurves, Nothing};
use super::scored::{Scored, ScoredClass};
use crate::plot::{Axis, Figure, Mark, Panel, Series};
use serde::Serialize;

/// Precision and recall of one class against the rest, as `sklearn.metrics.precision_recall_curve` gives them. Davis
/// and Goadrich, "The relationship between precision-recall and ROC curves", 2006.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PrecisionRecallCurve {
    /// The class.
    pub class: String,
    /// Thresholds on its score, the smallest first.
    pub thresholds: Vec<f64>,
    /// The share of its own samples among those at or above each threshold; at last 1, without a threshold.
    pub precision: Vec<f64>,
    /// The share of its samples that are at or above each threshold; at last 0.
    pub recall: Vec<f64>,
    /// The mean of the precision over the steps of the recall: `sklearn.metrics.average_precision_score`.
    pub average_precision: f64,
    /// The share of all samples that are of the class: the precision of chance.
    pub prevalence: f64,
}

impl PrecisionRecallCurve {
    /// The curve of a class; `None` if no sample is of it.
    pub fn of(class: &ScoredClass) -> Option<Self> {
        let [own, others] = class.counts();
        if own == 0 {
            return None;
        }
        let steps = class.steps();
        let precision =
            |at: usize| steps[at].hits as f64 / (steps[at].hits + steps[at].alarms) as f64;
        let recall = |at: usize| steps[at].hits as f64 / own as f64;
        let added = |at: usize| {
            let before = if at == 0 { 0.0 } else { recall(at - 1) };
            (recall(at) - before) * precision(at)
        };
        let up = || (0..steps.len()).rev();
        Some(PrecisionRecallCurve {
            class: class.name.clone(),
            thresholds: up().map(|at| steps[at].threshold).collect(),
            precision: up().map(precision).chain([1.0]).collect(),
            recall: up().map(recall).chain([0.0]).collect(),
            average_precision: (0..steps.len()).map(added).sum(),
            prevalence: own as f64 / (own + others) as f64,
        })
    }
}

/// The curves of all classes.
pub type PrecisionRecall = ClassCurves<PrecisionRecallCurve>;

impl PrecisionRecall {
    /// The curves of what was scored, or of one of its classes.
    pub fn of(scored: &Scored, class: Option<usize>) -> Self {
        let curves = scored.chosen(class).iter().filter_map(PrecisionRecallCurve::of).collect();
        ClassCurves::new(scored, curves, Nothing {}, Nothing {})
    }

    /// The curves over the share of the class, if there is one.
    pub fn figure(&self) -> Figure {
        let title = match &self.curves[..] {
            [only] => {
                let (class, average) = (&only.class, only.average_precision);
                format!("Precision of {class} on {}: average {average:.3}", self.data)
            }
            _ => format!("Precision, each class against the rest, on {}", self.data),
        };
        Figure::of(self.panel(title))
    }
}

impl ClassCurve for PrecisionRecallCurve {
    type Settings = Nothing;
    type Score = Nothing;

    const NAME: &'static str = "Precision";

    fn class(&self) -> &str {
        &self.class
    }

    fn area(&self) -> String {
        format!("average {:.3}", self.average_precision)
    }

    /// The precision of chance, which differs between classes.
    fn panel(title: String, one: Option<&Self>) -> Panel {
        let x = Axis::new("recall").from(0.0, 1.0);
        let y = Axis::new("precision").from(0.0, 1.02);
        let panel = Panel::new(title, x, y).equal();
        match one {
            Some(one) => {
                panel.with(Mark::Guide(vec![(0.0, one.prevalence), (1.0, one.prevalence)]))
            }
            None => panel,
        }
    }

    /// Stairs: between two thresholds the precision is that of the next one.
    fn mark(&self, name: String) -> Mark {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for (&recall, &precision) in self.recall.iter().zip(&self.precision) {
            points.extend(points.last().map(|&(_, before)| (recall, before)));
            points.push((recall, precision));
        }
        Mark::Line(Series::new(name, points))
    }
}
