//! ROC curves: how many of a class are found for how many false alarms.

use super::class_curves::{ClassCurve, ClassCurves, Nothing};
use super::scored::{Scored, ScoredClass, Step};
use crate::plot::{Axis, Figure, Mark, Panel, Series};
use serde::Serialize;

/// The ROC curve of one class against the rest, as `sklearn.metrics.roc_curve` gives it. Fawcett, "An introduction to
/// ROC analysis", 2006.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RocCurve {
    /// The class.
    pub class: String,
    /// Thresholds on its score, the largest first; the first one, above all scores, is infinite.
    pub thresholds: Vec<f64>,
    /// The share of all other samples at or above each threshold.
    pub false_positive_rate: Vec<f64>,
    /// The share of its own samples at or above each threshold.
    pub true_positive_rate: Vec<f64>,
    /// The area under the curve, by the trapezoidal rule: 0.5 for chance.
    pub auc: f64,
}

impl RocCurve {
    /// The curve of a class; `None` if all samples are of it, or none is. Thresholds on a straight stretch of the curve
    /// are left out, as with scikit-learn's `drop_intermediate`.
    pub fn of(class: &ScoredClass) -> Option<Self> {
        let [own, others] = class.counts();
        if own == 0 || others == 0 {
            return None;
        }
        let start = Step { threshold: f64::INFINITY, hits: 0, alarms: 0 };
        let all: Vec<Step> = std::iter::once(start).chain(class.steps()).collect();
        let area = |pair: &[Step]| {
            (pair[1].alarms - pair[0].alarms) as f64 * (pair[1].hits + pair[0].hits) as f64 / 2.0
        };
        let auc = all.windows(2).map(area).sum::<f64>() / (own as f64 * others as f64);
        let steps = without_straight(&all);
        let share = |count: usize, of: usize| count as f64 / of as f64;
        Some(RocCurve {
            class: class.name.clone(),
            thresholds: steps.iter().map(|step| step.threshold).collect(),
            false_positive_rate: steps.iter().map(|step| share(step.alarms, others)).collect(),
            true_positive_rate: steps.iter().map(|step| share(step.hits, own)).collect(),
            auc,
        })
    }
}

/// The steps without those between two equal steps: after the first, which stands above all scores, and before the
/// last.
fn without_straight(steps: &[Step]) -> Vec<Step> {
    let [first, inner @ ..] = steps else { return Vec::new() };
    let is_bend = |at: usize| {
        let (Some(before), Some(after)) = (at.checked_sub(1), inner.get(at + 1)) else {
            return true;
        };
        let (before, own) = (inner[before], inner[at]);
        after.hits + before.hits != 2 * own.hits || after.alarms + before.alarms != 2 * own.alarms
    };
    let kept = (0..inner.len()).filter(|&at| is_bend(at)).map(|at| inner[at]);
    std::iter::once(*first).chain(kept).collect()
}

/// The ROC curves of all classes.
pub type Roc = ClassCurves<RocCurve>;

impl Roc {
    /// The curves of what was scored, or of one of its classes.
    pub fn of(scored: &Scored, class: Option<usize>) -> Self {
        let curves = scored.chosen(class).iter().filter_map(RocCurve::of).collect();
        ClassCurves::new(scored, curves, Nothing {}, Nothing {})
    }

    /// The curves over the diagonal of chance.
    pub fn figure(&self) -> Figure {
        let title = match &self.curves[..] {
            [only] => format!("ROC of {} on {}: AUC {:.3}", only.class, self.data, only.auc),
            _ => format!("ROC, each class against the rest, on {}", self.data),
        };
        Figure::of(self.panel(title))
    }
}

impl ClassCurve for RocCurve {
    type Settings = Nothing;
    type Score = Nothing;

    const NAME: &'static str = "ROC";

    fn class(&self) -> &str {
        &self.class
    }

    fn area(&self) -> String {
        format!("AUC {:.3}", self.auc)
    }

    /// The diagonal of chance.
    fn panel(title: String, _: Option<&Self>) -> Panel {
        let x = Axis::new("false positive rate").from(0.0, 1.0);
        let y = Axis::new("true positive rate").from(0.0, 1.0);
        Panel::new(title, x, y).equal().with(Mark::Guide(vec![(0.0, 0.0), (1.0, 1.0)]))
    }

    fn mark(&self, name: String) -> Mark {
        let pairs = self.false_positive_rate.iter().zip(&self.true_positive_rate);
        let points = pairs.map(|(&x, &y)| (x, y)).collect();
        Mark::Line(Series::new(name, points))
    }
}
